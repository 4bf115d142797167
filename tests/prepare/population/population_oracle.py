"""Reads the files of a made-up population as a stranger would: standard library and pandas only.

Nothing of the program is used, neither its normalisation nor its idea of a person: who is one
person is decided here once more from the texts in the files.
"""

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

KINDS = ("phone", "unionid", "oaid", "imei", "idfa")
WORDS = {"", "null", "无", "-", "未知"}
ORDER = ("under_14", "opted_out", "no_consent")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def phone(text: str) -> str | None:
    """MD5 of the 11 digits of a mainland mobile."""
    text = re.sub(r"\.0$", "", unicodedata.normalize("NFKC", text).strip())
    digits = re.sub(r"[\s()\-]", "", text)
    found = re.fullmatch(r"(?:\+86|0086|86)?0?(1[3-9]\d{9})", digits, re.ASCII)
    return md5(found[1]) if found else None


def oaid(text: str) -> str | None:
    """SHA-256 of the small letters."""
    return sha256(text.lower()) if text and set(text) - set("0-") else None


def imei(text: str) -> str | None:
    """MD5 of 15 digits with a right check digit."""
    digits = text.replace("-", "")
    if not re.fullmatch(r"\d{15}", digits):
        return None
    total = sum(
        sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(digits[::-1])
    )
    return None if total % 10 else md5(digits)


def idfa(text: str) -> str | None:
    """A UUID in capitals."""
    digits = re.sub(r"[{}\-]", "", text.upper())
    return digits if re.fullmatch(r"[0-9A-F]{32}", digits) and set(digits) != {"0"} else None


def digest(length: int) -> Any:
    """Hex of that length that is not of nothing."""

    def read(text: str) -> str | None:
        found = text.lower()
        good = re.fullmatch(rf"[0-9a-f]{{{length}}}", found)
        return found if good and found not in {md5(""), sha256("")} else None

    return read


# Party -> (file, separator, encoding, column of the pid, {kind: (column, reader)}, consent, age).
LISTS: dict[str, Any] = {
    "platform": (
        "users", ",", "utf-8-sig", "用户ID",
        {"phone": ("手机号", phone), "unionid": ("unionid", lambda t: t or None),
         "oaid": ("OAID", oaid), "imei": ("IMEI", imei), "idfa": ("IDFA", idfa)},
        ("授权状态", "已授权"),
    ),
    "brand": (
        "members", ";", "gb18030", "会员编号",
        {"phone": ("手机", phone), "unionid": ("unionid", lambda t: t or None),
         "oaid": ("OAID", oaid), "imei": ("IMEI_MD5", digest(32)), "idfa": ("IDFA", idfa)},
        ("隐私授权", "Y"),
    ),
    "partner": (
        "customers", ",", "utf-8", "客户编号",
        {"phone": ("phone_md5", digest(32)), "unionid": ("unionid", lambda t: t or None),
         "oaid": ("oaid_sha256", digest(64)), "imei": ("imei_md5", digest(32)),
         "idfa": ("IDFA", idfa)},
        ("同意共享", "1"),
    ),
}  # fmt: skip


@dataclass
class People:
    """A party's list: its rows, sealed persons by pid, their identifiers, their latest rows."""

    rows: pd.DataFrame
    person: dict[str, int]
    tokens: dict[str, dict[str, int]]
    latest: pd.DataFrame
    accounts: int
    merged: int
    left_out: dict[str, int]
    count: int
    hot: dict[str, set[str]]


def read(folder: Path, party: str, name: str, separator: str = ",", encoding: str = "utf-8") -> Any:
    """A file as text."""
    path = folder / party / f"{name}.csv"
    return pd.read_csv(path, sep=separator, encoding=encoding, dtype=str, keep_default_na=False)


def people(folder: Path, party: str, kinds: Iterable[str] = KINDS) -> People:
    """Resolve a party's list."""
    name, separator, encoding, pid, columns, (consent, accepted) = LISTS[party]
    rows = read(folder, party, name, separator, encoding)
    rows = rows.rename(columns={pid: "pid", "更新日期": "as_of"})
    for kind in kinds:
        column, reader = columns[kind]
        rows[f"id_{kind}"] = [reader(text.strip()) for text in rows[column]]
    holders = {kind: _holders(rows, kind) for kind in kinds}
    hot = {k: {t for t, owners in held.items() if len(owners) > 3} for k, held in holders.items()}
    shared = [o for k, held in holders.items() for t, o in held.items() if t not in hot[k]]
    group_of = _groups(rows["pid"], shared)
    rows["group"] = [group_of[owner] for owner in rows["pid"]]
    reasons = _reasons(folder, party, rows, consent, accepted)
    sealed = sorted(set(rows["group"]) - set(reasons))
    number = {group: position for position, group in enumerate(sealed)}
    person = {owner: number[g] for owner, g in group_of.items() if g in number}
    tokens = {
        kind: {
            token: person[next(iter(owners))]
            for token, owners in held.items()
            if token not in hot[kind] and next(iter(owners)) in person
        }
        for kind, held in holders.items()
    }
    kept = rows[rows["group"].isin(number)].copy()
    kept["of"] = kept["group"].map(number)
    kept["place"] = range(len(kept))
    latest = kept.sort_values(["of", "as_of", "place"]).groupby("of").tail(1).set_index("of")
    counts = dict.fromkeys(ORDER, 0)
    for bits in reasons.values():
        counts[next(name for name in ORDER if name in bits)] += 1
    accounts, groups = rows["pid"].nunique(), rows["group"].nunique()
    return People(
        rows, person, tokens, latest.sort_index(), accounts, accounts - groups, counts, len(sealed),
        hot,
    )  # fmt: skip


