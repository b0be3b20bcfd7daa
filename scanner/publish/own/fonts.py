"""Type for the printed sheet: Western letters by the fonts that every PDF reader has, others too.

What Helvetica does not have, Hangul above all, comes from a TrueType font that is put into the
file: the one that a person names, else one of those that systems usually have. Without any, Korean
is left to a font of whoever shows the file, as PDF provides for, and the person is told; other
letters are refused with a remedy.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

from scanner.terms import InputError

REGULAR: Final = "Helvetica"
BOLD: Final = "Helvetica-Bold"
_OTHER: Final = "door-scanner-other"
# Of the Adobe-Korea1 collection: known to every reader of PDF, not put into the file.
_KOREAN: Final = "HYGothic-Medium"
_SHARE: Final = Path("/usr/share/fonts/truetype")
# Debian's fonts-nanum and fonts-unfonts-core; its Droid fallback lacks every second syllable.
_USUAL: Final = (_SHARE / "nanum/NanumGothic.ttf", _SHARE / "unfonts-core/UnDotum.ttf")


class Type:
    """The fonts of one sheet."""

    def __init__(self, font: Path | None) -> None:
        """Take a TrueType font for what is not Western, or find one."""
        self._named = font
        self._other = _loaded(font) if font is not None else _usual()
        self.is_borrowed = False
        """Whether a text that was looked at has letters that will not be in the file."""

        if self._other is None:
            registerFont(UnicodeCIDFont(_KOREAN))

    def missing(self, text: str) -> str | None:
        """Return the first character that cannot be printed, or None."""
        return next((one for one in text if not self._prints(one)), None)

    def lacks(self, character: str) -> str:
        """Say that a character cannot be printed, and the remedy."""
        if self._named is not None:
            return f"{self._named} has no {character!r}; give another --font"
        return f"no font here prints {character!r}; give --font with a TrueType font"

    def runs(self, text: str, *, western: str) -> Iterator[tuple[str, str]]:
        """Split a text into (font, characters); `western` is REGULAR or BOLD."""
        for is_western, characters in groupby(text, key=_is_western):
            yield western if is_western else self._name, "".join(characters)

    def width(self, text: str, *, western: str, size: float) -> float:
        """Return how wide a text is printed, in points."""
        runs = self.runs(text, western=western)
        return sum(float(stringWidth(part, font, size)) for font, part in runs)

    @property
    def _name(self) -> str:
        return _KOREAN if self._other is None else _OTHER

    def _prints(self, character: str) -> bool:
        if _is_western(character):
            return True
        if self._other is None:
            self.is_borrowed = self.is_borrowed or _is_korean(character)
            return _is_korean(character)
        return ord(character) in self._other.face.charToGlyph


def _loaded(path: Path) -> TTFont:
    try:
        found = TTFont(_OTHER, str(path))
    except Exception:  # noqa: BLE001 - a broken font breaks its reader in many ways
        raise InputError(f"--font {path}: no TrueType font that can be read") from None
    registerFont(found)
    return found


def _usual() -> TTFont | None:
    return next((_loaded(path) for path in _USUAL if path.is_file()), None)


@lru_cache(maxsize=4096)
def _is_western(character: str) -> bool:
    return _in(character, "cp1252")


@lru_cache(maxsize=4096)
def _is_korean(character: str) -> bool:
    return _in(character, "cp949")


def _in(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
