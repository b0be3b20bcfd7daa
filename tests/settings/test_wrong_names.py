"""Keys and sections that do not exist or do not go together, and many mistakes at once."""

from collections.abc import Callable

import pytest

Complaints = Callable[[str | bytes], list[str]]

KEYS_OF_DOOR = (
    "[door] has rules, trust, revoked, country, gate, role, identity, identity_every, passback_s, "
    "events, counts_days"
)
WRONG: dict[str, tuple[str | bytes, str, str]] = {
    "a key with two letters swapped": (
        "[camera]\nfsp = 15",
        "2: camera.fsp: no such key",
        "did you mean camera.fps?",
    ),
    "a key in capitals": (
        "[camera]\nFPS = 15",
        "2: camera.FPS: no such key",
        "did you mean camera.fps?",
    ),
    "a key with a dash": (
        "[signals]\ngreen-pin = 17",
        "2: signals.green-pin: no such key",
        "did you mean signals.green_pin?",
    ),
    "a key of another section": (
        "[camera]\ncounts_days = 9",
        "2: camera.counts_days: no such key",
        "did you mean door.counts_days?",
    ),
    "a key like no other": (
        "[door]\nzzz = 1",
        "2: door.zzz: no such key",
        KEYS_OF_DOOR,
    ),
    "a key without a name": (
        '[door]\n"" = 1',
        '2: door."": no such key',
        KEYS_OF_DOOR,
    ),
    "a key with a space": (
        '[door]\n"a b" = 1',
        '2: door."a b": no such key',
        KEYS_OF_DOOR,
    ),
    "a key that steers the terminal": (
        '[door]\n"\\u001b[2J" = 1',
        '2: door."\\u001b[2J": no such key',
        KEYS_OF_DOOR,
    ),
    "a key as long as a page": (
        f"[door]\n{'x' * 999} = 1",
        f'2: door."{"x" * 40}"...: no such key',
        KEYS_OF_DOOR,
    ),
    "a section with a typing error": (
        "[camra]\nfps = 1",
        "1: camra: no such section",
        "did you mean [camera]?",
    ),
    "a section in capitals": ("\n[Door]", "2: Door: no such section", "did you mean [door]?"),
    "a section like no other": (
        "[zzz]",
        "1: zzz: no such section",
        "there are [door], [camera], [signals], [feed], [trust_list], [revoked_list]",
    ),
    "a key above its section": (
        "fps = 15\n[camera]",
        "1: fps: a key outside its section",
        "write it below [camera]",
    ),
    "an unknown key above all": (
        "zzz = 15",
        "1: zzz: a key outside any section",
        "there are [door], [camera], [signals], [feed], [trust_list], [revoked_list]",
    ),
    "a section as a value": (
        "camera = 5",
        "1: camera: not a section",
        "write [camera] on a line of its own and its keys below",
    ),
    "a section in two brackets": (
        "[[camera]]",
        "1: camera: not a section",
        "write [camera] on a line of its own and its keys below",
    ),
    "lamps on one pin": (
        "[signals]\ngreen_pin = 27",
        "2: signals.green_pin: the same as red_pin",
        "give each a pin of its own",
    ),
    "two pins of the file alike": (
        "[signals]\nred_pin = 9\ngreen_pin = 9",
        "2: signals.red_pin: the same as green_pin",
        "give each a pin of its own",
    ),
    "the buzzer on a lamp": (
        "[signals]\nbuzzer_pin = 17",
        "2: signals.buzzer_pin: the same as green_pin",
        "give each a pin of its own",
    ),
    "blue on green": (
        '[signals]\nlamps = "rgb"\nblue_pin = 17',
        "3: signals.blue_pin: the same as green_pin",
        "give each a pin of its own",
    ),
    "blue where the buzzer is": (
        '[signals]\nlamps = "rgb"\nblue_pin = 18',
        "3: signals.blue_pin: the same as buzzer_pin",
        "give each a pin of its own",
    ),
    "the button on a lamp": (
        "[signals]\nstaff_pin = 27",
        "2: signals.staff_pin: the same as red_pin",
        "give each a pin of its own",
    ),
    "the buzzer on the button": (
        "[signals]\nstaff_pin = 4\nbuzzer_pin = 4",
        "2: signals.staff_pin: the same as buzzer_pin",
        "give each a pin of its own",
    ),
    "keys that are stale before they are ageing": (
        "[trust_list]\nstale_h = 72",
        "2: trust_list.stale_h: not after ageing_h",
        "give more hours than 72",
    ),
    "ids that age after they are stale": (
        "[revoked_list]\nageing_h = 100",
        "2: revoked_list.ageing_h: not before stale_h",
        "give fewer hours than 72",
    ),
    "ids that expire while they are only ageing": (
        "[revoked_list]\nexpired_h = 30",
        "2: revoked_list.expired_h: not after stale_h",
        "give more hours than 72",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_name_is_one_line_with_the_nearest_one(wrong: str, complaints: Complaints) -> None:
    text, what, remedy = WRONG[wrong]
    assert complaints(text) == [f"scanner.toml:{what}; {remedy}"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(complaints: Complaints) -> None:
    text = (
        '[signals]\nbuzzer = 1\ngreen_pin = 27\n[camra]\n[camera]\nfsp = 1\nfps = 0\nfocus = ""\n'
    )
    assert [line.split(" ")[:2] for line in complaints(text)] == [
        ["scanner.toml:2:", "signals.buzzer:"],
        ["scanner.toml:3:", "signals.green_pin:"],
        ["scanner.toml:4:", "camra:"],
        ["scanner.toml:6:", "camera.fsp:"],
        ["scanner.toml:7:", "camera.fps:"],
        ["scanner.toml:8:", "camera.focus:"],
    ]


def test_of_very_many_mistakes_the_first_fifty_are_told(complaints: Complaints) -> None:
    told = complaints("[camera]\n" + "".join(f"key{number} = 1\n" for number in range(20_000)))
    assert told[49].startswith("scanner.toml:51: camera.key49: ")
    assert told[50:] == ["scanner.toml: 19,950 more problems; mend those above first"]


def test_pins_are_not_compared_while_one_of_them_is_out_of_range(complaints: Complaints) -> None:
    text = "[signals]\nred_pin = 99\ngreen_pin = 27"
    assert complaints(text) == ["scanner.toml:2: signals.red_pin: 99 is out of range; give 9 to 27"]
