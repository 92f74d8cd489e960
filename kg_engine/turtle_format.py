"""Write Turtle in one canonical form, so that one changed value is one changed line.

Source: RDF 1.1 Turtle, https://www.w3.org/TR/turtle/#sec-grammar. The laws: formatting twice is
formatting once, and the graph read back is isomorphic to the graph that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyoxigraph as ox

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import DCTERMS, OWL, RDF, RDFS, SH, SKOS, TYPE, XSD
from kg_engine.terms import IRI, BNode, Literal, Term, Triple

WIDTH, FEW, INDENT = 110, 3, "    "

_PREDICATES = (
    TYPE, RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.definition, SKOS.scopeNote, SKOS.example,
    SKOS.editorialNote, DCTERMS.source, RDFS.isDefinedBy, OWL.deprecated, DCTERMS.isReplacedBy,
    OWL.onProperty, OWL.onProperties, OWL.onClass, OWL.someValuesFrom, OWL.allValuesFrom,
    OWL.hasValue, OWL.hasSelf, OWL.intersectionOf, OWL.unionOf, OWL.complementOf, OWL.oneOf,
    RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith, OWL.disjointUnionOf, OWL.hasKey,
    RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf, OWL.propertyDisjointWith,
    OWL.propertyChainAxiom, RDFS.domain, RDFS.range,
)  # fmt: skip
_RANK = {predicate: rank for rank, predicate in enumerate(_PREDICATES)}

_KINDS = (
    {OWL.Ontology}, {OWL.Class, RDFS.Class, RDFS.Datatype}, {OWL.ObjectProperty},
    {OWL.DatatypeProperty}, {OWL.AnnotationProperty, RDF.Property},
)  # fmt: skip
_INDIVIDUAL, _AXIOM, _SHAPE = 5, 6, 7
_SHAPES = {SH.NodeShape, SH.PropertyShape}
_CLASS_AXIOMS = {RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith, OWL.hasKey}
_PROPERTY_AXIOMS = {RDFS.subPropertyOf, OWL.inverseOf, OWL.propertyChainAxiom, RDFS.range}

_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?\Z")
_SHORT = {
    XSD.integer: re.compile(r"[+-]?[0-9]+\Z"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+\Z"),
    XSD.double: re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+\Z"),
    XSD.boolean: re.compile(r"(?:true|false)\Z"),
}
_TOKEN = re.compile(
    r'''"""(?:"{0,2}(?:[^"\\]|\\.))*"""|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}'''
    r"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|<[^<>\s]*>|\\.|(?P<comment>#[^\r\n]*)""",
    re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def format_turtle(text: bytes, *, place: str, prefixes: Mapping[str, str]) -> str:
    """Write a Turtle file in canonical form, with those of ``prefixes`` that it uses.

    Raises KnowledgeRefused for a syntax error, a comment, and an anonymous node that is used
    twice or inside itself. Source: https://www.w3.org/TR/turtle/#sec-grammar
    """
    return _Writer(_read_tree(text, place=place), prefixes).document()


def is_canonical(text: bytes, *, place: str, prefixes: Mapping[str, str]) -> bool:
    """Say whether formatting would leave the file as it is; raises as format_turtle does."""
    return format_turtle(text, place=place, prefixes=prefixes).encode() == text


def read_prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """Read a prefix table from its declarations, prefix to namespace.

    Source: https://www.w3.org/TR/shacl/#sparql-prefixes
    """
    graph = Graph(triples)
    nodes = {triple.o for triple in graph.about(SH.declare)}
    table = {graph.text(node, SH.prefix): graph.text(node, SH.namespace) for node in nodes}
    return {prefix: table[prefix] for prefix in sorted(table) if table[prefix]}


_About = Mapping[Term, Mapping[IRI, list[Term]]]


class _Tree(NamedTuple):
    """Hold a file: what is said of each node, its collections, and the subjects of its blocks."""

    about: _About
    lists: Mapping[Term, tuple[Term, ...]]
    roots: tuple[Term, ...]


