"""Turn a checked record into the A-Box of its case: the one door from record to facts.

Every fact remembers the place in the record from which it comes. Codes and words are resolved
against the knowledge; what cannot be resolved becomes a notice, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg_engine.dictionary import Dictionary, plain_id
from kg_engine.knowledge import Knowledge
from kg_engine.levels import read_levels
from kg_engine.namespaces import CASE, NEC, TYPE, XSD
from kg_engine.record import CaseRecord, CodedEntry, ProcedureEntry
from kg_engine.sheet import Notice, Sheet, mentions, named, say_code, unread_words
from kg_engine.terms import IRI, Literal, Triple

CASE_NODE = CASE("case")
DOCUMENT_NODE = CASE("documentation")
REQUEST_LIMIT = 100


@dataclass(frozen=True, slots=True)
class ABox:
    """Hold the facts of a case, each with its path in the canonical record, and the notices."""

    facts: Mapping[Triple, str]
    notices: tuple[Notice, ...]
    procedures: tuple[IRI, ...]
    too_large: bool = False


def build_abox(record: CaseRecord, knowledge: Knowledge, words: Dictionary, *, policy: IRI) -> ABox:
    """Build the A-Box of a record under a policy."""
    sheet = Sheet(record, knowledge, words)
    _case(sheet, policy)
    procedures = _procedures(sheet)
    _diagnoses(sheet)
    _features(sheet, procedures)
    _documentation(sheet)
    services = _services(sheet)
    too_large = len(services) * len(procedures) > REQUEST_LIMIT
    if not too_large:
        _requests(sheet, procedures, services)
    return ABox(sheet.facts, tuple(sorted(set(sheet.notices))), tuple(procedures), too_large)


def _case(sheet: Sheet, policy: IRI) -> None:
    record, knowledge = sheet.record, sheet.knowledge
    sheet.say(CASE_NODE, TYPE, NEC.Case, "")
    sheet.say(CASE_NODE, NEC.underPolicy, policy, "/policy")
    day = record.date_of_service
    if day is not None:
        date = Literal(day.isoformat(), XSD.date)
        sheet.say(CASE_NODE, NEC.dateOfService, date, "/date_of_service")
        if knowledge.horizon is not None and day > knowledge.horizon:
            sheet.say(CASE_NODE, TYPE, NEC.BeyondHorizonCase, "/date_of_service")
    elif knowledge.dated_editions(policy):
        sheet.say(CASE_NODE, TYPE, NEC.UndatedCase, "")
    if record.risk_features.assessment_complete:
        path = "/risk_features/assessment_complete"
        sheet.say(CASE_NODE, TYPE, NEC.FullyAssessedCase, path)


def _procedures(sheet: Sheet) -> list[IRI]:
    nodes = []
    for i, entry in enumerate(sheet.record.procedures):
        path, node = f"/procedures/{i}", CASE(f"procedures/{i}")
        nodes.append(node)
        sheet.say(node, TYPE, NEC.Procedure, path)
        sheet.say(node, NEC.inCase, CASE_NODE, path)
        sheet.say(CASE_NODE, NEC.hasProcedure, node, path)
        coded = entry.code is not None and say_code(
            sheet, node, NEC.Procedure, entry.code, entry.system, path
        )
        named = _procedure_words(sheet, node, entry, path)
        if not coded and (entry.code is not None or not named):
            sheet.say(CASE_NODE, NEC.hasUnrecognised, node, path)
        _procedure_fields(sheet, node, entry, path)
    for one in nodes:
        for other in nodes:
            if one != other:
                sheet.say(one, NEC.performedWith, other, "/procedures")
    return nodes


def _procedure_fields(sheet: Sheet, node: IRI, entry: ProcedureEntry, path: str) -> None:
    for j, text in enumerate(entry.levels):
        place = f"{path}/levels/{j}"
        levels, left = read_levels(sheet.words.procedure_words, sheet.knowledge.graph, text)
        for level in levels:
            sheet.say(node, NEC.atLevel, level, place)
        if not levels or any(word.lower() not in sheet.words.idle_words for word in left):
            sheet.note("unrecognised", place, text, "no level, or more than levels, by that name")
            sheet.say(CASE_NODE, NEC.hasUnrecognised, node, place)
    if entry.approach:
        found = named(sheet.words.procedure_words, entry.approach, NEC.Approach)
        for approach in found:
            sheet.say(node, NEC.hasApproach, approach, f"{path}/approach")
        if not found:
            sheet.note(
                "unrecognised", f"{path}/approach", entry.approach, "no approach of that name"
            )
    if entry.laterality:
        side = sheet.words.ids.get((NEC.Laterality, plain_id(entry.laterality)))
        if side:
            sheet.say(node, NEC.hasLaterality, side, f"{path}/laterality")
        else:
            sheet.note(
                "unrecognised", f"{path}/laterality", entry.laterality, "no side of that name"
            )
    for key, stated in entry.statements:
        feature = sheet.words.record_keys.get(key)
        if feature is not None:
            p = NEC.presentFeature if stated else NEC.absentFeature
            sheet.say(node, p, feature, f"{path}/{key}")
        else:
            sheet.note("unused", f"{path}/{key}", key, "no feature is stated by this field")


def _procedure_words(sheet: Sheet, node: IRI, entry: ProcedureEntry, path: str) -> bool:
    if not entry.text:
        return False
    named = False
    place = f"{path}/text"
    for kind, concept in mentions(sheet, sheet.words.procedure_words, entry.text, place):
        if kind == NEC.Procedure and entry.code is None:
            sheet.say(node, TYPE, concept, place)
            named = True
        elif kind == NEC.Approach and not entry.approach:
            sheet.say(node, NEC.hasApproach, concept, place)
        elif kind == NEC.RiskFeature:
            sheet.say(node, NEC.suspectedFeature, concept, place)
    if not entry.levels:
        levels, _ = read_levels(sheet.words.procedure_words, sheet.knowledge.graph, entry.text)
        for level in levels:
            sheet.say(node, NEC.atLevel, level, place)
    if entry.code is None and not named:
        sheet.note("unrecognised", place, entry.text, "no procedure of that name")
    unread = unread_words(sheet, sheet.words.procedure_words, entry.text)
    if entry.code is None and named and unread:
        sheet.note("unrecognised", place, " ".join(unread), "words that may change the procedure")
    return named and not unread


def _diagnoses(sheet: Sheet) -> None:
    for i, entry in enumerate(sheet.record.diagnoses):
        path, node = f"/diagnoses/{i}", CASE(f"diagnoses/{i}")
        sheet.say(node, TYPE, NEC.Diagnosis, path)
        sheet.say(node, NEC.inCase, CASE_NODE, path)
        sheet.say(CASE_NODE, NEC.hasDiagnosis, node, path)
        coded = entry.code is not None and say_code(
            sheet, node, NEC.Diagnosis, entry.code, entry.system, path
        )
        named = _diagnosis_words(sheet, node, entry, path)
        if not coded and not named:
            sheet.say(CASE_NODE, NEC.hasUnrecognised, node, path)


def _diagnosis_words(sheet: Sheet, node: IRI, entry: CodedEntry, path: str) -> bool:
    if not entry.text:
        return False
    place = f"{path}/text"
    disorders = list(mentions(sheet, sheet.words.disorder_words, entry.text, place))
    for kind, concept in disorders:
        p = NEC.hasPathology if kind == NEC.Pathology else NEC.suggestsFeature
        sheet.say(node, p, concept, place)
    if entry.code is not None:
        return False
    sites = list(mentions(sheet, sheet.words.site_words, entry.text, place))
    for _, site in sites:
        sheet.say(node, NEC.statedSite, site, place)
    named = bool(disorders or sites)
    if disorders and not sites:
        sheet.say(node, NEC.statedSite, NEC.UnstatedSite, place)
    if not named:
        sheet.note("unrecognised", place, entry.text, "no site or disorder of that name")
    return named


def _features(sheet: Sheet, procedures: list[IRI]) -> None:
    stated = sheet.record.risk_features
    for ids, p, name in (
        (stated.present, NEC.presentFeature, "present"),
        (stated.absent, NEC.absentFeature, "absent"),
    ):
        for j, text in enumerate(ids):
            path = f"/risk_features/{name}/{j}"
            feature = sheet.words.ids.get((NEC.RiskFeature, plain_id(text)))
            if feature is None:
                sheet.note("unrecognised", path, text, "no risk feature of that id")
                if name == "present":
                    sheet.say(CASE_NODE, TYPE, NEC.UnclearFeatureCase, path)
                continue
            for node in procedures:
                sheet.say(node, p, feature, path)


def _documentation(sheet: Sheet) -> None:
    documentation = sheet.record.documentation
    if documentation.rationale or documentation.items:
        sheet.say(DOCUMENT_NODE, TYPE, NEC.Documentation, "/documentation")
        sheet.say(CASE_NODE, NEC.hasDocumentation, DOCUMENT_NODE, "/documentation")
    for j, text in enumerate(documentation.items):
        item = sheet.words.ids.get((NEC.DocumentationItem, plain_id(text)))
        path = f"/documentation/items/{j}"
        if item is not None:
            sheet.say(DOCUMENT_NODE, NEC.hasItem, item, path)
        else:
            sheet.note("unrecognised", path, text, "no documentation item of that id")
    if documentation.rationale:
        place = "/documentation/rationale"
        sheet.say(DOCUMENT_NODE, TYPE, NEC.ReasonedDocumentation, place)
        words = sheet.words.finding_words
        for kind, concept in mentions(sheet, words, documentation.rationale, place):
            risk = kind == NEC.RiskFeature or concept in sheet.words.risk_structures
            p = NEC.mentionsRisk if risk else NEC.mentions
            sheet.say(DOCUMENT_NODE, p, concept, place)


def _requests(sheet: Sheet, procedures: list[IRI], services: list[tuple[IRI, str]]) -> None:
    targets: list[IRI | None] = list(procedures) or [None]
    for i, (service, path) in enumerate(services):
        for k, procedure in enumerate(targets):
            node = CASE(f"requests/{i}-{k}")
            sheet.say(node, TYPE, NEC.ServiceRequest, path)
            sheet.say(node, NEC.inCase, CASE_NODE, path)
            sheet.say(node, NEC.requestedIn, CASE_NODE, path)
            sheet.say(CASE_NODE, NEC.hasRequest, node, path)
            sheet.say(node, NEC.forService, service, path)
            sheet.say(service, NEC.hasRequest, node, path)
            if procedure is None:
                continue
            sheet.say(node, NEC.forProcedure, procedure, path)
            if not sheet.record.services:
                sheet.say(node, NEC.anyModalityFor, procedure, path)
            for j in range(len(services)):
                if j != i:
                    sheet.say(node, NEC.besideRequest, CASE(f"requests/{j}-{k}"), path)


def _services(sheet: Sheet) -> list[tuple[IRI, str]]:
    found = []
    for i, entry in enumerate(sheet.record.services):
        path, node = f"/services/{i}", CASE(f"services/{i}")
        found.append((node, path))
        sheet.say(node, TYPE, NEC.Service, path)
        if entry.code is None or not say_code(
            sheet, node, NEC.Service, entry.code, entry.system, path
        ):
            sheet.say(node, TYPE, NEC.UnrecognisedService, path)
    if not found:
        node = CASE("services/unspecified")
        sheet.say(node, TYPE, NEC.Service, "")
        sheet.say(node, TYPE, NEC.UnspecifiedService, "")
        found.append((node, ""))
    for node, path in found:
        sheet.say(node, NEC.inCase, CASE_NODE, path)
        sheet.say(CASE_NODE, NEC.hasService, node, path)
    return found
