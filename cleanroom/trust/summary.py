"""An agreement in plain words, for whoever is about to sign it."""

from collections.abc import Callable

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.statistics.attacker import attacker_accuracy
from cleanroom.tables import TABLES, Type
from cleanroom.text import say
from cleanroom.trust import fingerprint
from cleanroom.trust.agreement import Agreement, Party, SignedAgreement

MAX_VALUES = 12  # of a domain that is spelled out

Section = tuple[str, list[str]]


def summary(signed: SignedAgreement, language: str = "en") -> list[Section]:
    """(heading, lines) in the order in which one reads a contract."""
    agreement = signed.agreement
    sections: list[tuple[str, Callable[[], list[str]]]] = [
        ("state", lambda: _state(signed, language)),
        ("parties", lambda: [_party(agreement, p, language) for p in agreement.parties]),
        ("purposes", lambda: list(agreement.purposes)),
        ("data", lambda: _data(agreement, language)),
        ("matching", lambda: _matching(agreement, language)),
        ("analyses", lambda: _analyses(agreement, language)),
        ("limits", lambda: limits(agreement.effective, language)),
        ("session", lambda: _session(agreement, language)),
        ("dates", lambda: _dates(agreement, language)),
        ("record", lambda: _record(agreement, language)),
        ("signatures", lambda: _signatures(signed, language)),
    ]
    return [(_say(f"heading.{name}", language), lines()) for name, lines in sections]


def _say(key: str, language: str, **facts: object) -> str:
    return say(f"agreement.{key}", language, **facts)


def _list(names: tuple[str, ...] | list[str], language: str) -> str:
    return _say("list.separator", language).join(names)


def _state(signed: SignedAgreement, language: str) -> list[str]:
    agreement = signed.agreement
    waiting = signed.missing
    if signed.state == "draft":
        waiting = tuple(name for name in agreement.data_parties if name not in agreement.policies)
    facts = {"id": agreement.id, "version": agreement.version, "template": agreement.template}
    lines = [
        _say("state.title", language, title=agreement.title),
        _say(f"state.{signed.state}", language, missing=_list(waiting, language)),
        _say("state.number", language, **facts),
    ]
    if agreement.version > 1:
        lines.append(_say("state.follows", language, version=agreement.version - 1))
    return lines


def _party(agreement: Agreement, party: Party, language: str) -> str:
    hosts = party.name == agreement.host
    kind = ("data_host" if hosts else "data") if party.brings_data else "host"
    role = _say(f"role.{party.role}", language)
    return _say(f"party.{kind}", language, name=party.name, role=role, organisation=party.card.name)


def _data(agreement: Agreement, language: str) -> list[str]:
    brought = {dataset.party: dataset for dataset in agreement.datasets}
    lines = []
    for name in agreement.data_parties:
        if name in brought:
            lines += _dataset(brought[name], agreement.currency, language)
        else:
            lines.append(_say("data.not_yet", language, party=name))
    return lines


def _dataset(dataset: DatasetSpec, currency: str, language: str) -> list[str]:
    facts = {"name": dataset.name, "start": dataset.start, "end": dataset.end}
    lines = [_say("data.dataset", language, party=dataset.party, **facts)]
    for table in (name for name in TABLES if name in dataset.tables):
        columns = dataset.tables[table]
        said = [_column(name, spec, currency, language) for name, spec in sorted(columns.items())]
        text = _list(said, language) or _say("data.no_columns", language)
        name = _say(f"table.{table}", language)
        lines.append(_say("data.table", language, table=table, name=name, columns=text))
    return lines


def _column(name: str, spec: ColumnSpec, currency: str, language: str) -> str:
    facts: dict[str, object] = {"column": name}
    key = spec.type.value
    if spec.type is Type.CATEGORY:
        key += "_long" if len(spec.domain) > MAX_VALUES else ""
        facts |= {
            "values": _list(spec.domain[:MAX_VALUES], language),
            "count": len(spec.domain),
        }
    elif spec.cap:
        cap = f"{spec.cap / 100:,.2f}" if spec.type is Type.MONEY else f"{spec.cap:,}"
        key += "_cap"
        facts |= {"cap": cap, "currency": currency}
    said = _say(f"data.{key}", language, **facts)
    return _say("data.sensitive", language, column=said) if spec.sensitive else said