class _Writer:
    """Write one tree; note which prefixes it used."""

    def __init__(self, tree: _Tree, prefixes: Mapping[str, str]) -> None:
        self._tree = tree
        self._prefixes = dict(prefixes)
        self._spaces = sorted(((ns, p) for p, ns in prefixes.items()), reverse=True)
        self._names: dict[IRI, str] = {}
        self._lines: dict[BNode, str] = {}
        self._used: set[str] = set()

    def document(self) -> str:
        """Return the whole file."""
        subjects = sorted(self._tree.roots, key=self._place)
        names = ("[]" if isinstance(s, BNode) else self._line(s) for s in subjects)
        blocks = [f"{n}\n{self._body(s, 1)}.\n" for n, s in zip(names, subjects, strict=True)]
        heads = [f"PREFIX {p}: <{self._prefixes[p]}>\n" for p in sorted(self._used)]
        body = "\n".join(blocks)
        return "".join(heads) + ("\n" if heads and body else "") + body

    def _place(self, subject: Term) -> tuple[int, str]:
        if isinstance(subject, BNode):
            return (_AXIOM, self._line(subject))
        return (_kind(self._tree.about[subject]), str(subject))

    def _body(self, subject: Term, depth: int) -> str:
        about = self._tree.about.get(subject, {})
        pairs = ((p, about[p]) for p in sorted(about, key=_predicate_place))
        return "".join(f"{self._statement(p, list(o), depth)} ;\n" for p, o in pairs)

    def _statement(self, predicate: IRI, objects: list[Term], depth: int) -> str:
        verb = self._verb(predicate)
        objects.sort(key=self._object_place)
        if len(objects) == 1:
            return f"{INDENT * depth}{verb} {self._object(objects[0], depth, len(verb))}"
        line = f"{INDENT * depth}{verb} {' , '.join(map(self._line, objects))}"
        flat = not any(isinstance(o, BNode) for o in objects) and "\n" not in line
        if flat and len(objects) <= FEW and len(line) <= WIDTH:
            return line
        pad = INDENT * (depth + 1)
        parts = (f"{pad}{self._object(o, depth + 1, 0)}" for o in objects)
        return f"{INDENT * depth}{verb}\n" + " ,\n".join(parts)

    def _object(self, term: Term, depth: int, before: int) -> str:
        line = self._line(term)
        if not isinstance(term, BNode) or not self._opens(term, line, depth, before):
            return line
        members = self._tree.lists.get(term)
        if members is None:
            return f"[\n{self._body(term, depth + 1)}{INDENT * depth}]"
        parts = (
            f"{INDENT * (depth + 1)}{self._object(member, depth + 1, 0)}\n" for member in members
        )
        return f"(\n{''.join(parts)}{INDENT * depth})"

    def _opens(self, term: BNode, line: str, depth: int, before: int) -> bool:
        if "\n" in line or len(line) + len(INDENT) * depth + before > WIDTH:
            return bool(self._tree.about.get(term))
        members = self._tree.lists.get(term)
        if members is None:
            about = self._tree.about.get(term, {})
            return any(isinstance(o, BNode) for objects in about.values() for o in objects)
        return any(isinstance(member, BNode) for member in members)

    def _object_place(self, term: Term) -> tuple[int, str, str]:
        if isinstance(term, Literal):
            return (1, term.lexical, self._line(term))
        return (2 if isinstance(term, BNode) else 0, "", self._line(term))

    def _line(self, term: Term) -> str:
        """Write a term on one line; for an anonymous node this is its content, and its order."""
        if isinstance(term, Literal):
            return self._literal(term)
        if isinstance(term, BNode):
            return self._lines.get(term) or self._lines.setdefault(term, self._anonymous(term))
        return self._names.get(term) or self._names.setdefault(term, self._name(term))

    def _anonymous(self, node: BNode) -> str:
        members = self._tree.lists.get(node)
        if members is not None:
            return f"( {' '.join(map(self._line, members))} )"
        about = self._tree.about.get(node, {})
        parts = []
        for predicate in sorted(about, key=_predicate_place):
            objects = sorted(about[predicate], key=self._object_place)
            parts.append(f"{self._verb(predicate)} {' , '.join(map(self._line, objects))}")
        return f"[ {' ; '.join(parts)} ]" if parts else "[]"

    def _verb(self, predicate: IRI) -> str:
        return "a" if predicate == TYPE else self._line(predicate)

    def _name(self, iri: IRI) -> str:
        if iri == RDF.nil:
            return "()"
        for space, prefix in self._spaces:
            if iri.startswith(space) and _LOCAL.match(iri, len(space)):
                self._used.add(prefix)
                return f"{prefix}:{iri[len(space) :]}"
        return f"<{iri}>"

    def _literal(self, literal: Literal) -> str:
        short = _SHORT.get(IRI(literal.datatype))
        if short and short.match(literal.lexical):
            return literal.lexical
        quoted = _quote(literal.lexical)
        if literal.language:
            return f"{quoted}@{literal.language}"
        datatype = IRI(literal.datatype)
        return quoted if datatype == XSD.string else f"{quoted}^^{self._line(datatype)}"


