"""The heavy part of role ``prepare``: rehearse, then seal or check, with progress."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cleanroom import wire
from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.prepare import jobs, seal, survey
from cleanroom.prepare.events import EventReader
from cleanroom.prepare.findings import Findings
from cleanroom.prepare.flow import THREADS
from cleanroom.prepare.mapping import ColumnMap, FileSpec, IdentifierMap, Mapping, PeopleMap
from cleanroom.prepare.stream import Report
from cleanroom.prepare.terms import Terms
from cleanroom.tables import Type

_EVERY_SECONDS = 0.1
_NO_KEY = bytes(32)


def serve(reader: int, writer: int) -> None:
    """Receive one job, do it, answer."""
    job: Any = wire.receive_any(reader, jobs.Job)
    said = [0.0]

    def report(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - said[0] >= _EVERY_SECONDS:
            said[0] = now
            wire.send(writer, wire.Progress(stage, done, total))

    if isinstance(job, jobs.SealJob):
        terms = _terms(job.mapping, job.agreed, job.matching_secret, job.pid_key)
        output = Path(job.output)
        sealed = seal.seal(terms, output, job.package_key, job.package_id, report)
        wire.send(writer, jobs.SealDone(sealed))
    else:
        terms = _terms(job.mapping, job.agreed, _NO_KEY, _NO_KEY, doctor=job.doctor)
        wire.send(writer, jobs.CheckDone(_look(terms, report)))


def _look(terms: Terms, report: Report) -> Findings:
    """Everything that sealing would read, without writing. Tokens are only compared here, so a
    fixed key does."""
    with ThreadPoolExecutor(THREADS) as pool:
        people = survey.population(terms, pool, report)
        tables = [people.sealed_findings()]
        index = people.index()
        for name in sorted(terms.mapping.tables):
            reader = EventReader(terms, name, index)
            for _ in reader.read(pool, report):
                continue
            tables.append(reader.findings())
    return Findings(
        tuple(tables), people.table.identifiers, people.kind_findings(), people.findings()
    )


def _terms(
    mapping: Mapping, agreed: jobs.Agreed, secret: bytes, pid_key: bytes, *, doctor: bool = False
) -> Terms:
    return Terms(
        mapping,
        agreed.agreement_id,
        agreed.time_zone,
        agreed.one_token,
        agreed.identifiers,
        agreed.dataset,
        secret,
        pid_key,
        doctor,
    )


_REHEARSED = jobs.Agreed(
    "0" * 32,
    "UTC",
    False,
    (
        Identifier("email", "email-uid2/1", "sha256"),
        Identifier("phone", "phone-e164/1", "md5"),
    ),
    DatasetSpec(
        "made up",
        "made up",
        "2020-01-01",
        "2021-01-01",
        {
            "people": {"a_band": ColumnSpec(Type.CATEGORY, ("x", "y"))},
        },
    ),
)
_ROWS = (
    "id,mail,phone,band\r\n"
    "1, a@b.example ,13800000001,x\r\n"
    "2,ｂ@c.example,(021) 5555 0001,y\r\n"  # full width: the path for rows beyond ASCII
)
_ENCODINGS = {"utf-8": b"", "gb18030": b"", "utf-16-le": b"\xff\xfe"}


def rehearse(folder: Path) -> None:
    """Seal a made-up table of two people in ``folder``, in each encoding.

    Libraries load parts of themselves when they are first used, and behind the closed wall nothing
    can be loaded any more: so every path that real data may take is taken once before.
    """
    columns = {"a_band": ColumnMap("band")}
    identifiers = (IdentifierMap("mail", "email"), IdentifierMap("phone", "phone"))
    for encoding, mark in _ENCODINGS.items():
        table, output = folder / f"{encoding}.csv", folder / f"{encoding}.part"
        table.write_bytes(mark + _ROWS.encode(encoding))
        people = PeopleMap(FileSpec(str(table)), columns, identifiers, pid="id")
        terms = _terms(Mapping("made up", people), _REHEARSED, _NO_KEY, _NO_KEY, doctor=True)
        seal.seal(terms, output, _NO_KEY, "0" * 32, lambda *_: None)
        output.unlink()
        table.unlink()
