"""What a recipe is, and the one pass that turns a column into identifiers and statuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import polars as pl

from cleanroom.prepare.normalise import (
    MISSING_WORDS,
    Outcome,
    Status,
    as_text,
    blank_digests,
    clean,
    is_missing,
    missing_words,
    replace_rows,
)

Step = Callable[[pl.Series], pl.Series]


def matching(text: pl.Series, pattern: str) -> pl.Series:
    """The values that match the regular expression; null for the others."""
    return nulls_unless(text.str.contains(pattern), text)


def nulls_unless(keep: pl.Series, values: pl.Series) -> pl.Series:
    """``values`` where ``keep`` is true; null where it is false or null."""
    return values.to_frame("values").select(pl.when(keep).then("values")).to_series()


def nulls(size: int) -> pl.Series:
    """A String series of ``size`` nulls."""
    return pl.repeat(None, size, dtype=pl.String, eager=True)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named, versioned rule from spellings to one identifier text.

    ``general`` takes cleaned text and returns the identifier, null where malformed. ``plain`` is
    an optional short cut on the raw text for the spellings most rows have: it returns what
    ``general(clean(value))`` would, or null to leave the value to ``general``. ``blanks`` are
    identifiers that mean "no value", in normalised form. ``kind`` is what keys are derived for:
    two recipes of one kind make the same kind of token.
    """

    name: str
    kind: str
    general: Step
    plain: Step | None = None
    blanks: tuple[str, ...] = ()

    def normalise(self, values: pl.Series) -> pl.Series:
        """The identifiers as String, null where the value is missing or malformed."""
        return classify(self, values).normalised


def classify(recipe: Recipe, values: pl.Series, missing: Iterable[str] = MISSING_WORDS) -> Outcome:
    """Normalise a column (String, numbers or categories) and say of each value what became of it:
    VALID, MISSING or MALFORMED. ``missing`` are the words that stand for "no value" here.

    Raises ``input.identifier_type`` when the column cannot hold identifiers.
    """
    missing = tuple(missing)
    text = as_text(values)
    found = _plain(recipe, text, missing).alias(values.name)
    rows = found.is_null().arg_true()
    status = pl.repeat(int(Status.VALID), len(text), dtype=pl.UInt8, eager=True)
    if len(rows) == 0:
        return Outcome(found, status)
    general = _general(recipe, text.gather(rows), missing)
    return Outcome(
        replace_rows(found, rows, general.normalised),
        replace_rows(status, rows, general.status),
    )


def _plain(recipe: Recipe, text: pl.Series, missing: tuple[str, ...]) -> pl.Series:
    """The short cut; identifiers that mean "no value" are left to the general path."""
    if recipe.plain is None:
        return nulls(len(text))
    found = recipe.plain(text)
    gone = [*recipe.blanks, *_plain_words(recipe.plain, missing)]
    return nulls_unless(~found.is_in(pl.Series(gone).implode()), found) if gone else found


@cache
def _plain_words(plain: Step, missing: tuple[str, ...]) -> tuple[str, ...]:
    """Missing words, and digests of nothing, that the short cut would take for identifiers."""
    words = pl.Series([*missing_words(missing), *blank_digests()])
    return tuple(plain(words).drop_nulls().to_list())


def _general(recipe: Recipe, text: pl.Series, missing: tuple[str, ...]) -> Outcome:
    cleaned = clean(text)
    gone = is_missing(cleaned, missing)
    kept = (~gone).arg_true()
    found = replace_rows(nulls(len(text)), kept, recipe.general(cleaned.gather(kept)))
    if recipe.blanks:
        blank = found.is_in(pl.Series(recipe.blanks).implode()).fill_null(value=False)
        gone, found = gone | blank, nulls_unless(~blank, found)
    malformed = (found.is_null() & ~gone).cast(pl.UInt8) * int(Status.MALFORMED)
    return Outcome(found, gone.cast(pl.UInt8) * int(Status.MISSING) + malformed)
