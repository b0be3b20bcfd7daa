"""A value that its key cannot have: one line with place, value and what may be given."""

from collections.abc import Callable

import pytest

Complaints = Callable[[str | bytes], list[str]]

RULE_SETS = "give a list of one or more names, or paths that begin with /"
TRUST = "give a list of paths that begin with /, alone or behind ISSUER=, pretix: or own:"
COUNTRY = 'give two capital letters like "AT", or "" for none'
GATE = 'give text of 1 to 64 characters, or "" for none'
CAMERAS = 'give "picamera2", "opencv:0", "opencv:/dev/video0" or "frames:/folder"'
WRONG: dict[str, tuple[str | bytes, str, str]] = {
    "a rate out of range": (
        "[camera]\nfps = 500",
        "2: camera.fps: 500 is out of range",
        "give 5 to 60 a second",
    ),
    "a rate just below": (
        "[camera]\nfps = 4",
        "2: camera.fps: 4 is out of range",
        "give 5 to 60 a second",
    ),
    "a rate just above": (
        "[camera]\nfps = 61",
        "2: camera.fps: 61 is out of range",
        "give 5 to 60 a second",
    ),
    "a negative number": (
        "[camera]\nnumber = -1",
        "2: camera.number: -1 is out of range",
        "give 0 to 3",
    ),
    "a fifth camera": (
        "[camera]\nnumber = 4",
        "2: camera.number: 4 is out of range",
        "give 0 to 3",
    ),
    "a number in quotes": (
        '[camera]\nfps = "15"',
        '2: camera.fps: "15" is not a whole number',
        "give 5 to 60 a second",
    ),
    "a whole number with a point": (
        "[camera]\nfps = 15.0",
        "2: camera.fps: 15.0 is not a whole number",
        "give 5 to 60 a second",
    ),
    "true as a number": (
        "[camera]\nnumber = true",
        "2: camera.number: true is not a whole number",
        "give 0 to 3",
    ),
    "a date as a number": (
        "[camera]\nnumber = 2026-01-01",
        "2: camera.number: 2026-01-01 is not a whole number",
        "give 0 to 3",
    ),
    "a list as a number": (
        "[camera]\nnumber = [0]",
        "2: camera.number: [0] is not a whole number",
        "give 0 to 3",
    ),
    "a table as a number": (
        "[camera]\nnumber = {a = 1}",
        "2: camera.number: a table is not a whole number",
        "give 0 to 3",
    ),
    "a section as a number": (
        "[camera]\n\n[camera.number]",
        "3: camera.number: a table is not a whole number",
        "give 0 to 3",
    ),
    "a number too long to print": (
        "[camera]\nfps = 0x" + "f" * 9000,
        "2: camera.fps: this number is out of range",
        "give 5 to 60 a second",
    ),
    "a lens that is no number": (
        "[camera]\nfocus_dioptres = nan",
        "2: camera.focus_dioptres: nan is out of range",
        "give 0.0 to 15.0 dioptres",
    ),
    "a lens without end": (
        "[camera]\nfocus_dioptres = inf",
        "2: camera.focus_dioptres: inf is out of range",
        "give 0.0 to 15.0 dioptres",
    ),
    "a lens without end behind": (
        "[camera]\nfocus_dioptres = -inf",
        "2: camera.focus_dioptres: -inf is out of range",
        "give 0.0 to 15.0 dioptres",
    ),
    "a lens too strong": (
        "[camera]\nfocus_dioptres = 15.1",
        "2: camera.focus_dioptres: 15.1 is out of range",
        "give 0.0 to 15.0 dioptres",
    ),
    "a lens that is true": (
        "[camera]\nfocus_dioptres = true",
        "2: camera.focus_dioptres: true is not a number",
        "give 0.0 to 15.0 dioptres",
    ),
    "a lens in quotes": (
        '[camera]\nfocus_dioptres = "5.0"',
        '2: camera.focus_dioptres: "5.0" is not a number',
        "give 0.0 to 15.0 dioptres",
    ),
    "a lens too long to print": (
        "[camera]\nfocus_dioptres = 0x" + "f" * 9000,
        "2: camera.focus_dioptres: this number is out of range",
        "give 0.0 to 15.0 dioptres",
    ),
    "a feed over another protocol": (
        '[feed]\nurl = "ftp://lists.example.org"',
        '2: feed.url: "ftp://lists.example.org" is not a feed',
        'give an address like "https://host/folder", a path that begins with /, or "" for off',
    ),
    "a feed with a password, in a file that everybody reads": (
        '[feed]\nurl = "https://a:b@example.org/"',
        '2: feed.url: "https://a:b@example.org/" is not a feed',
        'give an address like "https://host/folder", a path that begins with /, or "" for off',
    ),
    "a feed without a host": (
        '[feed]\nurl = "https:///door"',
        '2: feed.url: "https:///door" is not a feed',
        'give an address like "https://host/folder", a path that begins with /, or "" for off',
    ),
    "news every minute": (
        "[feed]\nperiod_min = 1",
        "2: feed.period_min: 1 is out of range",
        "give 15 to 1440 minutes",
    ),
    "an exposure of a second": (
        "[camera]\nexposure_us = 1_000_000",
        "2: camera.exposure_us: 1000000 is out of range",
        "give 0 to 33000 microseconds",
    ),
    "an unknown choice": (
        '[camera]\nfocus = "manual"',
        '2: camera.focus: "manual" is not a choice',
        'give "fixed" or "auto"',
    ),
    "a choice in capitals": (
        '[signals]\noutput = "GPIO"',
        '2: signals.output: "GPIO" is not a choice',
        'give "gpio", "terminal" or "none"',
    ),
    "a choice that is false": (
        "[signals]\nbuzzer = false",
        "2: signals.buzzer: false is not a choice",
        'give "passive", "active" or "none"',
    ),
    "a choice in a list": (
        '[signals]\nlamps = ["rgb"]',
        '2: signals.lamps: ["rgb"] is not a choice',
        'give "pair" or "rgb"',
    ),
    "a level as a number": (
        "[signals]\nactive = 1",
        "2: signals.active: 1 is not a choice",
        'give "high" or "low"',
    ),
    "no camera": (
        '[camera]\nsource = ""',
        '2: camera.source: "" is empty',
        CAMERAS,
    ),
    "a camera that is misspelt": (
        '[camera]\nsource = "picamera"',
        '2: camera.source: "picamera" is not a camera',
        CAMERAS,
    ),
    "a camera with its number": (
        '[camera]\nsource = "picamera2:1"',
        '2: camera.source: "picamera2:1" is not a camera',
        CAMERAS,
    ),
    "no place for keys": (
        "[door]\ntrust = []",
        "2: door.trust: the list is empty",
        TRUST,
    ),
    "a camera as a number": (
        "[camera]\nsource = 0",
        "2: camera.source: 0 is not text",
        CAMERAS,
    ),
    "a camera on two lines": (
        '[camera]\nsource = """a\nb"""',
        '2: camera.source: "a\\u000ab" holds characters that cannot be printed',
        CAMERAS,
    ),
    "a camera that steers the terminal": (
        '[camera]\nsource = "\\u001b[2J"',
        '2: camera.source: "\\u001b[2J" holds characters that cannot be printed',
        CAMERAS,
    ),
    "a chip label longer than the kernel's": (
        f'[signals]\nchip = "{"x" * 32}"',
        f'2: signals.chip: "{"x" * 32}" is too long',
        "give text of 1 to 31 characters",
    ),
    "a long value, cut": (
        f'[camera]\nfocus = "{"x" * 99}"',
        f'2: camera.focus: "{"x" * 40}"... is not a choice',
        'give "fixed" or "auto"',
    ),
    "a lamp on a pin that is high at power-on": (
        "[signals]\ngreen_pin = 8",
        "2: signals.green_pin: 8 is out of range",
        "give 9 to 27",
    ),
    "a pin that the header does not have": (
        "[signals]\nbuzzer_pin = 28",
        "2: signals.buzzer_pin: 28 is out of range",
        "give 2 to 27",
    ),
    "no rule set": (
        "[door]\nrules = []",
        "2: door.rules: the list is empty",
        RULE_SETS,
    ),
    "a rule set without a name": (
        '[door]\nrules = [""]',
        '2: door.rules: "" is not a name',
        RULE_SETS,
    ),
    "rules without brackets": (
        '[door]\nrules = "no-infection"',
        '2: door.rules: "no-infection" is not a list, which stands in [ ]',
        RULE_SETS,
    ),
    "a rule set twice": (
        '[door]\nrules = ["a", "b", "a"]',
        '2: door.rules: "a" stands twice',
        RULE_SETS,
    ),
    "a rule set as a number": (
        "[door]\nrules = [2]",
        "2: door.rules: 2 is not text",
        RULE_SETS,
    ),
    "rules within rules": (
        '[door]\nrules = [["a"]]',
        '2: door.rules: ["a"] is not text',
        RULE_SETS,
    ),
    "trust beside the file": (
        '[door]\ntrust = ["trust"]',
        '2: door.trust: "trust" names no keys',
        TRUST,
    ),
    "trust at home": (
        '[door]\ntrust = ["~/trust"]',
        '2: door.trust: "~/trust" names no keys',
        TRUST,
    ),
    "an empty path": (
        '[door]\nrevoked = [""]',
        '2: door.revoked: "" does not begin with /',
        "give a list of paths that begin with /",
    ),
    "the same path twice": (
        '[door]\nrevoked = ["/a", "/a"]',
        '2: door.revoked: "/a" stands twice',
        "give a list of paths that begin with /",
    ),
    "a path with a zero byte": (
        '[door]\ntrust = ["/a\\u0000"]',
        '2: door.trust: "/a\\u0000" holds characters that cannot be printed',
        TRUST,
    ),
    "events in an unknown place": (
        '[door]\nevents = "events.jsonl"',
        '2: door.events: "events.jsonl" does not begin with /',
        'give a path that begins with /, or "" for off',
    ),
    "events that are false": (
        "[door]\nevents = false",
        "2: door.events: false is not text",
        'give a path that begins with /, or "" for off',
    ),
    "counts for no day": (
        "[door]\ncounts_days = 0",
        "2: door.counts_days: 0 is out of range",
        "give 1 to 3650 days",
    ),
    "keys of an issuer that is named without a protocol": (
        '[door]\ntrust = ["example.org=/srv/jwks.json"]',
        '2: door.trust: "example.org=/srv/jwks.json" names no keys',
        TRUST,
    ),
    "keys of an issuer in the clear": (
        '[door]\ntrust = ["http://example.org=/srv/jwks.json"]',
        '2: door.trust: "http://example.org=/srv/jwks.json" names no keys',
        TRUST,
    ),
    "keys of an issuer without a host": (
        '[door]\ntrust = ["https://=/srv/jwks.json"]',
        '2: door.trust: "https://=/srv/jwks.json" names no keys',
        TRUST,
    ),
    "keys of an issuer beside the file": (
        '[door]\ntrust = ["https://example.org=jwks.json"]',
        '2: door.trust: "https://example.org=jwks.json" names no keys',
        TRUST,
    ),
    "keys of an issuer that has an =": (
        '[door]\ntrust = ["https://example.org/?a=b=/srv/jwks.json"]',
        '2: door.trust: "https://example.org/?a=b=/srv/jwks.json" names no keys',
        TRUST,
    ),
    "keys at an address": (
        '[door]\ntrust = ["https://example.org/jwks.json"]',
        '2: door.trust: "https://example.org/jwks.json" names no keys',
        TRUST,
    ),
    "keys of an unknown kind of ticket": (
        '[door]\ntrust = ["fair:/srv/keys.pem"]',
        '2: door.trust: "fair:/srv/keys.pem" names no keys',
        TRUST,
    ),
    "keys of tickets beside the file": (
        '[door]\ntrust = ["pretix:keys.pem"]',
        '2: door.trust: "pretix:keys.pem" names no keys',
        TRUST,
    ),
    "the same keys twice": (
        '[door]\ntrust = ["own:/a", "own:/a"]',
        '2: door.trust: "own:/a" stands twice',
        TRUST,
    ),
    "keys without a list": (
        '[door]\ntrust = "/srv/keys"',
        '2: door.trust: "/srv/keys" is not a list, which stands in [ ]',
        TRUST,
    ),
    "rules in a folder beside the file": (
        '[door]\nrules = ["rules/fair"]',
        '2: door.rules: "rules/fair" does not begin with /',
        RULE_SETS,
    ),
    "rules in a file beside the file": (
        '[door]\nrules = ["fair.json"]',
        '2: door.rules: "fair.json" does not begin with /',
        RULE_SETS,
    ),
    "a country in small letters": (
        '[door]\ncountry = "at"',
        '2: door.country: "at" is not a country',
        COUNTRY,
    ),
    "a country with its name": (
        '[door]\ncountry = "Austria"',
        '2: door.country: "Austria" is not a country',
        COUNTRY,
    ),
    "a country in letters of another script": (
        '[door]\ncountry = "АТ"',
        '2: door.country: "АТ" is not a country',
        COUNTRY,
    ),
    "a country that is false": (
        "[door]\ncountry = false",
        "2: door.country: false is not text",
        COUNTRY,
    ),
    "a gate of spaces": (
        '[door]\ngate = " "',
        '2: door.gate: " " begins or ends with a space',
        GATE,
    ),
    "a gate with a space that nobody sees": (
        '[door]\ngate = "north "',
        '2: door.gate: "north " begins or ends with a space',
        GATE,
    ),
    "a gate that is a story": (
        f'[door]\ngate = "{"x" * 65}"',
        f'2: door.gate: "{"x" * 40}"... is too long',
        GATE,
    ),
    "a gate by number": (
        "[door]\ngate = 2",
        "2: door.gate: 2 is not text",
        GATE,
    ),
    "a door that goes both ways": (
        '[door]\nrole = "both"',
        '2: door.role: "both" is not a choice',
        'give "entry" or "exit"',
    ),
    "an ID sometimes": (
        '[door]\nidentity = "sometimes"',
        '2: door.identity: "sometimes" is not a choice',
        'give "never", "always" or "every_n"',
    ),
    "an ID of every guest, counted": (
        "[door]\nidentity_every = 1",
        "2: door.identity_every: 1 is out of range",
        "give 2 to 1000 guests",
    ),
    "an ID of hardly anybody": (
        "[door]\nidentity_every = 1001",
        "2: door.identity_every: 1001 is out of range",
        "give 2 to 1000 guests",
    ),
    "a pass handed back in the past": (
        "[door]\npassback_s = -1",
        "2: door.passback_s: -1 is out of range",
        "give 0 to 86400 seconds",
    ),
    "a pass handed back the next day": (
        "[door]\npassback_s = 86_401",
        "2: door.passback_s: 86401 is out of range",
        "give 0 to 86400 seconds",
    ),
    "a button on a pin of add-on boards": (
        "[signals]\nstaff_pin = 1",
        "2: signals.staff_pin: 1 is out of range",
        "give 2 to 27, or 0 for none",
    ),
    "a button that the header does not have": (
        "[signals]\nstaff_pin = 28",
        "2: signals.staff_pin: 28 is out of range",
        "give 2 to 27, or 0 for none",
    ),
    "a button that is off": (
        "[signals]\nstaff_pin = false",
        "2: signals.staff_pin: false is not a whole number",
        "give 2 to 27, or 0 for none",
    ),
    "half a button": (
        "[signals]\nstaff_pin = 0.0",
        "2: signals.staff_pin: 0.0 is not a whole number",
        "give 2 to 27, or 0 for none",
    ),
    "a button without a pin": (
        '[signals]\nstaff_pin = ""',
        '2: signals.staff_pin: "" is not a whole number',
        "give 2 to 27, or 0 for none",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_value_is_one_line_with_place_and_remedy(
    wrong: str, complaints: Complaints
) -> None:
    text, what, remedy = WRONG[wrong]
    assert complaints(text) == [f"scanner.toml:{what}; {remedy}"]
