"""Reads a mapping file: TOML, strict, with the line of whatever is wrong.

dataset = "orders-2024"
missing = ["未知"]

[people]
file = "members.csv"               # beside the mapping file
pid = "member_id"
identifiers = [{ column = "手机号", kind = "phone" }]
columns.a_gender = { column = "性别", values = { "M" = "male", "F" = "female", "*" = "other" } }

[conversions]
file = "orders.csv"
pid = "member_id"
columns.ts = { column = "order_time", formats = ["%Y/%m/%d %H:%M"] }
columns.paid = "amount"
"""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Struct

from cleanroom.disclosure.catalogue import known_column
from cleanroom.errors import InputError
from cleanroom.prepare import mapping_rules
from cleanroom.prepare.mapping import (
    ColumnMap,
    Consent,
    FileSpec,
    IdentifierMap,
    Mapping,
    OptOut,
    PeopleMap,
    TableMap,
    Under14,
)
from cleanroom.prepare.mapping_place import Place, line_of
from cleanroom.tables import TABLES
from cleanroom.trust import handwritten

T = TypeVar("T", bound=Struct)
MAPPING_LIMIT: Final = 4 << 20  # bytes

_FILE_KEYS: Final = tuple(field for field in FileSpec.__struct_fields__ if field != "path")
_ALIASES: Final = {"gbk": "gb18030", "gb2312": "gb18030", "utf8": "utf-8", "utf-16": "utf-16-le"}
_KINDS: Final = {
    "str": '"…"', "int": "123", "bool": "true | false", "array": "[…]", "object": "{…}",
    "decimal": "1.5",
}  # fmt: skip
"""Types as TOML writes them, the same in every language."""
_UNKNOWN: Final = re.compile(r"unknown field `(.+?)`")
_MISSING: Final = re.compile(r"missing required field `(.+?)`")
_EXPECTED: Final = re.compile(r"Expected `(\w+)")
_AT: Final = re.compile(r"at `\$\.?(.*)`$")
_LINE: Final = re.compile(r"at line (\d+)")


def load(path: Path) -> Mapping:
    """The mapping in a file, its paths made absolute.

    Raises ``input.no_file``, ``input.file_too_large``, ``input.mapping_syntax``,
    ``input.mapping_unknown``, ``input.mapping_missing``, ``input.mapping_value``, and the rules of
    ``mapping_rules``.
    """
    try:
        if path.stat().st_size > MAPPING_LIMIT:
            raise InputError("input.file_too_large", file=path.name)
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        line = -1 if isinstance(error, OSError) else error.object[: error.start].count(b"\n") + 1
        text = ""
    else:
        line = 0
    if line < 0:
        raise InputError("input.no_file", file=path.name)
    if line:
        raise InputError("input.encoding", file=path.name, encoding="UTF-8", line=line)
    return parse(text, path.parent, path.name)


