"""List the ways in: one line each. A door of the service that has no line here fails a test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.silence.payloads import JSON, JSONLD, NTRIPLES, RDFXML, TRIX, TURTLE, XML

DETERMINATIONS, KEPT = "/v1/determinations", "/v1/determinations/{kept}"
NDJSON = "application/x-ndjson"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
ANY = (JSON, JSONLD, TURTLE, NTRIPLES, RDFXML, TRIX, XML, "")
"""Media types under which a body is sent, besides its own: readers are chosen by what is claimed."""
Wrap = Callable[[str], str]


def bare(text: str) -> str:
    """Return a text as it is."""
    return text


def valued(text: str) -> object:
    """Return a text as the JSON that it is, or else as a text."""
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    return found


def of_form(name: str) -> Wrap:
    """Return a way to send a text as a field of a form."""
    return lambda text: f"{name}={quote(text, safe='')}"


@dataclass(frozen=True)
class Door:
    """A way in that takes a body."""

    method: str
    path: str
    forms: tuple[str, ...] = ANY
    wrap: Wrap = bare


@dataclass(frozen=True)
class Place:
    """A way in that takes a text within a request: in its path or query, for ``{}``."""

    path: str
    takes: str = "addresses"


DOORS = (
    Door("POST", DETERMINATIONS),
    Door("POST", f"{DETERMINATIONS}?all_policies=true", (JSON, JSONLD)),
    Door("POST", "/v1/batches?full=true", (JSON, NDJSON), lambda t: f"[{t}]"),
    Door("POST", "/v1/batches", (NDJSON,), lambda t: " ".join(t.splitlines()) + "\n"),
    Door("POST", "/v1/what-if", (JSON, JSONLD), lambda t: json.dumps({"case": valued(t)})),
    Door("POST", "/v1/what-if", (JSON,), lambda t: json.dumps({"case": {}, "patch": valued(t)})),
    Door("POST", "/v1/what-if", (JSON,), lambda t: json.dumps({"case": {}, "policy": t[:190]})),
    Door("POST", f"{KEPT}/reviews", (JSON,), lambda t: json.dumps(
        {"reviewer": t[:190], "decision": "denied", "reason": t[:3900]})),
    Door("POST", "/admin/knowledge", (JSON, TURTLE)),
    Door("POST", "/sparql", (QUERY, TURTLE)),
    Door("POST", "/sparql", (FORM,), of_form("query")),
    Door("POST", "/sparql", (FORM,), of_form("query=ASK%7B%7D&default-graph-uri")),
    Door("PUT", f"{DETERMINATIONS}/x", (JSON, TURTLE)),
)  # fmt: skip

QUERY_DOORS = (
    Door("POST", "/sparql", (QUERY, UPDATE, "text/plain")),
    Door("POST", "/sparql", (FORM,), of_form("query")),
    Door("POST", "/sparql", (FORM,), of_form("update")),
    Door("POST", "/v1/derivations", (JSON, QUERY)),
    Door("POST", DETERMINATIONS, (JSON, TURTLE)),
)

PLACES = (
    Place("/v1/terms?q={}"),
    Place("/v1/terms?q=nerve&kind={}"),
    Place("/v1/terms?q=nerve&limit={}"),
    Place("/v1/policies?as_of={}"),
    Place("/v1/requirements?procedure={}"),
    Place("/v1/requirements?procedure=60220&service={}"),
    Place("/v1/requirements?procedure=60220&policy={}"),
    Place("/v1/requirements?procedure=60220&date={}"),
    Place(f"{DETERMINATIONS}/{{}}"),
    Place(f"{DETERMINATIONS}/{{}}/verify"),
    Place(f"{DETERMINATIONS}/{{}}/replay"),
    Place(f"{DETERMINATIONS}/{{}}/reviews"),
    Place(f"{KEPT}?format={{}}"),
    Place("/sparql?query={}", "queries"),
    Place("/sparql?update={}", "queries"),
    Place("/sparql?query=ASK%7B%7D&default-graph-uri={}"),
    Place("/sparql?query=ASK%7B%7D&named-graph-uri={}"),
    Place("/sparql?query=ASK%7B%7D&format={}"),
    Place("/sparql/.well-known/void?{}"),
    Place("/.well-known/void?{}"),
    Place("/id/{}"),
    Place("/id/nec/{}"),
    Place("/doc/nec/{}.ttl"),
    Place("/doc/{}/Policy.html"),
    Place("/id?iri={}"),
    Place("/v1/derivations?triple={}"),
    Place("/v1/derivations?s={}&p=x&o=x"),
    Place("/v1/derivations?subject={}&predicate=x&object=x"),
    Place("/v1/derivations/{}"),
    Place("/{}"),
    Place("/docs?{}"),
    Place("/openapi.json?url={}"),
    Place("/metrics?name[]={}"),
    Place("/livez?{}"),
    Place("/readyz?{}"),
)

HEADERS = (
    "Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Prefix",
    "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-Real-IP", "True-Client-IP", "Via",
    "Referer", "Origin", "From", "Cookie", "Authorization", "X-Request-ID", "Traceparent",
    "Idempotency-Key", "Accept", "Accept-Profile", "Accept-Language", "Prefer", "Expect",
    "If-None-Match", "If-Modified-Since", "Range", "Destination", "SOAPAction", "Profile",
    "Content-Location", "Content-Base", "Content-Type", "Content-Profile", "Link", "Upgrade",
    "X-HTTP-Method-Override", "X-Callback-URL", "X-Wap-Profile", "Proxy", "Proxy-Connection",
)  # fmt: skip
HEADER_FORMS = (
    "{}",
    "<{}>",
    'application/ld+json; profile="{}"',
    '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
)

TARGETS = ("GET %URL% HTTP/1.1", "CONNECT 127.0.0.1:%PORT% HTTP/1.1", "GET //127.0.0.1:%PORT%/ HTTP/1.1",
           "GET @127.0.0.1:%PORT%/ HTTP/1.1", "POST %FILE% HTTP/1.1", "GET file:///etc/passwd HTTP/1.1",
           "OPTIONS %URL% HTTP/1.1", "TRACE %URL% HTTP/1.1", "PROPFIND /v1/terms HTTP/1.1",
           "GET /../../../../../../etc/passwd HTTP/1.1", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1")  # fmt: skip
"""First lines of requests that a proxy would pass on."""

FORMS_OF_ANSWERS = ("application/json", "text/html", "text/turtle", "application/ld+json",
                    "application/vnd.ionm.proof+json")  # fmt: skip


def templates() -> set[str]:
    """Return the fixed beginning of every path that is tried."""
    paths = [door.path for door in (*DOORS, *QUERY_DOORS)] + [place.path for place in PLACES]
    return {path.partition("?")[0] for path in paths}
