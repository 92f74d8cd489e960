"""Say what a reviewer's page must hold: every claim, nothing from outside, nothing dressed up."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, determine, open_engine
from kg_engine.report_explanation import render_explanation
from kg_engine.report_html import render_html
from kg_engine.report_text import render_text
from kg_engine.report_view import NO_COMPARATOR, comparison

ROOT = Path(__file__).resolve().parents[2]
DAY = {"date_of_service": "2025-06-10"}
REVISION: dict[str, Any] = DAY | {
    "id": "case-1",
    "procedures": [{"code": "60260"}],
    "diagnoses": [{"code": "E04.1"}],
    "documentation": {
        "rationale": "remaining recurrent laryngeal nerve at risk in a scarred field"
    },
}
ROUTINE = DAY | {
    "procedures": [{"code": "60220"}],
    "diagnoses": [{"code": "E04.1"}],
    "risk_features": {"assessment_complete": True},
}
MIXED = DAY | {
    "procedures": [{"code": "22551"}],
    "diagnoses": [{"code": "M48.02"}],
    "services": [{"code": "95938"}, {"code": "95940"}],
    "risk_features": {"present": ["myelopathy", "no-such-feature"]},
}
CASES: dict[str, dict[str, Any]] = {
    "revision": REVISION, "routine": ROUTINE, "empty": {}, "mixed": MIXED,
}  # fmt: skip
VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = "</style><script>alert(1)</script>\"'><img src=http://x.example/>"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine()


@pytest.fixture(scope="module")
def documents(engine: Engine) -> dict[str, Document]:
    return {name: determine(case, engine).document for name, case in CASES.items()}


class Page(HTMLParser):
    """Read a page strictly: every tag is closed in order, every id is unique."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [str(value) for name, value in attrs if name == "id"]
        self.links += [str(value) for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_whole_and_asks_for_nothing_outside(
    documents: dict[str, Document], name: str
) -> None:
    text = render_html(documents[name])
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    for outward in ("url(http", "@import", "<script", "<link", "<img", "<iframe", " style="):
        assert outward not in text
    policies = [m["content"] for m in page.named("meta") if "http-equiv" in m]
    assert policies[0] is not None
    assert policies[0].startswith("default-src 'none'")
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("h1")) == len(page.named("main")) == 1
    assert all(th.get("scope") for th in page.named("th"))
    assert len(page.named("caption")) == len(page.named("table"))


def claims(document: Document) -> list[str]:
    found = [document["headline"], document["digest"], document["case_digest"]]
    found += [document["knowledge"]["digest"], document["knowledge"]["version_iri"]]
    found += [r["text"] for r in document["reasons"]]
    found += [s["text"] for s in document["steps"]]
    found += [r["text"] for r in document["recommendations"]]
    found += [e["text"] for e in document["evidence"]]
    found += [rule for c in document["conflicts"] for rule in c["rule"]]
    found += [m["text"] for m in document["missing"] if m["could_change_outcome"]]
    found += [n["text"] for k in ("unrecognised", "unused", "notes") for n in document[k]]
    found += document["unverified"]
    return found


@pytest.mark.parametrize("name", CASES)
def test_every_claim_stands_on_both_pages(documents: dict[str, Document], name: str) -> None:
    document = documents[name]
    page = Page(render_html(document)).said
    text = " ".join(render_text(document, colour=False, width=88).split())
    for claim in claims(document):
        assert " ".join(claim.split()) in page
        assert " ".join(claim.split()) in text


@pytest.mark.parametrize("name", CASES)
def test_the_whole_proof_stands_on_the_page_each_node_once(
    documents: dict[str, Document], name: str
) -> None:
    document = documents[name]
    page = Page(render_html(document))
    nodes = [i for i in page.ids if i.startswith("node-")]
    assert sorted(nodes) == sorted(f"node-{n['id']}" for n in document["proof"]["nodes"])


@pytest.mark.parametrize("name", CASES)
def test_the_decision_comes_first(documents: dict[str, Document], name: str) -> None:
    document = documents[name]
    word = document["outcome"].replace("_", " ")
    text = render_text(document, colour=False, width=60)
    assert word.upper() in text.splitlines()[0]
    html = render_html(document)
    assert html.index('id="outcome"') < html.index('id="steps"') < html.index('id="services"')
    assert "Human review" in html
    assert "Human review: required." in text


