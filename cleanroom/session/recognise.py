"""Say what one of our files is, without believing it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cleanroom import text
from cleanroom.errors import CleanroomError, InputError
from cleanroom.report.document import REPORT_TYPE
from cleanroom.session import drafts
from cleanroom.session.travel import read_file
from cleanroom.trust import fingerprint, handwritten, package
from cleanroom.trust.agreement import AGREEMENT_TYPE
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.trust.grant import GRANT_TYPE, REQUEST_TYPE, read_request
from cleanroom.trust.identity import CARD_TYPE, read_card
from cleanroom.trust.receipt import RECEIPT_TYPE, read_receipt

_TYPES = {
    AGREEMENT_TYPE: "agreement",
    CARD_TYPE: "card",
    REQUEST_TYPE: "request",
    GRANT_TYPE: "grant",
    RECEIPT_TYPE: "receipt",
    REPORT_TYPE: "signatures",
}


_STARTS = {
    package.MAGIC: "package",
    b"manifest.json\0": "backup",  # a tar file whose first member has this name
}
_TABLES = {"analysis": "plan", "people": "mapping"}
_SETTINGS_LIMIT = 4 << 20
KINDS = {*_TYPES.values(), *_STARTS.values(), *_TABLES.values(), "vault", "report", "dataset"}


class _Typed(msgspec.Struct):
    payload_type: str = msgspec.field(name="payloadType")


def recognise(path: Path, language: str) -> Mapping[str, object]:
    """What kind of file it is, facts that can be read without a key, and what comes next.

    Raises ``input.no_file``, ``input.unknown_file``.
    """
    kind = _kind(path)
    facts: dict[str, object] = {"what": text.say(f"files.{kind}.what", language)}
    try:
        facts.update(_facts(kind, path))
    except CleanroomError as error:
        facts["problem"] = error.message(language)
    facts["next"] = text.say(f"files.{kind}.next", language)
    return facts


def _kind(path: Path) -> str:
    if path.is_dir():
        for mark, kind in (("vault.hdr", "vault"), ("manifest.json", "report")):
            if (path / mark).is_file():
                return kind
        raise InputError("input.unknown_file", file=path.name)
    try:
        with path.open("rb") as file:
            start = file.read(max(map(len, _STARTS)))
    except OSError:
        raise InputError("input.no_file", file=path.name) from None
    for magic, begun in _STARTS.items():
        if start.startswith(magic):
            return begun
    if path.suffix == ".crreport":
        return "report"
    data = read_file(path)
    kind = _signed(data) or _description(data) or _settings(data)
    if not kind:
        raise InputError("input.unknown_file", file=path.name)
    return kind


def _signed(data: bytes) -> str:
    try:
        return _TYPES.get(msgspec.json.decode(data, type=_Typed).payload_type, "")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""


def _description(data: bytes) -> str:
    try:
        drafts.read_dataset(data)
    except InputError:
        return ""
    return "dataset"


def _settings(data: bytes) -> str:
    """What people write by hand."""
    try:
        small = data if len(data) < _SETTINGS_LIMIT else b""
        table = handwritten.parse(small.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return ""
    return next((kind for mark, kind in _TABLES.items() if mark in table), "")


def _facts(kind: str, path: Path) -> Mapping[str, object]:
    if kind == "package":
        with path.open("rb") as file:
            manifest = package.read_envelope(file)[1]
        rows = {table.name: table.rows for table in manifest.tables}
        return {"owner": manifest.owner, "dataset": manifest.dataset, "rows": rows}
    if kind == "agreement":
        signed = read_checked(read_file(path))
        return {"state": signed.state, "signed by": list(signed.signed_by)}
    if kind == "card":
        card = read_card(read_file(path))
        return {"name": card.name, "words": " ".join(fingerprint.words(card))}
    if kind == "request":
        request, _ = read_request(read_file(path), None)
        return {"host": request.host, "owner": request.owner, "created": request.created}
    if kind == "receipt":
        return {"owner": read_receipt(read_file(path)).owner}
    return {}
