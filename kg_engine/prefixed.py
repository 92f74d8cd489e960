"""Write IRIs as prefixed names and read them back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kg_engine.graphs import Graph
from kg_engine.namespaces import SH
from kg_engine.terms import IRI

_IRI = re.compile(r"""[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>"{}|\\^`]+\Z""")


@dataclass(frozen=True)
class Prefixes:
    """A table of prefixes, prefix to namespace."""

    table: Mapping[str, str]

    def split(self, iri: str) -> tuple[str, str] | None:
        """Return the prefix and the local name of an IRI, by the longest namespace, or None."""
        fitting = [(len(space), prefix) for prefix, space in self.table.items()
                   if iri.startswith(space) and len(iri) > len(space)]  # fmt: skip
        if not fitting:
            return None
        length, prefix = max(fitting)
        return prefix, iri[length:]

    def shorten(self, iri: str) -> str:
        """Return an IRI as a prefixed name, or in angle brackets where no prefix fits."""
        found = self.split(iri)
        return ":".join(found) if found else f"<{iri}>"

    def expand(self, text: str) -> IRI | None:
        """Return the IRI that a prefixed name or an IRI, in brackets or not, spells; else None."""
        prefix, colon, local = text.partition(":")
        if colon and prefix in self.table:
            return self.join(prefix, local)
        bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
        return IRI(bare) if _IRI.match(bare) else None

    def join(self, prefix: str, local: str) -> IRI | None:
        """Return the IRI of a prefix and a local name; None for a prefix that is not known."""
        space = self.table.get(prefix)
        return IRI(space + local) if space and local else None


def declared_prefixes(graph: Graph) -> Prefixes:
    """Return the prefixes that a graph declares.

    Source: https://www.w3.org/TR/shacl/#sparql-prefixes
    """
    nodes = [triple.o for triple in graph.about(SH.declare)]
    table = {graph.text(node, SH.prefix): graph.text(node, SH.namespace) for node in nodes}
    return Prefixes({prefix: table[prefix] for prefix in sorted(table) if table[prefix]})
