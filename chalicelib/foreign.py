"""Text that others wrote, made visible for Slack, logs and terminals."""

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_HIDDEN = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810))))
"""Letters and marks that are invisible: Unicode's default ignorable code points outside these categories, and blank
Braille."""
_SELECTORS = (range(0xFE00, 0xFE0F), range(0xE0100, 0xE01F0))
"""Variation selectors, except U+FE0F, which emoji use."""
_MOST_MARKS = 3
"""The maximum number of combining marks in a row; more of them cover the lines around the letter."""


def visible(text: str) -> str:
    """`text` as one line, with its control, bidirectional and zero-width characters escaped.

    Examples
    --------
    >>> visible("a\\x1b[2Jb\\nc")
    'a\\\\x1b[2Jb\\\\nc'
    """
    if text.isascii() and text.isprintable():
        return text
    marks = 0
    shown: list[str] = []
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        shown.append(_escaped(character) if marks > _MOST_MARKS or _is_hidden(character) else character)
    return "".join(shown)


def _is_hidden(character: str) -> bool:
    return (
        unicodedata.category(character) in _HIDDEN_CATEGORIES
        or character in _HIDDEN
        or any(ord(character) in selectors for selectors in _SELECTORS)
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