def _holders(rows: pd.DataFrame, kind: str) -> dict[str, set[str]]:
    """Identifier -> accounts that hold it."""
    found: dict[str, set[str]] = defaultdict(set)
    for token, owner in zip(rows[f"id_{kind}"], rows["pid"], strict=True):
        if isinstance(token, str):
            found[token].add(owner)
    return found


def _groups(accounts: Iterable[str], shared: Iterable[set[str]]) -> dict[str, str]:
    """Account -> the name of its group: accounts that share anything are one."""
    parent = {owner: owner for owner in accounts}

    def root(owner: str) -> str:
        while parent[owner] != owner:
            parent[owner] = parent[parent[owner]]
            owner = parent[owner]
        return owner

    for owners in shared:
        first, *others = sorted(owners)
        for other in others:
            parent[root(other)] = root(first)
    return {owner: root(owner) for owner in parent}


def _reasons(
    folder: Path, party: str, rows: pd.DataFrame, consent: str, accepted: str
) -> dict[str, set[str]]:
    """Groups of accounts that are left out, and why."""
    if party == "platform":
        listed = set(read(folder, party, "refusals")["phone_md5"])
        refused = rows["id_phone"].isin(listed)
        child = rows["年龄段"] == "14岁以下"
    else:
        child = rows["年龄"].astype(int) < 14
        listed = set(read(folder, party, "refusals")["会员编号"]) if party == "brand" else set()
        refused = rows["pid"].isin(listed)
    current = rows["as_of"] == rows.groupby("pid")["as_of"].transform("max")
    found: dict[str, set[str]] = defaultdict(set)
    for name, where in (
        ("under_14", child & current),
        ("opted_out", refused),
        ("no_consent", (rows[consent] != accepted) & current),
    ):
        for group in rows.loc[where, "group"]:
            found[group].add(name)
    return found


@dataclass
class Person:
    """One person: its number in each party's list, the kinds that link it to its founder."""

    of: list[int | None]
    hits: list[set[str]]


def link(parties: list[People], kinds: tuple[str, ...] = KINDS) -> list[Person]:
    """Persons over the parties."""
    found = [Person([n], [set()]) for n in range(parties[0].count)]
    founders = [{n: n for n in range(parties[0].count)}]
    for j in range(1, len(parties)):
        reached: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for kind in kinds:
            for f in range(j):
                for token, mine in parties[f].tokens[kind].items():
                    if token in parties[j].tokens[kind] and mine in founders[f]:
                        person = founders[f][mine]
                        reached[person][kind].add(parties[j].tokens[kind][token])
        taken = set()
        for number, person in enumerate(found):
            kinds_hit = reached.get(number, {})
            for theirs in kinds_hit.values():
                assert len(theirs) == 1, "a link would hang on a key"
            winner = next((kind for kind in kinds if kind in kinds_hit), None)
            theirs = next(iter(kinds_hit[winner])) if winner else None
            person.of.append(theirs)
            person.hits.append(set(kinds_hit))
            taken.add(theirs)
        alone = [n for n in range(parties[j].count) if n not in taken]
        founders.append({n: len(found) + place for place, n in enumerate(alone)})
        found += [Person([None] * j + [n], [set() for _ in range(j + 1)]) for n in alone]
    return found


@dataclass
class World:
    """All files of a population, resolved."""

    truth: dict[str, Any]
    parties: list[People]
    persons: list[Person]
    folder: Path

    @property
    def platform(self) -> People:
        return self.parties[0]

    @property
    def brand(self) -> People:
        return self.parties[1]

    @property
    def brand_of(self) -> dict[int, int]:
        """Person of the platform -> person of the brand."""
        pairs = ((one.of[0], one.of[1]) for one in self.persons)
        return {a: b for a, b in pairs if a is not None and b is not None}

    def events(self, party: str, name: str, pid: str, start: str) -> pd.DataFrame:
        """Rows of sealed persons (``of``) in the period, with the moment in seconds, ordered."""
        rows = read(self.folder, party, name).rename(columns={"开始时间": "时间", pid: "pid"})
        rows["of"] = rows["pid"].map((self.platform if party == "platform" else self.brand).person)
        rows["ts"] = seconds(rows["时间"])
        known = rows["of"].notna() & rows["ts"].between(moment(start), moment("2026-01-01") - 1)
        rows = rows[known].copy()
        rows["of"] = rows["of"].astype(int)
        return rows.sort_values(["of", "ts"], kind="stable").reset_index(drop=True)


def seconds(times: pd.Series) -> pd.Series:
    """Seconds since 1970 of dates and times as text."""
    parsed = pd.to_datetime(times.str.replace("/", "-", regex=False))
    return (parsed - pd.Timestamp(0)) // pd.Timedelta(seconds=1)


def moment(text: str) -> int:
    """Seconds since 1970 of a day."""
    return int((pd.Timestamp(text) - pd.Timestamp(0)).total_seconds())


def load(folder: Path) -> World:
    """Read and resolve everything."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    parties = [people(folder, party) for party in truth["parties"]]
    return World(truth, parties, link(parties), folder)
