"""From settings to camera, wiring and belief: trouble with keys stands, it does not end a door."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.furnish import camera_of, furnish, wiring_of
from scanner.settings import Buzzer, Camera, Focus, Lamps, Output, Polarity, Settings, Signals
from scanner.settings.schema import keys_of
from scanner.sight.spec import Focus as SpecFocus
from scanner.sight.spec import PicameraSpec, parse_camera
from scanner.signals import Wiring
from scanner.signals.wiring import Active, BuzzerKind, LampKind
from scanner.terms import InputError, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint

RULES: Final = ("no-infection",)


# --- belief ------------------------------------------------------------------------------


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """The trust folder of a new door."""
    folder = tmp_path / "trust"
    folder.mkdir()
    return folder


def test_keys_and_ids_of_folders_are_believed(trust: Path, mint: "Mint", tmp_path: Path) -> None:
    (trust / "dsc.der").write_bytes(mint.issuer.certificate_der)
    (tmp_path / "ids").write_text("dcc-uci:" + "0" * 32 + "\n")
    found = furnish(trust=[str(trust)], revoked=[tmp_path / "ids"], rules=RULES)
    assert found.standing == ()
    assert len(found.belief.keyring) == 1
    assert len(found.belief.revoked) == 1
    assert [rules.name for rules in found.belief.rule_sets] == ["no-infection"]


def test_empty_folders_of_revoked_ids_are_no_trouble(
    trust: Path, mint: "Mint", tmp_path: Path
) -> None:
    (trust / "dsc.der").write_bytes(mint.issuer.certificate_der)
    (tmp_path / "revoked").mkdir()
    (tmp_path / "revoked" / ".keep").write_text("")
    found = furnish(trust=[str(trust)], revoked=[tmp_path / "revoked"], rules=RULES)
    assert (found.standing, len(found.belief.revoked)) == ((), 0)


@pytest.mark.parametrize("hidden", [(), (".keep", ".gitignore")], ids=["empty", "hidden files"])
def test_a_door_without_any_key_stands_in_a_fault_that_says_where_to_put_one(
    hidden: tuple[str, ...], trust: Path
) -> None:
    for name in hidden:
        (trust / name).write_text("")
    found = furnish(trust=[str(trust)], revoked=[], rules=RULES)
    fault = found.keyless
    assert fault is not None
    assert found.standing == ()
    assert fault.reason is Reason.LIST_MISSING
    assert fault.detail == (
        f"no trusted key; put keys into {trust} and restart the door, or pin a feed "
        "(door-scanner trust pin ROOT.json --sha256 HEX) and run door-scanner sync"
    )
    assert len(found.belief.keyring) == 0
    assert [rules.name for rules in found.belief.rule_sets] == ["no-infection"]


def _broken(trust: Path) -> Path:
    (trust / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n")
    return trust / "broken.pem"


def _private(trust: Path) -> Path:
    (trust / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    return trust / "key.pem"


def _folder_within(trust: Path) -> Path:
    (trust / "more").mkdir()
    return trust / "more"


def _removed(trust: Path) -> Path:
    trust.rmdir()
    return trust


BROKEN: dict[str, Callable[[Path], Path]] = {
    "a broken certificate": _broken,
    "a private key": _private,
    "a folder within": _folder_within,
    "no folder at all": _removed,
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_key_file_that_cannot_be_used_stands_with_its_words_and_nobody_is_admitted(
    case: str, trust: Path, mint: "Mint"
) -> None:
    other = trust.with_name("dsc.der")
    other.write_bytes(mint.issuer.certificate_der)
    named = BROKEN[case](trust)
    found = furnish(trust=[str(trust), str(other)], revoked=[], rules=RULES)
    (fault,) = found.standing
    assert fault.reason is Reason.LIST_MISSING
    assert fault.detail.startswith(f"{named}: ")
    assert len(found.belief.keyring) == 0


def test_a_list_of_revoked_ids_that_cannot_be_used_admits_nobody(
    trust: Path, mint: "Mint", tmp_path: Path
) -> None:
    (trust / "dsc.der").write_bytes(mint.issuer.certificate_der)
    (tmp_path / "ids").write_text("nonsense\n")
    found = furnish(trust=[str(trust)], revoked=[tmp_path / "ids"], rules=RULES)
    (fault,) = found.standing
    assert fault.detail.startswith(f"{tmp_path}/ids: ")
    assert len(found.belief.keyring) == 0


def test_a_path_that_no_disk_takes_is_no_crash() -> None:
    path = Path("/") / ("x" * 300)
    (fault,) = furnish(trust=[str(path)], revoked=[], rules=RULES).standing
    assert fault.detail.startswith(f"{path}: File name too long")


def test_an_unknown_rule_set_does_not_start_a_door(trust: Path) -> None:
    with pytest.raises(InputError, match="nonsense"):
        furnish(trust=[str(trust)], revoked=[], rules=["no-infection", "nonsense"])


def test_a_rule_set_named_twice_is_one(trust: Path) -> None:
    found = furnish(trust=[str(trust)], revoked=[], rules=RULES * 2)
    assert len(found.belief.rule_sets) == 1


# --- camera ------------------------------------------------------------------------------

CAMERAS: dict[str, tuple[Camera, PicameraSpec]] = {
    "the defaults": (Camera(), PicameraSpec()),
    "another number": (Camera(number=3), PicameraSpec(number=3)),
    "a dioptre of many digits": (Camera(focus_dioptres=0.123), PicameraSpec(dioptres=0.123)),
    "a dioptre of endless digits": (Camera(focus_dioptres=1 / 3), PicameraSpec(dioptres=0.333)),
    "the farthest": (Camera(focus_dioptres=0.0), PicameraSpec(dioptres=0.0)),
    "the nearest": (Camera(focus_dioptres=15.0), PicameraSpec(dioptres=15.0)),
    "a focus of its own": (Camera(focus=Focus.AUTO), PicameraSpec(focus=SpecFocus.AUTO)),
    "an exposure of its own": (Camera(exposure_us=0), PicameraSpec(exposure_us=0)),
    "the fastest": (
        Camera(fps=60, exposure_us=16_666),
        PicameraSpec(fps=60, exposure_us=16_666),
    ),
    "the slowest": (
        Camera(fps=5, exposure_us=33_000),
        PicameraSpec(fps=5, exposure_us=33_000),
    ),
}


@pytest.mark.parametrize("case", CAMERAS)
def test_a_camera_of_the_settings_is_one_that_the_eye_understands(case: str) -> None:
    camera, spec = CAMERAS[case]
    assert parse_camera(camera_of(Settings(camera=camera))) == spec


def test_another_source_is_taken_as_it_is_written() -> None:
    camera = Camera(source="frames:/srv/pictures?fps=5&realtime", number=3)
    assert camera_of(Settings(camera=camera)) == "frames:/srv/pictures?fps=5&realtime"


def test_every_key_of_the_camera_is_heeded() -> None:
    """One that is forgotten would be a promise of the settings that nothing keeps."""
    changed: dict[str, Any] = {
        "source": "opencv:0",
        "number": 1,
        "fps": 6,
        "focus": Focus.AUTO,
        "focus_dioptres": 1.0,
        "exposure_us": 1,
    }
    assert set(changed) == set(keys_of("camera"))
    told = {camera_of(Settings(camera=Camera(**{key: value}))) for key, value in changed.items()}
    assert len(told | {camera_of(Settings())}) == len(changed) + 1


# --- wiring ------------------------------------------------------------------------------

WIRINGS: dict[str, tuple[Signals, Wiring]] = {
    "the defaults": (Signals(), Wiring(blue_pin=None)),
    "one lamp of three colours": (Signals(lamps=Lamps.RGB), Wiring(lamps=LampKind.RGB)),
    "a pair whose blue pin is another's": (
        Signals(blue_pin=17, green_pin=17),
        Wiring(blue_pin=None),
    ),
    "a relay board": (Signals(active=Polarity.LOW), Wiring(active=Active.LOW, blue_pin=None)),
    "an active buzzer": (
        Signals(buzzer=Buzzer.ACTIVE, buzzer_pin=2),
        Wiring(buzzer=BuzzerKind.ACTIVE, buzzer_pin=2, blue_pin=None),
    ),
    "no buzzer, and a lamp on its pin": (
        Signals(buzzer=Buzzer.NONE, red_pin=18),
        Wiring(buzzer=BuzzerKind.NONE, red_pin=18, blue_pin=None),
    ),
    "another chip": (Signals(chip="gpio-sim.0"), Wiring(chip="gpio-sim.0", blue_pin=None)),
}


@pytest.mark.parametrize("case", WIRINGS)
def test_the_wiring_is_that_of_the_settings_and_survives_its_journey(case: str) -> None:
    signals, wiring = WIRINGS[case]
    made = wiring_of(Settings(signals=signals))
    assert made == wiring
    assert Wiring.from_json(made.to_json()) == wiring


@pytest.mark.parametrize("lamps", Lamps)
@pytest.mark.parametrize("buzzer", Buzzer)
def test_the_pins_that_are_wired_are_those_that_the_settings_checked(
    lamps: Lamps, buzzer: Buzzer
) -> None:
    signals = Signals(output=Output.GPIO, lamps=lamps, buzzer=buzzer)
    wired = wiring_of(Settings(signals=signals)).pins()
    assert {f"{part}_pin": pin for part, pin in wired.items()} == signals.pins_in_use