@pytest.mark.parametrize("name", CASES)
def test_text_keeps_to_its_width_and_to_ascii_where_it_must(
    documents: dict[str, Document], name: str
) -> None:
    text = render_text(documents[name], colour=False, width=90, ascii_only=True)
    assert text.isascii()
    body = text[: text.index("IDENTITY")]
    assert max(map(len, body.splitlines())) <= 90
    assert render_explanation(documents[name], [], width=90, ascii_only=True).isascii()


def test_colour_says_nothing_that_words_do_not(documents: dict[str, Document]) -> None:
    plain = render_text(documents["revision"], colour=False, width=88)
    coloured = render_text(documents["revision"], colour=True, width=88)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_what_comes_from_a_case_is_never_markup(engine: Engine) -> None:
    case = copy.deepcopy(REVISION)
    case["documentation"]["rationale"] = HOSTILE
    case["procedures"].append({"text": HOSTILE})
    case["id"] = HOSTILE
    document: Document = copy.deepcopy(determine(case, engine).document)
    document["steps"][0]["text"] = HOSTILE
    document["evidence"] = [{**evidence, "label": HOSTILE} for evidence in document["evidence"]]
    document["proof"]["nodes"][0]["text"] = HOSTILE
    text = render_html(document)
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    Page(text)


def test_a_terminal_obeys_no_case(documents: dict[str, Document]) -> None:
    document = copy.deepcopy(documents["mixed"])
    document["unrecognised"][0]["text"] = "\x1b]0;owned\x07\u202e"
    document["record"] = {"policy": "x", "text": "\x1b[2J"}
    page = render_text(document, colour=False, width=88)
    assert not re.search("[\x1b\x07\u202e]", page + render_explanation(document, [], width=88))


def figure(unit: str, **values: float) -> Document:
    named = {{"with_": "with"}.get(key, key): value for key, value in values.items()}
    return {"label": "rate", "measure": "the rate", "unit": unit, **named}


@pytest.mark.parametrize(
    ("comparator", "drawn", "shown"),
    [
        (True, figure("%", with_=7.8, without=19.0), True),
        (False, figure("%", with_=7.8, without=19.0), False),
        (True, figure("%", value=1.5), False),
        (True, figure("%", low=1, high=2), False),
        (True, figure("minutes", with_=3, without=4), False),
    ],
)
def test_only_rates_that_a_study_compares_are_drawn(
    documents: dict[str, Document], comparator: bool, drawn: Document, shown: bool
) -> None:
    document = copy.deepcopy(documents["revision"])
    evidence = document["evidence"][0]
    evidence.update(has_comparator=comparator, figures=[drawn], verification="unverified")
    document["evidence"] = [evidence]
    text = render_html(document)
    assert ("<svg" in text) is shown
    assert (comparison(evidence, drawn) is not None) is shown
    assert "unverified" in Page(text).said
    assert comparator or NO_COMPARATOR in Page(text).said.replace("Uncontrolled", "uncontrolled")


def test_an_unverified_figure_is_called_so_within_the_chart(
    documents: dict[str, Document],
) -> None:
    text = render_html(documents["revision"])
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    unverified = [e for e in documents["revision"]["evidence"] if e["verification"] == "unverified"]
    assert len(charts) >= len(unverified) > 0
    assert ">unverified</text>" in charts[0]
    assert "UNVERIFIED" in render_text(documents["revision"], colour=False, width=88)


def test_bars_begin_at_zero_and_keep_proportion(documents: dict[str, Document]) -> None:
    text = render_html(documents["revision"])
    bars = re.findall(r'class="bar (with|without)" x="(\d+)" y="\d+" width="([\d.]+)"', text)
    (_, left, first), (_, same, second) = bars[:2]
    assert left == same
    assert float(first) / float(second) == pytest.approx(7.8 / 19.0, abs=0.01)


def test_the_templates_are_packaged() -> None:
    folder = ROOT / "kg_engine" / "templates"
    assert {"report.html", "report.css"} <= {path.name for path in folder.iterdir()}
