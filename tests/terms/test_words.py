"""The closed lists agree with each other, and the small arithmetic of the words holds."""

from datetime import UTC, datetime

import pytest

from scanner.terms import (
    DeviceError,
    InputError,
    Moment,
    NotPermittedError,
    Payload,
    Reason,
    Refused,
    ScannerError,
    Verdict,
)
from scanner.terms.verdict import VERDICT_OF

# `repeated` takes the first answer's verdict, `list_stale` the venue's choice.
WITHOUT_A_VERDICT = {Reason.REPEATED, Reason.LIST_STALE}


def test_every_reason_has_one_verdict_or_is_known_to_have_none() -> None:
    assert set(VERDICT_OF) == set(Reason) - WITHOUT_A_VERDICT


def test_only_the_two_reasons_of_admission_admit() -> None:
    admitting = {reason for reason, verdict in VERDICT_OF.items() if verdict is Verdict.ADMIT}
    assert admitting == {Reason.ADMITTED, Reason.ADMITTED_MARKED}


def test_faults_are_the_machine_s_or_missing_trust() -> None:
    faults = {reason.value for reason, verdict in VERDICT_OF.items() if verdict is Verdict.FAULT}
    assert faults == {"camera_lost", "reader_lost", "pins_lost", "internal", "list_missing"}


AREAS = {
    "no corners": ((), 0.0),
    "a square": (((0, 0), (10, 0), (10, 10), (0, 10)), 100.0),
    "the same square read the other way round": (((0, 10), (10, 10), (10, 0), (0, 0)), 100.0),
    "a code seen at an angle": (((0, 0), (10, 2), (9, 12), (1, 9)), 85.5),
    "corners on one line": (((0, 0), (5, 5), (9, 9), (2, 2)), 0.0),
}


@pytest.mark.parametrize(("corners", "area"), AREAS.values(), ids=AREAS.keys())
def test_the_area_of_a_code_is_that_of_its_quadrilateral(
    corners: tuple[tuple[int, int], ...], area: float
) -> None:
    assert Payload(b"x", corners).area == area


def test_a_refusal_says_its_reason_and_what_was_found() -> None:
    assert str(Refused(Reason.EXPIRED)) == "expired"
    assert str(Refused(Reason.MALFORMED, "not base45")) == "malformed: not base45"


def test_a_refusal_knows_no_key_before_one_was_read() -> None:
    assert Refused(Reason.MALFORMED).key_id is None


def test_a_device_error_says_the_fault_that_the_lamps_show() -> None:
    error = DeviceError(Reason.CAMERA_LOST, "no frame for 5 s")
    assert (error.reason, str(error)) == (Reason.CAMERA_LOST, "camera_lost: no frame for 5 s")


def test_not_being_permitted_is_a_kind_of_wrong_input_that_can_be_told_apart() -> None:
    assert issubclass(NotPermittedError, InputError)
    assert not issubclass(InputError, NotPermittedError)


def test_all_errors_share_one_root_and_none_is_another() -> None:
    kinds = {Refused, InputError, DeviceError}
    assert all(kind.__bases__ == (ScannerError,) for kind in kinds)


def test_words_cannot_be_changed_afterwards() -> None:
    moment = Moment(datetime(2026, 6, 1, tzinfo=UTC), trusted=False)
    with pytest.raises(AttributeError):
        moment.trusted = True  # type: ignore[misc]
