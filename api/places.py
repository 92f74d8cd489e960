"""Tell under which paths terms and derivations are found here."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from kg_engine.prefixed import Prefixes
from kg_engine.terms import IRI, Term, Triple, n3

DERIVATIONS = "/v1/derivations"
SUFFIXES = {"text/html": ".html", "text/turtle": ".ttl", "application/ld+json": ".jsonld"}


def document_place(prefix: str, local: str, form: str = "text/html") -> str:
    """Return the path of the document about a term in a form."""
    return f"/doc/{quote(prefix, safe='')}/{quote(local, safe='/')}{SUFFIXES[form]}"


def term_place(iri: IRI, prefixes: Prefixes) -> str:
    """Return the path of the page about a term; empty where no prefix fits it."""
    found = prefixes.split(iri)
    return document_place(*found) if found else ""


def derivation_place(triple: Triple) -> str:
    """Return the path of the derivation of a triple."""
    asked = zip(("subject", "predicate", "object"), map(_spelled, triple), strict=True)
    return f"{DERIVATIONS}?{urlencode(list(asked))}"


def _spelled(term: Term) -> str:
    return str(term) if isinstance(term, str) else n3(term)
