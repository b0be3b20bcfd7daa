"""The installed service on simulated pins: a pass before its camera, and what becomes of the lamps.

Frames come from a folder; all else is what a Raspberry Pi runs: unit, sandbox, keeper, lgpio.
"""

import base64
import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pytest
import segno

from scanner.publish import content
from scanner.publish.dcc import Issuer

if TYPE_CHECKING:
    from tests.machine.emulated import Machine, Told, Watched

GREEN, RED, BUZZER, BUTTON = 17, 27, 18, 4
UNIT: Final = "door-scanner.service"
STATUS: Final = "/run/door-scanner/status.json"
SETTINGS: Final = "/etc/door-scanner/scanner.toml"
FRAMES: Final = "/srv/frames"
EMPTY: Final = "/srv/empty"

DARK_WITHIN_S: Final = 1.0
# Starting a Python takes 0.4 s in emulation, twelve times as long as outside.
LAST_RESORT_SLACK_S: Final = 1.5
TOLERANCE_S: Final = 0.1
# Imports alone take most of a minute in emulation while the host has other work.
READY_WITHIN_S: Final = 150.0
# Five frames a second, each picture a second long: six of an empty hall, two of a guest.
_EMPTY, _HELD, _ROUNDS = 6, 2, 75
GUEST_EVERY_S: Final = float(_EMPTY + _HELD)
HELD: Final = f"pinctrl-rp1: green {GREEN}, red {RED}, buzzer {BUZZER}"


def put(machine: "Machine", path: str, what: bytes) -> None:
    text = base64.b64encode(what).decode()
    machine.sh(f"mkdir -p $(dirname {path}) && base64 -d >{path} && chmod 644 {path}", given=text)


def picture(code: bytes | None) -> bytes:
    """Draw a guest's code in an empty hall, or the hall alone."""
    # Small: a reader that is late would be replaced.
    hall = np.full((360, 360), 190, np.uint8)
    if code is not None:
        rows = segno.make_qr(code, mode="byte", error="l").matrix_iter(scale=3, border=4)
        drawn = np.where(np.array([list(row) for row in rows]) == 1, 0, 255).astype(np.uint8)
        hall[10 : 10 + drawn.shape[0], 10 : 10 + drawn.shape[1]] = drawn
    return cv2.imencode(".png", hall)[1].tobytes()


def change(machine: "Machine", **values: str) -> None:
    """Set keys of the settings, which stand there with their defaults."""
    for name, value in values.items():
        machine.sh(f"sed -i 's|^{name} = .*|{name} = \"{value}\"|' {SETTINGS}")


def look_at(machine: "Machine", folder: str) -> None:
    """Let the camera of the next start show a folder."""
    change(machine, source=f"frames:{folder}?fps=5\\&realtime\\&hold=5")


def status(machine: "Machine") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(machine.sh(f"cat {STATUS}"))
    return told


def show(machine: "Machine", name: str) -> str:
    return machine.sh(f"systemctl show -p {name} --value {UNIT}").strip()


def await_state(machine: "Machine", state: str) -> None:
    machine.until(f'grep -q \'"state": "{state}"\' {STATUS}', within_s=READY_WITHIN_S)


@pytest.fixture(scope="module")
def furnished(machine: "Machine") -> Iterator[None]:
    """Give the door a key to trust and guests to look at."""
    now = datetime.now(UTC)
    issuer = Issuer.es256(
        country="AT", not_before=now - timedelta(days=30), not_after=now + timedelta(days=90)
    )
    put(machine, "/etc/door-scanner/trust/at.der", issuer.certificate_der)
    # There is no time server inside: the clock is that of this machine.
    put(machine, "/run/systemd/timesync/synchronized", b"")
    put(machine, f"{FRAMES}/hall", picture(None))
    for number, person in enumerate(content.INVENTED[:2]):
        given_on = (now - timedelta(days=60)).date()
        holds = content.vaccination(person, country=issuer.country, given_on=given_on)
        code = issuer.issue(
            holds, issued_at=now - timedelta(days=2), expires_at=now + timedelta(days=60)
        )
        put(machine, f"{FRAMES}/guest-{number}", picture(code.encode()))
    kinds = [
        kind for n in range(_ROUNDS) for kind in ["hall"] * _EMPTY + [f"guest-{n % 2}"] * _HELD
    ]
    links = "".join(f"{kind} {10000 + n}.png\n" for n, kind in enumerate(kinds))
    link = "import os, sys; [os.link(*line.split()) for line in sys.stdin]"
    machine.sh(f"cd {FRAMES} && python3 -c '{link}'", given=links)
    empty = "".join(f"{FRAMES}/hall {10000 + n}.png\n" for n in range(len(kinds)))
    machine.sh(f"mkdir {EMPTY} && cd {EMPTY} && python3 -c '{link}'", given=empty)
    look_at(machine, FRAMES)
    yield
    machine.sh(f"systemctl stop {UNIT}")


@pytest.fixture
def stopped(machine: "Machine", furnished: None) -> "Machine":  # noqa: ARG001 - a folder of frames
    """A door that does not run, and has told nothing yet."""
    machine.sh(f"systemctl stop {UNIT}; rm -f {STATUS}")
    return machine