def parse(text: str, folder: Path, name: str) -> Mapping:
    """The mapping in a text; ``folder`` is where relative paths begin."""
    try:
        raw = handwritten.parse(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InputError("input.mapping_syntax", file=name, line=line) from None
    mapping = _Document(text, folder.resolve(), name).mapping(raw)
    mapping_rules.check(mapping, lambda *keys: Place(name, ".".join(keys), line_of(text, keys)))
    return mapping


class _Document:
    """A parsed file on its way into structs."""

    def __init__(self, text: str, folder: Path, name: str) -> None:
        self._text = text
        self._folder = folder
        self._name = name

    def mapping(self, raw: dict[str, Any]) -> Mapping:
        raw = dict(raw)
        people = self._people(self._table(raw, "people"))
        tables = {
            name: self._events(name, self._table(raw, name)) for name in TABLES if name in raw
        }
        listed = raw.pop("opt_out", [])
        if isinstance(listed, dict):
            listed = [listed]
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            self._refuse(_KINDS["object"], "opt_out")
        opt_out = tuple(self._opt_out(item) for item in listed)
        rest = {"people": people, "tables": tables, "opt_out": opt_out}
        if "tables" in raw:
            self._unknown("tables", Mapping, ())
        return self._convert({**raw, **rest}, Mapping)

    def _table(self, raw: dict[str, Any], name: str) -> dict[str, Any]:
        if name not in raw:
            raise InputError("input.mapping_missing", file=self._name, line=1, where="", key=name)
        value = raw.pop(name)
        if not isinstance(value, dict):
            self._refuse(_KINDS["object"], name)
        return dict(value)

    def _people(self, raw: dict[str, Any]) -> PeopleMap:
        identifiers = raw.pop("identifiers", [])
        if not isinstance(identifiers, list):
            self._refuse(_KINDS["array"], "people", "identifiers")
        raw["identifiers"] = tuple(
            self._convert(item, IdentifierMap, "people", "identifiers") for item in identifiers
        )
        for key, kind in (("consent", Consent), ("under_14", Under14)):
            if key in raw:
                raw[key] = self._convert(raw[key], kind, "people", key)
        raw["file"] = self._file(raw, "people")
        raw["columns"] = self._columns(raw, "people")
        return self._convert(raw, PeopleMap, "people")

    def _events(self, name: str, raw: dict[str, Any]) -> TableMap:
        raw["file"] = self._file(raw, name)
        raw["columns"] = self._columns(raw, name)
        keys = [key for key in TABLES[name].person_columns if key in raw]
        raw["persons"] = {key: raw.pop(key) for key in keys}
        return self._convert(raw, TableMap, name)

    def _opt_out(self, item: dict[str, Any]) -> OptOut:
        item = dict(item)
        item["file"] = self._file(item, "opt_out")
        return self._convert(item, OptOut, "opt_out")

    def _file(self, raw: dict[str, Any], where: str) -> FileSpec:
        """Takes the keys that describe the file out of a table."""
        keys = {key: raw.pop(key) for key in _FILE_KEYS if key in raw}
        path = raw.pop("file", None)
        if path is None:
            line = line_of(self._text, (where,))
            raise InputError(
                "input.mapping_missing", file=self._name, line=line, where=where, key="file"
            )
        if not isinstance(path, str):
            self._refuse(_KINDS["str"], where, "file")
        encoding = keys.get("encoding")
        if isinstance(encoding, str):
            keys["encoding"] = _ALIASES.get(encoding.lower(), encoding.lower())
        return self._convert({"path": str(self._folder / path), **keys}, FileSpec, where)

    def _columns(self, raw: dict[str, Any], where: str) -> dict[str, ColumnMap]:
        columns = raw.pop("columns", {})
        if not isinstance(columns, dict):
            self._refuse(_KINDS["object"], where, "columns")
        found = {}
        for name, value in columns.items():
            place = (where, "columns", name)
            if not known_column(where, name):
                raise InputError(
                    "input.mapping_column",
                    file=self._name,
                    line=line_of(self._text, place),
                    table=where,
                    column=name,
                    known=", ".join(c.name + "…" * c.family for c in TABLES[where].columns),
                )
            full = {"column": value} if isinstance(value, str) else value
            found[name] = self._convert(full, ColumnMap, *place)
        return found

    def _convert(self, value: Any, kind: type[T], *where: str) -> T:
        try:
            return msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError as error:
            problem = str(error)
        raise self._explained(problem, kind, where)

    def _explained(self, problem: str, kind: type[Struct], where: tuple[str, ...]) -> InputError:
        """What msgspec says, in our words and with the line."""
        if found := _UNKNOWN.search(problem):
            self._unknown(found[1], kind, where)
        if found := _MISSING.search(problem):
            line, place = line_of(self._text, where), ".".join(where)
            return InputError(
                "input.mapping_missing", file=self._name, line=line, where=place, key=found[1]
            )
        at = _AT.search(problem)
        path = tuple(re.sub(r"\[.*?\]", "", at[1]).split(".")) if at and at[1] else ()
        found = _EXPECTED.search(problem)
        allowed = _allowed(kind, path[0]) if path else ""
        what = _KINDS.get(found[1], found[1]) if found else allowed or _KINDS["decimal"]
        return self._wrong(what, *where, *path)

    def _unknown(self, key: str, kind: type[Struct], where: tuple[str, ...]) -> NoReturn:
        raise InputError(
            "input.mapping_unknown",
            file=self._name,
            line=line_of(self._text, (*where, key)),
            where=".".join(where),
            key=key,
            known=", ".join(_keys(kind)),
        )

    def _refuse(self, expected: str, *where: str) -> NoReturn:
        raise self._wrong(expected, *where)

    def _wrong(self, expected: str, *where: str) -> InputError:
        return InputError(
            "input.mapping_value",
            file=self._name,
            line=line_of(self._text, where),
            where=".".join(where),
            expected=expected,
        )


def _allowed(kind: type[Struct], key: str) -> str:
    """The words that a setting may have, as text."""
    hint = get_type_hints(kind).get(key)
    words = [word for part in get_args(hint) for word in (get_args(part) or (part,))]
    return " | ".join(f'"{word}"' for word in words if isinstance(word, str))


def _keys(kind: type[Struct]) -> list[str]:
    """The settings of a table as the file has them."""
    keys = [key for key in kind.__struct_fields__ if key not in ("persons", "tables", "path")]
    if "file" in keys:
        keys += _FILE_KEYS
    if kind is TableMap:
        keys += ["pid", "from_pid", "to_pid"]
    if kind is Mapping:
        keys += [name for name in TABLES if name != "people"]
    return keys
