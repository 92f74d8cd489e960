"""Name the vocabularies that the engine knows: RDF, OWL, SHACL, PROV-O, VoID, and ``nec:``.

The topic's own namespace is not here: the engine reads it from the ontology.
"""

from __future__ import annotations

from kg_engine.terms import IRI


class Namespace:
    """Make IRIs by attribute, ``NEC.Case``, or by call where Python cannot spell the name."""

    def __init__(self, base: str) -> None:
        self.base = base

    def __getattr__(self, name: str) -> IRI:
        if name.startswith("__"):
            raise AttributeError(name)
        iri = self.__dict__[name] = IRI(self.base + name)
        return iri

    def __call__(self, name: str) -> IRI:
        return IRI(self.base + name)


RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
PROV = Namespace("http://www.w3.org/ns/prov#")
VOID = Namespace("http://rdfs.org/ns/void#")
VOID_EXT = Namespace("http://ldf.fi/void-ext#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SCHEMA = Namespace("https://schema.org/")
NEC = Namespace("https://w3id.org/necessity#")
REC = Namespace("https://w3id.org/necessity/record#")
CASE = Namespace("urn:case:")

TYPE = RDF.type
