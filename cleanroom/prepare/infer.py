"""Proposes a mapping and domains from a party's own file, to be looked through by a person.

A value that fewer than 10 rows have is never proposed as a label: it may be somebody's name or a
slip, and labels are seen by the other parties. Such values go to ``other``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cleanroom.disclosure.catalogue import ColumnSpec, Identifier
from cleanroom.prepare.guess import (
    Guess,
    Values,
    guess,
    is_number,
    is_whole,
    labels,
    named_kind,
)
from cleanroom.prepare.jobs import Proposal
from cleanroom.prepare.mapping import OTHER, FileSpec
from cleanroom.prepare.read import Source, open_source
from cleanroom.tables import TABLES, Type
from cleanroom.trust.names import is_label

FEWEST_ROWS: Final = 10
_OTHER_LABEL: Final = "other"
_PID: Final = re.compile(
    r"^(?:pid|uid|id)$|(?:user|member|customer|client|buyer)[ _-]?(?:id|no|number|code)?$"
    r"|会员|用户|客户|编号",
    re.IGNORECASE,
)
# Names of columns in other people's files -> ours, table by table; the first that fits.
_NAMES: Final = {
    "people": (("as_of", r"as.?of|updat|更新"), ("first_buy", r"first.?(?:buy|order)|首购|首单")),
    "exposures": (
        ("ts", r"start|time|date|时间|日期"), ("until", r"end|until|结束"),
        ("kind", r"^(?:kind|action|event)|行为|事件"), ("channel", r"channel|type|渠道|类型"),
        ("campaign", r"campaign|活动|计划"), ("placement", r"placement|slot|位置"),
        ("device", r"device|os|设备"), ("place", r"city|place|store|城市|门店"),
        ("region", r"region|province|省|地区"), ("n", r"^n$|count|次数"),
    ),
    "conversions": (
        ("ts", r"time|date|时间|日期"), ("order_id", r"order|basket|订单"),
        ("kind", r"^(?:kind|action|event)|行为|类型"), ("sku", r"sku|product.?id|商品"),
        ("brand", r"brand|品牌"), ("category", r"categ|品类|类目"), ("qty", r"qty|quant|数量"),
        ("list_price", r"list|原价|标价"), ("paid", r"paid|amount|pay|金额|实付"),
        ("channel", r"channel|渠道"), ("device", r"device|设备"),
        ("place", r"city|store|城市|门店"),
    ),
    "arms": (
        ("test", r"test|实验"), ("arm", r"arm|group|组"), ("opp_ts", r"time|date|时间|日期"),
        ("stratum", r"strat|层"),
    ),
    "referrals": (
        ("ts", r"time|date|时间|日期"), ("kind", r"kind|type|类型"), ("channel", r"channel|渠道"),
    ),
    "costs": (
        ("date", r"date|日期"), ("channel", r"channel|渠道"), ("campaign", r"campaign|活动|计划"),
        ("imps", r"imp|曝光|展示"), ("clicks", r"click|点击"), ("cost", r"cost|spend|花费|费用"),
    ),
}  # fmt: skip
_ATTRIBUTES: Final = (
    ("age", "年龄"), ("gender", "性别"), ("city", "城市"), ("province", "省"), ("income", "收入"),
    ("marital", "婚"), ("home", "住房"), ("kids", "子女"), ("household", "家庭"), ("level", "等级"),
    ("education", "学历"), ("job", "职业"), ("interest", "兴趣"),
)  # fmt: skip


def infer(spec: FileSpec, dataset: str, table: str) -> Proposal:
    """A proposal for one table. Raises what files raise."""
    source = open_source(spec)
    columns = _read(source)
    return _Writer(source, dataset, table).propose(columns)


def _read(source: Source) -> list[Values]:
    names = source.shape.columns
    columns = [Values(name) for name in names if names.count(name) == 1]
    for block in source.blocks([column.name for column in columns]):
        frame = block().frame.fill_null("")
        for column in columns:
            column.add(frame[column.name])
    return columns


class _Writer:
    """Collects what goes into a proposal."""

    def __init__(self, source: Source, dataset: str, table: str) -> None:
        self._source = source
        self._dataset = dataset
        self._table = table
        self._identifiers: list[Identifier] = []
        self._identifier_lines: list[str] = []
        self._columns: dict[str, ColumnSpec] = {}
        self._lines: list[str] = []
        self._notes: list[tuple[str, str]] = []
        self._pids: list[str] = []

    def propose(self, columns: list[Values]) -> Proposal:
        for column in columns:
            self._place(column, guess(column))
        keys = TABLES[self._table].person_columns
        persons = [f"{key} = {_quoted(name)}" for key, name in zip(keys, self._pids, strict=False)]
        if len(persons) < len(keys) and (self._table != "people" or not self._identifiers):
            self._notes.append(("no_person", ""))
        return Proposal(
            "\n".join(self._text(persons)) + "\n",
            tuple(self._identifiers),
            self._columns,
            tuple(self._notes),
        )

    def _text(self, persons: list[str]) -> Iterator[str]:
        yield f"dataset = {_quoted(self._dataset)}"
        yield ""
        yield f"[{self._table}]"
        yield f"file = {_quoted(Path(self._source.path).name)}"
        shape = self._source.shape
        if shape.format == "csv":
            yield f"# {shape.encoding}, separator {_quoted(shape.separator)}"
        yield from persons
        if self._identifier_lines:
            yield "identifiers = ["
            yield from self._identifier_lines
            yield "]"
        yield from self._lines

    def _place(self, column: Values, found: Guess) -> None:
        if found.role in ("identifier", "hashed") and self._table == "people":
            self._identify(column, found)
        elif _PID.search(column.name) and self._could_be_pid(column):
            self._pids.append(column.name)
        elif found.role == "category" and not (is_number(column) and self._is_amount(column)):
            self._categorise(column)
        elif found.role in ("date", "datetime"):
            self._take(column, found.role, (Type.DATE, Type.DATETIME))
        elif found.role in ("number", "category"):
            self._take(column, "number", (Type.MONEY, Type.INTEGER))
        else:
            self._notes.append((found.role, column.name))

    def _is_amount(self, column: Values) -> bool:
        """Numbers of few values are categories, unless their name or fractions say otherwise."""
        ours = self._hinted(column.name, (Type.MONEY, Type.INTEGER))
        return ours is not None or not is_whole(column)

    def _could_be_pid(self, column: Values) -> bool:
        keys = TABLES[self._table].person_columns
        return len(self._pids) < len(keys) and not named_kind(column.name)

    def _identify(self, column: Values, found: Guess) -> None:
        given = f', given = "{found.given}"' if found.role == "hashed" else ""
        self._identifier_lines.append(
            f"  {{ column = {_quoted(column.name)}, kind = {_quoted(found.kind)}, "
            f"recipe = {_quoted(found.recipe)}{given} }},"
        )
        if found.kind not in {one.kind for one in self._identifiers}:
            base = found.given if found.role == "hashed" else "sha256"
            self._identifiers.append(Identifier(found.kind, found.recipe, base))

    def _categorise(self, column: Values) -> None:
        domain, rest = labels(column, FEWEST_ROWS)
        domain = [label for label in domain if is_label(label)]
        if not domain:
            self._notes.append(("rare", column.name))
            return
        name = self._free_name(column.name, (Type.CATEGORY, Type.BOOL))
        if name is None:
            self._notes.append(("category", column.name))
            return
        values = ""
        if rest:
            domain = [*(label for label in domain if label != _OTHER_LABEL), _OTHER_LABEL]
            values = f', values = {{ "{OTHER}" = "{_OTHER_LABEL}" }}'
            self._notes.append(("rest", column.name))
        self._columns[name] = ColumnSpec(Type.CATEGORY, tuple(domain), missing=column.missing > 0)
        self._lines.append(f"columns.{name} = {{ column = {_quoted(column.name)}{values} }}")

    def _take(self, column: Values, role: str, types: tuple[Type, ...]) -> None:
        name = self._free_name(column.name, types)
        if name is None:
            self._notes.append((role, column.name))
            return
        known = TABLES[self._table].column(name)
        assert known is not None
        if known.type is Type.INTEGER and not is_whole(column):
            self._notes.append((role, column.name))
            return
        self._columns[name] = ColumnSpec(known.type, missing=column.missing > 0)
        self._lines.append(f"columns.{name} = {_quoted(column.name)}")

    def _hinted(self, name: str, types: tuple[Type, ...]) -> str | None:
        """Our column that a name speaks of."""
        for ours, pattern in _NAMES[self._table]:
            known = TABLES[self._table].column(ours)
            fits = known is not None and known.type in types and ours not in self._columns
            if fits and re.search(pattern, name, re.IGNORECASE):
                return ours
        return None

    def _free_name(self, name: str, types: tuple[Type, ...]) -> str | None:
        """Our name for a column of theirs, not used yet and of one of the types."""
        hinted = self._hinted(name, types)
        if hinted is not None:
            return hinted
        prefix = {"people": "a_", "conversions": "x_"}.get(self._table)
        if prefix is None or Type.CATEGORY not in types:
            return None
        slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        slug = slug or next((ours for ours, theirs in _ATTRIBUTES if theirs in name), "column")
        number, free = 2, prefix + slug
        while free in self._columns:
            number, free = number + 1, f"{prefix}{slug}_{number}"
        return free


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
