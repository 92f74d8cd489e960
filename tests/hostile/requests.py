"""List hostile requests by the threat that they stand for: queries, and bodies of cases.

Each names what it does; together they hold every attack that is known to end, stall or fill an
RDF engine: depth of each bracket, long flat expressions, joins without a bound, paths, regular
expressions, strings that double, federation, updates, bombs in each serialisation, injection.
"""

from __future__ import annotations

from dataclasses import dataclass

SPARQL, CASES = "/sparql", "/v1/determinations"
QUERY_TYPE = "application/sparql-query"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a0 "0123456789">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + ']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:">'
    '<rdf:Description rdf:about="urn:a"><e:p>&a9;</e:p></rdf:Description></rdf:RDF>'
)
RECORD = "https://w3id.org/necessity/record#"


@dataclass(frozen=True, slots=True)
class Hostile:
    """Hold one hostile request: what it is called, where it goes, its media type and its body."""

    name: str
    path: str
    form: str
    body: bytes


def _nested(name: str, opening: str, closing: str, depth: int) -> tuple[str, str]:
    text = "ASK { " + opening * depth + " ?s ?p 1 " + closing * depth + " }"
    return f"{depth} deep {name}", text


def _expression(name: str, text: str) -> tuple[str, str]:
    return name, f"SELECT ({text} AS ?x) {{}}"


_BRACKETS = {
    "groups": ("{", "}"),
    "not exists": ("FILTER NOT EXISTS {", "}"),
    "optional": ("OPTIONAL {", "}"),
    "minus": ("?a ?b ?c MINUS {", "}"),
    "subselects": ("{ SELECT * {", "} }"),
    "union": ("{ {} UNION {", "} }"),
    "graph": ("GRAPH ?g {", "}"),
    "blank nodes": ("[ ?p ", "] ?q 1 ."),
    "quoted triples": ("<<( ", ")>>"),
}
_DEPTH = dict(
    _nested(name, *ends, depth) for name, ends in _BRACKETS.items() for depth in (60, 1_000, 5_000)
)
_FLAT = dict(
    _expression(f"{count} x {sign}", "1" + f" {sign} 1" * count)
    for sign in ("+", "||", "&&", "*", "=")
    for count in (900, 10_000)
) | dict(
    _expression(f"{count} x prefix {sign}", sign * count + "1")
    for sign in ("!", "-", "(", "+")
    for count in (60, 900, 5_000)
)
_JOINS = {
    "count of a product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "product": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "product sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "product sorted at random": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY RAND()",
    "product made distinct": "SELECT DISTINCT ?a ?d ?c { ?a ?b ?c . ?d ?e ?f }",
    "product grouped": "SELECT ?a ?d (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a ?d",
    "product filtered": "SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(STR(?a) = CONCAT(STR(?d), 'x')) }",
    "product of not equals": "ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?a) }",
    "everything concatenated": "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "any path, three times": "SELECT (COUNT(*) AS ?n) { ?a (!a)* ?b . ?b (!a)* ?c . ?c (!a)* ?d }",
    "stars over stars": "ASK { ?a ((!a)*/(!a)*)* ?b . ?b ((^!a)*|a)* ?c . FILTER(?a = ?c && ?b = 1) }",
    "400 patterns": "ASK {" + " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(400)) + "}",
    "400 steps": "SELECT * { ?s " + "/".join(["a"] * 400) + " ?o }",
    "190 optionals": "ASK {" + "OPTIONAL { ?s ?p ?o } " * 190 + "}",
    "190 unions": "ASK {" + "{ ?s ?p ?o } UNION " * 190 + "{ ?s ?p ?o } FILTER(1=2) }",
    "20,000 values": "SELECT (COUNT(*) AS ?n) { VALUES ?x {" + " 1" * 20_000 + " } ?a ?b ?c }",
    "construct of a product": "CONSTRUCT { ?a ?e ?f } { ?a ?b ?c . ?d ?e ?f }",
    "describe everything": "DESCRIBE * { ?a ?b ?c . ?d ?e ?f }",
    "a string doubled 40 times": "SELECT ?x40 { BIND('0123456789' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
    + " }",
    "a regular expression that backtracks": "ASK { ?s ?p ?o "
    f"FILTER(REGEX('{'a' * 40}!', '^(a+)+$')) }}",
    "a regular expression of a million": "ASK { FILTER(REGEX('a', '((a{1000}){1000}){1000}')) }",
    "a replacement that grows": "SELECT (REPLACE(?c, '', ?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "a limit past all numbers": "SELECT * { ?s ?p ?o } LIMIT 99999999999999999999999999",
    "an offset past all numbers": "SELECT * { ?s ?p ?o } OFFSET 18446744073709551615",
    "a number of 20,000 digits": "SELECT (1" + "0" * 20_000 + " AS ?x) {}",
}
_LEAVING = {
    "service": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service silent": "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service escaped": "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service in a subselect": "SELECT * { { SELECT * { SERVICE ?x { ?s ?p ?o } } } }",
    "load": "LOAD <http://127.0.0.1:9/>",
    "load file": "LOAD <file:///etc/passwd>",
    "clear": "CLEAR ALL",
    "drop after a query": "SELECT * { ?s ?p ?o } ; DROP ALL",
    "insert": "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "from": "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }",
    "from file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "from named": "SELECT * FROM NAMED <http://127.0.0.1:9/> { GRAPH ?g { ?s ?p ?o } }",
}
_BODIES = {
    "entities that unfold": ("application/rdf+xml", BOMB),
    "entities as TriX": ("application/trix", BOMB),
    "JSON 100,000 deep": ("application/json", "[" * 100_000),
    "JSON of keys 5,000 deep": ("application/json", '{"a":' * 5_000 + "1" + "}" * 5_000),
    "JSON-LD 5,000 deep": ("application/ld+json", '{"urn:a":' * 5_000 + "1" + "}" * 5_000),
    "JSON-LD with a remote context": ("application/ld+json", '{"@context":"http://127.0.0.1:9/"}'),
    "Turtle [ 100,000 deep": ("text/turtle", "[ <urn:p> " * 100_000),
    "Turtle ( 100,000 deep": ("text/turtle", "<urn:a> <urn:p> " + "( " * 100_000),
    "Turtle <<( 100,000 deep": ("text/turtle", "<<( " * 100_000),
    "a literal of a megabyte": ("text/turtle", f'[] <{RECORD}id> "{"a" * 1_000_000}" .'),
    "20,000 triples": (
        "application/n-triples",
        "".join(f'_:a <{RECORD}id> "{n}" .\n' for n in range(15_000)),
    ),
    "20,000 codes": (
        "application/json",
        '{"diagnoses":[' + ",".join(['{"code":"Z99"}'] * 20_000) + "]}",
    ),
    "a number of 300,000 digits": (
        "application/json",
        '{"services":[{"units":1' + "0" * 300_000 + "}]}",
    ),
    "a million spaces": ("application/json", " " * 1_000_000),
}


def every_hostile() -> tuple[Hostile, ...]:
    """Return every hostile request."""
    queries = _DEPTH | _FLAT | _JOINS | _LEAVING
    return (
        *(Hostile(name, SPARQL, QUERY_TYPE, text.encode()) for name, text in queries.items()),
        *(Hostile(name, CASES, form, text.encode()) for name, (form, text) in _BODIES.items()),
    )
