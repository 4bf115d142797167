"""Labels for what agreements name: levels, identifiers, columns."""

from cleanroom.analyses.result import Fact, Name, Term, Text, Value
from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.tables import Type


def common(key: str, /, **facts: Fact) -> Text:
    """A sentence that several analyses share."""
    return Text(f"analyses.common.{key}", facts)


def term(key: str) -> Term:
    """A word that several analyses share."""
    return Term(f"analyses.common.term.{key}")


# The row of everybody whose cell was not released.
OTHERS = Text("analyses.common.label.others")


def withheld_notes(cells: int, *, rest: bool) -> tuple[Text, ...]:
    """What a reader has to know where cells were not released. ``rest``: whether all the people in
    them are told as one number.
    """
    if not cells:
        return ()
    said = common("note.withheld", count=number(cells))
    return (said, common("note.rest" if rest else "note.no_rest"))


def level(label: str, spec: ColumnSpec) -> Term | Name:
    """A level of a column: the party's own string, but "missing", "yes" and "no" in our words."""
    if not label:
        return term("missing")
    if spec.type is Type.BOOL:
        return term("yes" if label == "true" else "no")
    return Name(label)


def identifier(kind: str) -> Term:
    """A kind of identifier."""
    return Term(f"analyses.identifiers.{kind}", kind)


def column(name: str) -> Term:
    """A column of the data model; attributes that no text file knows show their own name."""
    return Term(f"analyses.columns.{name}", name.partition("_")[2] or name)


def number(value: float) -> Value:
    """A whole number without noise, such as a number of cells or days."""
    return Value("number", "shown", value)
