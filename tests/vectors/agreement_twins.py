"""Agreements, good and bad: every twin is signed by all parties again, as if nothing were wrong."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vector_material as material
from twins import Case, compact, document_faults, envelope_faults, outer_change, signature_faults
from vector_material import signed, unbase64

from cleanroom.trust.agreement import AGREEMENT_TYPE

BOTH = ("platform", "brand")
Document = dict[str, Any]


def agreement_files(root: Path) -> tuple[list[Case], dict[str, object]]:
    good = signed(material.agreement(root / "agreement"), AGREEMENT_TYPE, *BOTH)
    unsigned = "trust.agreement_unsigned"
    outer, body = unbase64(good)
    document = json.loads(body)
    half = outer_change(good, signatures=outer["signatures"][:1])
    cases = [
        Case("good.json", "", None, good),
        Case("half-signed.json", "the brand has not signed", unsigned, half),
        Case("draft.json", "the brand has not brought its part", *_draft()),
        *envelope_faults(good),
        *(c for c in document_faults(good, AGREEMENT_TYPE, *BOTH) if "version" not in c.file),
        *signature_faults(good, AGREEMENT_TYPE, unsigned),
        *(
            Case(f"{name}.json", fault, error, _changed(document, change))
            for name, (fault, error, change) in {**DATES, **RULES, **DATA, **POLICIES}.items()
        ),
    ]
    facts = {
        "agreement_id": document["id"],
        "sha256": material.codec.sha256_hex(body),
        "secret_info_prefix": "dcr/match/1 NUL sha256-of-the-rest NUL party",
        "tokens": {p: list(map(str, material.token(p, document["id"]))) for p in material.PHONES},
    }
    return cases, facts


def _draft() -> tuple[str, bytes]:
    whole = material.proposed()
    document = json.loads(compact(json.loads(material.codec.encode(whole))))
    document["datasets"] = document["datasets"][:1]
    del document["policies"]["brand"]
    document["effective"] = None
    return "trust.agreement_draft", signed(compact(document), AGREEMENT_TYPE)


def _changed(document: Document, change: Callable[[Document], object]) -> bytes:
    twin = copy.deepcopy(document)
    change(twin)
    return signed(compact(twin), AGREEMENT_TYPE, *BOTH)


def _set(*path: str | int, to: object) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _append(*path: str | int, value: object) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        place: Any = document
        for step in path:
            place = place[step]
        place.append(value)

    return change


RULE = "trust.agreement_rule"
EMAIL = {"kind": "email", "recipe": "email-basic/1", "token_base": "plain"}
CHANNEL = ("datasets", 0, "tables", "exposures", "channel")
AGE = ("datasets", 0, "tables", "people", "a_age_band")
PAID = ("datasets", 1, "tables", "conversions", "paid")
Fault = tuple[str, str, Callable[[Document], object]]

DATES: dict[str, Fault] = {
    "expired": ("it ended", "trust.agreement_expired", _set("expires", to="2026-03-02T09:00:00Z")),
    "not-yet": (
        "it begins later",
        "trust.agreement_not_yet",
        _set("not_before", to="2026-03-03T09:00:00Z"),
    ),
    "dates-reversed": (
        "it ends before it begins",
        RULE,
        _set("expires", to="2026-02-01T00:00:00Z"),
    ),
    "date-local": (
        "a moment without Z",
        "trust.malformed",
        _set("expires", to="2027-03-02T09:00:00+00:00"),
    ),
    "period-reversed": (
        "a period from late to early",
        "trust.period",
        _set("datasets", 0, "end", to="2024-12-31"),
    ),
    "period-loose": (
        "a day in another spelling",
        "trust.period",
        _set("datasets", 0, "start", to="20250101"),
    ),
}

RULES: dict[str, Fault] = {
    "format-version": ("the next version of the format", RULE, _set("v", to=2)),
    "id": ("an id that is a path", RULE, _set("id", to="../../etc/passwd")),
    "version-without-predecessor": ("version 2 follows nothing", RULE, _set("version", to=2)),
    "first-with-predecessor": (
        "version 1 follows something",
        RULE,
        _set("predecessor", to="ab" * 32),
    ),
    "title-bidi": ("a title that turns the direction", RULE, _set("title", to="Vec\u202etors")),
    "purpose-empty": ("an empty purpose", RULE, _set("purposes", to=[""])),
    "party-name": ("a party name with a dot", RULE, _set("parties", 0, "name", to="plat.form")),
    "party-twice": ("two parties of one name", RULE, _set("parties", 1, "name", to="Platform")),
    "key-twice": (
        "two parties with one signing key",
        RULE,
        lambda d: d["parties"][1]["card"].update(
            signing_key=d["parties"][0]["card"]["signing_key"]
        ),
    ),
    "card-bidi": (
        "an organisation that turns the direction",
        "input.label",
        _set("parties", 1, "card", "name", to="Brand\u202e"),
    ),
    "card-weak": (
        "a signing key of small order",
        "trust.malformed",
        _set("parties", 1, "card", "signing_key", to="01" + "00" * 31),
    ),
    "host": ("a host that is no party", RULE, _set("host", to="cloud")),
    "idle-party": (
        "a party that neither brings data nor hosts",
        RULE,
        _set("parties", 1, "brings_data", to=False),
    ),
    "role": ("a neutral host that brings data", RULE, _set("parties", 0, "role", to="host")),
    "analysis": (
        "an analysis nobody knows",
        RULE,
        _append("analyses", value={"id": "A99", "receivers": ["brand"]}),
    ),
    "analysis-twice": (
        "one analysis twice",
        RULE,
        _append("analyses", value={"id": "A03", "receivers": ["brand"]}),
    ),
    "first-release": ("no A01, the mandatory first release", RULE, lambda d: d["analyses"].pop(0)),
    "receiver": (
        "a receiver that is no party",
        RULE,
        _set("analyses", 0, "receivers", to=["broker"]),
    ),
    "no-receiver": ("nobody receives the result", RULE, _set("analyses", 0, "receivers", to=[])),
    "isolation": ("isolation level 4", RULE, _set("min_isolation", to=4)),
    "session-hours": ("a session of no hours", RULE, _set("session_hours", to=0)),
    "time-zone": ("a time zone that is a path", RULE, _set("time_zone", to="../../etc/passwd")),
    "currency": ("a currency that is none", RULE, _set("currency", to="yuan")),
    "record-control": (
        "a line break in the data-protection record",
        RULE,
        _set("data_protection", "responsible", to="a\nb"),
    ),
    "secret-missing": ("signed without a matching secret", RULE, _set("matching_secret", to=[])),
    "secret-for-one": (
        "no matching secret for the brand",
        RULE,
        lambda d: d["matching_secret"].pop(),
    ),
    "secret-upper-case": (
        "a sealed secret in capital hex",
        "trust.malformed",
        lambda d: d["matching_secret"][0].update(sealed=d["matching_secret"][0]["sealed"].upper()),
    ),
}

DATA: dict[str, Fault] = {
    "two-kinds": (
        "two kinds of identifier with differential privacy",
        "trust.dp_one_kind",
        _append("identifiers", value=EMAIL),
    ),
    "recipe": ("a recipe nobody knows", RULE, _set("identifiers", 0, "recipe", to="phone/9")),
    "kind": (
        "a kind that the recipe does not make",
        RULE,
        _set("identifiers", 0, "kind", to="email"),
    ),
    "token-base": (
        "a token base nobody knows",
        RULE,
        _set("identifiers", 0, "token_base", to="sha1"),
    ),
    "kind-twice": (
        "one kind twice",
        RULE,
        _append(
            "identifiers", value={"kind": "phone", "recipe": "phone-e164/1", "token_base": "plain"}
        ),
    ),
    "no-identifier": ("nothing to match by", RULE, _set("identifiers", to=[])),
    "owner": ("a dataset of nobody", RULE, _set("datasets", 0, "party", to="broker")),
    "owner-twice": (
        "two datasets of one party",
        RULE,
        lambda d: d["datasets"].append(d["datasets"][1]),
    ),
    "owner-order": (
        "datasets in another order than the parties",
        RULE,
        lambda d: d["datasets"].reverse(),
    ),
    "table": ("a table nobody knows", RULE, _set("datasets", 0, "tables", "secrets", to={})),
    "column": (
        "a column nobody knows",
        RULE,
        _set(
            "datasets",
            0,
            "tables",
            "people",
            "salary",
            to={"type": "integer", "domain": [], "cap": 0, "missing": True, "sensitive": False},
        ),
    ),
    "column-name": (
        "a column name with a quote",
        RULE,
        lambda d: d["datasets"][0]["tables"]["people"].update(
            {'a_"x': d["datasets"][0]["tables"]["people"]["a_age_band"]}
        ),
    ),
    "column-type": ("a time as a category", RULE, _set(*CHANNEL[:-1], "ts", "type", to="category")),
    "column-required": (
        "exposures without their time",
        RULE,
        lambda d: d["datasets"][0]["tables"]["exposures"].pop("ts"),
    ),
    "domain-empty": ("a category without values", "trust.domain", _set(*AGE, "domain", to=[])),
    "domain-blank": ("an empty value", "trust.domain", _set(*AGE, "domain", to=["18-24", ""])),
    "domain-twice": (
        "one value twice",
        "trust.domain",
        _set(*AGE, "domain", to=["18-24", "18-24"]),
    ),
    "domain-bidi": (
        "a value that turns the direction",
        "trust.domain",
        _set(*AGE, "domain", to=["18\u202e-24"]),
    ),
    "domain-long": (
        "4097 values",
        "trust.domain",
        _set(*AGE, "domain", to=[str(i) for i in range(4097)]),
    ),
    "domain-reserved": (
        "a channel with the label of no channel",
        RULE,
        _set(*CHANNEL, "domain", to=["none", "friend"]),
    ),
    "domain-of-amount": ("an amount with a list of values", RULE, _set(*PAID, "domain", to=["1"])),
    "cap-negative": ("a negative cap", RULE, _set(*PAID, "cap", to=-1)),
    "cap-huge": ("a cap that would overflow", RULE, _set(*PAID, "cap", to=10**10 + 1)),
    "cap-of-category": ("a category with a cap", RULE, _set(*AGE, "cap", to=1)),
}

POLICIES: dict[str, Fault] = {
    "looser-effective": (
        "an effective policy that follows from no wish",
        RULE,
        _set("effective", "k", to=50),
    ),
    "no-effective": ("complete, yet no effective policy", RULE, _set("effective", to=None)),
    "policy-missing": ("a dataset without its policy", RULE, lambda d: d["policies"].pop("brand")),
    "policy-of-nobody": (
        "a policy of nobody",
        RULE,
        lambda d: d["policies"].update(broker=d["effective"]),
    ),
    "policy-floor": (
        "a smallest group of 5",
        "disclosure.policy",
        _set("policies", "brand", "k", to=5),
    ),
    "policy-noise": (
        "no noise",
        "disclosure.policy",
        _set("policies", "brand", "people_of_noise", to=0),
    ),
    "policy-modes": (
        "two modes",
        "trust.policies_differ",
        _set("policies", "brand", "mode", to="threshold"),
    ),
    "policy-mode": (
        "a mode nobody knows",
        "trust.malformed",
        _set("policies", "brand", "mode", to="none"),
    ),
    "policy-huge": (
        "a number beyond 2^53",
        "trust.malformed",
        _set("policies", "brand", "k", to=2**53),
    ),
}
