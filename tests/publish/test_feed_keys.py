"""Keys, roles and time: who may sign what, for how long, and what follows a loss."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.publish.ages import age_of
from scanner.publish.keys import EVERY, OFFLINE, ONLINE, Keys
from scanner.publish.renewal import renew_offline
from scanner.publish.retention import PARTS_KEPT, REST_KEPT
from scanner.publish.roles import EVERY_ROLE, Profile
from scanner.publish.rotation import rotate
from scanner.publish.setup import set_up
from scanner.publish.targets import change_files
from scanner.terms import InputError
from scanner.trust.refusal import Cause, FeedRefused
from tests.publish.press import BEGIN, Press, new_press


def _rotate(press: Press, *names: str) -> None:
    with press.opened() as repository:
        rotate(repository, names=names)


def _without(press: Press, *names: str) -> None:
    for name in names:
        (press.keys[0] / f"{name}.pem").unlink()


# --- keys --------------------------------------------------------------------------------


def test_key_files_are_for_their_owner_alone(press: Press) -> None:
    (folder,) = press.keys
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {f"{name}.pem" for name in EVERY}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_web_server_may_read_the_web_root_and_nothing_else_whatever_the_mask(
    tmp_path: Path,
) -> None:
    mask = os.umask(0o077)
    try:
        press = new_press(tmp_path)
        press.revoke([1 << 40])
        press.release()
    finally:
        os.umask(mask)
    for path in (press.folder, *(press.folder / "public").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)
    assert stat.S_IMODE((press.folder / "work").stat().st_mode) == 0o700


def test_no_file_of_the_repository_holds_a_private_key(press: Press) -> None:
    for path in press.folder.rglob("*"):
        assert path.is_dir() or b"PRIVATE" not in path.read_bytes()


def test_keys_are_never_written_over(press: Press, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in press.keys[0].iterdir()}
    (press.keys[0] / "root-1.pem").unlink()
    with pytest.raises(InputError, match=r"root-2\.pem: a key is there already"):
        set_up(tmp_path / "other", keys=press.keys, profile=Profile.FLEET, now=BEGIN)
    left = {path: path.read_bytes() for path in press.keys[0].iterdir()}
    assert left.items() < before.items()


def test_a_repository_is_never_made_over_another(press: Press, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a repository is there already"):
        set_up(press.folder, keys=[tmp_path / "more"], profile=Profile.FLEET, now=BEGIN)
    assert not (tmp_path / "more").exists()


@pytest.mark.parametrize("keys", ["feed", "feed/keys", "feed/public", ".", "in", "there/../feed"])
def test_keys_and_repository_may_not_lie_one_in_the_other(keys: str, tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "in").symlink_to(tmp_path / "feed")
    with pytest.raises(InputError, match="one in the other"):
        Keys([tmp_path / keys], repository=tmp_path / "feed")


def test_a_key_that_is_a_link_into_the_repository_is_refused(press: Press) -> None:
    path = press.keys[0] / "curator.pem"
    moved = press.folder / "work" / "curator.pem"
    path.rename(moved)
    path.symlink_to(moved)
    with pytest.raises(InputError, match="leads into the repository"), press.opened() as repository:
        change_files(repository, role="rules", add={})


def test_a_key_that_is_damaged_is_named(press: Press) -> None:
    (press.keys[0] / "snapshot.pem").write_text("not a key")
    with pytest.raises(InputError, match=r"snapshot\.pem: no private key in PEM"):
        press.release()


def test_keys_may_lie_in_several_folders(press: Press, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in OFFLINE:
        (press.keys[0] / f"{name}.pem").rename(stick / f"{name}.pem")
    press.release()
    with pytest.raises(InputError, match=r"rules is signed with curator\.pem"):
        _add_rules(press)
    press.keys = (*press.keys, stick)
    _add_rules(press)


def test_a_new_key_is_made_beside_the_old_one(press: Press, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in OFFLINE:
        (press.keys[0] / f"{name}.pem").rename(stick / f"{name}.pem")
    press.keys = (*press.keys, stick)
    _rotate(press, "root-2", "revoked")
    assert {path.name for path in press.keys[0].iterdir() if ".replaced-" not in path.name} == {
        f"{name}.pem" for name in ONLINE
    }
    assert len([*stick.glob("root-2*.pem")]) == 2


def _add_rules(press: Press) -> None:
    with press.opened() as repository:
        change_files(repository, role="rules", add={"one.json": b"{}"})
        repository.commit()


def test_a_release_takes_the_online_keys_alone_and_all_of_them(press: Press) -> None:
    _without(press, *OFFLINE)
    press.revoke([1 << 40])
    press.release()
    for name in ONLINE:
        content = (press.keys[0] / f"{name}.pem").read_bytes()
        _without(press, name)
        with pytest.raises(InputError, match=rf"{name} is signed with {name}\.pem"):
            press.release()
        (press.keys[0] / f"{name}.pem").write_bytes(content)


def test_nothing_leaves_a_list_without_the_curators_key(press: Press) -> None:
    press.revoke([1 << 40])
    press.release()
    _without(press, "curator")
    with pytest.raises(InputError, match=r"signed with curator\.pem"):
        press.reinstate([1 << 40])
    press.release()
    assert press.manifest().lists["main"].entries == 1


# --- how long signatures hold ------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "days"),
    [
        (Profile.FLEET, {"revoked": 14, "snapshot": 14, "timestamp": 7}),
        (Profile.VENUE, {"revoked": 30, "snapshot": 30, "timestamp": 30}),
    ],
)
def test_every_role_holds_as_long_as_its_profile_says(
    profile: Profile, days: dict[str, int], tmp_path: Path
) -> None:
    press = new_press(tmp_path, profile=profile)
    expires = press.feed.verified(now=press.now).expires
    every = {"root": 365, "targets": 365, "trust": 90, "rules": 90, **days}
    assert expires == {role: BEGIN + timedelta(days=every[role]) for role in EVERY_ROLE}


def test_the_alarm_comes_at_half_of_a_roles_time_and_renewing_ends_it(press: Press) -> None:
    press.later(days=3.5, seconds=-1)
    assert _alarming(press) == []
    press.later(seconds=1)
    assert _alarming(press) == ["timestamp"]
    press.later(days=3.5)
    assert _alarming(press) == ["revoked", "snapshot", "timestamp"]
    with pytest.raises(FeedRefused) as expired:
        press.manifest()
    assert expired.value.cause is Cause.EXPIRED
    press.renew()
    assert _alarming(press) == []
    press.manifest()


def _alarming(press: Press) -> list[str]:
    with press.opened() as repository:
        return [role for role in EVERY_ROLE if age_of(repository, role).is_alarming]


def test_offline_roles_are_renewed_at_half_of_their_time_where_their_keys_are(
    press: Press,
) -> None:
    press.later(days=46)
    with press.opened() as repository:
        assert renew_offline(repository) == ["trust", "rules"]
    _without(press, "root-1", "root-2")
    press.later(days=150)
    with press.opened() as repository:
        assert renew_offline(repository) == ["trust", "rules"]
        with pytest.raises(InputError, match=r"root is signed with root-1\.pem and root-2\.pem"):
            renew_offline(repository, asked=["root"])


def test_a_root_that_was_signed_anew_is_followed(press: Press) -> None:
    before = press.feed.chain()
    press.later(days=200)
    press.renew()
    feed = press.feed.verified(now=press.now, before=before)
    assert (feed.root_version, feed.versions["targets"]) == (2, 2)
    assert feed.expires["root"] == press.now + timedelta(days=365)


# --- keys replaced -----------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_any_key_can_be_replaced_and_doors_follow(name: str, press: Press) -> None:
    press.revoke([1 << 40])
    press.release()
    before, old = press.feed.chain(), (press.keys[0] / f"{name}.pem").read_bytes()
    press.later(days=1)
    _rotate(press, name)
    feed = press.feed.verified(now=press.now, before=before)
    assert feed.online_key_changed == (name == "revoked")
    assert (press.keys[0] / f"{name}.pem").read_bytes() != old
    kept = [path for path in press.keys[0].iterdir() if ".replaced-" in path.name]
    assert [path.read_bytes() for path in kept] == [old]
    # All goes on with the new key alone.
    kept[0].unlink()
    _add_rules(press)
    press.later(days=1)
    press.renew()
    press.manifest()


def test_the_root_can_be_rotated_twice_while_a_door_sleeps(press: Press) -> None:
    before = press.feed.chain()
    _rotate(press, "root-1", "timestamp")
    press.later(days=1)
    _rotate(press, "root-2", "root-3", "snapshot")
    feed = press.feed.verified(now=press.now, before=before)
    assert feed.root_version == 3
    assert len(press.feed.chain().roots) == 2


@pytest.mark.parametrize("lost", ["root-1", "root-2", "root-3"])
def test_one_lost_root_key_is_replaced_by_the_two_others(lost: str, press: Press) -> None:
    before = press.feed.chain()
    _without(press, lost)
    _rotate(press, lost)
    assert press.feed.verified(now=press.now, before=before).root_version == 2


def test_two_lost_root_keys_cannot_be_replaced(press: Press) -> None:
    _without(press, "root-1", "root-3")
    names = {path.name for path in press.keys[0].iterdir()}
    with pytest.raises(InputError, match=r"root is signed with root-1\.pem and root-2\.pem"):
        _rotate(press, "root-1", "root-3")
    assert press.feed.verified(now=press.now).root_version == 1
    assert {path.name for path in press.keys[0].iterdir()} == names


def test_all_online_keys_are_replaced_after_a_theft_without_the_old_ones(press: Press) -> None:
    press.revoke([1 << 40])
    press.release()
    before = press.feed.chain()
    _without(press, *ONLINE)
    _rotate(press, *ONLINE)
    feed = press.feed.verified(now=press.now, before=before)
    assert feed.online_key_changed
    assert press.manifest().lists["main"].entries == 1


# --- files that leave --------------------------------------------------------------------


def test_parts_stay_for_35_days_after_they_were_named_last(press: Press) -> None:
    press.revoke([1 << 40])
    press.release()
    (part,) = (press.folder / "public" / "parts").iterdir()
    press.later(days=31)
    press.revoke([2 << 40])
    press.release()
    assert press.manifest().lists["main"].base.seq == 2
    press.later(seconds=PARTS_KEPT.total_seconds())
    press.renew()
    assert part.exists()
    press.later(seconds=1)
    press.renew()
    assert not part.exists()
    press.manifest()


def test_old_metadata_leaves_after_two_days_and_roots_never(press: Press) -> None:
    _rotate(press, "root-1")
    press.later(hours=1)
    press.renew()
    names = {path.name for path in (press.folder / "public/metadata").iterdir()}
    assert {"2.snapshot.json", "3.snapshot.json", "1.root.json", "2.root.json"} <= names
    press.later(seconds=REST_KEPT.total_seconds() + 1)
    press.renew()
    names = {path.name for path in (press.folder / "public/metadata").iterdir()}
    assert {"4.snapshot.json", "1.root.json", "2.root.json"} <= names
    assert names.isdisjoint({"1.snapshot.json", "2.snapshot.json"})
    # The one before was named until this very moment.
    assert "3.snapshot.json" in names
    press.manifest()


def test_what_a_cut_release_left_behind_leaves_as_well(press: Press) -> None:
    left = press.folder / "public" / "parts" / ("0" * 64)
    left.write_bytes(b"left behind")
    press.release()
    press.later(days=35, seconds=1)
    press.renew()
    assert not left.exists()
