"""Read example queries from files, and write them as RDF by the convention of the SIB endpoints.

The first line of a file asks its question in words; a second that begins with ``# Keywords:``
groups it with others. Source: https://github.com/sib-swiss/sparql-examples
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg_engine.namespaces import RDF, RDFS, SCHEMA, SH, TYPE
from kg_engine.terms import IRI, Literal, Triple

_KEYWORDS = "# Keywords:"
_FORM = re.compile(r"(?<![?$:\w-])(SELECT|ASK|CONSTRUCT)\b(?![:-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """A query with the question that it answers."""

    name: str
    question: str
    keywords: tuple[str, ...]
    text: str


def read_examples(folder: Path) -> tuple[Example, ...]:
    """Return the example queries of a folder by name; a folder that is not there holds none."""
    return tuple(_example(path) for path in sorted(folder.glob("*.rq")))


def example_triples(
    examples: Iterable[Example], endpoint: IRI, home: IRI, prefixes: Iterable[IRI]
) -> Iterator[Triple]:
    """Yield examples as RDF, each named below ``home``.

    ``prefixes`` are the nodes that declare the prefixes which a query may leave out.
    """
    prefixes = tuple(prefixes)
    for example in examples:
        node, form = IRI(f"{home}/{example.name}"), _form(example.text)
        yield Triple(node, TYPE, SH.SPARQLExecutable)
        yield Triple(node, TYPE, SH(f"SPARQL{form.capitalize()}Executable"))
        yield Triple(node, RDFS.comment, Literal(example.question, RDF.langString, "en"))
        yield Triple(node, SH(form), Literal(example.text))
        yield Triple(node, SCHEMA.target, endpoint)
        for keyword in example.keywords:
            yield Triple(node, SCHEMA.keywords, Literal(keyword))
        for declaring in prefixes:
            yield Triple(node, SH.prefixes, declaring)


def _example(path: Path) -> Example:
    text = path.read_text(encoding="utf-8")
    first, *others = text.splitlines()
    told = others[0] if others and others[0].startswith(_KEYWORDS) else _KEYWORDS
    keywords = (word.strip() for word in told[len(_KEYWORDS) :].split(","))
    return Example(path.stem, first.lstrip("# "), tuple(filter(None, keywords)), text)


def _form(text: str) -> str:
    """Return the form of a query by the first word that names one outside comments and IRIs."""
    plain = re.sub(r"<[^<>\s]*>|#[^\n]*", " ", text)
    found = _FORM.search(plain)
    return found[1].lower() if found else "select"