def _matching(agreement: Agreement, language: str) -> list[str]:
    first = agreement.data_parties[0]
    lines = [
        _say(
            "matching.kind",
            language,
            position=position,
            kind=_say(f"kind.{identifier.kind}", language),
            recipe=identifier.recipe,
            base=_say(f"base.{identifier.token_base}", language),
        )
        for position, identifier in enumerate(agreement.identifiers, 1)
    ]
    parties = _list(agreement.data_parties, language)
    lines.append(_say("matching.keyed", language, first=first, parties=parties))
    lines.append(_say("matching.anchor", language, first=first))
    return lines


def _analyses(agreement: Agreement, language: str) -> list[str]:
    lines = [
        _say(
            "receivers.line",
            language,
            id=allowed.id,
            analysis=_say(f"analysis.{allowed.id}", language),
            receivers=_list(allowed.receivers, language),
        )
        for allowed in agreement.analyses
    ]
    return [*lines, _say("receivers.others", language)]


def limits(policy: Policy | None, language: str = "en") -> list[str]:
    """What a policy promises and what it does not, in words."""
    if policy is None:
        return [_say("limits.not_yet", language)]
    lines = _guarantee(policy, language) if policy.mode == "dp" else _threshold(policy, language)
    return [
        *lines,
        _say("limits.match", language, people=policy.min_match),
        _say("limits.refusals", language, refusals=policy.refusals_max),
    ]


def _guarantee(policy: Policy, language: str) -> list[str]:
    best = {
        scope: round(100 * attacker_accuracy(getattr(policy, f"rho_{scope}_nano")))
        for scope in ("session", "pair", "owner")
    }
    return [
        _say("limits.dp", language, noise=policy.people_of_noise),
        _say("limits.dp_attacker", language, **best),
        _say("limits.dp_small", language, k=policy.k),
        _say("limits.dp_limits", language),
    ]


def _threshold(policy: Policy, language: str) -> list[str]:
    return [
        _say("limits.threshold", language, k=policy.k, sensitive=policy.k_sensitive),
        _say(
            "limits.threshold_noise",
            language,
            noise=policy.threshold_sigma,
            rounding=policy.rounding,
        ),
        _say(
            "limits.threshold_cells",
            language,
            people=policy.people_per_cell,
            analyses=policy.analyses_max,
        ),
        _say("limits.threshold_limits", language),
    ]


def _session(agreement: Agreement, language: str) -> list[str]:
    return [
        _say("session.host", language, host=agreement.host, hours=agreement.session_hours),
        _say(f"session.isolation{agreement.min_isolation}", language),
        _say("session.grants", language),
        _say("session.trust", language),
    ]


def _dates(agreement: Agreement, language: str) -> list[str]:
    start, end = (
        moment.replace("T", " ").removesuffix("Z")
        for moment in (agreement.not_before, agreement.expires)
    )
    return [
        _say("dates.force", language, start=start, end=end),
        _say("dates.zone", language, zone=agreement.time_zone, currency=agreement.currency),
    ]


def _record(agreement: Agreement, language: str) -> list[str]:
    record = agreement.data_protection
    values = {field: getattr(record, field) for field in record.__struct_fields__}
    lines = [_say(f"record.{f}", language, value=value) for f, value in values.items() if value]
    empty = [_say(f"record_field.{f}", language) for f, value in values.items() if not value]
    if empty:
        lines.append(_say("record.missing", language, fields=_list(empty, language)))
    return lines


def _signatures(signed: SignedAgreement, language: str) -> list[str]:
    """Who signed; with each card's fingerprint as people compare it in this language."""
    lines = []
    for party in signed.agreement.parties:
        key = "signed" if party.name in signed.signed_by else "unsigned"
        parts = fingerprint.digits if language == "zh_CN" else fingerprint.words
        shown = " ".join(parts(party.card))
        lines.append(_say(f"signatures.{key}", language, name=party.name, fingerprint=shown))
    return [*lines, _say("signatures.compare", language)]
