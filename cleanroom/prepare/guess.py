"""What a column of a party's own file probably is, from its values and its name."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

from cleanroom.prepare import hashkind, moments, recipes
from cleanroom.prepare.amounts import hundredths, integers
from cleanroom.prepare.categories import tidy
from cleanroom.prepare.normalise import MISSING_WORDS, Status, clean, is_missing

Role = Literal["identifier", "hashed", "datetime", "date", "category", "number", "text", "empty"]

SAMPLE: Final = 5_000
DISTINCT_LIMIT: Final = 2_000
_MOST_LABELS: Final = 100
_SURE: Final = 0.8
_FEW: Final = 0.01
_LIKE_DIGESTS: Final = ("device", "oaid")
_REMARKS: Final = re.compile(r"note|remark|comment|descri|备注|说明|描述|评论", re.IGNORECASE)
_LABEL: Final = 64

# Tried in this order: the first whose values are nearly all valid.
_RECIPES: Final = (
    "email-basic/1",
    "phone-cn11/1",
    "imei/1",
    "idfa/1",
    "wechat-unionid/1",
    "phone-e164/1",
)
_KIND_NAMES: Final = (
    ("email", re.compile(r"mail|邮箱|邮件", re.IGNORECASE)),
    ("phone", re.compile(r"phone|mobile|tel|手机|电话", re.IGNORECASE)),
    ("imei", re.compile(r"imei", re.IGNORECASE)),
    ("oaid", re.compile(r"oaid", re.IGNORECASE)),
    ("idfa", re.compile(r"idfa", re.IGNORECASE)),
    ("unionid", re.compile(r"union.?id|微信", re.IGNORECASE)),
    ("device", re.compile(r"device|设备", re.IGNORECASE)),
)
USUAL_RECIPES: Final = {
    "email": "email-uid2/1",
    "phone": "phone-cn11/1",
    "imei": "imei/1",
    "oaid": "oaid/1",
    "idfa": "idfa/1",
    "unionid": "wechat-unionid/1",
    "device": "device-id/1",
    "customer": "customer-id/1",
}


@dataclass
class Values:
    """What was seen of a column: a sample of present values, and counts of distinct ones while
    they are few."""

    name: str
    sample: list[str] = field(default_factory=list)
    counts: Counter[str] | None = field(default_factory=Counter)
    rows: int = 0
    missing: int = 0

    def add(self, values: pl.Series) -> None:
        """One more block of the column."""
        gone = is_missing(clean(values), MISSING_WORDS)
        present = values.filter(~gone)
        self.rows += len(values)
        self.missing += int(gone.sum())
        if len(self.sample) < SAMPLE:
            self.sample += present.head(SAMPLE - len(self.sample)).to_list()
        if self.counts is not None:
            counted = present.value_counts()
            self.counts.update(dict(counted.iter_rows()))
            if len(self.counts) > DISTINCT_LIMIT:
                self.counts = None


@dataclass(frozen=True)
class Guess:
    """The probable role; for identifiers the kind, the recipe and what is given."""

    role: Role
    kind: str = ""
    recipe: str = ""
    given: str = "raw"


def guess(values: Values) -> Guess:
    """What the column probably is."""
    sample = pl.Series(values.sample, dtype=pl.String)
    if len(sample) == 0:
        return Guess("empty")
    found = _identifier(values.name, sample) or _moment(sample)
    if found:
        return found
    if _REMARKS.search(values.name):
        return Guess("text")
    if values.counts is not None and 0 < len(values.counts) <= _MOST_LABELS and _repeats(values):
        return Guess("category")
    return Guess("number" if is_number(values) else "text")


def named_kind(name: str) -> str:
    """The kind of identifier that a column's name speaks of, or ""."""
    return next((kind for kind, pattern in _KIND_NAMES if pattern.search(name)), "")


def _identifier(name: str, sample: pl.Series) -> Guess | None:
    digest = hashkind.profile(sample).digest
    kind = named_kind(name)
    # Device numbers may be 32 hex digits like an MD5, and those of some makers 64.
    raw = kind in _LIKE_DIGESTS and not (kind == "device" and digest == "sha256")
    if digest and not raw:
        kind = kind or "customer"
        return Guess("hashed", kind, USUAL_RECIPES[kind], digest)
    if kind in _LIKE_DIGESTS and _valid(sample, USUAL_RECIPES[kind]) >= _SURE:
        return Guess("identifier", kind, USUAL_RECIPES[kind])
    for recipe in _RECIPES:
        if _valid(sample, recipe) >= _SURE:
            if recipe == "phone-e164/1" and kind != "phone":
                continue  # too many numbers look like some telephone number
            return Guess("identifier", recipes.get(recipe).kind, _better(recipe, sample))
    return None


def _better(recipe: str, sample: pl.Series) -> str:
    """The rule that drops dots and tags of Gmail addresses, where there are some; the one for all
    telephone numbers, where not only mobiles of the mainland are among them."""
    if recipe == "email-basic/1":
        gmail = sample.str.to_lowercase().str.contains("@gmail.com", literal=True)
        return "email-uid2/1" if _share(gmail) > _FEW else recipe
    if recipe == "phone-cn11/1":
        wider = _valid(sample, "phone-e164/1") - _valid(sample, recipe)
        return "phone-e164/1" if wider > _FEW else recipe
    return recipe


def _moment(sample: pl.Series) -> Guess | None:
    dated = sample.str.contains(r"[-/.年:]")
    found = moments.moments(sample, (), "UTC")
    if _share(found.is_not_null() & dated) < _SURE:
        return None
    days = found.drop_nulls()
    return Guess("date" if (days.dt.date().cast(days.dtype) == days).all() else "datetime")


def is_number(values: Values) -> bool:
    """Whether the values of a column are numbers."""
    sample = pl.Series(values.sample, dtype=pl.String)
    return _share(hundredths(sample).is_not_null()) >= _SURE


def is_whole(values: Values) -> bool:
    """Whether the numbers of a column are whole."""
    sample = pl.Series(values.sample, dtype=pl.String)
    return _share(integers(sample).is_not_null()) >= _SURE


def _repeats(values: Values) -> bool:
    """Names and free text are nearly all different; categories come again."""
    counts = values.counts
    return counts is not None and sum(counts.values()) >= 2 * len(counts)


def labels(values: Values, fewest: int) -> tuple[list[str], bool]:
    """Distinct labels that at least ``fewest`` rows have, and whether rarer ones are left."""
    tidied: Counter[str] = Counter()
    for word, count in (values.counts or Counter()).items():
        tidied[tidy(word)] += count
    kept = sorted(word for word, count in tidied.items() if count >= fewest and _usable(word))
    return kept, len(kept) < len(tidied)


def _usable(word: str) -> bool:
    return 0 < len(word) <= _LABEL


def _valid(sample: pl.Series, recipe: str) -> float:
    outcome = recipes.classify(recipes.get(recipe), sample)
    valid, malformed = outcome.count(Status.VALID), outcome.count(Status.MALFORMED)
    return valid / max(valid + malformed, 1)


def _share(found: pl.Series) -> float:
    return int(found.fill_null(value=False).sum()) / max(len(found), 1)
