"""What can be wired, and that the door, the keeper and `dark` read the same."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scanner.signals import Active, BuzzerKind, LampKind, Wiring
from scanner.signals.dark import levels
from scanner.terms import InputError


def test_a_new_door_has_green_on_17_red_on_27_and_a_passive_buzzer_on_18() -> None:
    assert Wiring().pins() == {"green": 17, "red": 27, "buzzer": 18}
    assert Wiring().chip == "auto"


def test_parts_that_are_not_there_use_no_pin() -> None:
    bare = Wiring(lamps=LampKind.RGB, blue_pin=None, buzzer=BuzzerKind.NONE, buzzer_pin=17)
    assert bare.pins() == {"green": 17, "red": 27}
    full = Wiring(lamps=LampKind.RGB, buzzer=BuzzerKind.ACTIVE, staff_pin=4)
    assert full.pins() == {"green": 17, "red": 27, "blue": 22, "buzzer": 18, "staff": 4}


def test_buzzer_and_button_may_sit_on_a_pin_that_is_pulled_up_at_boot() -> None:
    assert Wiring(buzzer_pin=2, staff_pin=3).pins()["buzzer"] == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        pytest.param({"green_pin": 8}, "green_pin is 8: use one of GPIO 9 to 27", id="pulled up"),
        pytest.param({"red_pin": 28}, "red_pin is 28: use one of GPIO 9 to 27", id="no such pin"),
        pytest.param({"red_pin": -1}, "red_pin is -1", id="below zero"),
        pytest.param({"red_pin": True}, "red_pin is True", id="a truth"),
        pytest.param({"green_pin": "17"}, "green_pin is '17'", id="a word"),
        pytest.param({"buzzer_pin": 1}, "buzzer_pin is 1: use one of GPIO 2 to 27", id="add-on"),
        pytest.param({"red_pin": 17}, "green_pin and red_pin are both GPIO 17", id="twice"),
        pytest.param({"buzzer_pin": 27}, "red_pin and buzzer_pin are both GPIO 27", id="shared"),
        pytest.param({"lamps": LampKind.RGB, "blue_pin": 5}, "blue_pin is 5", id="blue pulled up"),
        pytest.param({"staff_pin": 1}, "staff_pin is 1: use one of GPIO 2 to 27", id="button low"),
        pytest.param({"staff_pin": 0}, "staff_pin is 0", id="no button is None"),
        pytest.param({"staff_pin": 18}, "buzzer_pin and staff_pin are both", id="button twice"),
        pytest.param({"chip": ""}, "chip '' is not a label", id="no label"),
        pytest.param({"chip": 4}, "chip 4 is not a label", id="a number"),
        pytest.param({"chip": "x" * 32}, "is not a label", id="longer than the kernel's"),
        pytest.param({"chip": "a\nb"}, "is not a label", id="two lines"),
    ],
)
def test_what_cannot_work_is_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as refused:
        Wiring(**wrong)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


@given(
    st.permutations(range(9, 28)),
    st.sampled_from(LampKind),
    st.sampled_from(Active),
    st.sampled_from(BuzzerKind),
    st.sampled_from([(), ("blue",), ("staff",), ("blue", "staff")]),
)
def test_every_wiring_survives_its_json_and_dark_finds_its_pins(
    pins: list[int],
    lamps: LampKind,
    active: Active,
    buzzer: BuzzerKind,
    more: tuple[str, ...],
) -> None:
    green, red, third, fourth, fifth = pins[:5]
    wiring = Wiring(
        chip="pinctrl-rp1",
        lamps=lamps,
        green_pin=green,
        red_pin=red,
        blue_pin=third if "blue" in more else None,
        active=active,
        buzzer=buzzer,
        buzzer_pin=fourth,
        staff_pin=fifth if "staff" in more else None,
    )
    assert Wiring.from_json(wiring.to_json()) == wiring
    chip, dark = levels(wiring.to_json())
    assert chip == "pinctrl-rp1"
    high = int(active is Active.LOW)
    # A button that is pressed connects its pin to ground: driving it would burn it.
    driven = {part: pin for part, pin in wiring.pins().items() if part != "staff"}
    assert dark == {pin: 0 if part == "buzzer" else high for part, pin in driven.items()}


@given(st.text() | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_no_other_text_is_a_wiring(text: str) -> None:
    assume(not text.startswith("{"))
    with pytest.raises(InputError):
        Wiring.from_json(text)
    with pytest.raises(ValueError, match=r"\w"):
        levels(text)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"lamps": "triple"}, id="unknown lamps"),
        pytest.param({"buzzer": None}, id="no kind of buzzer"),
        pytest.param({"active": []}, id="a list"),
        pytest.param({"yellow_pin": 9}, id="a part of another version"),
        pytest.param({"green_pin": 2}, id="a pin that is refused"),
        pytest.param({"chip": None}, id="no chip"),
    ],
)
def test_a_changed_wiring_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Wiring.from_json(json.dumps(json.loads(Wiring().to_json()) | change))


def test_a_wiring_without_a_field_is_refused() -> None:
    values = json.loads(replace(Wiring(), chip="mine").to_json())
    for name in values:
        less = {key: value for key, value in values.items() if key != name}
        with pytest.raises(InputError):
            Wiring.from_json(json.dumps(less))
