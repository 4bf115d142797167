"""Two parties whose raw files hold a mark in every cell, and the terms under which they meet."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import rooms
from hunt import Hunt
from rooms import DATA_PARTIES, Room

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.sandbox.inside import parts
from cleanroom.session import drafts, granting, signing
from cleanroom.tables import Type
from cleanroom.trust import package
from cleanroom.trust.agreement_rules import read_checked

IDENTIFIERS = b"""[[identifiers]]
kind = "phone"
recipe = "phone-cn11/1"
token_base = "plain"

[[identifiers]]
kind = "email"
recipe = "email-basic/1"
token_base = "plain"
"""
PHONES = 10_000
POLICY = "answer_quantum_ms = 0\nmin_match = 0\n"
TABLES: dict[str, dict[str, dict[str, ColumnSpec]]] = {
    "platform": {
        "people": {"a_age": ColumnSpec(Type.CATEGORY, ("young", "middle", "old"))},
        "exposures": {
            "ts": ColumnSpec(Type.DATETIME),
            "channel": ColumnSpec(Type.CATEGORY, ("feed", "search")),
        },
    },
    "brand": {
        "people": {"a_member": ColumnSpec(Type.CATEGORY, ("silver", "gold"))},
        "conversions": {
            "ts": ColumnSpec(Type.DATETIME),
            "paid": ColumnSpec(Type.MONEY, cap=10_000_00),
            "order_id": ColumnSpec(Type.INTEGER),
        },
    },
}
MAPPINGS = {
    "platform": """columns.a_age = {{ column = "age", values = {age} }}
[exposures]
file = "platform-events.csv"
pid = "uid"
columns.ts = "at"
columns.channel = {{ column = "where", values = {where} }}
""",
    "brand": """columns.a_member = {{ column = "level", values = {level} }}
[conversions]
file = "brand-events.csv"
pid = "uid"
columns.ts = "at"
columns.paid = "paid"
columns.order_id = {{ column = "order", hashed = true }}
""",
}


class Marks:
    """Texts that stand in the raw files of this run and nowhere else."""

    def __init__(self) -> None:
        word = secrets.token_hex(5)
        self.mail = f"qm{word}"  # begins every address
        self.phone = f"1{3 + secrets.randbelow(7)}{secrets.randbelow(10**5):05d}"
        self.uid = f"qu{word}"
        self.order = f"qo{word}"
        self.text = f"qt{word}"  # begins every word of an attribute
        self.clock = "03:17:42"  # of every event
        self.first_paid = 2**45 + secrets.randbelow(2**44)

    def texts(self) -> dict[str, str]:
        """What no file but the raw ones may hold."""
        phones = {f"telephone {i}": self.number(i) for i in range(0, PHONES, PHONES // 20)}
        return {
            "address": self.mail,
            "id": self.uid,
            "order": self.order,
            "word": self.text,
            "clock": f" {self.clock}",
            **phones,
        }

    def number(self, person: int) -> str:
        """One of 10,000 telephone numbers."""
        return f"{self.phone}{person:04d}"


def people(party: str, marks: Marks, count: int) -> Iterator[str]:
    """The lines of a party's people. The brand's begin at a quarter of the platform's."""
    column = {"platform": "age", "brand": "level"}[party]
    words = len(TABLES[party]["people"][f"a_{'age' if party == 'platform' else 'member'}"].domain)
    yield f"uid,mail,tel,{column}"
    first = 0 if party == "platform" else count // 4
    for person in range(first, first + count):
        nth = person - count // 4  # where the brand's people begin
        phone = marks.number(nth) if 0 <= nth < PHONES else ""
        mail = f"{marks.mail}{person}@private.example"
        yield f"{marks.uid}{party}{person},{mail},{phone},{marks.text}{column}{person % words}"


