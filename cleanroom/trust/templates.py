"""Agreement templates that ship with the program: ``resources/templates/<name>.toml``.

A template says who takes part in which role, who hosts, which analyses go to whom and what a party
asks for by default, so that nobody writes an agreement by hand. It is read as strictly as a file
from another party.
"""

import tomllib
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom import resources
from cleanroom.disclosure.catalogue import Identifier
from cleanroom.disclosure.policy import Policy
from cleanroom.errors import InputError
from cleanroom.trust.agreement import AllowedAnalysis

Mode = Literal["dp", "threshold"]
DEFAULT = "neutral-host"  # whoever hosts could read rows with altered software: better nobody's own


class Sentence(Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages."""

    en: str
    zh_CN: str  # noqa: N815

    def say(self, language: str) -> str:
        """The text in a language of ``text.LANGUAGES``."""
        return self.zh_CN if language == "zh_CN" else self.en


class Seat(Struct, frozen=True, forbid_unknown_fields=True):
    """A party of the agreement, before anybody's contact card is put there."""

    name: str
    role: Literal["platform", "brand", "partner", "host"]
    brings_data: bool


class Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    """What a party asks for in either mode unless it says otherwise."""

    dp: Policy
    threshold: Policy


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of an agreement that follows from neither parties nor data. ``days``: how long it
    is in force."""

    name: str
    host: str
    title: Sentence
    purposes: tuple[Sentence, ...]
    relationship: Sentence
    parties: tuple[Seat, ...]
    identifiers: tuple[Identifier, ...]
    analyses: tuple[AllowedAnalysis, ...]
    policy: Defaults
    min_isolation: int
    session_hours: int
    days: int
    time_zone: str
    currency: str

    def default_policy(self, mode: Mode) -> Policy:
        """The policy a party asks for when it has no wishes of its own."""
        return self.policy.dp if mode == "dp" else self.policy.threshold

    def default_identifiers(self, mode: Mode) -> tuple[Identifier, ...]:
        """Kinds to match by: all of the template, or its first in differential-privacy mode."""
        return self.identifiers[:1] if mode == "dp" else self.identifiers


def names() -> tuple[str, ...]:
    """The templates there are."""
    return tuple(sorted(path.stem for path in resources.find("templates").glob("*.toml")))


def load(name: str) -> Template:
    """A template by name. Raises ``input.template``."""
    if name not in names():
        raise InputError("input.template", template=name, known=", ".join(names()))
    raw = resources.find("templates", f"{name}.toml").read_text("utf-8")
    return parse(tomllib.loads(raw))


def parse(data: Mapping[str, object]) -> Template:
    """A template from its parsed TOML. msgspec.ValidationError names what is wrong with one of
    ours; users don't write templates."""
    return msgspec.convert(data, Template, strict=True)