@pytest.fixture
def door(stopped: "Machine") -> "Machine":
    """A door that is ready, freshly started."""
    started_s = time.monotonic()
    stopped.sh(f"systemctl start {UNIT}", timeout_s=READY_WITHIN_S)
    await_state(stopped, "ready")
    print(f"start to ready: {time.monotonic() - started_s:.1f} s")
    return stopped


def hurt_in_green(
    machine: "Machine", *whom: int, how: signal.Signals | int = 0, then_s: float = 4.0
) -> "Watched":
    """Wait for an admission, and send a signal half a second into it."""
    watched = machine.watch(GREEN, RED, BUZZER, kill=whom, signal=how, then_s=then_s)
    return watched()


def lost_and_found_s(heard: list["Told"], *, starts: int) -> tuple[float, float]:
    """Return when the lost pins were told, and when a later keeper had them again."""
    lost_s = next(told.at_s for told in heard if "pins_lost" in told.reasons)
    found_s = next(
        told.at_s
        for told in heard
        if told.at_s > lost_s
        and told.state == "ready"
        and told.starts > starts
        and not told.reasons
    )
    return lost_s, found_s


def dark_after_s(watched: "Watched") -> float:
    """Return how long after the signal the last of the lamps was written dark."""
    assert watched.killed_s is not None, "nobody was admitted"
    return next(
        at_s - watched.killed_s
        for at_s, level in watched.writes(GREEN, since_s=watched.killed_s)
        if level == 0
    )


def both_lit_s(watched: "Watched") -> float:
    """Return for how long both lamps burned together at the longest."""
    levels, since_s, longest_s = {GREEN: 0, RED: 0}, 0.0, 0.0
    for at_s, pin, level in watched.seen:
        if all(levels.values()):
            longest_s = max(longest_s, at_s - since_s)
        if pin in levels:
            levels[pin], since_s = level, at_s
    return longest_s


def keeper_of(machine: "Machine") -> int:
    """Return the process of the one keeper there is."""
    (number,) = machine.sh("pgrep -f 'signals.[k]eeper_child'").split()
    return int(number)


def started_s(machine: "Machine") -> float:
    """Return when the unit's process was started."""
    return int(show(machine, "ExecMainStartTimestampMonotonic")) / 1e6


def told_after_start_s(machine: "Machine", heard: list["Told"]) -> float:
    """Return how long after the unit's start the lost pins were told."""
    lost_s = next(told.at_s for told in heard if "pins_lost" in told.reasons)
    return lost_s - started_s(machine)


def test_an_admission_is_two_seconds_of_green_at_the_pin(door: "Machine") -> None:
    told = status(door)
    assert told["faults"] == []
    assert told["signals"]["detail"] == HELD
    watched = hurt_in_green(door, int(show(door, "MainPID")))
    assert watched.killed_s is not None
    green = watched.edges(GREEN)
    lit_s = max(at_s for at_s, level in green if level == 1 and at_s < watched.killed_s)
    out_s = min(at_s for at_s, level in green if level == 0 and at_s > watched.killed_s)
    print(f"admission: green for {(out_s - lit_s) * 1000:.0f} ms")
    assert out_s - lit_s == pytest.approx(2.0, abs=TOLERANCE_S)
    assert watched.edges(RED, since_s=lit_s - TOLERANCE_S / 2, until_s=out_s) == []


def test_a_service_killed_in_green_is_dark_within_a_second_and_comes_back(door: "Machine") -> None:
    number = int(show(door, "MainPID"))
    watched = hurt_in_green(door, number, how=signal.SIGKILL)
    print(f"service killed in green: dark after {dark_after_s(watched) * 1000:.0f} ms")
    assert dark_after_s(watched) <= DARK_WITHIN_S
    door.until(f"[ $(systemctl show -p NRestarts --value {UNIT}) = 1 ]")
    await_state(door, "ready")
    assert int(show(door, "MainPID")) != number


def test_a_service_told_to_stop_in_green_is_dark_within_two_seconds(door: "Machine") -> None:
    watched = hurt_in_green(door, int(show(door, "MainPID")), how=signal.SIGTERM)
    print(f"service stopped in green: dark after {dark_after_s(watched) * 1000:.0f} ms")
    assert dark_after_s(watched) <= 2


def test_a_keeper_killed_in_green_is_replaced_and_the_next_guest_gets_green(
    door: "Machine",
) -> None:
    # The lamp stays lit, as on a Raspberry Pi, until somebody writes it dark.
    door.pull(GREEN, level=1)
    keeper = keeper_of(door)
    number, starts = show(door, "MainPID"), status(door)["signals"]["starts"]
    heard = door.listen()
    watched = hurt_in_green(door, keeper, how=signal.SIGKILL, then_s=2 * GUEST_EVERY_S + 4.0)
    await_state(door, "ready")
    killed_s = watched.killed_s
    assert killed_s is not None, "nobody was admitted"
    lost_s, found_s = lost_and_found_s(heard(), starts=starts)
    print(f"keeper killed in green: dark after {dark_after_s(watched) * 1000:.0f} ms, ", end="")
    print(f"told after {lost_s - killed_s:.2f} s, held again after {found_s - killed_s:.2f} s")
    assert dark_after_s(watched) <= DARK_WITHIN_S
    assert status(door)["signals"]["detail"] == HELD
    assert keeper_of(door) != keeper
    assert 1 in {level for _, level in watched.writes(GREEN, since_s=found_s)}
    assert (show(door, "MainPID"), show(door, "NRestarts")) == (number, "0")


