"""The status of a door on one screen of 80 columns, plain enough for any terminal."""

import textwrap
from datetime import datetime, timedelta
from typing import Any, Final

from scanner.cli.report import printable
from scanner.door.listing import age_words
from scanner.gate.timekeeping import span

_WIDTH: Final = 79
_INDENT: Final = 11

_HINTS: Final = {
    "list_missing": "Local keys count after: sudo systemctl restart door-scanner",
    "camera_lost": "Check its cable; on a Raspberry Pi: rpicam-hello --list-cameras",
    "pins_lost": "Check [signals] in /etc/door-scanner/scanner.toml; gpiodetect lists the chips",
    "reader_lost": "It is started again by itself; look at: journalctl -u door-scanner",
    "internal": "Look at: journalctl -u door-scanner",
}
_OLD: Final = ("stale", "expired")
_CAMERA_HINTS: Final = {
    "frames:": "Check the folder and who may read it: ls -l",
    "opencv:": "Check its cable: ls -l /dev/video*",
}


def screen(told: dict[str, Any]) -> str:
    """Return the lines of a status as `status.json` holds it; absent parts are left out."""
    lines = [_row("door", _words(told.get("door_id"), told.get("version"), told.get("pid")))]
    lines.append(_row("state", f"{str(told['state']).upper()}{_since(told.get('since'))}"))
    for fault in told.get("faults", ()):
        lines.append(_row("fault", f"{fault['reason']}: {fault['detail']}"))
        lines.append(_row("", f"-> {_hint(fault['reason'], told.get('camera'))}"))
    lines.extend(_row("warning", warning) for warning in told.get("warnings", ()))
    if camera := told.get("camera"):
        frames = f"{camera['fps']} frames/s, {camera['frames']} in all"
        name = camera["name"] or camera["source"]
        lines.append(_row("camera", f"{name}; {frames}; opened {_times(camera['starts'])}"))
        if camera["note"]:
            lines.append(_row("", camera["note"]))
    if reader := told.get("reader"):
        second = "second opinion" if reader["second_opinion"] else "no second opinion"
        held = {"seccomp": "caged", "limits": "under limits only"}.get(reader["cage"], "starting")
        lines.append(_row("reader", f"{held}; {second}; started {_times(reader['starts'])}"))
    if signals := told.get("signals"):
        lamps = "no pins held" if signals["output"] == "gpio" else "in a terminal"
        if signals["output"] == "none":
            lamps = "no lights"
        pins = signals["detail"] or lamps
        lines.append(_row("lights", f"{told['pattern']}; {pins}"))
    elif told.get("pattern"):
        lines.append(_row("lights", f"{told['pattern']}; no pins"))
    if told.get("rules"):
        believed = f"{_many(told['keys'], 'key')}; {told['revoked']} revoked"
        lines.append(_row("rules", " + ".join(told["rules"])))
        lines.append(_row("believes", believed + _clock(told.get("clock"))))
    if lists := told.get("lists"):
        lines.append(_row("lists", _lists(lists, now=told["updated"])))
        lines.extend(_row("limit", limit) for limit in lists["limits"])
    lines.append(_row("decisions", _decisions(told.get("decisions") or {})))
    lines.extend(_staff(told.get("signals") or {}))
    return "\n".join(lines)


def _hint(reason: str, camera: dict[str, Any] | None) -> str:
    if reason == "camera_lost" and camera is not None:
        for kind, hint in _CAMERA_HINTS.items():
            if camera["source"].startswith(kind):
                return hint
    return _HINTS.get(reason, _HINTS["internal"])


def _row(name: str, words: str) -> str:
    wrapped = textwrap.wrap(printable(words), _WIDTH - _INDENT, break_on_hyphens=False) or [""]
    first, *more = wrapped
    rows = [f"{name:<{_INDENT}}{first}".rstrip(), *(" " * _INDENT + line for line in more)]
    return "\n".join(rows)


def _words(door_id: str | None, version: str | None, pid: int | None) -> str:
    known = [door_id or "no id", f"version {version}" if version else "", f"process {pid}"]
    return ", ".join(word for word in known if word and "None" not in word)


def _since(when: str | None) -> str:
    return f" since {when[:19].replace('T', ' ')} UTC" if when else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _clock(clock: dict[str, Any] | None) -> str:
    if clock is None:
        return ""
    return "; clock trusted" if clock["trusted"] else "; CLOCK NOT TRUSTED"


def _lists(lists: dict[str, Any], *, now: str) -> str:
    if lists["generation"] is None:
        known = "none came from a feed" if lists["rungs"] else "local files alone"
    else:
        rungs = {
            name: rung.upper() if rung in _OLD else rung for name, rung in lists["rungs"].items()
        }
        same = len(set(rungs.values())) == 1
        told = [*rungs.values()][:1] if same else [f"{name} {rung}" for name, rung in rungs.items()]
        ids = f"{sum(lists['entries'].values()):,} revoked"
        age = age_words(lists["issued"], now=datetime.fromisoformat(now))
        known = f"{', '.join(told)}, {age}; {ids}"
    courier = lists["courier"]
    if courier is None or courier["next"] is None:
        return known
    left = datetime.fromisoformat(courier["next"]) - datetime.fromisoformat(now)
    return f"{known}; next round in {span(max(left, timedelta()))}"


def _staff(signals: dict[str, Any]) -> list[str]:
    counts = signals.get("staff") or {}
    decided = [f"{count} {reason.removeprefix('staff_')}" for reason, count in counts.items()]
    return [_row("staff", ", ".join(decided))] if decided else []


def _decisions(counts: dict[str, int]) -> str:
    if not counts:
        return "none since the start"
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {name.partition('.')[2]}" for name, count in most)