def events(party: str, marks: Marks, count: int) -> Iterator[str]:
    """The lines of a party's events, one for each of its people."""
    first = 0 if party == "platform" else count // 4
    yield "uid,at,where" if party == "platform" else "uid,at,paid,order"
    for person in range(first, first + count):
        begin = f"{marks.uid}{party}{person},2026-03-{1 + person % 28:02d} {marks.clock}"
        if party == "platform":
            yield f"{begin},{marks.text}where{person % 2}"
        else:
            cents = marks.first_paid + person
            yield f"{begin},{cents // 100}.{cents % 100:02d},{marks.order}{person}"


def mapping(party: str, marks: Marks) -> str:
    """The party's mapping file, which names its words."""

    def words(column: str, labels: Sequence[str]) -> str:
        return (
            "{ "
            + ", ".join(f'"{marks.text}{column}{i}" = "{x}"' for i, x in enumerate(labels))
            + " }"
        )

    filled = MAPPINGS[party].format(
        age=words("age", ("young", "middle", "old")),
        where=words("where", ("feed", "search")),
        level=words("level", ("silver", "gold")),
    )
    return f"""dataset = "{party} data"
[people]
file = "{party}.csv"
pid = "uid"
identifiers = [{{ column = "tel", kind = "phone" }}, {{ column = "mail", kind = "email" }}]
{filled}"""


def inputs(room: Room) -> set[Path]:
    """The parties' own files, which hold the marks."""
    names = ("{}.csv", "{}-events.csv", "{}.toml")
    return {room.folder / name.format(party) for party in DATA_PARTIES for name in names}


def build(folder: Path, marks: Marks, count: int) -> Room:
    """Vaults, an accepted agreement, raw files and mappings; nothing is sealed yet."""
    room = rooms.build(folder, sealed=False)
    described = {
        party: msgspec.json.encode(
            DatasetSpec(party, f"{party} data", "2026-01-01", "2027-01-01", TABLES[party])
        )
        for party in DATA_PARTIES
    }
    _agree(room, described)
    for party in DATA_PARTIES:
        files = {
            f"{party}.csv": "\n".join(people(party, marks, count)) + "\n",
            f"{party}-events.csv": "\n".join(events(party, marks, count)) + "\n",
            f"{party}.toml": mapping(party, marks),
        }
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
    return room


def _agree(room: Room, described: Mapping[str, bytes]) -> None:
    """As ``rooms.agree``, for these datasets and two kinds of identifiers."""
    begun = drafts.begin(
        drafts.Beginning(
            template="platform-hosts",
            cards={party: room.card(party).read_bytes() for party in room.parties},
            dataset=described["platform"],
            policy=POLICY.encode(),
            mode="threshold",
            title="",
            host="",
            days=30,
            min_isolation=0,
            identifiers=IDENTIFIERS,
            language="en",
        ),
        datetime.now(UTC),
    )
    proposed, _ = drafts.contribute(begun, described["brand"], POLICY.encode())
    signed = read_checked(proposed)
    for party in room.parties:
        with room.open(party) as vault:
            signed = signing.sign(vault, signed)
    room.agreement.write_bytes(signed.envelope.to_bytes())


def sealed_numbers(room: Room, party: str) -> list[int]:
    """Every token and amount of a package, by its owner's key; these are the cells that cross."""
    with room.open(party) as vault, room.package(party).open("rb") as file:
        _, manifest = package.read_envelope(file)
        key = vault.secrets.get(granting.package_name(manifest.package_id))
        columns = {table.name: table.columns for table in manifest.tables}
        found: list[np.ndarray] = []
        for number, part in enumerate(manifest.parts):
            plain = parts.decrypt(package.read_part(file, manifest, number), manifest, number, key)
            arrays = parts.arrays(plain, columns[part.table])
            wide = [a for a in arrays if a.dtype.itemsize == 8]
            found += [a.astype("<u8") for a in wide if len(np.unique(a)) > len(a) // 2]
    return [int(n) for n in np.concatenate(found).tolist() if n.bit_length() > 40]


def hunt(marks: Marks, numbers: Sequence[int] = ()) -> Hunt:
    """For all that is marked, and for these numbers."""
    return Hunt(marks.texts(), [*numbers, *(int(marks.number(i)) for i in range(PHONES))])
