"""Number the terms of a case after those of its program."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg_engine.program import Fact, Program, normal
from kg_engine.terms import IRI, Literal, Term, Triple


@dataclass
class Numbering:
    """Map terms to numbers and back, those of a program and others met on the way."""

    program: Program
    literals: frozenset[int] = field(init=False)
    _known: int = field(init=False)
    _terms: list[Term] = field(default_factory=list, kw_only=True)
    _numbers: dict[Term, int] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        self._known = len(self.program.terms)
        self.literals = self.program.literals

    def number_of(self, triple: Triple) -> Fact:
        """Return the numbers of a triple; terms that have none get one."""
        s, p, o = normal(triple)
        return self.number(s), self.number(p), self.number(o)

    def number(self, term: Term) -> int:
        """Return the number of a term; a term new to the program gets the next one."""
        found = self.program.terms.get(term)
        if found is None:
            found = self._numbers.get(term)
        if found is None:
            found = self._numbers[term] = self._known + len(self._terms)
            self._terms.append(term)
            if isinstance(term, Literal):
                self.literals |= {found}
        return found

    def term(self, number: int) -> Term:
        """Return the term of a number."""
        known = self._known
        return self.program.terms[number] if number < known else self._terms[number - known]

    def fact(self, triple: Triple) -> Fact | None:
        """Return the numbers of a triple; None where some term has none."""
        known, own = self.program.terms, self._numbers
        s, p, o = triple if type(triple.o) is not Literal else normal(triple)
        one, two, three = own.get(s), known.get(p), own.get(o)
        one = known.get(s) if one is None else one
        two = own.get(p) if two is None else two
        three = known.get(o) if three is None else three
        if one is None or two is None or three is None:
            return None
        return one, two, three

    def triple(self, fact: Fact) -> Triple:
        """Return the triple of a numbered fact."""
        s, p, o = map(self.term, fact)
        return Triple(s, IRI(p) if isinstance(p, str) else IRI(""), o)
