"""What a settings file may say, and what the door then has in hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.settings import (
    Buzzer,
    Camera,
    Door,
    Feed,
    Focus,
    Identity,
    Lamps,
    Output,
    Polarity,
    RevokedList,
    Role,
    Settings,
    Signals,
    TrustList,
    WhenOld,
)
from scanner.settings.schema import keys_of

Loaded = Callable[[str | bytes], Settings]

DEFAULTS = {
    "nothing": "",
    "notes only": "# nothing\n\n  # here",
    "empty sections": "[door]\n[camera]\n[signals]\n",
    "an empty table in braces": "door = {}",
    "a byte order mark alone": b"\xef\xbb\xbf",
}


@pytest.mark.parametrize("text", DEFAULTS.values(), ids=DEFAULTS)
def test_keys_that_are_left_out_stand_at_their_default(text: str | bytes, loaded: Loaded) -> None:
    assert loaded(text) == Settings()


def test_the_defaults_are_those_of_a_pi_with_two_lamps() -> None:
    assert Settings() == Settings(
        Door(
            rules=("no-infection",),
            trust=("/etc/door-scanner/trust",),
            revoked=(Path("/etc/door-scanner/revoked"),),
            country=None,
            gate=None,
            role=Role.ENTRY,
            identity=Identity.NEVER,
            identity_every=5,
            passback_s=0,
            events=None,
            counts_days=400,
        ),
        Camera(
            source="picamera2",
            number=0,
            fps=15,
            focus=Focus.FIXED,
            focus_dioptres=5.0,
            exposure_us=8000,
        ),
        Signals(
            output=Output.GPIO,
            chip="auto",
            lamps=Lamps.PAIR,
            green_pin=17,
            red_pin=27,
            blue_pin=22,
            active=Polarity.HIGH,
            buzzer=Buzzer.PASSIVE,
            buzzer_pin=18,
            staff_pin=None,
        ),
        Feed(url="", period_min=15),
        TrustList(72, 168, 720, WhenOld.ADMIT, WhenOld.MARK, WhenOld.ASK),
        RevokedList(24, 72, 168, WhenOld.ADMIT, WhenOld.MARK, WhenOld.ASK),
    )


def test_every_key_can_be_set(loaded: Loaded) -> None:
    text = """
        [door]
        rules = ["genuine-only", "/etc/door-scanner/rules/fair.json"]
        trust = ["/srv/keys", "pretix:/srv/fair.json"]
        revoked = ["/srv/a", "/srv/b"]
        country = "KR"
        gate = "north gate"
        role = "exit"
        identity = "every_n"
        identity_every = 1000
        passback_s = 86400
        events = "/tmp/events.jsonl"
        counts_days = 3650

        [camera]
        source = "frames:/srv/pictures?hold=2"
        number = 3
        fps = 60
        focus = "auto"
        focus_dioptres = 0.5
        exposure_us = 0

        [signals]
        output = "terminal"
        chip = "pinctrl-rp1"
        lamps = "rgb"
        green_pin = 9
        red_pin = 10
        blue_pin = 11
        active = "low"
        buzzer = "active"
        buzzer_pin = 2
        staff_pin = 3

        [feed]
        url = "https://lists.example.org/door"
        period_min = 1440

        [trust_list]
        ageing_h = 1
        stale_h = 2
        expired_h = 8784
        when_ageing = "mark"
        when_stale = "ask"
        when_expired = "refuse"

        [revoked_list]
        ageing_h = 3
        stale_h = 4
        expired_h = 5
        when_ageing = "ask"
        when_stale = "refuse"
        when_expired = "admit"
    """
    assert loaded(text) == Settings(
        Door(
            ("genuine-only", "/etc/door-scanner/rules/fair.json"),
            ("/srv/keys", "pretix:/srv/fair.json"),
            (Path("/srv/a"), Path("/srv/b")),
            "KR",
            "north gate",
            Role.EXIT,
            Identity.EVERY_N,
            1000,
            86400,
            Path("/tmp/events.jsonl"),  # noqa: S108 - only a name
            3650,
        ),
        Camera("frames:/srv/pictures?hold=2", 3, 60, Focus.AUTO, 0.5, 0),
        Signals(
            Output.TERMINAL, "pinctrl-rp1", Lamps.RGB, 9, 10, 11, Polarity.LOW, Buzzer.ACTIVE, 2, 3
        ),
        Feed("https://lists.example.org/door", 1440),
        TrustList(1, 2, 8784, WhenOld.MARK, WhenOld.ASK, WhenOld.REFUSE),
        RevokedList(3, 4, 5, WhenOld.ASK, WhenOld.REFUSE, WhenOld.ADMIT),
    )


def test_a_long_value_is_written_whole(loaded: Loaded) -> None:
    long = "/srv/" + "x" * 100
    for key in ("door.trust", "door.revoked"):
        section, name = key.split(".")
        kind = keys_of(section)[name].kind
        assert kind.written(kind.take([long] * 1)) == f'["{long}"]'
    many = tuple(f"set-{number}" for number in range(20))
    written = keys_of("door")["rules"].kind.written(many)
    assert loaded(f"[door]\nrules = {written}").door.rules == many


SOURCES = [
    "/etc/door-scanner/trust", "/srv/a=b/keys.pem", "/srv/keys of the fair", "/srv/pretix:/keys",
    "pretix:/srv/fair.json", "own:/srv/own.pem",
    "https://health.example.gov/cards=/srv/jwks.json", "https://localhost:8443=/srv/jwks.json",
    "did:web:nzcp.example.nz=/srv/did.json", "did:key:z6Mk#1=/srv/a=/b",
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_trusted_keys_are_a_path_alone_or_one_bound_to_what_stands_before_it(
    source: str, loaded: Loaded
) -> None:
    assert loaded(f'[door]\ntrust = ["{source}"]').door.trust == (source,)


RULES = ["kr-2021-12-13", "/etc/door-scanner/rules/fair.json", "/srv/fair"]


@pytest.mark.parametrize("rules", RULES)
def test_a_rule_set_is_named_or_a_file(rules: str, loaded: Loaded) -> None:
    assert loaded(f'[door]\nrules = ["{rules}"]').door.rules == (rules,)


NOTHING = {
    "no country": '[door]\ncountry = ""',
    "no gate": '[door]\ngate = ""',
    "no button": "[signals]\nstaff_pin = 0",
    "no button, written otherwise": "[signals]\nstaff_pin = 0x0",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_a_door_does_not_have_is_nothing(text: str, loaded: Loaded) -> None:
    assert loaded(text) == Settings()


def test_a_gate_is_called_whatever_its_tickets_call_it(loaded: Loaded) -> None:
    assert loaded('[door]\ngate = "Süd 北 2"').door.gate == "Süd 北 2"


FEEDS = [
    "", "https://lists.example.org", "http://10.0.0.7:8080/door/", "http://[fd00::7]/door",
    "/media/stick/feed",
]  # fmt: skip


@pytest.mark.parametrize("url", FEEDS)
def test_a_feed_is_a_web_server_a_folder_or_off(url: str, loaded: Loaded) -> None:
    assert loaded(f'[feed]\nurl = "{url}"').feed.url == url


TWENTY = {
    "a section": "[camera]\nfps = 20",
    "a dotted key": "camera.fps = 20",
    "braces": "camera = { fps = 20 }",
    "quoted names": "[\"camera\"]\n'fps' = 20",
    "lines that end like those of Windows": "[camera]\r\nfps = 20\r\n",
    "a byte order mark": "\ufeff[camera]\nfps = 20",
    "no line end at the end": "[camera]\nfps = 20 # pictures",
    "another base": "[camera]\nfps = 0x14",
}


@pytest.mark.parametrize("text", TWENTY.values(), ids=TWENTY)
def test_a_key_may_be_written_in_every_way_of_toml(text: str, loaded: Loaded) -> None:
    assert loaded(text) == Settings(camera=Camera(fps=20))


@pytest.mark.parametrize(("written", "dioptres"), [("0", 0.0), ("15", 15.0), ("-0.0", 0.0)])
def test_a_whole_number_serves_where_a_fraction_may_stand(
    written: str, dioptres: float, loaded: Loaded
) -> None:
    found = loaded(f"[camera]\nfocus_dioptres = {written}").camera.focus_dioptres
    assert (str(found), type(found)) == (str(dioptres), float)


PINS_SHARED = {
    "blue without an RGB lamp": "[signals]\nblue_pin = 17",
    "a buzzer that is not there": '[signals]\nbuzzer = "none"\nbuzzer_pin = 17',
    "lamps that are drawn": '[signals]\noutput = "terminal"\ngreen_pin = 27',
    "no lamps at all": '[signals]\noutput = "none"\nbuzzer_pin = 27',
    "a button where no pins are": '[signals]\noutput = "none"\nstaff_pin = 17',
}


@pytest.mark.parametrize("text", PINS_SHARED.values(), ids=PINS_SHARED)
def test_a_pin_may_stand_twice_where_it_is_not_in_use(text: str, loaded: Loaded) -> None:
    assert loaded(text) != Settings()


def test_the_pins_in_use_follow_lamps_buzzer_and_button() -> None:
    assert Signals().pins_in_use == {"green_pin": 17, "red_pin": 27, "buzzer_pin": 18}
    assert list(Signals(staff_pin=4).pins_in_use.items())[-1] == ("staff_pin", 4)
    assert list(Signals(lamps=Lamps.RGB, buzzer=Buzzer.NONE).pins_in_use) == [
        "green_pin", "red_pin", "blue_pin",
    ]  # fmt: skip
    assert Signals(output=Output.NONE).pins_in_use == {}


def test_settings_cannot_be_changed_after_loading() -> None:
    with pytest.raises(AttributeError):
        Settings().camera.fps = 30  # type: ignore[misc]
