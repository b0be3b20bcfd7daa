"""From settings to what a door runs on: camera, wiring, belief.

Promises that trouble with keys or lists is a fault that stands on the lamps and in the
status, with nobody admitted, and not a door that is gone: somebody must see why. A wrong
rule set refuses to start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from scanner.door.belief import TrustSource, load_trust
from scanner.door.plan import Lists
from scanner.door.rulesets import NO_FEED, NOWHERE, Feed, Where, find_all
from scanner.gate import Action, Belief, Identity, Ladder, Policy, Role
from scanner.settings import Lamps, RevokedList, Settings, TrustList
from scanner.signals.wiring import Active, BuzzerKind, LampKind, Wiring
from scanner.store.places import Places
from scanner.terms import DeviceError, InputError, Reason
from scanner.trust import Keyring, RevocationList


@dataclass(frozen=True, slots=True)
class Furnished:
    """A belief from local files, what is amiss with them, and notes for a person.

    `standing` lasts as long as the door runs; `keyless` until keys come from a feed.
    """

    belief: Belief
    standing: tuple[DeviceError, ...] = ()
    keyless: DeviceError | None = None
    notes: tuple[str, ...] = ()


def camera_of(settings: Settings) -> str:
    """Return the camera as `scanner.sight.spec` parses it."""
    camera = settings.camera
    if camera.source != "picamera2":
        return camera.source
    return (
        f"picamera2:{camera.number}?fps={camera.fps}&focus={camera.focus.value}"
        f"&dioptres={camera.focus_dioptres:.3f}&exposure_us={camera.exposure_us}"
    )


def wiring_of(settings: Settings) -> Wiring:
    """Return which lamp is on which pin."""
    signals = settings.signals
    return Wiring(
        chip=signals.chip,
        lamps=LampKind(signals.lamps.value),
        green_pin=signals.green_pin,
        red_pin=signals.red_pin,
        blue_pin=signals.blue_pin if signals.lamps is Lamps.RGB else None,
        active=Active(signals.active.value),
        buzzer=BuzzerKind(signals.buzzer.value),
        buzzer_pin=signals.buzzer_pin,
        staff_pin=signals.staff_pin,
    )


def furnish(
    *,
    trust: Sequence[str],
    revoked: Sequence[Path],
    rules: Sequence[str],
    feed_rules: Feed = NO_FEED,
    where: Where = NOWHERE,
) -> Furnished:
    """Load what a door believes; `InputError` for rules only."""
    rule_sets = find_all(rules, feed=feed_rules, where=where)
    nothing = Belief(Keyring(), RevocationList(), rule_sets)
    try:
        loaded = load_trust(_filled(trust), revoked=_filled_paths(revoked))
    except InputError as error:
        return Furnished(nothing, (DeviceError(Reason.LIST_MISSING, str(error)),))
    keyless = None if len(loaded.keyring) else no_key(trust)
    belief = replace(nothing, keyring=loaded.keyring, revoked=loaded.revoked)
    return Furnished(belief, keyless=keyless, notes=loaded.notes)


def policy_of(settings: Settings) -> Policy:
    """Return what a venue asks beside its rule sets."""
    door = settings.door
    return Policy(
        role=Role(door.role.value),
        identity=Identity(door.identity.value),
        identity_every=door.identity_every,
        passback_s=door.passback_s,
    )


def no_key(trust: Sequence[str]) -> DeviceError:
    """Return the fault of a door that believes nobody, with its remedies."""
    feed = "pin a feed (door-scanner trust pin ROOT.json --sha256 HEX) and run door-scanner sync"
    where = f"put keys into {' or '.join(trust)} and restart the door, or " if trust else ""
    words = f"no trusted key; {where}{feed}"
    return DeviceError(Reason.LIST_MISSING, words)


def lists_at(state: Path, *, venue: Settings | None = None, rules: Sequence[str] = ()) -> Lists:
    """Return where the lists of a feed are, and how they age; without a venue, by default."""
    settings = venue or Settings()
    return Lists(
        Places.at(state),
        trust=_ladder(settings.trust_list),
        revoked=_ladder(settings.revoked_list),
        is_named=bool(settings.feed.url),
        rules=tuple(rules),
    )


def _ladder(ages: TrustList | RevokedList) -> Ladder:
    return Ladder(
        ageing=timedelta(hours=ages.ageing_h),
        stale=timedelta(hours=ages.stale_h),
        expired=timedelta(hours=ages.expired_h),
        when_ageing=Action(ages.when_ageing.value),
        when_stale=Action(ages.when_stale.value),
        when_expired=Action(ages.when_expired.value),
    )


def _filled(trust: Iterable[str]) -> list[str]:
    """Leave out folders that are empty: a new door has them."""
    return [named for named in trust if not _is_empty_folder(TrustSource.named(named).path)]


def _filled_paths(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if not _is_empty_folder(path)]


def _is_empty_folder(path: Path) -> bool:
    try:
        return path.is_dir() and all(found.name.startswith(".") for found in path.iterdir())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check its owner and mode") from None
