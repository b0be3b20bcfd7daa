"""The codes in view: which one is meant, when it is answered, and how often."""

from collections.abc import Sequence

import pytest

from scanner.gate.view import MAX_FOLLOWED, Answer, Subject, View, choose
from scanner.terms import Decision, Payload, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF

GOOD, BAD, OTHER = b"HC1:GOOD", b"HC1:BAD", b"HC1:OTHER"
POSTER, WIFI = b"https://example.org/menu", b"WIFI:S:guests;;"
REASONS = {GOOD: Reason.ADMITTED, BAD: Reason.BAD_SIGNATURE, OTHER: Reason.ADMITTED,
           POSTER: Reason.NOT_A_PASS, WIFI: Reason.NOT_A_PASS}  # fmt: skip
PARTS = (b"shc:/1/3/5676", b"shc:/2/3/2909", b"shc:/3/3/5243")
FRAME_MS = 66


def code(raw: bytes, *, area: int = 100) -> Payload:
    return Payload(raw, ((0, 0), (area, 0), (area, 1), (0, 1)))


class Watch:
    """A view and a judge that remembers what it was asked."""

    def __init__(self) -> None:
        self.view = View()
        self.asked: list[bytes] = []

    def judge(self, raws: tuple[bytes, ...]) -> Decision:
        if len(raws) > 1:
            return Decision(Verdict.ASK, Reason.TWO_PASSES)
        (raw,) = raws
        self.asked.append(raw)
        reason = REASONS.get(raw, Reason.BAD_SIGNATURE)
        return Decision(VERDICT_OF[reason], reason)

    def look(self, at_ms: int, *codes: Payload | bytes) -> Answer | None:
        payloads = [one if isinstance(one, Payload) else code(one) for one in codes]
        return self.view.look(payloads, at_ms=at_ms, judge=self.judge)

    def hold(
        self, raws: Sequence[bytes], *, from_ms: int, to_ms: int, every_ms: int = FRAME_MS
    ) -> list[tuple[int, Reason]]:
        """Hold codes in view and give the times and reasons of all answers."""
        return [
            (at_ms, answer.decision.reason)
            for at_ms in range(from_ms, to_ms, every_ms)
            if (answer := self.look(at_ms, *raws)) is not None
        ]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_nothing_in_view_asks_about_nothing(watch: Watch) -> None:
    assert choose([]) is None
    assert watch.look(0) is None
    assert watch.asked == []


