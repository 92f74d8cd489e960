"""Cut text into tokens that spelling variants share, each with its span in the text as given."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_JOINERS = "\\-\u2010-\u2015\u2212/\\\\_'\u2018\u2019\"\u201c\u201d`\u00b4\u2044\u2215"
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)+|[^\W_]+|[^\w\s{_JOINERS}]")
_POSSESSIVE = re.compile(r"['\u2019][sS](?!\w)")
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_CLUSTER = re.compile(f"(?s)[\\x00-\\x7f]+(?![{_MARKS}])|.[{_MARKS}]{{0,30}}")
_MOST_GROWTH = 4
_SEAM = re.compile(r"\u2014|\n\s*\n|\n\s*[-\u2010-\u2015]")
_ABBREVIATION_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Token:
    """Hold a token: key (folded), capitals ("" if it is not in capitals), span, seam before it."""

    key: str
    capitals: str
    start: int
    end: int
    seam: bool

    @property
    def word(self) -> bool:
        """Return whether the token is a word or number, and not a mark."""
        return self.key[0].isalnum()


def tokenise(text: str) -> list[Token]:
    """Return the tokens of any text: words, numbers and marks, without spaces and hyphens."""
    plain, starts, ends = _normalise(text)
    tokens: list[Token] = []
    place = 0
    while found := _TOKEN.search(plain, place):
        gap, word = plain[place : found.start()], found.group()
        after = found.end()
        span = starts[found.start()], ends[after - 1]
        seam = _is_seam(gap, plain[found.start() : found.start() + 2])
        tokens.append(Token(_fold(word), _capitals(word), *span, seam))
        possessive = _POSSESSIVE.match(plain, after)
        place = possessive.end() if possessive else after
    return tokens


def _is_seam(gap: str, begins: str) -> bool:
    """Return whether a gap parts two statements: a dash, an empty line, the next list item."""
    if "\n" not in gap:
        return "\u2014" in gap
    item = not begins[:1].isalpha() or (begins[:1].isupper() and begins[1:].islower())
    return item or _SEAM.search(gap) is not None


def _fold(word: str) -> str:
    folded = word.casefold()
    plural = len(folded) > 3 and folded.isalpha() and folded[-1] == "s"
    return folded[:-1] if plural and folded[-2] not in "siu" else folded


def _capitals(word: str) -> str:
    bare = word[:-1] if len(word) > 2 and word[-1] == "s" else word
    return bare if bare.isupper() else ""


def _normalise(text: str) -> tuple[str, range | list[int], range | list[int]]:
    """Return the NFKC text and, for each of its characters, its span in the text as given."""
    if text.isascii():
        return text, range(len(text)), range(1, len(text) + 1)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        first, after = cluster.span()
        piece = _plain(cluster.group())
        pieces.append(piece)
        if piece.isascii() and len(piece) == after - first:
            starts.extend(range(first, after))
            ends.extend(range(first + 1, after + 1))
        else:
            starts.extend([first] * len(piece))
            ends.extend([after] * len(piece))
    return "".join(pieces), starts, ends


def _plain(cluster: str) -> str:
    """Return the NFKC form without invisible characters; one that swells stays as it is."""
    if cluster.isascii():
        return cluster
    piece = unicodedata.normalize("NFKC", cluster)
    if len(piece) > _MOST_GROWTH * len(cluster):
        return cluster
    return "".join(c for c in piece if unicodedata.category(c) != "Cf")


def is_abbreviation(label: str) -> bool:
    """Return whether a label is at most four letters, all of them capitals."""
    bare = label.strip()
    return len(bare) <= _ABBREVIATION_LETTERS and bare.isalpha() and bare.isupper()
