"""Read the levels that a record names, single or as a range.

A range such as "T3-L1" stands for every segment from the first to the last; segments follow one
another by ``nec:nextLevel``, and a segment's notation joins the names of its two ends.
"""

from __future__ import annotations

import re

from kg_engine.graphs import Graph
from kg_engine.namespaces import NEC, SKOS
from kg_engine.terms import IRI, Term
from kg_engine.text import Lexicon, match

_RANGE = re.compile(r"([A-Za-z]+)([0-9]+)\s*(?:-|–|—|/|\bto\b)\s*([A-Za-z]*)([0-9]+)")

_WORD = re.compile(r"[^\W_]+")


def read_levels(lexicon: Lexicon, graph: Graph, text: str) -> tuple[list[IRI], tuple[str, ...]]:
    """Return the levels that a text names, each once and ranges spelled out, and what is left."""
    found: dict[IRI, None] = {}
    rest = text
    for range_ in _RANGE.finditer(text):
        first = f"{range_[1]}{range_[2]}".upper()
        last = f"{range_[3] or range_[1]}{range_[4]}".upper()
        segments = _between(graph, first, last)
        found |= dict.fromkeys(segments)
        if segments:
            rest = rest.replace(range_[0], " ")
    left = list(rest)
    for mention in match(lexicon, rest):
        levels = [c for c in mention.candidates if NEC.Level in lexicon.kinds[c]]
        if levels and not mention.negated:
            found |= dict.fromkeys(levels)
            left[mention.start : mention.end] = " " * (mention.end - mention.start)
    return list(found), tuple(_WORD.findall("".join(left)))


def _between(graph: Graph, first: str, last: str) -> list[IRI]:
    segments = sorted({t.s for t in graph.about(NEC.nextLevel)}, key=str)
    segments += [t.o for t in graph.about(NEC.nextLevel)]
    names = {graph.text(s, SKOS.notation): s for s in segments}
    start = [s for n, s in names.items() if n.split("-")[0] == first]
    path: list[IRI] = []
    node: Term | None = start[0] if start else None
    while isinstance(node, IRI) and node not in path:
        path.append(node)
        if graph.text(node, SKOS.notation).split("-")[-1] == last:
            return path
        node = graph.value(node, NEC.nextLevel)
    return []
