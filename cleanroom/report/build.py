"""From releases to a signed report: the files of its folder, their list, the signature over it.

The same input gives the same bytes. A folder appears whole or not at all.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cleanroom.disclosure.price import total
from cleanroom.errors import InputError, TrustError
from cleanroom.report import editions, tables
from cleanroom.report.contents import Sources
from cleanroom.report.document import (
    AGREEMENT,
    LEDGER,
    MANIFEST,
    REPORT,
    REPORT_TYPE,
    SIGNATURES,
    VERSION,
    FileEntry,
    Item,
    LedgerExtract,
    Manifest,
    Report,
    Session,
)
from cleanroom.report.drawing import Drawn, Job
from cleanroom.report.wording import Wording, party_names
from cleanroom.trust import agreement as agreements
from cleanroom.trust import codec, ledger
from cleanroom.trust.envelope import Envelope
from cleanroom.trust.grant import SelfTest

Draw = Callable[[Job], Drawn]
Sign = Callable[[bytes], Envelope]


@dataclass(frozen=True)
class ReportInputs:
    """What a report is made from.

    ``agreement``: the agreement file. ``packages``: the signed package manifests, in the order of
    the data parties. ``ledger``: entries since the head ``since``, this session's among them.
    ``self_tests``: worker -> its proof of isolation. ``created``: ISO 8601 UTC ending in Z.
    """

    agreement: bytes
    packages: tuple[Envelope, ...]
    items: tuple[Item, ...]
    ledger: LedgerExtract
    session_id: str
    self_tests: dict[str, SelfTest]
    program: str
    created: str
    lost_openings: int = 0


def build(inputs: ReportInputs, out_dir: Path, sign: Sign, draw: Draw) -> Path:
    """Write the report into the new folder ``out_dir``.

    ``sign`` wraps the bytes of ``manifest.json`` in an envelope of type ``REPORT_TYPE`` signed by
    the host; ``draw`` draws charts and sets pages (see ``render``).
    Raises ``input.report_exists``, ``trust.*`` for papers that don't verify, ``sandbox.*`` for
    what could not be drawn.
    """
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise InputError("input.report_exists", folder=out_dir.name)
    contents = files(inputs, draw)
    manifest = codec.encode(list_files(contents))
    envelope = sign(manifest)
    if envelope.payload_type != REPORT_TYPE or envelope.body != manifest:
        raise ValueError("the signature is not over the manifest")
    contents = {**contents, MANIFEST: manifest, SIGNATURES: envelope.to_bytes()}
    _write(contents, out_dir)
    return out_dir


def files(inputs: ReportInputs, draw: Draw) -> dict[str, bytes]:
    """Every signed file by name, with its bytes."""
    signed = agreements.read(inputs.agreement)
    report = _report(inputs, signed.hash)
    contents = {
        REPORT: codec.encode(report),
        AGREEMENT: inputs.agreement,
        LEDGER: codec.encode(inputs.ledger),
    }
    sources = Sources(report, signed.agreement, inputs.ledger)
    names = party_names(signed.agreement)
    wordings = [Wording(language, names, signed.agreement.currency) for language in editions.SHORT]
    made = [editions.edition(sources, wording) for wording in wordings]
    job = editions.job(made, inputs.created)
    contents.update(editions.files(made, job, draw(job)))
    for wording in wordings:
        for number, item in enumerate(report.items, 1):
            contents.update(tables.files(number, item, wording))
    return contents


def _report(inputs: ReportInputs, agreement_hash: str) -> Report:
    return Report(
        VERSION,
        inputs.program,
        inputs.created,
        agreement_hash,
        session_from_ledger(inputs),
        inputs.packages,
        inputs.items,
    )


def session_from_ledger(inputs: ReportInputs) -> Session:
    """What the ledger says of the session. Raises ``trust.malformed`` when it isn't there."""
    entries = [ledger.read(entry.encode()) for entry in inputs.ledger.entries]
    mine = [entry for entry in entries if entry.session_id == inputs.session_id]
    opened = next((entry for entry in mine if entry.opened), None)
    if opened is None or opened.opened is None:
        raise TrustError("trust.malformed", what="ledger")
    closed = next((entry.at for entry in mine if entry.closed), "")
    answers = [entry.answered for entry in mine if entry.answered]
    return Session(
        inputs.session_id,
        opened.at,
        closed,
        opened.opened.isolation,
        inputs.self_tests,
        total([answer.price for answer in answers]),
        sum(answer.status == "refused" for answer in answers),
        inputs.lost_openings,
    )


def list_files(contents: Mapping[str, bytes]) -> Manifest:
    """The list that gets signed."""
    entries = [
        FileEntry(name, len(data), codec.sha256_hex(data)) for name, data in contents.items()
    ]
    return Manifest(VERSION, REPORT_TYPE, tuple(sorted(entries, key=lambda entry: entry.name)))


def _write(contents: Mapping[str, bytes], out_dir: Path) -> None:
    """All files into a folder beside the final one, which is then renamed."""
    partial = out_dir.with_name(out_dir.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        for name, data in contents.items():
            path = partial.joinpath(*name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if out_dir.exists():
            out_dir.rmdir()
        partial.rename(out_dir)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