def _kind(about: Mapping[IRI, list[Term]]) -> int:
    types = set(about.get(TYPE, ()))
    ranks = [rank for rank, kind in enumerate(_KINDS) if types & kind]
    if types:
        return ranks[0] if ranks else _SHAPE if types & _SHAPES else _INDIVIDUAL
    if _CLASS_AXIOMS & about.keys():
        return 1
    return 2 if _PROPERTY_AXIOMS & about.keys() else _INDIVIDUAL


def _predicate_place(predicate: IRI) -> tuple[int, str]:
    return (_RANK.get(predicate, len(_RANK)), predicate)


def _quote(lexical: str) -> str:
    text = lexical.replace("\\", "\\\\")
    if "\n" in text:
        return '"""' + _CONTROL.sub(_escape, re.sub(r'"(?="|\Z)', r"\"", text)) + '"""'
    return '"' + _CONTROL.sub(_escape, text.replace('"', r"\"")) + '"'


def _escape(found: re.Match[str]) -> str:
    return {"\t": "\\t", "\r": "\\r"}.get(found[0], f"\\u{ord(found[0]):04X}")


def _read_tree(text: bytes, *, place: str) -> _Tree:
    try:
        triples = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        fault = Fault(place, f"not Turtle: {error}", "Mend the syntax at the line named.")
        raise KnowledgeRefused([fault]) from error
    about: dict[Term, dict[IRI, list[Term]]] = {}
    uses: dict[Term, int] = {}
    for s, p, o in {(t.subject, t.predicate, t.object) for t in triples}:
        value = _term(o, place)
        about.setdefault(_term(s, place), {}).setdefault(IRI(p.value), []).append(value)
        uses[value] = uses.get(value, 0) + 1
    if faults := [*_comments(text.decode(), place), *_shared(about, uses, place)]:
        raise KnowledgeRefused(faults)
    roots = tuple(s for s in about if not isinstance(s, BNode) or s not in uses)
    return _Tree(about, _lists(about), roots)


def _comments(text: str, place: str) -> Iterator[Fault]:
    """Find each ``#`` that is in no IRI, string or escaped name."""
    for token in _TOKEN.finditer(text):
        if token["comment"]:
            line = text.count("\n", 0, token.start()) + 1
            remedy = "Say it as a skos:editorialNote, scopeNote or changeNote."
            yield Fault(f"{place}:{line}", "a comment, which no tool would keep.", remedy)


def _term(term: object, place: str) -> Term:
    match term:
        case ox.NamedNode():
            return IRI(term.value)
        case ox.BlankNode():
            return BNode("_:" + term.value)
        case ox.Literal() if term.direction is None:
            return Literal(term.value, term.datatype.value, term.language or "")
    fault = Fault(place, f"{term} is RDF 1.2.", "Use only IRIs, blank nodes and plain literals.")
    raise KnowledgeRefused([fault])


def _shared(about: _About, uses: Mapping[Term, int], place: str) -> Iterator[Fault]:
    """Find the anonymous nodes that no tree can hold: used twice, or inside themselves."""
    remedy = "Give the node an IRI, or write it out in each place."
    if any(isinstance(node, BNode) and count > 1 for node, count in uses.items()):
        yield Fault(place, "an anonymous node is used in more than one place.", remedy)
        return
    seen = [s for s in about if not isinstance(s, BNode) or s not in uses]
    for node in seen:
        inner = (o for objects in about.get(node, {}).values() for o in objects)
        seen.extend([o for o in inner if isinstance(o, BNode)])
    if not about.keys() <= set(seen):
        yield Fault(place, "an anonymous node refers to itself.", remedy)


def _lists(about: _About) -> dict[Term, tuple[Term, ...]]:
    """Read every blank node that is a whole collection and nothing else."""
    cells: dict[Term, tuple[Term, Term]] = {
        node: (said[RDF.first][0], said[RDF.rest][0])
        for node, said in about.items()
        if isinstance(node, BNode)
        and said.keys() == {RDF.first, RDF.rest}
        and len(said[RDF.first]) == len(said[RDF.rest]) == 1
    }
    found: dict[Term, tuple[Term, ...]] = {}
    for head in cells.keys() - {rest for _, rest in cells.values()}:
        members: list[Term] = []
        cell = head
        while cell in cells:
            first, cell = cells[cell]
            members.append(first)
        if cell == RDF.nil:
            found[head] = tuple(members)
    return found