def test_when_every_process_is_killed_in_green_the_unit_itself_darkens(door: "Machine") -> None:
    # The lamp stays lit, as on a Raspberry Pi.
    door.pull(GREEN, level=1)
    group = f"/sys/fs/cgroup{show(door, 'ControlGroup')}/cgroup.procs"
    door.until(f"[ $(wc -l <{group}) = 4 ]")
    everyone = [int(number) for number in door.sh(f"cat {group}").split()]
    watched = hurt_in_green(door, *everyone, how=signal.SIGKILL)
    print(f"all killed in green: dark after {dark_after_s(watched) * 1000:.0f} ms")
    assert dark_after_s(watched) <= DARK_WITHIN_S + LAST_RESORT_SLACK_S


def test_a_press_is_told_and_counted_and_shown_on_both_lamps(stopped: "Machine") -> None:
    door = stopped
    door.sh(f"sed -i 's|^staff_pin = .*|staff_pin = {BUTTON}|' {SETTINGS}")
    # A guest would be answered at once.
    look_at(door, EMPTY)
    try:
        door.sh(f"systemctl start {UNIT}", timeout_s=READY_WITHIN_S)
        await_state(door, "ready")
        assert status(door)["signals"]["detail"] == f"{HELD}, staff {BUTTON}"
        watched = door.watch(GREEN, RED, BUTTON)
        door.press(BUTTON, held_s=[0.2, 0.2])
        door.until(f"grep -q staff_exempt {STATUS}", within_s=10)
        assert status(door)["signals"]["staff"] == {"staff_exempt": 1}
        door.sh("sleep 2")
        seen = watched()
        assert seen.writes(BUTTON) == []
        print(f"staff decided: both lamps for {both_lit_s(seen) * 1000:.0f} ms")
        # No other pattern holds both as long; a fault behind it may hold them longer.
        assert both_lit_s(seen) > 1.5 - TOLERANCE_S
        assert not any(key.startswith("staff") for key in status(door)["decisions"])
        door.sh(f"systemctl stop {UNIT}")
        assert '"staff.staff_exempt": 1' in door.sh("cat /var/lib/door-scanner/counts/*.jsonl")
    finally:
        look_at(door, FRAMES)
        door.sh(f"sed -i 's|^staff_pin = .*|staff_pin = 0|' {SETTINGS}")


def test_a_wrong_chip_is_a_fault_in_the_status_and_no_reason_to_restart(
    stopped: "Machine",
) -> None:
    door = stopped
    change(door, chip="pinctrl-bcm2711")
    try:
        heard = door.listen()
        door.sh(f"systemctl start {UNIT}", timeout_s=READY_WITHIN_S)
        await_state(door, "fault")
        door.until(f"grep -q pins_lost {STATUS}")
        print(f"wrong chip: told {told_after_start_s(door, heard()):.2f} s after the start")
        (fault,) = status(door)["faults"]
        assert fault["detail"].startswith("no GPIO chip is pinctrl-bcm2711; there is gpio-brcmstb,")
        assert (show(door, "ActiveState"), show(door, "NRestarts")) == ("active", "0")
    finally:
        change(door, chip="auto")
    restarted = door.listen()
    door.sh(f"systemctl restart {UNIT}", timeout_s=READY_WITHIN_S)
    await_state(door, "ready")
    right_s = next(told.at_s for told in restarted() if told.state == "ready")
    print(f"right chip: ready {right_s - started_s(door):.2f} s after the restart")
    assert status(door)["signals"]["detail"] == HELD


def test_a_busy_pin_is_told_with_its_holder_and_taken_once_it_is_free(
    stopped: "Machine",
) -> None:
    door = stopped
    heard = door.listen()
    with door.holding(RED):
        door.sh(f"systemctl start {UNIT}", timeout_s=READY_WITHIN_S)
        door.until(f"grep -q pins_lost {STATUS}")
        (fault,) = status(door)["faults"]
        assert f"GPIO {RED} (red) of pinctrl-rp1 is held by 'gpioset'" in fault["detail"]
        freed_s = door.now_s()
    await_state(door, "ready")
    told = heard()
    lost_s = told_after_start_s(door, told)
    _, found_s = lost_and_found_s(told, starts=0)
    print(f"pin in use: told {lost_s:.2f} s after the start, ", end="")
    print(f"held {found_s - freed_s:.2f} s after it was freed")
    assert status(door)["signals"]["detail"] == HELD
    assert show(door, "NRestarts") == "0"
