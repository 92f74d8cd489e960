"""Turn a checked record into the A-Box of its case: the one door from record to facts.

Every fact remembers the place in the record from which it comes. Codes and words are resolved
against the knowledge; what cannot be resolved becomes a notice, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kg_engine.codes import CodeIndex, Kind, Resolution, in_force, index_codes, resolve
from kg_engine.knowledge import Knowledge
from kg_engine.levels import read_levels
from kg_engine.namespaces import CASE, NEC, SKOS, TYPE, XSD
from kg_engine.record import CaseRecord, CodedEntry, ProcedureEntry
from kg_engine.terms import IRI, Literal, Term, Triple
from kg_engine.text import Lexicon, build_lexicon, match

CASE_NODE = CASE("case")
DOCUMENT_NODE = CASE("documentation")
REQUEST_LIMIT = 300
_RISK_LINKS = (NEC.profileStructure, NEC.contains, NEC.hasNeuralPart, NEC.codeAssesses)


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Tell what became of a part of the record that no rule reads as it stands.

    ``kind`` is ``unrecognised``, ``ambiguous``, ``unused``, ``outdated`` or ``header``.
    """

    kind: str
    path: str
    text: str
    reason: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ABox:
    """Hold the facts of a case, each with its path in the canonical record, and the notices."""

    facts: Mapping[Triple, str]
    notices: tuple[Notice, ...]
    procedures: tuple[IRI, ...]
    too_large: bool = False


@dataclass(frozen=True)
class Dictionary:
    """Hold what the door needs of the knowledge: codes, words, and ids by kind."""

    codes: CodeIndex
    procedure_words: Lexicon
    finding_words: Lexicon
    site_words: Lexicon
    disorder_words: Lexicon
    ids: Mapping[tuple[IRI, str], IRI]
    record_keys: Mapping[str, IRI]
    risk_structures: frozenset[Term]


def build_dictionary(knowledge: Knowledge) -> Dictionary:
    """Build the dictionary of a knowledge once; it serves every case."""
    graph = knowledge.graph
    kinds = (NEC.RiskFeature, NEC.DocumentationItem, NEC.Laterality)
    ids = {
        (kind, _id(graph.text(term, SKOS.notation))): IRI(str(term))
        for kind in kinds
        for term in graph.subjects(TYPE, kind)
    }
    keys = {graph.text(t.s, NEC.recordKey): IRI(str(t.s)) for t in graph.about(NEC.recordKey)}
    return Dictionary(
        codes=index_codes(graph),
        procedure_words=build_lexicon(
            graph,
            instances_of=(NEC.Level, NEC.Approach, NEC.RiskFeature),
            subclasses_of=(NEC.Procedure,),
        ),
        finding_words=build_lexicon(
            graph, instances_of=(NEC.AnatomicalStructure, NEC.Pathology, NEC.RiskFeature)
        ),
        site_words=build_lexicon(graph, instances_of=(NEC.AnatomicalStructure,)),
        disorder_words=build_lexicon(graph, instances_of=(NEC.Pathology, NEC.RiskFeature)),
        ids=ids,
        record_keys=keys,
        risk_structures=frozenset(t.o for p in _RISK_LINKS for t in graph.about(p)),
    )


