"""Find the concepts of the knowledge in free text, as whole words and outside negation.

Text and labels are cut into the same tokens (NFKC, case folded, hyphens and slashes as spaces,
a final -s dropped), so spelling variants meet. What negates, what ends a negation, what only
looks like one, and how many words a negation reaches all stand in the knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import NEC, OWL, RDFS, SKOS, TYPE
from kg_engine.terms import IRI, Literal, Term
from kg_engine.tokens import Token, is_abbreviation, tokenise

V = TypeVar("V")

_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold one mention: its span in the text as given, its concepts, whether it is negated."""

    start: int
    end: int
    surface: str
    candidates: tuple[IRI, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """Hold what a phrase does: words negated after it, words negated before it, ends scopes."""

    following: int = 0
    preceding: int = 0
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Phrases(Generic[V]):
    """Map token sequences to values, with the lengths that begin with each token."""

    values: Mapping[tuple[str, ...], V]
    lengths: Mapping[str, tuple[int, ...]]

    def at(self, keys: list[str], i: int) -> Iterable[tuple[int, V]]:
        """Yield the end and value of each phrase that begins at token i, longest first."""
        for length in self.lengths.get(keys[i], ()):
            end = i + length
            value = self.values.get(tuple(keys[i:end])) if end <= len(keys) else None
            if value is not None:
                yield end, value


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Hold the words of concepts, the kinds that each concept came by, and the cues."""

    phrases: Phrases[tuple[IRI, ...]]
    abbreviations: Mapping[str, tuple[IRI, ...]]
    cues: Phrases[Cue]
    kinds: Mapping[IRI, tuple[IRI, ...]]


def build_lexicon(
    graph: Graph, *, instances_of: Iterable[IRI] = (), subclasses_of: Iterable[IRI] = ()
) -> Lexicon:
    """Build a lexicon of the individuals of some classes and the proper subclasses of others.

    Both follow rdfs:subClassOf to any depth and skip what is deprecated. Raises
    KnowledgeRefused for a cue that has no scope or no limit.
    """
    kinds: dict[IRI, set[IRI]] = {}
    for kind in instances_of:
        for class_ in (kind, *_subclasses(graph, kind)):
            _admit(graph, kinds, graph.subjects(TYPE, class_), kind)
    for kind in subclasses_of:
        _admit(graph, kinds, _subclasses(graph, kind), kind)
    words: dict[tuple[str, ...], set[IRI]] = {}
    short: dict[str, set[IRI]] = {}
    for concept in kinds:
        for label in _labels(graph, concept):
            tokens = tokenise(label)
            if is_abbreviation(label):
                short.setdefault(label.strip(), set()).add(concept)
            elif any(token.word for token in tokens):
                words.setdefault(tuple(token.key for token in tokens), set()).add(concept)
    return Lexicon(
        _phrases({key: tuple(sorted(found)) for key, found in words.items()}),
        {key: tuple(sorted(found)) for key, found in short.items()},
        _read_cues(graph),
        {key: tuple(sorted(found)) for key, found in kinds.items()},
    )


def match(lexicon: Lexicon, text: str) -> tuple[Mention, ...]:
    """Return the mentions in a text in order of place; the longest wins and none overlap.

    Several candidates mean that the words are ambiguous.
    """
    tokens = tokenise(text)
    keys = [token.key for token in tokens]
    found = _choose(_find(lexicon, tokens, keys), len(tokens))
    if not found:
        return ()
    opening, closing = _negated_tokens(lexicon.cues, tokens, keys, found)
    mentions = []
    for first, after, concepts in found:
        start, end = tokens[first].start, tokens[after - 1].end
        negated = bool(opening[first] or closing[after - 1])
        mentions.append(Mention(start, end, text[start:end], concepts, negated))
    return tuple(mentions)


_Found = tuple[int, int, tuple[IRI, ...]]


def _find(lexicon: Lexicon, tokens: list[Token], keys: list[str]) -> list[_Found]:
    found: list[_Found] = []
    for i, token in enumerate(tokens):
        short = lexicon.abbreviations.get(token.capitals, ())
        for end, concepts in lexicon.phrases.at(keys, i):
            shared = short if end == i + 1 else ()
            found.append((i, end, tuple(sorted({*concepts, *shared}))))
            short = () if shared else short
        if short:
            found.append((i, i + 1, short))
    return found


def _choose(found: list[_Found], count: int) -> list[_Found]:
    taken = bytearray(count)
    chosen = []
    for first, after, concepts in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
        if not any(taken[first:after]):
            taken[first:after] = b"\x01" * (after - first)
            chosen.append((first, after, concepts))
    return sorted(chosen)


def _negated_tokens(
    cues: Phrases[Cue], tokens: list[Token], keys: list[str], found: list[_Found]
) -> tuple[bytearray, bytearray]:
    """Mark the tokens at which a mention that begins, or that ends, is negated."""
    opening, closing = bytearray(len(tokens)), bytearray(len(tokens))
    placed = _place_cues(cues, keys, found)
    stops = bytearray(len(tokens))
    for first, _, cue in placed:
        stops[first] |= cue.breaks
    for first, after, cue in placed:
        if cue.following:
            _mark(opening, tokens, stops, range(after, len(tokens)), cue.following)
            opening[first:after] = b"\x01" * (after - first)
        if cue.preceding:
            before = range(-1, -1, -1) if tokens[first].seam else range(first - 1, -1, -1)
            _mark(closing, tokens, stops, before, cue.preceding)
            closing[first:after] = b"\x01" * (after - first)
    return opening, closing


def _place_cues(
    cues: Phrases[Cue], keys: list[str], found: list[_Found]
) -> list[tuple[int, int, Cue]]:
    """Return the cues from left to right, the longest at each place; none within a mention."""
    owner = [-1] * len(keys)
    for n, (first, after, _) in enumerate(found):
        owner[first:after] = [n] * (after - first)
    placed = []
    i = 0
    while i < len(keys):
        fitting = ((end, cue) for end, cue in cues.at(keys, i) if not _inside(owner, i, end))
        end, cue = next(iter(fitting), (i + 1, None))
        if cue is not None:
            placed.append((i, end, cue))
        i = end
    return placed


def _inside(owner: list[int], first: int, after: int) -> bool:
    """Return whether one mention covers these tokens and more."""
    n = owner[first]
    if n < 0 or owner[after - 1] != n:
        return False
    wider_left = first > 0 and owner[first - 1] == n
    return wider_left or (after < len(owner) and owner[after] == n)


def _mark(
    marks: bytearray, tokens: list[Token], stops: bytearray, places: range, limit: int
) -> None:
    """Mark tokens from a cue outwards, up to a number of words, a stop or a seam."""
    for place in places:
        if stops[place] or limit == 0 or (places.step > 0 and tokens[place].seam):
            return
        marks[place] = 1
        limit -= tokens[place].word
        if places.step < 0 and tokens[place].seam:
            return


def _read_cues(graph: Graph) -> Phrases[Cue]:
    table: dict[tuple[str, ...], Cue] = {}
    faults: list[Fault] = []
    for kind in (NEC.NegationCue, NEC.ScopeBreak, NEC.PseudoNegation):
        for term in graph.subjects(TYPE, kind):
            cue = _cue(graph, term, kind, faults)
            for label in _labels(graph, term):
                key = tuple(token.key for token in tokenise(label))
                if key:
                    table[key] = _join(table.get(key, Cue()), cue)
    if faults:
        raise KnowledgeRefused(faults)
    return _phrases(table)


def _cue(graph: Graph, term: Term, kind: IRI, faults: list[Fault]) -> Cue:
    if kind != NEC.NegationCue:
        return Cue(breaks=kind == NEC.ScopeBreak)
    scopes = graph.objects(term, NEC.cueScope)
    stated = [
        graph.text(owner, NEC.scopeLimit) for owner in (term, *graph.objects(term, SKOS.inScheme))
    ]
    limit = next((int(text) for text in stated if _LIMIT.fullmatch(text)), 0)
    if not limit or not {NEC.Following, NEC.Preceding} & set(scopes):
        remedy = "State nec:cueScope, and nec:scopeLimit here or on its scheme."
        faults.append(Fault(str(term), "a negation cue without scope or limit.", remedy))
    return Cue(limit * (NEC.Following in scopes), limit * (NEC.Preceding in scopes))


def _join(one: Cue, other: Cue) -> Cue:
    return Cue(
        max(one.following, other.following),
        max(one.preceding, other.preceding),
        one.breaks or other.breaks,
    )


def _phrases(values: Mapping[tuple[str, ...], V]) -> Phrases[V]:
    lengths: dict[str, set[int]] = {}
    for key in values:
        lengths.setdefault(key[0], set()).add(len(key))
    ordered = {key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}
    return Phrases(dict(values), ordered)


def _subclasses(graph: Graph, root: IRI) -> list[IRI]:
    found: dict[IRI, None] = {}
    waiting = [root]
    while waiting:
        for class_ in graph.subjects(RDFS.subClassOf, waiting.pop()):
            if isinstance(class_, IRI) and class_ != root and class_ not in found:
                found[class_] = None
                waiting.append(class_)
    return list(found)


def _admit(graph: Graph, kinds: dict[IRI, set[IRI]], terms: Iterable[Term], kind: IRI) -> None:
    for term in terms:
        if isinstance(term, IRI) and graph.text(term, OWL.deprecated) not in ("true", "1"):
            kinds.setdefault(term, set()).add(kind)


def _labels(graph: Graph, term: Term) -> Iterable[str]:
    for p in (RDFS.label, SKOS.altLabel, SKOS.notation):
        yield from (o.lexical for o in graph.objects(term, p) if isinstance(o, Literal))
