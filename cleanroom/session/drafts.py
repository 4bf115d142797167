"""Files into an agreement: cards, datasets, policies and identifiers as parties hand them over."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cleanroom.disclosure.catalogue import DatasetSpec, Identifier
from cleanroom.disclosure.kernels import KERNELS
from cleanroom.disclosure.policy import Policy
from cleanroom.errors import InputError
from cleanroom.trust import agreement as agreements
from cleanroom.trust import drafting, handwritten, templates
from cleanroom.trust.agreement import AllowedAnalysis
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.trust.drafting import Options
from cleanroom.trust.identity import read_card
from cleanroom.trust.templates import Template


@dataclass(frozen=True)
class Beginning:
    """What the first party decides. Files as bytes; empty and negative values: the template's."""

    template: str
    cards: Mapping[str, bytes]
    dataset: bytes
    policy: bytes | None
    mode: str
    title: str
    host: str
    days: int
    min_isolation: int
    identifiers: bytes | None
    language: str
    analyses: tuple[str, ...] = ()  # allowed besides the template's


def begin(chosen: Beginning, now: datetime) -> bytes:
    """A draft as a file. Raises ``trust.*``, ``input.*``, ``disclosure.policy``."""
    if chosen.mode not in ("dp", "threshold"):
        raise InputError("input.mode", mode=chosen.mode[:16])
    mode: templates.Mode = "dp" if chosen.mode == "dp" else "threshold"
    template = _allowing(templates.load(chosen.template), chosen.analyses)
    options = Options(
        mode=mode,
        language=chosen.language,
        identifiers=read_identifiers(chosen.identifiers) if chosen.identifiers else (),
        days=chosen.days,
        min_isolation=chosen.min_isolation if chosen.min_isolation >= 0 else None,
    )
    drafted = drafting.draft(
        template,
        {party: read_card(data) for party, data in chosen.cards.items()},
        read_dataset(chosen.dataset),
        _policy(chosen.policy, template, mode),
        now=now,
        title=chosen.title,
        host=chosen.host,
        options=options,
    )
    return agreements.wrap(drafted).envelope.to_bytes()


def _allowing(template: Template, names: tuple[str, ...]) -> Template:
    """The template with further analyses, received by those who receive its first one.

    Raises ``input.analysis``.
    """
    for name in names:
        if name not in KERNELS:
            raise InputError("input.analysis", id=name[:32], known=", ".join(KERNELS))
    receivers = template.analyses[0].receivers
    allowed = {name: AllowedAnalysis(name, receivers) for name in names}
    allowed |= {analysis.id: analysis for analysis in template.analyses}
    ordered = tuple(allowed[name] for name in sorted(allowed))
    return msgspec.structs.replace(template, analyses=ordered)


def contribute(draft: bytes, dataset: bytes, policy: bytes | None) -> tuple[bytes, str]:
    """The draft with one more party's dataset and policy, and its state then."""
    agreement = read_checked(draft).agreement
    mode: templates.Mode = next(iter(agreement.policies.values())).mode
    template = templates.load(agreement.template)
    spec = read_dataset(dataset)
    added = drafting.contribute(agreement, spec.party, spec, _policy(policy, template, mode))
    wrapped = agreements.wrap(added)
    return wrapped.envelope.to_bytes(), wrapped.state


def read_dataset(data: bytes) -> DatasetSpec:
    """A dataset description from its JSON. Raises ``input.dataset``."""
    try:
        return msgspec.json.decode(data, type=DatasetSpec, strict=True)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise InputError("input.dataset") from None


def _policy(data: bytes | None, template: Template, mode: templates.Mode) -> Policy:
    """The template's policy, with the wishes of a TOML file laid over it."""
    base = template.default_policy(mode)
    if data is None:
        return base
    try:
        return msgspec.convert({**msgspec.to_builtins(base), **_toml(data)}, Policy, strict=True)
    except msgspec.ValidationError:
        raise InputError("input.policy") from None


def read_identifiers(data: bytes) -> tuple[Identifier, ...]:
    try:
        return msgspec.convert(_toml(data)["identifiers"], tuple[Identifier, ...], strict=True)
    except (KeyError, msgspec.ValidationError):
        raise InputError("input.identifiers") from None


def _toml(data: bytes) -> dict[str, Any]:
    try:
        return handwritten.parse(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise InputError("input.policy") from None
