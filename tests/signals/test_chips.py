"""The header is found by its label, whatever its number is today."""

import errno
from pathlib import Path

import pytest

from scanner.signals.chips import find_chip, holder_of
from scanner.terms import DeviceError, Reason


def _board(folder: Path, **labels: str) -> None:
    """Lay out a /dev; each file holds the label that its chip would tell."""
    for name, label in labels.items():
        (folder / name).write_text(label)


def _label_of(path: str) -> str:
    label = Path(path).read_text()
    if label == "closed":
        raise PermissionError(errno.EACCES, "Permission denied")
    return label


def _find(wanted: str, folder: Path) -> tuple[int, str]:
    chip = find_chip(wanted, folder=str(folder), label_of=_label_of)
    assert chip.path == str(folder / f"gpiochip{chip.number}")
    return chip.number, chip.label


@pytest.mark.parametrize(
    ("board", "found"),
    [
        pytest.param(
            {"gpiochip0": "pinctrl-bcm2711", "gpiochip1": "raspberrypi-exp-gpio"},
            (0, "pinctrl-bcm2711"),
            id="Pi 4",
        ),
        pytest.param(
            {"gpiochip0": "gpio-brcmstb@107d508500", "gpiochip4": "pinctrl-rp1"},
            (4, "pinctrl-rp1"),
            id="Pi 5, first numbering",
        ),
        pytest.param(
            {"gpiochip0": "pinctrl-rp1", "gpiochip10": "gpio-brcmstb@107d508500"},
            (0, "pinctrl-rp1"),
            id="Pi 5, second numbering",
        ),
        pytest.param(
            {"gpiochip11": "gpio-brcmstb@107d508500", "gpiochip15": "pinctrl-rp1"},
            (15, "pinctrl-rp1"),
            id="Pi 5, third numbering",
        ),
        pytest.param({"gpiochip0": "pinctrl-bcm2835"}, (0, "pinctrl-bcm2835"), id="Zero 2 W"),
        pytest.param(
            {"gpiochip0": "pinctrl-bcm2835", "gpiochip1": "pinctrl-rp1"},
            (1, "pinctrl-rp1"),
            id="two headers",
        ),
        pytest.param(
            {"gpiochip0": "closed", "gpiochip1": "pinctrl-rp1", "gpiochips": "x"},
            (1, "pinctrl-rp1"),
            id="among others",
        ),
    ],
)
def test_the_header_of_a_raspberry_pi_is_found(
    board: dict[str, str], found: tuple[int, str], tmp_path: Path
) -> None:
    _board(tmp_path, **board)
    assert _find("auto", tmp_path) == found


def test_a_chip_is_found_by_the_label_that_was_set(tmp_path: Path) -> None:
    _board(tmp_path, gpiochip0="pinctrl-rp1", gpiochip2="relay-board", gpiochip10="relay-board")
    assert _find("relay-board", tmp_path) == (2, "relay-board")


def test_a_link_to_another_chip_is_passed_over(tmp_path: Path) -> None:
    _board(tmp_path, gpiochip5="pinctrl-rp1")
    (tmp_path / "gpiochip4").symlink_to("gpiochip5")
    assert _find("auto", tmp_path) == (5, "pinctrl-rp1")


@pytest.mark.parametrize(
    ("wanted", "board", "words"),
    [
        pytest.param("auto", {}, "no GPIO chip in {}: use a Raspberry Pi", id="no chip"),
        pytest.param(
            "auto",
            {"gpiochip0": "sim"},
            "is one of pinctrl-rp1, pinctrl-bcm2711, pinctrl-bcm2835; there is sim: set chip in",
            id="no Raspberry Pi",
        ),
        pytest.param(
            "pinctrl-rp1",
            {"gpiochip0": "pinctrl-bcm2711", "gpiochip1": "sim"},
            "no GPIO chip is pinctrl-rp1; there is pinctrl-bcm2711, sim: set chip in [signals]",
            id="another board",
        ),
        pytest.param(
            "auto",
            {"gpiochip0": "closed"},
            "gpiochip0: permission denied (is the user in group gpio?)",
            id="no permission",
        ),
    ],
)
def test_a_chip_that_is_not_there_is_told_with_what_is(
    wanted: str, board: dict[str, str], words: str, tmp_path: Path
) -> None:
    _board(tmp_path, **board)
    with pytest.raises(DeviceError) as lost:
        _find(wanted, tmp_path)
    assert lost.value.reason is Reason.PINS_LOST
    assert words.format(tmp_path) in lost.value.detail
    assert "\n" not in lost.value.detail


def test_a_device_that_is_no_chip_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").write_text("no device")
    with pytest.raises(DeviceError, match="gpiochip0: Inappropriate ioctl"):
        find_chip("auto", folder=str(tmp_path))


def test_nobody_is_named_where_the_kernel_does_not_tell(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").write_text("no device")
    assert holder_of(17, path=str(tmp_path / "gpiochip0")) is None
    assert holder_of(17, path=str(tmp_path / "gpiochip1")) is None
