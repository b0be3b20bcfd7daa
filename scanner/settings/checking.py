"""Compares what a file says with the schema, and finds everything that is wrong at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scanner.settings.kinds import Unfit
from scanner.settings.schema import SECTIONS, Settings, keys_of
from scanner.settings.together import clashes
from scanner.settings.wording import dotted

_MOST_CHARACTERS: Final = 40
"""Names longer than that are no typing errors, and comparing them is slow."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the section or key at `path`."""

    path: tuple[str, ...]
    words: str

    @property
    def key(self) -> str:
        """Return the path as people write it, like `camera.fps`."""
        return dotted(self.path)


def check(document: Mapping[str, object]) -> tuple[Settings, list[Finding]]:
    """Return the settings that a document asks for, and what is wrong with it.

    Keys with a finding stand at their default in the settings, which then must not be used.
    """
    findings: list[Finding] = []
    sections = {}
    for section, made_by in SECTIONS.items():
        values, wrong = _check_section(section, document.get(section, {}))
        sections[section] = made_by(**values)
        findings += wrong
    settings = Settings(**sections)
    findings += _check_together(settings, document, spoilt={one.path for one in findings})
    findings += (
        Finding((name,), _no_such_section(name, value))
        for name, value in document.items()
        if name not in SECTIONS
    )
    return settings, findings


def _check_section(section: str, content: object) -> tuple[dict[str, Any], list[Finding]]:
    if not isinstance(content, dict):
        words = f"not a section; write [{section}] on a line of its own and its keys below"
        return {}, [Finding((section,), words)]
    keys = keys_of(section)
    values: dict[str, Any] = {}
    findings = []
    for name, value in content.items():
        if name not in keys:
            findings.append(Finding((section, name), _no_such_key(section, name)))
            continue
        try:
            values[name] = keys[name].kind.take(value)
        except Unfit as error:
            findings.append(Finding((section, name), str(error)))
    return values, findings


def _check_together(
    settings: Settings, document: Mapping[str, Any], *, spoilt: set[tuple[str, ...]]
) -> Iterator[Finding]:
    for clash in clashes(settings):
        if not spoilt.isdisjoint((clash.section, name) for name in clash.names):
            continue
        # Told at a key that the file holds; the other one may be a default.
        is_later = clash.names[1] in document.get(clash.section, {})
        yield Finding((clash.section, clash.names[is_later]), clash.words[is_later])


def _no_such_key(section: str, name: str) -> str:
    meant = _nearest(name, among=keys_of(section))
    if meant:
        return f"no such key; did you mean {section}.{meant}?"
    elsewhere = _section_with(name)
    if elsewhere:
        return f"no such key; did you mean {elsewhere}.{name}?"
    return f"no such key; [{section}] has {', '.join(keys_of(section))}"


def _no_such_section(name: str, value: object) -> str:
    if not isinstance(value, dict):
        section = _section_with(name)
        if section:
            return f"a key outside its section; write it below [{section}]"
        return f"a key outside any section; there are {_all_sections()}"
    meant = _nearest(name, among=SECTIONS)
    if meant:
        return f"no such section; did you mean [{meant}]?"
    return f"no such section; there are {_all_sections()}"


def _section_with(name: str) -> str:
    return next((section for section in SECTIONS if name in keys_of(section)), "")


def _all_sections() -> str:
    return ", ".join(f"[{section}]" for section in SECTIONS)


def _nearest(name: str, *, among: Mapping[str, object]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong file pays for it

    if len(name) > _MOST_CHARACTERS:
        return ""
    return next(iter(get_close_matches(name.lower(), among, n=1)), "")
