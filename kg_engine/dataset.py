"""Build the whole dataset that queries see, keep it in the cache, and open it as a store.

What depends on where it is served, its statistics in VoID and the example queries, is added when
the store is opened. No case is ever in it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox

from kg_engine.cache_files import read_sections, write_sections
from kg_engine.dataset_examples import Example, example_triples, read_examples
from kg_engine.dataset_graphs import ASSERTED, INFERRED, PROVENANCE, file_graphs, named_graphs
from kg_engine.dataset_provenance import provenance_triples
from kg_engine.dataset_void import Statistics, count_graph, void_triples
from kg_engine.entailments import read_entailments
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import SH
from kg_engine.plain import reader, to_plain
from kg_engine.store_terms import to_store_triple
from kg_engine.terms import IRI, Triple, n3

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "sparql"
_KIND = "dataset"


@dataclass(frozen=True)
class DatasetAbout:
    """What is known of a dataset without opening it.

    ``sizes`` tells the number of triples of each named graph, ``statistics`` what the default
    graph holds, ``prefixes`` the nodes that declare prefixes.
    """

    digest: str
    sizes: Mapping[IRI, int]
    statistics: Statistics
    prefixes: tuple[IRI, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Dataset:
    """Every graph of the knowledge in N-Quads, compressed, and what is known of them."""

    packed: bytes
    about: DatasetAbout

    @property
    def quads(self) -> bytes:
        """Return every graph in N-Quads, each in the order of its lines."""
        return zlib.decompress(self.packed)

    @property
    def digest(self) -> str:
        """Return what identifies the quads, the statistics and the examples."""
        found = hashlib.sha256(self.packed)
        found.update(json.dumps(to_plain(self.about)).encode())
        return found.hexdigest()


def build_dataset(knowledge: Knowledge, examples: Path | None = EXAMPLES) -> Dataset:
    """Return the dataset of some knowledge, by the cache if it can.

    Takes loaded knowledge and a folder of example queries, None for none.
    """
    queries = read_examples(examples) if examples else ()
    key = _key(knowledge, queries)
    sections = read_sections(_KIND, key) if key else None
    if sections is not None:
        about: DatasetAbout = reader(DatasetAbout)(json.loads(sections["about"]))
        return Dataset(sections["packed"], about)
    dataset = _built(knowledge, queries)
    if key:
        about_bytes = json.dumps(to_plain(dataset.about)).encode()
        write_sections(_KIND, key, {"about": about_bytes, "packed": dataset.packed})
    return dataset


def open_store(dataset: Dataset, endpoint: str | None = None) -> ox.Store:
    """Return a store of a dataset, with all that is to be known at an endpoint.

    Without an endpoint there are neither statistics nor examples in it.
    """
    store = ox.Store()
    store.bulk_load(dataset.quads, format=ox.RdfFormat.N_QUADS, lenient=True)
    if endpoint is not None:
        store.bulk_extend(_endpoint_quads(dataset.about, IRI(endpoint)))
    return store


def endpoint_graphs(about: DatasetAbout, endpoint: IRI) -> dict[IRI, tuple[Triple, ...]]:
    """Return the graphs that only an endpoint has: statistics in VoID, and example queries.

    Takes the IRI of the endpoint. The triples of these graphs stand in the default graph too.
    """
    void, home = void_name(endpoint), IRI(f"{endpoint}/.well-known/sparql-examples")
    statistics = void_triples(about.statistics, counted_name(endpoint))
    examples = example_triples(about.examples, endpoint, home, about.prefixes)
    return {void: tuple(statistics), home: tuple(examples)}


def void_name(endpoint: IRI) -> IRI:
    """Return the name of the graph in which an endpoint tells its statistics."""
    return IRI(f"{endpoint}/.well-known/void")


def counted_name(endpoint: IRI) -> IRI:
    """Return the name under which an endpoint gives the statistics of the knowledge."""
    return IRI(f"{void_name(endpoint)}#knowledge")


def _built(knowledge: Knowledge, queries: tuple[Example, ...]) -> Dataset:
    names = file_graphs(knowledge)
    graphs = named_graphs(knowledge, read_entailments(knowledge), names)
    graphs[PROVENANCE] = frozenset(provenance_triples(knowledge, graphs, names))
    union = graphs[ASSERTED] | graphs[INFERRED]
    declaring = {str(t.s) for t in knowledge.everything.about(SH.declare)}
    about = DatasetAbout(
        digest=knowledge.digest,
        sizes={name: len(triples) for name, triples in graphs.items()},
        statistics=count_graph(union),
        prefixes=tuple(map(IRI, sorted(declaring))),
        examples=queries,
    )
    quads = b"".join(_written([(None, union), *graphs.items()]))
    return Dataset(zlib.compress(quads, level=1), about)


def _written(graphs: Iterable[tuple[IRI | None, Iterable[Triple]]]) -> Iterator[bytes]:
    """Yield each graph in N-Quads, its lines in order."""
    write = lru_cache(maxsize=None)(n3)
    for name, triples in graphs:
        end = f" <{name}> .\n" if name else " .\n"
        lines = sorted(f"{write(s)} {write(p)} {write(o)}{end}" for s, p, o in triples)
        yield "".join(lines).encode()


def _endpoint_quads(about: DatasetAbout, endpoint: IRI) -> Iterator[ox.Quad]:
    for name, triples in endpoint_graphs(about, endpoint).items():
        graph = ox.NamedNode(name)
        for triple in map(to_store_triple, triples):
            for place in (graph, ox.DefaultGraph()):
                yield ox.Quad(triple.subject, triple.predicate, triple.object, place)


def _key(knowledge: Knowledge, queries: Iterable[Example]) -> str:
    """Return what identifies a dataset; empty where the files are not known byte by byte."""
    if not knowledge.cache_key:
        return ""
    told = json.dumps([knowledge.cache_key, to_plain(tuple(queries))])
    return hashlib.sha256(told.encode()).hexdigest()