@dataclass
class _Desk:
    """Collect the facts and notices of one record."""

    record: CaseRecord
    knowledge: Knowledge
    words: Dictionary
    facts: dict[Triple, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def say(self, s: Term, p: IRI, o: Term, path: str) -> None:
        self.facts.setdefault(Triple(s, p, o), path)

    def note(self, kind: str, path: str, text: str, reason: str = "",
             candidates: Iterable[str] = ()) -> None:  # fmt: skip
        self.notices.append(Notice(kind, path, text, reason, tuple(sorted(candidates))))


def build_abox(
    record: CaseRecord, knowledge: Knowledge, words: Dictionary, *, policy: IRI
) -> ABox:
    """Build the A-Box of a record under a policy."""
    desk = _Desk(record, knowledge, words)
    _case(desk, policy)
    procedures = _procedures(desk)
    _diagnoses(desk)
    _features(desk, procedures)
    _documentation(desk)
    services = _services(desk)
    too_large = len(services) * len(procedures) > REQUEST_LIMIT
    if not too_large:
        _requests(desk, procedures, services)
    return ABox(desk.facts, tuple(sorted(set(desk.notices))), tuple(procedures), too_large)


def _case(desk: _Desk, policy: IRI) -> None:
    record, knowledge = desk.record, desk.knowledge
    desk.say(CASE_NODE, TYPE, NEC.Case, "")
    desk.say(CASE_NODE, NEC.underPolicy, policy, "/policy")
    day = record.date_of_service
    if day is not None:
        date = Literal(day.isoformat(), XSD.date)
        desk.say(CASE_NODE, NEC.dateOfService, date, "/date_of_service")
        if knowledge.horizon is not None and day > knowledge.horizon:
            desk.say(CASE_NODE, TYPE, NEC.BeyondHorizonCase, "/date_of_service")
    elif knowledge.dated_editions(policy):
        desk.say(CASE_NODE, TYPE, NEC.UndatedCase, "")
    if record.risk_features.assessment_complete:
        path = "/risk_features/assessment_complete"
        desk.say(CASE_NODE, TYPE, NEC.FullyAssessedCase, path)


def _procedures(desk: _Desk) -> list[IRI]:
    nodes = []
    for i, entry in enumerate(desk.record.procedures):
        path, node = f"/procedures/{i}", CASE(f"procedures/{i}")
        nodes.append(node)
        desk.say(node, TYPE, NEC.Procedure, path)
        desk.say(node, NEC.inCase, CASE_NODE, path)
        desk.say(CASE_NODE, NEC.hasProcedure, node, path)
        coded = entry.code is not None and _code(desk, node, entry.code, entry.system, path)
        named = _procedure_words(desk, node, entry, path)
        if not coded and (entry.code is not None or not named):
            desk.say(CASE_NODE, NEC.hasUnrecognised, node, path)
        _procedure_fields(desk, node, entry, path)
    for one in nodes:
        for other in nodes:
            if one != other:
                desk.say(one, NEC.performedWith, other, "/procedures")
    return nodes


def _procedure_fields(desk: _Desk, node: IRI, entry: ProcedureEntry, path: str) -> None:
    for j, text in enumerate(entry.levels):
        place = f"{path}/levels/{j}"
        levels = read_levels(desk.words.procedure_words, desk.knowledge.graph, text)
        for level in levels:
            desk.say(node, NEC.atLevel, level, place)
        if not levels:
            desk.note("unrecognised", place, text, "no level of that name")
            desk.say(CASE_NODE, NEC.hasUnrecognised, node, place)
    if entry.approach:
        found = _named(desk.words.procedure_words, entry.approach, NEC.Approach)
        for approach in found:
            desk.say(node, NEC.hasApproach, approach, f"{path}/approach")
        if not found:
            desk.note("unrecognised", f"{path}/approach", entry.approach, "no approach of that name")
    if entry.laterality:
        side = desk.words.ids.get((NEC.Laterality, _id(entry.laterality)))
        if side:
            desk.say(node, NEC.hasLaterality, side, f"{path}/laterality")
        else:
            desk.note("unrecognised", f"{path}/laterality", entry.laterality, "no side of that name")
    for key, stated in entry.statements:
        feature = desk.words.record_keys.get(key)
        if feature is not None:
            p = NEC.presentFeature if stated else NEC.absentFeature
            desk.say(node, p, feature, f"{path}/{key}")
        else:
            desk.note("unused", f"{path}/{key}", key, "no feature is stated by this field")


def _procedure_words(desk: _Desk, node: IRI, entry: ProcedureEntry, path: str) -> bool:
    if not entry.text:
        return False
    named = False
    place = f"{path}/text"
    for kind, concept in _mentions(desk, desk.words.procedure_words, entry.text, place):
        if kind == NEC.Procedure and entry.code is None:
            desk.say(node, TYPE, concept, place)
            named = True
        elif kind == NEC.Approach and not entry.approach:
            desk.say(node, NEC.hasApproach, concept, place)
        elif kind == NEC.RiskFeature:
            desk.say(node, NEC.presentFeature, concept, place)
    if not entry.levels:
        for level in read_levels(desk.words.procedure_words, desk.knowledge.graph, entry.text):
            desk.say(node, NEC.atLevel, level, place)
    if entry.code is None and not named:
        desk.note("unrecognised", place, entry.text, "no procedure of that name")
    return named


def _diagnoses(desk: _Desk) -> None:
    for i, entry in enumerate(desk.record.diagnoses):
        path, node = f"/diagnoses/{i}", CASE(f"diagnoses/{i}")
        desk.say(node, TYPE, NEC.Diagnosis, path)
        desk.say(node, NEC.inCase, CASE_NODE, path)
        desk.say(CASE_NODE, NEC.hasDiagnosis, node, path)
        coded = entry.code is not None and _code(desk, node, entry.code, entry.system, path)
        named = entry.code is None and _diagnosis_words(desk, node, entry, path)
        if not coded and not named:
            desk.say(CASE_NODE, NEC.hasUnrecognised, node, path)


def _diagnosis_words(desk: _Desk, node: IRI, entry: CodedEntry, path: str) -> bool:
    if not entry.text:
        return False
    place = f"{path}/text"
    disorders = list(_mentions(desk, desk.words.disorder_words, entry.text, place))
    sites = list(_mentions(desk, desk.words.site_words, entry.text, place))
    for kind, concept in disorders:
        p = NEC.hasPathology if kind == NEC.Pathology else NEC.indicatesFeature
        desk.say(node, p, concept, place)
    for _, site in sites:
        desk.say(node, NEC.statedSite, site, place)
    named = bool(disorders or sites)
    if disorders and not sites:
        desk.say(node, NEC.statedSite, NEC.UnstatedSite, place)
    if not named:
        desk.note("unrecognised", place, entry.text, "no site or disorder of that name")
    return named


def _features(desk: _Desk, procedures: list[IRI]) -> None:
    stated = desk.record.risk_features
    for ids, p, name in (
        (stated.present, NEC.presentFeature, "present"),
        (stated.absent, NEC.absentFeature, "absent"),
    ):
        for j, text in enumerate(ids):
            path = f"/risk_features/{name}/{j}"
            feature = desk.words.ids.get((NEC.RiskFeature, _id(text)))
            if feature is None:
                desk.note("unrecognised", path, text, "no risk feature of that id")
                if name == "present":
                    desk.say(CASE_NODE, TYPE, NEC.UnclearFeatureCase, path)
                continue
            for node in procedures:
                desk.say(node, p, feature, path)


def _documentation(desk: _Desk) -> None:
    documentation = desk.record.documentation
    if documentation.rationale or documentation.items:
        desk.say(DOCUMENT_NODE, TYPE, NEC.Documentation, "/documentation")
        desk.say(CASE_NODE, NEC.hasDocumentation, DOCUMENT_NODE, "/documentation")
    for j, text in enumerate(documentation.items):
        item = desk.words.ids.get((NEC.DocumentationItem, _id(text)))
        path = f"/documentation/items/{j}"
        if item is not None:
            desk.say(DOCUMENT_NODE, NEC.hasItem, item, path)
        else:
            desk.note("unrecognised", path, text, "no documentation item of that id")
    if documentation.rationale:
        place = "/documentation/rationale"
        desk.say(DOCUMENT_NODE, TYPE, NEC.ReasonedDocumentation, place)
        words = desk.words.finding_words
        for kind, concept in _mentions(desk, words, documentation.rationale, place):
            risk = kind == NEC.RiskFeature or concept in desk.words.risk_structures
            p = NEC.mentionsRisk if risk else NEC.mentions
            desk.say(DOCUMENT_NODE, p, concept, place)


def _requests(desk: _Desk, procedures: list[IRI], services: list[tuple[IRI, str]]) -> None:
    targets: list[IRI | None] = list(procedures) or [None]
    for i, (service, path) in enumerate(services):
        for k, procedure in enumerate(targets):
            node = CASE(f"requests/{i}-{k}")
            desk.say(node, TYPE, NEC.ServiceRequest, path)
            desk.say(node, NEC.inCase, CASE_NODE, path)
            desk.say(node, NEC.requestedIn, CASE_NODE, path)
            desk.say(CASE_NODE, NEC.hasRequest, node, path)
            desk.say(node, NEC.forService, service, path)
            desk.say(service, NEC.hasRequest, node, path)
            if procedure is None:
                continue
            desk.say(node, NEC.forProcedure, procedure, path)
            if not desk.record.services:
                desk.say(node, NEC.anyModalityFor, procedure, path)
            for j in range(len(services)):
                if j != i:
                    desk.say(node, NEC.besideRequest, CASE(f"requests/{j}-{k}"), path)


def _services(desk: _Desk) -> list[tuple[IRI, str]]:
    found = []
    for i, entry in enumerate(desk.record.services):
        path, node = f"/services/{i}", CASE(f"services/{i}")
        found.append((node, path))
        desk.say(node, TYPE, NEC.Service, path)
        if entry.code is None or not _code(desk, node, entry.code, entry.system, path):
            desk.say(node, TYPE, NEC.UnrecognisedService, path)
    if not found:
        node = CASE("services/unspecified")
        desk.say(node, TYPE, NEC.Service, "")
        desk.say(node, TYPE, NEC.UnspecifiedService, "")
        found.append((node, ""))
    for node, path in found:
        desk.say(node, NEC.inCase, CASE_NODE, path)
        desk.say(CASE_NODE, NEC.hasService, node, path)
    return found


def _code(desk: _Desk, node: IRI, code: str, system: str | None, path: str) -> bool:
    found = resolve(desk.words.codes, code, system)
    place = f"{path}/code"
    if found.kind is Kind.RESOLVED and found.concept is not None:
        desk.say(node, NEC.hasCode, found.concept, place)
        _validity(desk, node, found, found.concept, place)
        return True
    if found.kind is Kind.LISTED:
        desk.note("unused", place, found.code.strip(), "recognised; no rule reads this code")
        return True
    kind = "ambiguous" if found.kind is Kind.AMBIGUOUS else "unrecognised"
    desk.note(kind, place, code, str(found.reason), map(str, found.candidates))
    return False


def _validity(desk: _Desk, node: IRI, found: Resolution, concept: IRI, place: str) -> None:
    day = desk.record.date_of_service
    if day is not None and in_force(found, day) is False:
        desk.say(node, NEC.hasOutdatedCode, concept, place)
        desk.note("outdated", place, desk.knowledge.notation(concept), f"not valid on {day.isoformat()}")
    if found.header:
        desk.say(node, NEC.hasHeaderCode, concept, place)
        desk.note("header", place, desk.knowledge.notation(concept), "heads a group of codes and cannot be billed")


def _mentions(
    desk: _Desk, lexicon: Lexicon, text: str, place: str
) -> Iterable[tuple[IRI, IRI]]:
    for mention in match(lexicon, text):
        if mention.negated:
            continue
        kinds = [(lexicon.kinds[c][0], c) for c in mention.candidates]
        if len({kind for kind, _ in kinds}) < len(kinds):
            desk.note("ambiguous", place, mention.surface, "several concepts have this name",
                      map(str, mention.candidates))  # fmt: skip
            continue
        yield from kinds


def _named(lexicon: Lexicon, text: str, kind: IRI) -> list[IRI]:
    return [
        c for m in match(lexicon, text) if not m.negated
        for c in m.candidates if kind in lexicon.kinds[c]
    ]  # fmt: skip


def _id(text: str) -> str:
    return text.strip().lower().replace("_", "-").replace(" ", "-")
