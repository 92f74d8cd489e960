"""Hold a folder of knowledge to every rule there is, and say what is amiss, file and line.

For curators: syntax, canonical form, OWL 2 RL profile, the ontology's own rules, the shapes that
decide, and whether the whole contradicts itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg_engine.codes import index_codes, unlisted
from kg_engine.curation import check_curation
from kg_engine.edition import Editions
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.knowledge import Knowledge, load_knowledge
from kg_engine.namespaces import RDFS
from kg_engine.profile import check_profile
from kg_engine.record import load_record_shapes
from kg_engine.render import render
from kg_engine.shapes import read_shapes
from kg_engine.terms import IRI, BNode, Literal, Term, local_name
from kg_engine.turtle import parse_turtle_file
from kg_engine.turtle_format import format_turtle, read_prefixes

CURATION = "curation.ttl"


@dataclass(frozen=True)
class Folder:
    """Roots of Turtle files, and the curation shapes to use where they bring none."""

    ontology: tuple[Path, ...]
    shapes: tuple[Path, ...]
    curation: Path

    @property
    def files(self) -> dict[str, Path]:
        """Return every Turtle file by the name that messages use for it."""
        return {
            f"{root.name}/{path.relative_to(root)}" if root.is_dir() else path.name: path
            for root in (*self.ontology, *self.shapes)
            for path in (sorted(root.rglob("*.ttl")) if root.is_dir() else [root])
        }


def check_folder(folder: Folder) -> tuple[Fault, ...]:
    """Return every fault of a folder, each with its place and what mends it."""
    faults = [*_form_faults(folder)]
    try:
        knowledge = load_knowledge(folder.ontology, folder.shapes)
    except KnowledgeRefused as error:
        return tuple(sorted({_placed(fault) for fault in (*error.faults, *faults)}))
    place = _finder(knowledge.ontology, folder.files)
    faults += check_profile(knowledge.graph, place_of=place)
    for room in (_curation_faults, _code_faults, _shape_faults, _clash_faults):
        try:
            faults += room(folder, knowledge)
        except KnowledgeRefused as error:
            faults += error.faults
    return tuple(sorted({_placed(fault) for fault in faults}))


def fix_folder(folder: Folder) -> tuple[str, ...]:
    """Rewrite in canonical form the files that can be read and are not; return their names."""
    found = []
    for name, path in folder.files.items():
        try:
            text = _canonical(folder, name, path)
        except (KnowledgeRefused, OSError):
            continue
        if text.encode() != path.read_bytes():
            path.write_text(text, encoding="utf-8", newline="\n")
            found.append(name)
    return tuple(found)


def _form_faults(folder: Folder) -> Iterator[Fault]:
    for name, path in folder.files.items():
        try:
            written, text = path.read_bytes(), _canonical(folder, name, path)
        except KnowledgeRefused as error:
            yield from error.faults
        except OSError as error:
            yield Fault(name, f"cannot be read: {error.strerror}.", "Check its rights.")
        else:
            if text.encode() != written:
                line = _first_difference(written.decode(errors="replace"), text)
                yield Fault(
                    f"{name}:{line}", "is not in canonical form.", "Run `ionm check --fix`."
                )


def _canonical(folder: Folder, name: str, path: Path) -> str:
    return format_turtle(path.read_bytes(), place=name, prefixes=_prefixes(folder))


def _prefixes(folder: Folder) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in [p for p in folder.files.values() if p.name == "prefixes.ttl"]:
        found |= read_prefixes(parse_turtle_file(path, place=path.name))
    return found


def _first_difference(before: str, after: str) -> int:
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    same = [a == b for a, b in pairs]
    return (same.index(False) if False in same else len(same)) + 1


def _curation_faults(folder: Folder, knowledge: Knowledge) -> Iterable[Fault]:
    own = [n for n in knowledge.shape_files if n.rsplit("/", 1)[-1] == CURATION]
    shapes = (
        knowledge.shape_files[own[0]]
        if own
        else parse_turtle_file(folder.curation, place=f"shapes/{CURATION}")
    )
    texts = {name: path.read_bytes() for name, path in folder.files.items()}
    return check_curation(knowledge.ontology, shapes, texts=texts)


def _code_faults(folder: Folder, knowledge: Knowledge) -> Iterator[Fault]:
    place = _finder(knowledge.ontology, folder.files)
    for code, system in unlisted(index_codes(knowledge.graph)):
        message = f"{local_name(code.iri)} is no code of {system.notation}."
        yield Fault(place(code.iri), message, "Mend it, or give it nec:validUntil.")


def _shape_faults(folder: Folder, knowledge: Knowledge) -> Iterator[Fault]:
    place = _finder(knowledge.shape_files, folder.files)
    graph = knowledge.shapes_graph
    for read in (
        lambda: read_shapes(graph),
        lambda: load_record_shapes(knowledge.record_shapes_graph),
    ):
        try:
            read()
        except KnowledgeRefused as error:
            for fault in error.faults:
                yield Fault(place(IRI(fault.place)), f"{local_name(fault.place)}: {fault.message}",
                            fault.remedy)  # fmt: skip


def _clash_faults(_folder: Folder, knowledge: Knowledge) -> Iterator[Fault]:
    """Find contradictions of the knowledge with itself, without any case."""
    editions, seen = Editions(knowledge), set()
    if knowledge.policy(None) is None:
        yield Fault("ontology", "the topic names no default policy.", "Add nec:defaultPolicy.")
    for name in knowledge.policies:
        policy = knowledge.policy(name)
        assert policy is not None
        edition = editions.cut(policy, None)
        if edition.files in seen:
            continue
        seen.add(edition.files)
        base = edition.base
        for clash in (base.derivation(c, None) for c in base.contradictions):
            said = "; ".join(render(premise, knowledge) for premise in clash.premises)
            home = next((min(knowledge.places[p]) for p in clash.premises if p in knowledge.places),
                        "ontology")  # fmt: skip
            yield Fault(home, f"contradiction by {clash.rule}: {said}.", "Withdraw one of them.")


def _finder(
    files: Mapping[str, Iterable[tuple[Term, IRI, Term]]], paths: Mapping[str, Path]
) -> Callable[[Term], str]:
    """Return what finds the file and, where it can, the line of a subject."""
    homes: dict[Term, str] = {}
    graph = Graph(t for name in files for t in files[name])  # type: ignore[misc]
    for name in sorted(files, reverse=True):
        homes.update(dict.fromkeys((s for s, _, _ in files[name]), name))
    for name in sorted(files):
        homes.update((s, name) for s, p, _ in files[name] if p == RDFS.isDefinedBy)

    def place(term: Term) -> str:
        name = homes.get(term)
        if name is None or name not in paths:
            return name or "ontology"
        line = _line_of(term, graph, paths[name].read_text(encoding="utf-8", errors="replace"))
        return f"{name}:{line}" if line else name

    return place


def _line_of(term: Term, graph: Graph, text: str) -> int:
    """Return the line where a subject stands; an anonymous one by the class above it."""
    if isinstance(term, Literal):
        return 0
    if isinstance(term, BNode):
        parents = [o for o in graph.objects(term, RDFS.subClassOf) if isinstance(o, IRI)]
        if not parents:
            return 0
        pattern = rf"rdfs:subClassOf\s+(?:[\w.-]*:{re.escape(local_name(parents[0]))})(?=[\s;.])"
    else:
        local = re.escape(local_name(term))
        pattern = rf"^(?:[\w.-]*:{local}|<{re.escape(term)}>)(?=\s|$)"
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _placed(fault: Fault) -> Fault:
    """Move a line that the message of a parser names into the place."""
    line = re.search(r"\bat line (\d+)", fault.message)
    if line is None or re.search(r":\d+$", fault.place):
        return fault
    return Fault(f"{fault.place}:{line[1]}", fault.message, fault.remedy)