CHOICES: dict[str, tuple[list[Payload], tuple[bytes, ...]]] = {
    "one pass": ([code(GOOD)], (GOOD,)),
    "one poster": ([code(POSTER)], (POSTER,)),
    "a pass beside a much larger poster": ([code(GOOD), code(POSTER, area=9000)], (GOOD,)),
    "a pass among several others": ([code(POSTER), code(GOOD), code(WIFI)], (GOOD,)),
    "two posters: the larger": ([code(POSTER, area=50), code(WIFI, area=40)], (POSTER,)),
    "two passes, one of twice the area": ([code(BAD, area=100), code(GOOD, area=200)], (GOOD,)),
    "two passes, one of nearly twice the area": (
        [code(BAD, area=101), code(GOOD, area=200)], (BAD, GOOD),
    ),
    "two passes, in either order": ([code(GOOD, area=101), code(BAD, area=101)], (BAD, GOOD)),
    "two passes without a place in the picture": ([Payload(GOOD), Payload(BAD)], (BAD, GOOD)),
    "the same pass on two phones": ([code(GOOD), code(GOOD, area=150)], (GOOD,)),
    "the same pass twice, the larger counts": (
        [code(GOOD, area=200), code(BAD, area=90), code(GOOD, area=10)], (GOOD,),
    ),
    "three passes, one far nearer": (
        [code(BAD, area=90), code(GOOD, area=300), code(OTHER, area=110)], (GOOD,),
    ),
    "three passes: the two largest compete": (
        [code(BAD, area=90), code(GOOD, area=300), code(OTHER, area=290)], (GOOD, OTHER),
    ),
    "parts of one card, whatever their sizes": (
        [code(PARTS[1], area=900), code(PARTS[0], area=300), code(PARTS[2], area=10)], PARTS,
    ),
    "parts of cards that have another number of parts": (
        [code(PARTS[0]), code(b"shc:/1/2/5677")], (b"shc:/1/2/5677", PARTS[0]),
    ),
    "a part beside a whole pass": ([code(PARTS[0]), code(GOOD)], (GOOD, PARTS[0])),
    "a code that needs a server beside a pass": (
        [code(b"003|x"), code(GOOD)], (b"003|x", GOOD),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("codes", "raws"), CHOICES.values(), ids=CHOICES.keys())
def test_the_code_that_is_meant_is_chosen(codes: list[Payload], raws: tuple[bytes, ...]) -> None:
    assert choose(codes) == Subject(raws)


def test_an_admission_is_answered_in_the_first_frame(watch: Watch) -> None:
    answer = watch.look(0, GOOD)
    assert answer is not None
    assert answer.subject == Subject((GOOD,))
    assert answer.decision.reason is Reason.ADMITTED


@pytest.mark.parametrize("raw", [BAD, POSTER])
def test_anything_else_waits_for_a_second_frame(raw: bytes, watch: Watch) -> None:
    assert watch.look(0, raw) is None
    assert watch.look(FRAME_MS, raw) is not None
    assert watch.asked == [raw]


def test_a_code_misread_in_one_frame_accuses_nobody(watch: Watch) -> None:
    watch.look(0, BAD)
    assert watch.hold([GOOD], from_ms=FRAME_MS, to_ms=3000) == [(FRAME_MS, Reason.ADMITTED)]


def test_the_second_frame_may_come_after_a_missed_one(watch: Watch) -> None:
    watch.look(0, BAD)
    watch.look(300)
    assert watch.look(600, BAD) is not None


def test_a_code_seen_once_and_gone_for_long_needs_two_frames_again(watch: Watch) -> None:
    watch.look(0, BAD)
    watch.look(500)
    assert watch.look(2000, BAD) is None
    answer = watch.look(2066, BAD)
    assert answer is not None
    assert answer.decision.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("every_ms", [66, 1000, 3000], ids=["15 fps", "1 fps", "slower still"])
@pytest.mark.parametrize("raw", [GOOD, BAD, POSTER])
def test_a_code_that_stays_in_view_is_answered_once(
    raw: bytes, every_ms: int, watch: Watch
) -> None:
    answers = watch.hold([raw], from_ms=0, to_ms=60_000, every_ms=every_ms)
    assert [reason for _, reason in answers] == [REASONS[raw]]
    assert watch.asked == [raw]


def test_frames_missed_for_less_than_a_second_change_nothing(watch: Watch) -> None:
    watch.look(0, GOOD)
    for at_ms in range(66, 990, 66):
        watch.look(at_ms)
    assert watch.look(999, GOOD) is None


def test_a_code_that_comes_back_within_five_seconds_gets_its_answer_again(watch: Watch) -> None:
    for raw, reason in ((GOOD, Reason.ADMITTED), (BAD, Reason.BAD_SIGNATURE)):
        watch = Watch()
        watch.hold([raw], from_ms=0, to_ms=500)
        watch.hold([], from_ms=500, to_ms=2000)
        again = watch.look(2000, raw)
        assert again is not None
        assert (again.decision.reason, again.decision.repeats) == (Reason.REPEATED, reason)
        assert again.decision.verdict is VERDICT_OF[reason]
        assert watch.hold([raw], from_ms=2066, to_ms=4000) == []
        assert watch.asked == [raw]


def test_a_code_that_left_at_one_frame_a_second_is_new_when_it_returns(watch: Watch) -> None:
    watch.look(0, GOOD)
    watch.look(1000)
    again = watch.look(2000, GOOD)
    assert again is not None
    assert again.decision.reason is Reason.REPEATED


def test_five_seconds_after_its_answer_a_returning_code_is_judged_anew(watch: Watch) -> None:
    watch.look(0, GOOD)
    watch.look(66)
    almost = watch.look(4999, GOOD)
    assert almost is not None
    assert almost.decision.reason is Reason.REPEATED
    watch.look(5066)
    anew = watch.look(6066, GOOD)
    assert anew is not None
    assert anew.decision.reason is Reason.ADMITTED
    assert watch.asked == [GOOD, GOOD]


def test_the_window_counts_from_the_answer_not_from_its_repetition(watch: Watch) -> None:
    reasons = []
    for at_ms in range(0, 9000, 1500):
        answer = watch.look(at_ms, GOOD)
        reasons.append(answer.decision.reason if answer else None)
        watch.look(at_ms + 66)
    again = [Reason.REPEATED] * 3
    assert reasons == [Reason.ADMITTED, *again, Reason.ADMITTED, Reason.REPEATED]


def test_a_code_held_longer_than_the_window_is_new_after_it_left(watch: Watch) -> None:
    watch.hold([GOOD], from_ms=0, to_ms=8000)
    watch.hold([], from_ms=8000, to_ms=9500)
    assert watch.hold([GOOD], from_ms=9500, to_ms=9900) == [(9500, Reason.ADMITTED)]


def test_a_different_code_is_answered_at_once(watch: Watch) -> None:
    watch.hold([BAD], from_ms=0, to_ms=200)
    assert watch.hold([GOOD], from_ms=200, to_ms=500) == [(200, Reason.ADMITTED)]


def test_a_poster_beside_a_pass_is_never_answered(watch: Watch) -> None:
    answers = watch.hold([POSTER, GOOD, WIFI], from_ms=0, to_ms=3000)
    assert answers == [(0, Reason.ADMITTED)]
    assert watch.asked == [GOOD]


def test_a_poster_that_stays_is_not_answered_again_after_every_guest(watch: Watch) -> None:
    assert len(watch.hold([POSTER], from_ms=0, to_ms=500)) == 1
    assert len(watch.hold([POSTER, GOOD], from_ms=500, to_ms=4000)) == 1
    assert watch.hold([POSTER], from_ms=4000, to_ms=9000) == []


def test_a_missed_frame_of_one_code_does_not_start_it_again_beside_another(watch: Watch) -> None:
    watch.hold([GOOD], from_ms=0, to_ms=200)
    watch.hold([BAD], from_ms=200, to_ms=800)
    assert watch.hold([GOOD], from_ms=800, to_ms=2000) == []


def test_a_code_that_returns_unchosen_is_new_when_it_is_chosen(watch: Watch) -> None:
    watch.hold([POSTER], from_ms=0, to_ms=200)
    watch.hold([GOOD], from_ms=200, to_ms=2000)
    watch.hold([GOOD, POSTER], from_ms=2000, to_ms=2500)
    answers = watch.hold([POSTER], from_ms=2500, to_ms=3000)
    assert [reason for _, reason in answers] == [Reason.REPEATED]


def test_two_passes_ask_a_person_in_the_second_frame(watch: Watch) -> None:
    assert watch.look(0, GOOD, OTHER) is None
    answer = watch.look(66, OTHER, GOOD)
    assert answer is not None
    assert (answer.decision.verdict, answer.decision.reason) == (Verdict.ASK, Reason.TWO_PASSES)
    assert watch.asked == []


def test_after_two_passes_the_one_that_stays_is_answered(watch: Watch) -> None:
    watch.hold([GOOD, OTHER], from_ms=0, to_ms=500)
    assert watch.hold([OTHER], from_ms=500, to_ms=900) == [(500, Reason.ADMITTED)]


def test_a_second_guest_behind_an_answered_one_does_not_start_that_again(watch: Watch) -> None:
    watch.hold([GOOD], from_ms=0, to_ms=500)
    answers = watch.hold([GOOD, OTHER], from_ms=500, to_ms=3000)
    assert [reason for _, reason in answers] == [Reason.TWO_PASSES]
    assert watch.hold([GOOD], from_ms=3000, to_ms=6000) == []


def test_what_used_a_ticket_up_is_never_answered_again_unasked(watch: Watch) -> None:
    spent = Decision(Verdict.ADMIT, Reason.ADMITTED, is_spent=True)
    used = Decision(Verdict.REFUSE, Reason.ALREADY_USED)
    answers = iter((spent, used))
    told = []
    for at_ms in range(0, 4000, FRAME_MS):
        codes = [] if 200 <= at_ms < 1500 else [code(GOOD)]
        answer = watch.view.look(codes, at_ms=at_ms, judge=lambda _: next(answers))
        told += [] if answer is None else [answer.decision.reason]
    assert told == [Reason.ADMITTED, Reason.ALREADY_USED]


def test_a_judge_that_fails_is_asked_again_in_the_next_frame(watch: Watch) -> None:
    def broken(_: tuple[bytes, ...]) -> Decision:
        raise RuntimeError("once")

    with pytest.raises(RuntimeError):
        watch.view.look([code(GOOD)], at_ms=0, judge=broken)
    answer = watch.look(66, GOOD)
    assert answer is not None
    assert answer.decision.reason is Reason.ADMITTED


def test_no_more_codes_are_remembered_than_the_bound(watch: Watch) -> None:
    raws = [b"HC1:%d" % number for number in range(MAX_FOLLOWED + 1)]
    for at_ms, raw in enumerate(raws):
        watch.look(at_ms, raw)
        watch.look(at_ms, raw)
    assert len(watch.asked) == MAX_FOLLOWED + 1
    for raw in reversed(raws):
        watch.look(MAX_FOLLOWED + 1, raw)
    assert watch.asked[MAX_FOLLOWED + 1 :] == raws[:1]


def test_codes_long_gone_are_forgotten(watch: Watch) -> None:
    watch.look(0, GOOD)
    watch.look(66)
    watch.hold([OTHER], from_ms=6000, to_ms=6100)
    watch.hold([], from_ms=6100, to_ms=7200)
    answer = watch.look(7200, GOOD)
    assert answer is not None
    assert answer.decision.reason is Reason.ADMITTED


_ADMITTED = Decision(Verdict.ADMIT, Reason.ADMITTED)


def test_a_pass_that_is_long_gone_is_not_kept_in_memory() -> None:
    view = View()
    view.look([Payload(b"HC1:GONE")], at_ms=0, judge=lambda _: _ADMITTED)
    assert b"HC1:GONE" in repr(view.__dict__).encode()
    view.look([], at_ms=60_000, judge=lambda _: _ADMITTED)
    assert b"HC1:GONE" not in repr(view.__dict__).encode()


def test_a_code_that_stays_is_remembered_among_many_that_pass_by() -> None:
    view = View()
    stays = Payload(b"HC1:STAYS", ((0, 0), (90, 0), (90, 90), (0, 90)))
    answers = 0
    for number in range(300):
        passer = Payload(b"HC1:%d" % number, ((0, 0), (9, 0), (9, 9), (0, 9)))
        alone = view.look([passer], at_ms=number * 20, judge=lambda _: _ADMITTED)
        both = view.look([stays, passer], at_ms=number * 20 + 10, judge=lambda _: _ADMITTED)
        assert alone is not None
        answers += both is not None
    assert answers == 1
