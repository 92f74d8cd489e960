"""No clinical fact stands in Python: not a label, synonym, notation or code of the ontology.

Every string and every name in the source of the engine and of the service is cut into words and
looked up among the words of the clinical terms. Words that are also plain English, and that the
code uses as such, are listed with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_engine import Engine
from kg_engine.namespaces import NEC, OWL, RDFS, SKOS, TYPE
from kg_engine.terms import IRI, Literal, Term, local_name

KINDS = (
    NEC.AnatomicalStructure,
    NEC.Approach,
    NEC.BroadSite,
    NEC.Code,
    NEC.Level,
    NEC.Modality,
    NEC.Pathology,
    NEC.Policy,
    NEC.ProcedureProfile,
    NEC.Recommendation,
    NEC.Region,
    NEC.RiskFeature,
    NEC.Source,
)
CLASS_ROOTS = (NEC.Procedure, NEC.Service, NEC.ServiceRequest)
PLAIN_ENGLISH = {
    "open": "an approach; here a file is opened, and a question is open",
}

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def words(text: str) -> tuple[str, ...]:
    """Cut text or an identifier into lower-case words, codes and numbers."""
    return tuple(w.lower() for w in _WORD.findall(text))


def is_shared(term: Term) -> bool:
    """Say whether a term belongs to the vocabulary that every topic shares."""
    return isinstance(term, IRI) and term.startswith(NEC.base)


def clinical_terms(engine: Engine) -> Iterator[Term]:
    """Yield the individuals of the clinical kinds and the topic's classes of case parts."""
    graph = engine.knowledge.graph
    for kind in KINDS:
        yield from (s for s in graph.subjects(TYPE, kind) if not is_shared(s))
    own = {t.s for t in graph.about(TYPE) if t.o == OWL.Class and not is_shared(t.s)}
    below: set[Term] = set(CLASS_ROOTS)
    grown = True
    while grown:
        found = {t.s for t in graph.about(RDFS.subClassOf) if t.o in below} - below
        grown = bool(found)
        below |= found
    yield from own & below


def phrases(engine: Engine) -> dict[tuple[str, ...], str]:
    """Return the words of every name that a clinical term goes by, with the term's local name."""
    graph = engine.knowledge.graph
    found: dict[tuple[str, ...], str] = {}
    for term in clinical_terms(engine):
        names = [local_name(str(term))] if isinstance(term, IRI) else []
        for p in (RDFS.label, SKOS.altLabel, SKOS.notation):
            names += [o.lexical for o in graph.objects(term, p) if isinstance(o, Literal)]
        for name in names:
            phrase = words(name)
            if sum(map(len, phrase)) > 2:
                found.setdefault(phrase, local_name(str(term)))
    return found


def spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every string and every name of a module with its line."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Constant(value=str(text)):
                yield line, text
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int(number)):
                yield line, str(number)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield line, name
            case ast.keyword(arg=str(name)) | ast.alias(name=name):
                yield line, name
            case (
                ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                yield line, name


def hits(text: str, known: dict[tuple[str, ...], str], longest: int) -> Iterator[tuple[str, str]]:
    """Yield each phrase of ``known`` in a text, and the term that it names."""
    said = words(text)
    for start in range(len(said)):
        for end in range(start + 1, min(start + longest, len(said)) + 1):
            if term := known.get(said[start:end]):
                yield " ".join(said[start:end]), term


@pytest.fixture(scope="module")
def known(engine: Engine) -> dict[tuple[str, ...], str]:
    """Return the phrases of the shipped ontology."""
    return phrases(engine)


def source_files(root: Path) -> list[Path]:
    """Return every Python file of the engine and of the service."""
    return sorted([*(root / "kg_engine").rglob("*.py"), *(root / "api").rglob("*.py")])


def test_no_clinical_word_stands_in_python(root: Path, known: dict[tuple[str, ...], str]) -> None:
    longest = max(map(len, known))
    found = [
        f"{path.relative_to(root)}:{line}: {phrase!r} names {term}"
        for path in source_files(root)
        for line, text in spoken(ast.parse(path.read_bytes()))
        for phrase, term in hits(text, known, longest)
        if phrase not in PLAIN_ENGLISH
    ]
    assert not found, "\n".join(sorted(set(found)))


def test_the_list_of_plain_words_is_needed(root: Path, known: dict[tuple[str, ...], str]) -> None:
    longest = max(map(len, known))
    used = {
        phrase
        for path in source_files(root)
        for _, text in spoken(ast.parse(path.read_bytes()))
        for phrase, _ in hits(text, known, longest)
    }
    assert set(PLAIN_ENGLISH) <= used


@pytest.mark.parametrize(
    "line",
    [
        'CODE = "60260"',
        "LIMIT = 60260",
        "is_thyroid_gland = True",
        "def recurrentLaryngealNerve(): ...",
        'x = f"risk to the spinal cord of {y}"',
        "nec.IONM.SpinalCord",
        '"""As 95938 does."""',
        'f(sensory="SSEP")',
        '"C73"',
    ],
)
def test_a_planted_fact_is_found(line: str, known: dict[tuple[str, ...], str]) -> None:
    longest = max(map(len, known))
    texts = [text for _, text in spoken(ast.parse(line))]
    assert [hit for text in texts for hit in hits(text, known, longest)]


def test_the_search_knows_the_whole_ontology(known: dict[tuple[str, ...], str]) -> None:
    assert len(known) > 2000
