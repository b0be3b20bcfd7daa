"""Darkness without any package: the kernel's own structures, and lines that are held."""

import errno
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from scanner.signals import Active, BuzzerKind, LampKind, Wiring, chips, dark

SCRIPT = Path(dark.__file__)
WIRED = Wiring(chip="sim").to_json()

# Reads one request as the kernel would, and prints the numbers that this project relies on.
C_PROGRAM = r"""
#include <linux/gpio.h>
#include <stdio.h>
int main(void) {
  struct gpio_v2_line_request r;
  if (fread(&r, 1, sizeof r, stdin) != sizeof r || getchar() != EOF) return 1;
  printf("{\"chip_info\": %lu, \"get_line\": %lu, \"line_info\": %lu,",
    (unsigned long)GPIO_GET_CHIPINFO_IOCTL, (unsigned long)GPIO_V2_GET_LINE_IOCTL,
    (unsigned long)GPIO_V2_GET_LINEINFO_IOCTL);
  printf("\"flags\": %llu, \"attrs\": %u, \"id\": %u, \"values\": %llu, \"mask\": %llu,",
    r.config.flags, r.config.num_attrs, r.config.attrs[0].attr.id,
    r.config.attrs[0].attr.values, r.config.attrs[0].mask);
  printf("\"output\": %llu, \"output_values\": %u,",
    (unsigned long long)GPIO_V2_LINE_FLAG_OUTPUT, GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES);
  unsigned long rest = r.event_buffer_size + r.config.attrs[0].attr.padding + r.fd;
  for (int i = 0; i < 5; i++) rest += r.padding[i] + r.config.padding[i];
  for (int i = 1; i < 64; i++) rest += r.offsets[i];
  printf("\"line\": %u, \"lines\": %u, \"rest\": %lu, \"consumer\": \"%s\"}",
    r.offsets[0], r.num_lines, rest, r.consumer);
  return 0;
}
"""


@pytest.fixture(scope="module")
def kernel_view(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that reads requests with the kernel's own header."""
    compiler = shutil.which("cc")
    if compiler is None or not Path("/usr/include/linux/gpio.h").exists():
        pytest.skip("no C compiler or no linux/gpio.h: apt install gcc linux-libc-dev")
    program = tmp_path_factory.mktemp("kernel") / "view"
    command: list[str | Path] = [compiler, "-x", "c", "-Wno-format", "-o", program, "-"]
    subprocess.run(command, input=C_PROGRAM.encode(), check=True)
    return program


@pytest.mark.parametrize("level", [0, 1])
def test_a_request_reads_in_c_as_it_was_written_here(level: int, kernel_view: Path) -> None:
    request = dark.line_request(27, level=level)
    seen = json.loads(subprocess.run([kernel_view], input=request, stdout=-1, check=True).stdout)
    assert seen.pop("chip_info") == dark.GET_CHIP_INFO
    assert seen.pop("get_line") == dark.GET_LINE
    assert seen.pop("line_info") == chips.GET_LINE_INFO
    assert seen.pop("flags") == seen.pop("output")
    assert seen.pop("id") == seen.pop("output_values")
    assert seen == {
        "attrs": 1,
        "values": level,
        "mask": 1,
        "line": 27,
        "lines": 1,
        "rest": 0,
        "consumer": "door-scanner dark",
    }


class Lines:
    """A chip of which some lines are held for some tries, or cannot be written at all."""

    def __init__(self, *, busy: dict[int, int] | None = None, broken: int = -1) -> None:
        self.busy = busy or {}
        self.broken = broken
        self.levels: dict[int, int] = {}
        self.tries: Counter[int] = Counter()

    def write(self, chip: int, line: int, level: int) -> None:
        assert chip > 2
        self.tries[line] += 1
        if line == self.broken:
            raise OSError(errno.EINVAL, "Invalid argument")
        if self.busy.get(line, 0) >= self.tries[line]:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.levels[line] = level


def _darken(lines: Lines, folder: Path, *, wiring: str = WIRED) -> str | None:
    (folder / "gpiochip3").write_text("sim")
    return dark.darken(
        wiring, folder=str(folder), ask=lambda path: Path(path).read_text(), write=lines.write
    )


def test_every_pin_is_written_at_its_dark_level(tmp_path: Path) -> None:
    lines = Lines()
    wiring = Wiring(chip="sim", lamps=LampKind.RGB, active=Active.LOW)
    assert _darken(lines, tmp_path, wiring=wiring.to_json()) is None
    assert lines.levels == {17: 1, 27: 1, 22: 1, 18: 0}


def test_a_pin_without_a_part_is_left_alone(tmp_path: Path) -> None:
    lines = Lines()
    wiring = Wiring(chip="sim", buzzer=BuzzerKind.NONE)
    assert _darken(lines, tmp_path, wiring=wiring.to_json()) is None
    assert lines.levels == {17: 0, 27: 0}


def test_a_line_that_is_still_held_is_asked_for_again(tmp_path: Path) -> None:
    lines = Lines(busy={27: 3})
    assert _darken(lines, tmp_path) is None
    assert lines.levels == {17: 0, 27: 0, 18: 0}
    assert lines.tries == {17: 1, 27: 4, 18: 1}


def test_a_line_that_stays_held_is_named_within_half_a_second(tmp_path: Path) -> None:
    lines = Lines(busy={17: 10**9})
    began_s = time.monotonic()
    assert _darken(lines, tmp_path) == "not written dark: GPIO 17: Device or resource busy"
    assert dark.PATIENCE_S <= time.monotonic() - began_s < dark.PATIENCE_S + 0.5
    assert lines.levels == {27: 0, 18: 0}


def test_a_line_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    lines = Lines(broken=18)
    assert _darken(lines, tmp_path) == "not written dark: GPIO 18: Invalid argument"
    assert lines.tries[18] == 1
    assert lines.levels == {17: 0, 27: 0}


def test_a_chip_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = dark.darken(WIRED, folder=str(tmp_path))
    assert told == f"not written dark: no GPIO chip sim in {tmp_path} that may be opened"


def _run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as systemd does: alone, with nothing on its path."""
    command: list[str | Path] = [sys.executable, "-I", "-S", SCRIPT, *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=20
    )


def test_without_a_wiring_there_is_nothing_to_do(tmp_path: Path) -> None:
    done = _run(tmp_path / "wiring.json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wiring_whose_chip_is_gone_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "wiring.json").write_text(Wiring(chip="no-such-chip").to_json())
    done = _run(tmp_path / "wiring.json", folder=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("not written dark: no GPIO chip no-such-chip")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[" * 4096, id="deep"),
        pytest.param(b"{}", id="no pins"),
        pytest.param(WIRED.replace("17", "-17").encode(), id="a pin below zero"),
        pytest.param(WIRED.replace("17", '"17"').encode(), id="a pin that is a word"),
        pytest.param(WIRED.replace("17", "[17]").encode(), id="a pin that is a list"),
        pytest.param(WIRED.replace("17", "true").encode(), id="a pin that is a truth"),
        pytest.param(WIRED.replace('"sim"', "3").encode(), id="a chip that is a number"),
    ],
)
def test_a_file_that_is_no_wiring_ends_with_one_line(wrong: bytes, tmp_path: Path) -> None:
    (tmp_path / "wiring.json").write_bytes(wrong)
    done = _run(tmp_path / "wiring.json", folder=tmp_path)
    assert done.returncode == 2
    assert "is not a wiring" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_and_no_argument_are_wrong_usage(tmp_path: Path) -> None:
    assert _run(tmp_path, folder=tmp_path).returncode == 2
    assert _run(folder=tmp_path).returncode == 2
