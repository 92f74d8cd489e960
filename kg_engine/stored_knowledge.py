"""Keep loaded knowledge in the cache, so that opening it parses nothing.

The key is a digest of every file, byte by byte, and of the code that reads them: a change of
either makes a new cache file, and an old one is never read.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from kg_engine.cache_files import read_sections, write_sections
from kg_engine.dictionary import Dictionary, build_dictionary, reopened, stripped
from kg_engine.errors import KnowledgeRefused
from kg_engine.knowledge import Knowledge, knowledge_files, load_knowledge
from kg_engine.packed import PackedGraph, from_bytes, pack, rows_of, to_bytes, unpack
from kg_engine.plain import reader, to_plain
from kg_engine.profile import check_profile
from kg_engine.term_table import TermTable
from kg_engine.terms import Term, Triple

_KIND = "knowledge"
_CODE = Path(__file__).resolve().parent
_VIEWS = ("graph", "shapes_graph", "everything")


def open_knowledge(
    ontology: Iterable[Path], shapes: Iterable[Path]
) -> tuple[Knowledge, Dictionary]:
    """Return the knowledge of some folders or files with its dictionary, by the cache if it can.

    Raises KnowledgeRefused with the faults of all files at once, axioms outside OWL 2 RL among
    them: the rules would pass over them in silence.
    """
    roots = tuple(ontology), tuple(shapes)
    key = _key(roots)
    sections = read_sections(_KIND, key) if key else None
    if sections is not None:
        knowledge = _unpacked(sections, key)
        plain = json.loads(sections["dictionary"])
        return knowledge, reopened(reader(Dictionary)(plain), knowledge)
    knowledge = load_knowledge(*roots)
    faults = check_profile(knowledge.graph, place_of=partial(_place, knowledge))
    if faults:
        raise KnowledgeRefused(faults)
    vars(knowledge)["cache_key"] = key
    words = build_dictionary(knowledge)
    if key:
        write_sections(_KIND, key, _packed(knowledge, words))
    return knowledge, words


def _place(knowledge: Knowledge, subject: Term) -> str:
    """Return the file that tells of a subject."""
    told = knowledge.graph.outgoing(subject)
    return min(knowledge.places[told[0]]) if told else "ontology"


def _key(roots: Iterable[tuple[Path, ...]]) -> str:
    """Return the digest of all files and of the code; empty where a file cannot be read."""
    found = hashlib.sha256()
    try:
        for files in (*map(knowledge_files, roots), _code()):
            found.update(b"\x00")
            for name, path in sorted(files.items()):
                content = path.read_bytes()
                found.update(f"{name}\x00{len(content)}\x00".encode() + content)
    except OSError:
        return ""
    return found.hexdigest()


def _code() -> dict[str, Path]:
    return {str(p.relative_to(_CODE)): p for p in _CODE.rglob("*.py")}


def _packed(knowledge: Knowledge, words: Dictionary) -> dict[str, bytes]:
    everything = knowledge.everything.triples
    terms = TermTable.of(term for triple in everything for term in triple)
    rows = rows_of(everything, terms)
    places = {row: number for number, row in enumerate(rows)}
    names = [sorted(knowledge.ontology), sorted(knowledge.shape_files)]
    files = [knowledge.ontology[n] for n in names[0]] + [knowledge.shape_files[n] for n in names[1]]
    of_files = [sorted(places[row] for row in rows_of(triples, terms)) for triples in files]
    homes: dict[int, tuple[int, ...]] = {}
    for number, held in enumerate(of_files):
        for row in held:
            homes[row] = (*homes.get(row, ()), number)
    groups = sorted(set(homes.values()))
    home = [groups.index(homes[row]) for row in range(len(rows))]
    about = {
        "names": names,
        "sizes": [len(held) for held in of_files],
        "groups": groups,
        "digest": knowledge.digest,
        "sources": [to_plain(knowledge.asserted_sources[n]) for n in names[0]],
        "record": knowledge.record_shape_files,
    }
    views = {v: pack(rows_of(getattr(knowledge, v).triples, terms), len(terms)) for v in _VIEWS}
    return {
        "terms": terms.to_bytes(),
        **views,
        "files": to_bytes(row for held in of_files for row in held),
        "home": to_bytes(home),
        "about": json.dumps(about).encode(),
        "dictionary": json.dumps(to_plain(stripped(words))).encode(),
    }


def _unpacked(sections: Mapping[str, bytes], key: str) -> Knowledge:
    terms = TermTable.read(sections["terms"])
    views = {name: unpack(sections[name], terms) for name in _VIEWS}
    about = json.loads(sections["about"])
    ontology, shapes = about["names"]
    files = _Files(views["everything"], from_bytes(sections["files"]), about["sizes"])
    knowledge = Knowledge(
        _Named(files, {name: n for n, name in enumerate(ontology)}),
        _Named(files, {name: len(ontology) + n for n, name in enumerate(shapes)}),
    )
    read = reader(Term)
    sources = ([read(source) for source in found] for found in about["sources"])
    vars(knowledge).update(
        views,
        cache_key=key,
        digest=about["digest"],
        asserted_sources={n: tuple(s) for n, s in zip(ontology, sources, strict=True)},
        record_shape_files=tuple(about["record"]),
        places=_Places(
            views["everything"],
            from_bytes(sections["home"]),
            [frozenset([*ontology, *shapes][n] for n in group) for group in about["groups"]],
        ),
    )
    return knowledge


class _Files:
    """The rows of each file, by number, in one graph."""

    def __init__(self, graph: PackedGraph, rows: array[int], sizes: list[int]) -> None:
        self.graph, self.rows, self.sizes = graph, rows, sizes

    def triples(self, number: int) -> frozenset[Triple]:
        start = sum(self.sizes[:number])
        held = self.rows[start : start + self.sizes[number]]
        return frozenset(map(self.graph.triple, held))


class _Named(Mapping[str, frozenset[Triple]]):
    """Files by name; the triples of one are decoded when it is asked for."""

    def __init__(self, files: _Files, numbers: dict[str, int]) -> None:
        self._files, self._numbers = files, numbers

    def __getitem__(self, name: str) -> frozenset[Triple]:
        return self._files.triples(self._numbers[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class _Places(Mapping[Triple, frozenset[str]]):
    """The files that state each triple."""

    def __init__(self, graph: PackedGraph, home: array[int], names: list[frozenset[str]]) -> None:
        self._graph, self._home, self._names = graph, home, names

    def __getitem__(self, triple: Triple) -> frozenset[str]:
        row = self._graph.row(triple)
        if row is None:
            raise KeyError(triple)
        return self._names[self._home[row]]

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._graph)

    def __len__(self) -> int:
        return len(self._graph)
