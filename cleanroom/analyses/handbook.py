"""What there is to know about an analysis before it is asked: the entries of the catalogue.

Sentences are keys ``help.<id>.*`` and ``analyses.<id>.*`` of ``resources/text``; here is what the
code itself knows: groups, parameters, needs and an example.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, inspect

from cleanroom import resources, text
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.needs import Lack, lacking
from cleanroom.analyses.registry import ANALYSES
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.errors import InputError

Group = Literal["audience", "scenes", "experience", "business"]

# By what a marketer wants to know, in the order of the shelf.
GROUPS: Final[Mapping[Group, tuple[str, ...]]] = MappingProxyType(
    {
        "audience": ("A01", "A02", "A03", "A12", "A18"),
        "scenes": ("A14", "A16", "A17"),
        "experience": ("A06", "A07", "A15"),
        "business": ("A04", "A05", "A08", "A09", "A10", "A11", "A13"),
    }
)


class Parameter(Struct, frozen=True):
    """One parameter. ``kind`` names a word of ``help.kind``; ``choices`` where only these may be
    given. ``default``: None where it has to be given.
    """

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = False


class Fit(Struct, frozen=True):
    """How an analysis stands to an agreement: whether it is agreed, and what nobody brings."""

    agreed: bool
    lacking: tuple[Lack, ...]

    @property
    def possible(self) -> bool:
        """Whether it can be asked."""
        return self.agreed and not self.lacking


def find(name: str) -> Analysis[Any]:
    """An analysis by its id. Raises ``input.analysis``."""
    analysis = ANALYSES.get(name.upper())
    if analysis is None:
        raise InputError("input.analysis", id=text.visible(name, 32), known=", ".join(ANALYSES))
    return analysis


def shelf() -> dict[Group, list[Analysis[Any]]]:
    """All analyses there are, in groups."""
    return {
        group: [ANALYSES[name] for name in names if name in ANALYSES]
        for group, names in GROUPS.items()
    }


def group_of(name: str) -> Group:
    """The group of an analysis."""
    return next(group for group, names in GROUPS.items() if name in names)


def fit(analysis: Analysis[Any], catalogue: Catalogue, agreed: tuple[str, ...]) -> Fit:
    """Whether an agreement that names these analyses lets one be asked."""
    return Fit(analysis.id in agreed, lacking(analysis.needs, catalogue))


def parameters(analysis: Analysis[Any]) -> tuple[Parameter, ...]:
    """What a line of a plan may say, beside the id."""
    return tuple(_parameter(field) for field in msgspec.structs.fields(analysis.params))


def _parameter(field: msgspec.structs.FieldInfo) -> Parameter:
    kind, choices = _kind(inspect.type_info(field.type))
    made = field.default_factory
    default = field.default if made is msgspec.NODEFAULT else made()
    # a table that may be left out is an empty one
    shown = None if field.required else msgspec.to_builtins({} if default is None else default)
    return Parameter(field.name, kind, choices, shown, field.required)


_KINDS: tuple[tuple[type[inspect.Type], str], ...] = (
    (inspect.BoolType, "yes_no"),
    (inspect.IntType, "number"),
    (inspect.StrType, "text"),
    (inspect.StructType, "table"),
    (inspect.DictType, "table"),
)


def _kind(info: inspect.Type) -> tuple[str, tuple[str, ...]]:
    """The word for a type, and the values that it allows where these are listed."""
    if isinstance(info, inspect.LiteralType):
        return "choice", tuple(map(str, info.values))
    if isinstance(info, inspect.UnionType):  # something, or nothing
        (info,) = (one for one in info.types if not isinstance(one, inspect.NoneType))
    if isinstance(info, inspect.TupleType):  # so many of one kind
        kind, choices = _kind(info.item_types[0])
        return f"{kind}_list", choices
    if isinstance(info, inspect.VarTupleType):
        kind, choices = _kind(info.item_type)
        return f"{kind}_list", choices
    for known, kind in _KINDS:
        if isinstance(info, known):
            return kind, ()
    raise TypeError(f"no word for parameters of {info}")


def sentences(section: str) -> tuple[str, ...]:
    """Keys of all sentences of a section, such as ``analyses.A01.can_say``, in their order."""
    return tuple(key for key in text.sentences("en") if key.startswith(f"{section}."))


def example(analysis: Analysis[Any]) -> str:
    """A line of a plan, as it stands in the file."""
    path = resources.find("plans", "examples", f"{analysis.id}.toml")
    return path.read_text("utf-8").strip()
