"""Falsify determinations in one place each, and seal them again with right digests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kg_engine import verify

Json = dict[str, Any]
TYPE, SUBCLASS = verify.TYPE, verify.iri("rdfs:subClassOf")
DEFINITE = ("necessary", "not_necessary")
PRUNED = ("premise dropped", "premise replaced", "root replaced")
_STEPS = ("inference", "attestation", "contradiction")


@dataclass(frozen=True)
class Mutant:
    """A falsified determination: its class, what was done, to a node of which kind."""

    kind: str
    text: str
    document: Json
    at: str = ""


def sealed(document: Json) -> Json:
    """Return a document with the digests that its contents have."""
    document["case_digest"] = verify.digest_of(document["record"])
    kept = {k: v for k, v in document.items() if k not in ("case_id", "digest")}
    document["digest"] = verify.digest_of(kept)
    return document


class Falsifier:
    """Falsify one determination; ``dice`` chooses where."""

    def __init__(self, document: Json, dice: random.Random) -> None:
        self.text = json.dumps(document)
        self.dice = dice
        self.document: Json = {}

    def falsify(self, kind: str) -> Mutant | None:
        """Return a mutant of a class, or None where the determination offers no place for it."""
        self.document = json.loads(self.text)
        done = MUTATIONS[kind](self)
        if done is None:
            return None
        at, text = done
        if kind in PRUNED and self.document["outcome"] in DEFINITE and self.dice.random() < 0.5:
            self.prune()
        document = self.document if kind == "digest" else sealed(self.document)
        return Mutant(kind, text, document, at)

    @property
    def nodes(self) -> list[Json]:
        """Return the nodes."""
        found: list[Json] = self.document["proof"]["nodes"]
        return found

    def pick(self, *kinds: str) -> Json | None:
        """Return a node of some kinds."""
        fitting = [n for n in self.nodes if n["kind"] in kinds]
        return self.dice.choice(fitting) if fitting else None

    def another(self, node: Json) -> str | None:
        """Return the id of a node that is no premise of a node."""
        others = [n["id"] for n in self.nodes if n["id"] not in (*node["premises"], node["id"])]
        return self.dice.choice(others) if others else None

    def prune(self) -> None:
        """Take out what no root rests on any more."""
        nodes = {n["id"]: n for n in self.nodes}
        reached, waiting = set[str](), list(self.document["proof"]["roots"])
        while waiting:
            name = waiting.pop()
            if name in nodes and name not in reached:
                reached.add(name)
                waiting += nodes[name].get("premises", ())
        self.document["proof"]["nodes"] = [n for n in self.nodes if n["id"] in reached]

    def terms(self) -> list[str]:
        """Return the named terms of the proof."""
        triples = [n["triple"] for n in self.nodes if "triple" in n]
        return sorted({t for triple in triples for t in triple if t[0] == "<"})

    def add(self, **node: Any) -> str:
        """Add a node and return its id."""
        name = str(max((int(n["id"]) for n in self.nodes), default=0) + 1)
        self.nodes.append({"id": name, "text": "", **node})
        return name

    def node_of(self, triple: list[str], **leaf: Any) -> str:
        """Return the node that says a triple, added as a leaf if there is none."""
        found = next((n["id"] for n in self.nodes if n.get("triple") == triple), None)
        return found or self.add(triple=triple, **leaf)


Done = tuple[str, str] | None


def change_rule(f: Falsifier) -> Done:
    node = f.pick(*_STEPS)
    if node is None:
        return None
    names = [name for name in (*verify.TABLE, "cls-magic", "sh:conforms") if name != node["rule"]]
    old, node["rule"] = node["rule"], f.dice.choice(names)
    return node["kind"], f"{node['id']}: {old} becomes {node['rule']}"


def drop_premise(f: Falsifier) -> Done:
    node = f.pick(*_STEPS)
    if node is None:
        return None
    lost = node["premises"].pop(f.dice.randrange(len(node["premises"])))
    kind = "repeated" if lost in node["premises"] else node["kind"]
    return kind, f"{node['id']} loses premise {lost}"


def replace_premise(f: Falsifier) -> Done:
    node = f.pick(*_STEPS)
    other = f.another(node) if node else None
    if node is None or other is None:
        return None
    place = f.dice.randrange(len(node["premises"]))
    old, node["premises"][place] = node["premises"][place], other
    return node["kind"], f"{node['id']}: premise {old} becomes {other}"


def add_premise(f: Falsifier) -> Done:
    node = f.pick(*_STEPS)
    other = f.another(node) if node else None
    if node is None or other is None:
        return None
    node["premises"].append(other)
    return node["kind"], f"{node['id']} gains premise {other}"


def change_leaf(f: Falsifier) -> Done:
    return _change_triple(f, "axiom", "record")


def change_conclusion(f: Falsifier) -> Done:
    return _change_triple(f, "inference", "attestation")


def _change_triple(f: Falsifier, *kinds: str) -> Done:
    node = f.pick(*kinds)
    if node is None:
        return None
    place = f.dice.randrange(3)
    old = node["triple"][place]
    node["triple"][place] = f.dice.choice([t for t in f.terms() if t != old])
    return node["kind"], f"{node['id']}: {old} becomes {node['triple'][place]}"


def change_path(f: Falsifier) -> Done:
    node = f.pick("record")
    if node is None:
        return None
    paths = {n["path"] for n in f.nodes if "path" in n} | {"/procedures/9", "/diagnoses/0/code", ""}
    old, node["path"] = node["path"], f.dice.choice(sorted(paths - {node["path"]}))
    return "record", f"{node['id']}: {old} becomes {node['path']}"


def change_record(f: Falsifier) -> Done:
    record, dice = f.document["record"], f.dice
    places = [(owner, key) for owner, key in _leaves(record) if key != "id"]
    if not places:
        return None
    owner, key = dice.choice(places)
    old = owner[key]
    if isinstance(old, bool):
        owner[key] = not old
    elif key == "date_of_service":
        owner[key] = f.document["date_of_service"] = dice.choice(["1999-01-01", "2150-06-01"])
    elif dice.random() < 0.5:
        del owner[key]
        if key == "policy":
            owner[key] = old + "x"
    else:
        owner[key] = "zzz"
    new = owner[key] if _has(owner, key) else None
    if dice.random() < 0.9:
        f.document["record"] = _in_order(record)
    return "record", f"record: {old!r} becomes {new!r}"


def _in_order(value: Any) -> Any:
    """Return a value with its lists in order again, as the door would have it."""
    if isinstance(value, dict):
        return {key: _in_order(member) for key, member in value.items()}
    if not isinstance(value, list):
        return value
    members = {m if isinstance(m, str) else verify.canonical_text(m): m
               for m in map(_in_order, value)}  # fmt: skip
    return [members[key] for key in sorted(members)]


def _has(owner: Any, key: Any) -> bool:
    return key < len(owner) if isinstance(owner, list) else key in owner


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(pairs):
        if isinstance(member, dict | list):
            yield from _leaves(member)
        elif isinstance(member, str | bool):
            yield value, key


def change_file(f: Falsifier) -> Done:
    node = f.pick("axiom")
    if node is None:
        return None
    files = {n["file"] for n in f.nodes if "file" in n} | {"ontology/none.ttl", "ontology/core.ttl"}
    old, node["file"] = node["file"], f.dice.choice(sorted(files - {node["file"]}))
    return "axiom", f"{node['id']}: {old} becomes {node['file']}"


def change_digest(f: Falsifier) -> Done:
    owner, key = f.dice.choice(
        [(f.document["knowledge"], "digest"), (f.document, "case_digest"), (f.document, "digest")]
    )
    place = f.dice.randrange(7, len(owner[key]))
    digit = "0" if owner[key][place] != "0" else "1"
    owner[key] = owner[key][:place] + digit + owner[key][place + 1 :]
    if owner is not f.document:
        kept = {k: v for k, v in f.document.items() if k not in ("case_id", "digest")}
        f.document["digest"] = verify.digest_of(kept)
    return "", f"{key} differs at {place}"


def make_cycle(f: Falsifier) -> Done:
    nodes = {n["id"]: n for n in f.nodes}
    above = f.pick(*_STEPS)
    if above is None:
        return None
    below, waiting = [above], [above]
    while waiting:
        steps = [nodes[p] for p in waiting.pop()["premises"] if nodes[p].get("premises")]
        new = [n for n in steps if n not in below]
        below += new
        waiting += new
    node = f.dice.choice(below)
    node["premises"].append(above["id"])
    return node["kind"], f"{node['id']} rests on {above['id']}, which rests on it"


def forge_attestation(f: Falsifier) -> Done:
    """Attest the case, or a request, a class that it was not given, and call it an outcome."""
    shapes = ["NecessaryCaseShape", "NotNecessaryCaseShape"]
    held = {tuple(n["triple"]) for n in f.nodes if n["kind"] == "attestation"}
    shape = f.dice.choice(shapes)
    class_ = verify.iri(f"nec:{shape.removesuffix('Shape')}")
    if (verify.CASE, TYPE, class_) in held:
        shape = next(s for s in shapes if s != shape)
        class_ = verify.iri(f"nec:{shape.removesuffix('Shape')}")
    head = f.node_of([verify.iri(f"nec:{shape}"), verify.ATTESTS, class_],
                     kind="axiom", file="shapes/decision.ttl")  # fmt: skip
    member = f.node_of([verify.CASE, TYPE, verify.iri("nec:Case")], kind="record", path="/")
    values = [n["id"] for n in f.nodes
              if n.get("triple", [""])[:2] == [verify.CASE, verify.iri("nec:hasService")]]  # fmt: skip
    root = f.add(kind="attestation", rule="sh:conforms", premises=[head, member, *values],
                 triple=[verify.CASE, TYPE, class_])  # fmt: skip
    f.document["proof"]["roots"].append(root)
    f.document["outcome"] = "necessary" if shape == shapes[0] else "not_necessary"
    return "attestation", f"{shape} attests the case"


def forge_axiom(f: Falsifier) -> Done:
    """Say that some class implies another, and step there."""
    members = [n for n in f.nodes if n.get("triple", ["", ""])[1] == TYPE]
    if not members:
        return None
    member = f.dice.choice(members)
    goal = verify.iri(f"nec:{f.dice.choice(['NecessaryCase', 'NecessaryRequest', 'Routine'])}")
    files = sorted({n["file"] for n in f.nodes if "file" in n} | {"ontology/core.ttl"})
    s, _, class_ = member["triple"]
    axiom = f.add(kind="axiom", triple=[class_, SUBCLASS, goal], file=f.dice.choice(files))
    root = f.add(kind="inference", rule="cax-sco", premises=[axiom, member["id"]],
                 triple=[s, TYPE, goal])  # fmt: skip
    f.document["proof"]["roots"].append(root)
    return "axiom", f"{class_} is said to imply {goal}"


def replace_root(f: Falsifier) -> Done:
    roots = f.document["proof"]["roots"]
    others = [n["id"] for n in f.nodes if n["id"] not in roots]
    if not roots or not others:
        return None
    place = f.dice.randrange(len(roots))
    old, roots[place] = roots[place], f.dice.choice([*others, "nowhere"])
    below = any(old in n.get("premises", ()) for n in f.nodes)
    return "below another" if below else "", f"root {old} becomes {roots[place]}"


def change_outcome(f: Falsifier) -> Done:
    owner = f.dice.choice([f.document, f.document, *f.document["services"]])
    old = owner["outcome"]
    owner["outcome"] = f.dice.choice([o for o in verify.OUTCOMES if o != old])
    return owner["outcome"], f"{old} becomes {owner['outcome']}"


def assume(f: Falsifier) -> Done:
    """Call a leaf of the record an assumption, or assume a feature that nobody asks for."""
    node = f.pick("record")
    f.document["proof"]["assumes"] = True
    if node is not None and f.dice.random() < 0.5:
        node["kind"] = "assumption"
        del node["path"]
        return "record", f"{node['id']} is called an assumption"
    named = sorted({t for t in f.terms() if t.startswith("<urn:case:procedures/")})
    subject = f.dice.choice(named) if named else verify.iri("case:procedures/0")
    root = f.add(kind="assumption", triple=[subject, verify.iri("nec:presentFeature"),
                                            verify.iri("nec:Case")])  # fmt: skip
    f.document["proof"]["roots"].append(root)
    return "assumption", "a feature that nobody asks for is assumed"


MUTATIONS: dict[str, Callable[[Falsifier], Done]] = {
    "rule changed": change_rule,
    "premise dropped": drop_premise,
    "premise replaced": replace_premise,
    "premise added": add_premise,
    "leaf changed": change_leaf,
    "conclusion changed": change_conclusion,
    "path changed": change_path,
    "record changed": change_record,
    "file changed": change_file,
    "digest": change_digest,
    "cycle": make_cycle,
    "attestation forged": forge_attestation,
    "axiom forged": forge_axiom,
    "root replaced": replace_root,
    "outcome changed": change_outcome,
    "assumption": assume,
}
