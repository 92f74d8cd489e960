"""Tell a determination in sentences; every claim is a member of the document, none is added."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def narrate(document: Json) -> list[str]:
    """Return the sentences, the decision first."""
    found = [document["headline"]]
    found += [f"Reason: {r['text']}" for r in document["reasons"]]
    found += [text[:1].upper() + text[1:] + "." for text in document["contradictions"]]
    found += [_step(s) for s in document["steps"]]
    found += [_voice(r) for r in document["recommendations"]]
    found += [_figures(e) for e in document["evidence"] if e["figures"]]
    decisive = [m["label"] for m in document["missing"] if m["could_change_outcome"]]
    if decisive:
        found.append("Missing and able to change the outcome: " + ", ".join(decisive) + ".")
    if document["presumptive_outcome"] and document["outcome"] == "indeterminate":
        presumed = document["presumptive_outcome"].replace("_", " ")
        found.append(f"If nothing more is present and the documentation is supplied: {presumed}.")
    for notice in document["unrecognised"]:
        found.append(f"Not recognised at {notice['path']}: {notice['text']}.")
    found.append("A licensed reviewer decides; this answer advises.")
    return found


def _step(step: Json) -> str:
    label = step["label"][:1].upper() + step["label"][1:]
    facts = "".join(f" {k}: {', '.join(v)}." for k, v in step["facts"].items())
    return f"{label}: {step['status'].replace('_', ' ')}. {step['text']}{facts}"


def _voice(voice: Json) -> str:
    issuer = ", ".join(voice["issuer"]) or "unnamed issuer"
    grade = voice["strength"]
    strength = f"; strength {grade['native']} ({grade['scale']})" if grade else ""
    rank = "prevails" if voice["prevails"] else "is heard and does not decide"
    disputed = " Its attribution is disputed." if voice["disputed"] else ""
    return f"{voice['label'].capitalize()} ({voice['direction']}; {issuer}{strength}) {rank}.{disputed}"


def figure_text(figure: Json) -> str:
    """Return one figure in words, with what it compares."""
    unit = f" {figure['unit']}" if figure["unit"] else ""
    if "with" in figure:
        text = f"{figure['with']}{unit} with, {figure['without']}{unit} without"
    elif "numerator" in figure and "denominator" in figure:
        share = f" ({figure['value']}{unit})" if "value" in figure else ""
        text = f"{figure['numerator']} of {figure['denominator']}{share}"
    elif "low" in figure and "high" in figure:
        text = f"{figure['low']} to {figure['high']}{unit}"
    else:
        text = f"{figure.get('value', figure.get('numerator', ''))}{unit}"
    significance = f", {figure['significance']}" if figure.get("significance") else ""
    return f"{figure['measure']}: {text}{significance}"


def _figures(evidence: Json) -> str:
    figures = "; ".join(figure_text(f) for f in evidence["figures"])
    kind = evidence["study_type"] or "study type unknown"
    comparator = "" if evidence["has_comparator"] else ", no comparator"
    return f"{figures} ({kind}{comparator}; {evidence['verification'].replace('_', ' ')})."
