"""Takes every path that real data may take once, on a made-up table of a few people.

Libraries load parts of themselves when they are first used, and behind the closed wall nothing can
be loaded any more.
"""

import codecs
from decimal import Decimal
from pathlib import Path
from typing import Final

import phonenumbers
import polars as pl
import pyarrow.parquet as pa_parquet

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.prepare import seal
from cleanroom.prepare.mapping import (
    Bins,
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
from cleanroom.prepare.read.encoding import ENCODINGS
from cleanroom.prepare.terms import Terms
from cleanroom.tables import Type

_KEY: Final = bytes(32)
_PEOPLE: Final = (
    "id,mail,phone,device,band,spend,vip,as_of,consent,age\r\n"
    "1, a@b.example ,13800000001,0933C3AAF4D3957ACC8044F7B31B874E,"
    'x,"1,234.50",是,2020-01-02,Y,30\r\n'
    "2,ｂ@c.example,(021) 5555 0001,,y,12.5,no,2020/1/3,Y,41\r\n"
    "3,a@b.example,+852 5123 4567,-,x,7,,20200104,Y,52\r\n"
    "4,d@e.example,+44 20 7946 0018,,x,7,,20200104,N,13\r\n"
)
_EVENTS: Final = (
    "id;when;amount;order\r\n"
    "1;2020-02-03 04:05:06;1,50;A1\r\n"
    '9;2020-02-03T04:05:06Z;"2,00";\r\n'
    "2;2019-01-01;x;3\r\n"
)
_OPTED_OUT: Final = "mail\nd@e.example\n"
_AGREED: Final = (
    Identifier("email", "email-uid2/1", "sha256"),
    Identifier("phone", "phone-e164/1", "md5"),
    Identifier("device", "device-id/1", "sha256-of-md5"),
)
_TABLES: Final = {
    "people": {
        "a_band": ColumnSpec(Type.CATEGORY, ("x", "y")),
        "a_spend": ColumnSpec(Type.CATEGORY, ("low", "high")),
        "is_fan": ColumnSpec(Type.BOOL),
    },
    "conversions": {
        "ts": ColumnSpec(Type.DATETIME),
        "paid": ColumnSpec(Type.MONEY),
        "order_id": ColumnSpec(Type.INTEGER),
    },
}


def rehearse(folder: Path) -> None:
    """Seal made-up files in ``folder``, once with pids and once without, and remove them again.
    Checking and the rest use nothing that sealing does not."""
    phonenumbers.PhoneMetadata.load_all()  # else countries are imported as numbers turn up
    events = folder / "events.csv"
    events.write_text(_EVENTS, "ascii", newline="")
    (folder / "opted-out.csv").write_text(_OPTED_OUT, "ascii")
    people = folder / "people.csv"
    for encoding in ENCODINGS:
        codecs.lookup(encoding)  # an encoding is a module, too
    people.write_text(_PEOPLE, "utf-8", newline="")
    _once(people, events, folder, one_token=True)
    rows = [line.split(",") for line in _PEOPLE.replace('"1,234.50"', "1234.5").splitlines()]
    cells = {name: list(column) for name, *column in zip(*rows, strict=True)}
    parquet = folder / "people.parquet"
    pa_parquet.write_table(pl.DataFrame(cells).to_arrow(), parquet, compression="snappy")
    _once(parquet, events, folder, one_token=False)
    for path in (events, people, parquet, folder / "opted-out.csv"):
        path.unlink()


def _once(people: Path, events: Path, folder: Path, *, one_token: bool) -> None:
    mapping = _mapping(people, events, pid=None if one_token else "id")
    identifiers = _AGREED[:1] if one_token else _AGREED
    dataset = DatasetSpec("made up", "made up", "2020-01-01", "2021-01-01", _TABLES)
    terms = Terms(mapping, "0" * 32, "Asia/Shanghai", one_token, identifiers, dataset, _KEY, _KEY)
    output = folder / "rehearsal.part"
    seal.seal(terms, output, _KEY, "0" * 32, lambda *_: None)
    output.unlink()


def _mapping(people: Path, events: Path, pid: str | None) -> Mapping:
    """People with all that a mapping can say; events name them by ``id``."""
    columns = {
        "a_band": ColumnMap("band"),
        "a_spend": ColumnMap("spend", bins=Bins((Decimal(10),), ("low", "high"))),
        "is_fan": ColumnMap("vip"),
        "as_of": ColumnMap("as_of"),
    }
    identifiers = (
        IdentifierMap("mail", "email"),
        IdentifierMap("phone", "phone"),
        IdentifierMap("device", "device"),
    )
    bought = {
        "ts": ColumnMap("when"),
        "paid": ColumnMap("amount", decimal=",", unreadable="missing"),
        "order_id": ColumnMap("order", hashed=True),
    }
    listed = OptOut(FileSpec(str(events.with_name("opted-out.csv"))), "mail", "email")
    return Mapping(
        "made up",
        PeopleMap(
            FileSpec(str(people)),
            columns,
            identifiers,
            pid,
            consent=Consent("consent", ("Y",)),
            under_14=Under14("age", below=14),
        ),
        {"conversions": TableMap(FileSpec(str(events)), bought, {"pid": "id"})},
        (listed,) if pid is None else (),
    )
