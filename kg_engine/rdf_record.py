"""Read a case sent as RDF, and admit it triple by triple.

RDF can say anything about anything; a case may say only what a record says. So the sizes are
gated before a parser runs, the parser fetches nothing, and a triple enters only if its
predicate is a key of the record and its subject hangs in the tree below the one record node.
What is left is the same plain value that JSON gives, and goes the same way from here on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pyoxigraph as ox

from kg_engine.errors import Fault, InputRefused
from kg_engine.record_admission import BASE, admit
from kg_engine.record_jsonld import prepare_jsonld
from kg_engine.record_shapes import RecordShapes
from kg_engine.record_text import ROOT, check_size

MAX_NESTING = 32
MAX_TRIPLES = 2_000
MAX_BLANK_NODES = 50

_LINE_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}
_JSON_LD = "application/ld+json"
MEDIA_TYPES = (*sorted(_LINE_FORMATS), _JSON_LD)

_TOKENS = re.compile(
    rb"""\\.|\#[^\r\n]*+
    |\"\"\"(?:[^"\\]++|\\.|"(?!""))*+(?:\"\"\")?
    |'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?
    |"(?:[^"\\\r\n]++|\\.)*+"?|'(?:[^'\\\r\n]++|\\.)*+'?
    |<(?:[^\x00-\x20<>"{}|^`\\]++|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>
    |<<|>>|[\[\](){}]""",
    re.DOTALL | re.VERBOSE,
)
_OPENING = frozenset({b"[", b"(", b"{", b"<<"})
_CLOSING = frozenset({b"]", b")", b"}", b">>"})
_SMALLER = "Send one case with less in it."


def read_rdf_record(data: bytes, media_type: str, shapes: RecordShapes) -> object:
    """Read RDF bytes as the plain value that ``read_record`` takes.

    Takes Turtle, N-Triples or JSON-LD by media type, at most 1 MB. Raises InputRefused for any
    other format, for what is too large, too deep or malformed, and, each one named, for every
    triple that a record does not hold. Source: RDF 1.1 Turtle, N-Triples; JSON-LD 1.1.
    """
    name = media_type.partition(";")[0].strip().lower()
    check_size(data)
    if name == _JSON_LD:
        document, count = prepare_jsonld(data, shapes)
        quads = _parsed(document, ox.RdfFormat.JSON_LD)
        _check_nothing_fell_away(len(quads), count)
    elif name in _LINE_FORMATS:
        check_nesting(data)
        quads = _parsed(data, _LINE_FORMATS[name])
    else:
        message = f"the format {json.dumps(name[:60])} is not read here."
        remedy = f"Send one of {', '.join(MEDIA_TYPES)}, or application/json."
        raise InputRefused([Fault("media type", message, remedy)])
    return admit(quads, shapes)


def check_nesting(data: bytes) -> None:
    """Raise InputRefused if Turtle nests brackets or triple terms deeper than 32."""
    depth = 0
    for match in _TOKENS.finditer(data):
        token = match.group()
        if token in _OPENING:
            depth += 1
            if depth > MAX_NESTING:
                where = f"byte {match.start()}"
                message = f"brackets are nested more than {MAX_NESTING} deep."
                raise InputRefused([Fault(where, message, "Flatten the record.")])
        elif token in _CLOSING:
            depth = max(depth - 1, 0)


def _parsed(data: bytes, syntax: ox.RdfFormat) -> list[ox.Quad]:
    try:
        base = None if syntax == ox.RdfFormat.N_TRIPLES else BASE
        return list(_capped(ox.parse(data, format=syntax, base_iri=base)))
    except SyntaxError as error:
        where = f"line {error.lineno}" if error.lineno else ROOT
        message = f"not {syntax.name}: the syntax breaks here."
        raise InputRefused([Fault(where, message, "Mend the syntax.")]) from None


def _capped(quads: Iterator[ox.Quad]) -> Iterator[ox.Quad]:
    blank: set[str] = set()
    for number, quad in enumerate(quads, start=1):
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.BlankNode):
                blank.add(term.value)
        if number > MAX_TRIPLES:
            message = f"the case has more than {MAX_TRIPLES} triples."
            raise InputRefused([Fault(ROOT, message, _SMALLER)])
        if len(blank) > MAX_BLANK_NODES:
            message = f"the case has more than {MAX_BLANK_NODES} blank nodes."
            raise InputRefused([Fault(ROOT, message, _SMALLER)])
        yield quad


def _check_nothing_fell_away(found: int, said: int) -> None:
    if found != said:
        message = f"the document says {said} things, of which {found} are triples."
        remedy = "Give every key and every @id or @type a name that expands to an IRI."
        raise InputRefused([Fault(ROOT, message, remedy)])
