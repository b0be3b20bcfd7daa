"""`door-scanner formats`: what is verified, what is not, and what each needs."""

from typing import TYPE_CHECKING

from scanner.terms import PassFormat

if TYPE_CHECKING:
    from tests.cli.conftest import Command


def test_every_format_is_listed_with_its_keys(door_scanner: "Command") -> None:
    done = door_scanner("formats", "--json")
    verified = {one["format"]: one for one in done.objects if one["verified"]}
    assert done.code == 0
    assert set(verified) == {form.value for form in PassFormat}
    assert all(one["trust"] and one["revoked"] for one in verified.values())


def test_what_is_not_verified_needs_no_keys(door_scanner: "Command") -> None:
    others = [one for one in door_scanner("formats", "--json").objects if not one["verified"]]
    names = {one["name"] for one in others}
    assert {"KI-PASS", "COOV session", "DIVOC certificate", "IATA boarding pass"} <= names
    assert {(one["trust"], one["revoked"]) for one in others} == {(None, None)}


def test_single_health_passes_can_be_revoked_in_every_format(door_scanner: "Command") -> None:
    told = door_scanner("formats", "--json").objects
    revoked = {one["format"]: one["revoked"] for one in told if one["verified"]}
    for form in (PassFormat.NZCP, PassFormat.VDSNC, PassFormat.INFRADID):
        assert revoked[form.value].startswith("vc-id:")


def test_for_a_person_it_fits_a_terminal(door_scanner: "Command") -> None:
    out = door_scanner("formats").out
    assert max(map(len, out.splitlines())) <= 80
    for words in ("SMART Health Card", "ISSUER=", "own:PEM", "KI-PASS", "not verified here"):
        assert words in out
