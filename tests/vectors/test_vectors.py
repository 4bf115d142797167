"""Every file of the vectors is read as its index says: the good one, and each twin with its error.

The readers below are what the product does with such a file; the facts of the good files are
checked by other means than the code that wrote them, where there are any.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import make
import pytest
import vector_material as material

from cleanroom.errors import CleanroomError, TrustError
from cleanroom.trust import agreement_rules, codec, fingerprint, grant, identity, ledger, package
from cleanroom.trust.agreement import open_matching_secret, require_in_force
from cleanroom.trust.receipt import read_receipt, settled

ROOT = material.HERE
PLATFORM = material.identity("platform").card()
Facts = dict[str, Any]


def index(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / name / "index.json").read_text("utf-8"))
    return content


def read_card(data: bytes, facts: Facts, _now: datetime) -> None:
    card = identity.read_card(data)
    assert fingerprint.fingerprint(card) == facts["fingerprint"]
    assert " ".join(fingerprint.words(card)) == facts["words"]
    assert " ".join(fingerprint.digits(card)) == facts["digits"]


def read_agreement(data: bytes, facts: Facts, now: datetime) -> None:
    signed = agreement_rules.read_checked(data)
    found = require_in_force(signed, now)
    assert (found.id, signed.hash) == (facts["agreement_id"], facts["sha256"])
    for name in found.data_parties:
        key = material.identity(name).sealing
        assert open_matching_secret(found, name, key) == material.drawn("matching secret", 32)
    with pytest.raises(TrustError, match=r"trust\.not_for_you"):
        open_matching_secret(found, "platform", material.identity("stranger").sealing)


def read_package(data: bytes, facts: Facts, _now: datetime) -> None:
    file = BytesIO(data)
    sealed, manifest = package.read_envelope(file)
    digest = package.verify(sealed, PLATFORM.signing)
    plain = {}
    for number, part in enumerate(manifest.parts):
        ciphertext = package.read_part(file, manifest, number)
        try:
            plain[part.table] = material.decrypt(ciphertext, part.table)
        except (material.InvalidTag, ValueError):
            raise TrustError("trust.package_damaged") from None
    for table, columns in facts["rows"].items():
        found = material.pq.read_table(BytesIO(plain[table])).to_pydict()
        assert {name: list(map(str, values)) for name, values in found.items()} == columns
    assert digest == facts["manifest_sha256"]


def read_request(data: bytes, facts: Facts, _now: datetime) -> None:
    request, digest = grant.read_request(data, PLATFORM.signing)
    assert digest == facts["sha256"]
    assert ledger.verify_chain([], request.agreement_id, request.since) == []


def read_grant(data: bytes, facts: Facts, now: datetime) -> None:
    digest = material.request_hash(ROOT)
    found = grant.read_grant(data, PLATFORM.signing, material.request(ROOT), digest)
    grant.check_times(found, now)
    opened = material.open_grant(found, digest)
    assert opened == (material.PACKAGE_KEY, material.drawn("state share", 32))
    assert grant.grant_sha256(found) == facts["grant_sha256"]


def read_ledger(data: bytes, facts: Facts, _now: datetime) -> None:
    entries = data.split(b"\n")
    found = ledger.verify_chain(entries, material.request(ROOT).agreement_id, facts["genesis"])
    assert len(found) == len(entries)
    assert hashlib.sha256(entries[-1]).hexdigest() == facts["head"]


def read_settlement(data: bytes, facts: Facts, _now: datetime) -> None:
    request = material.request(ROOT)
    spent, head, seq = settled(
        read_receipt(data, PLATFORM.signing),
        request.session_key,
        grant.grant_sha256(material.granted(ROOT)),
        agreement_id=request.agreement_id,
        since=request.since,
        since_seq=request.since_seq,
    )
    assert (spent.nano_rho, spent.cells, spent.analyses) == tuple(
        facts["spent"][name] for name in ("nano_rho", "cells", "analyses")
    )
    assert (head, seq) == (facts["head"], 4)


READERS: dict[str, Callable[[bytes, Facts, datetime], None]] = {
    "card": read_card,
    "agreement": read_agreement,
    "package": read_package,
    "request": read_request,
    "grant": read_grant,
    "ledger": read_ledger,
    "receipt": read_settlement,
}
CASES = [
    pytest.param(name, case["file"], case["error"], id=f"{name}/{case['file']}")
    for name in READERS
    for case in index(name)["files"]
]


def read(name: str, file: str) -> None:
    about = index(name)
    now = datetime.fromisoformat(about["now"])
    READERS[name]((ROOT / name / file).read_bytes(), about["facts"], now)


@pytest.mark.parametrize(("name", "file", "error"), CASES)
def test_a_file_is_read_as_its_index_says(name: str, file: str, error: str | None) -> None:
    if error is None:
        read(name, file)
        return
    with pytest.raises(CleanroomError) as raised:
        read(name, file)
    assert raised.value.code == error


@pytest.mark.parametrize("name", READERS)
def test_every_file_is_in_the_index(name: str) -> None:
    listed = [case["file"] for case in index(name)["files"]]
    assert len(set(listed)) == len(listed)
    assert {path.name for path in (ROOT / name).iterdir()} == {"index.json", *listed}
    assert [case["file"] for case in index(name)["files"] if case["error"] is None] == [listed[0]]


@pytest.mark.parametrize("name", READERS)
def test_every_twin_differs_from_the_good_file(name: str) -> None:
    files = [(ROOT / name / case["file"]).read_bytes() for case in index(name)["files"]]
    assert len(set(files)) == len(files)


def test_the_vectors_are_what_their_script_writes(tmp_path: Path) -> None:
    """Sealed content is kept from the good files; everything else follows from fixed keys."""
    kept = ("agreement/good.json", "package/good.dcrpkg", "grant/good.json")
    for file in (*kept, "package/content-context.dcrpkg", "grant/sealed-other-key.json"):
        target = tmp_path / file
        target.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, target)
    make.build(tmp_path)
    for name in (*READERS, "keys.json"):
        folder = ROOT / name
        for path in [folder] if folder.is_file() else sorted(folder.iterdir()):
            made = tmp_path / path.relative_to(ROOT)
            assert made.read_bytes() == path.read_bytes(), path.relative_to(ROOT)


def test_the_keys_are_the_ones_that_are_written_down() -> None:
    assert json.loads((ROOT / "keys.json").read_text("utf-8")) == material.keys()


def test_the_tokens_are_the_ones_that_sealing_makes() -> None:
    """The vectors compute tokens with the standard library alone; the desk uses polars."""
    tokens = pytest.importorskip("cleanroom.prepare.tokens")
    found = material.agreement(ROOT / "agreement")
    key = tokens.kind_key(material.drawn("matching secret", 32), found.id, "phone")
    prk = material.hmac.digest(found.id.encode(), material.drawn("matching secret", 32), "sha256")
    assert key == material.hmac.digest(prk, b"phone\x01", "sha256")
    for phone, pair in index("agreement")["facts"]["tokens"].items():
        digest = material.hmac.digest(key.hex().encode(), phone.encode(), "sha256")
        assert [str(int.from_bytes(digest[i : i + 8], "big")) for i in (0, 8)] == pair


def test_the_good_package_is_laid_out_as_the_agreement_says() -> None:
    found = material.agreement(ROOT / "agreement")
    with (ROOT / "package" / "good.dcrpkg").open("rb") as file:
        _, manifest = package.read_envelope(file)
    assert manifest.agreement_hash == codec.sha256_hex(codec.encode(found))
    assert [(t.name, t.columns) for t in manifest.tables] == list(material.tables(found))
