"""Whatever a report holds, the verifier gives a verdict in words, and only the host's own report,
word for word, is found intact.
"""

import base64
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from byte_changes import damaged
from clock import fuzzed
from hypothesis import strategies as st
from json_changes import canonical_json, changed_tree, misspelled
from report_material import papers

from cleanroom.report import container
from cleanroom.report.build import list_files, session_from_ledger
from cleanroom.report.container import ContainerError
from cleanroom.report.document import (
    AGREEMENT,
    LEDGER,
    MANIFEST,
    REPORT,
    REPORT_TYPE,
    SIGNATURES,
    VERSION,
    Report,
)
from cleanroom.report.verify import Outcome, Verdict, verify, verify_contents
from cleanroom.text import LANGUAGES
from cleanroom.trust import agreement as agreements
from cleanroom.trust import codec, envelope, fingerprint

PAPERS = papers("threshold", analyses=("A01", "A04"))
INPUTS = PAPERS.inputs
SIGNED = agreements.read(INPUTS.agreement)
KEYS = [PAPERS.identities[party.name].signing for party in SIGNED.agreement.parties]
HOST = PAPERS.identities[SIGNED.agreement.host]
FINGERPRINT = fingerprint.fingerprint(HOST.card())


def listed(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Files with their list, signed by the host."""
    manifest = codec.encode(list_files(contents))
    sealed = envelope.sign(REPORT_TYPE, manifest, [HOST.signing])
    return {**contents, MANIFEST: manifest, SIGNATURES: sealed.to_bytes()}


def good_contents() -> dict[str, bytes]:
    """A report's documents, and one file that only shows them."""
    report = Report(
        VERSION,
        INPUTS.program,
        INPUTS.created,
        SIGNED.hash,
        session_from_ledger(INPUTS),
        INPUTS.packages,
        INPUTS.items,
    )
    return {
        REPORT: codec.encode(report),
        AGREEMENT: INPUTS.agreement,
        LEDGER: codec.encode(INPUTS.ledger),
        "tables/1.csv": b"a,b\r\n1,2\r\n",
    }


BARE = good_contents()
GOOD = listed(BARE)
ARCHIVE = container.to_bytes(GOOD)


def told(verdict: Verdict) -> Verdict:
    """The verdict, when it can be said in both languages."""
    for language in LANGUAGES:
        assert all(verdict.sentences(language))
    assert (verdict.outcome is Outcome.FAILED) is bool(verdict.problems)
    return verdict


def test_the_good_report_is_good() -> None:
    assert told(verify_contents(GOOD, FINGERPRINT)).outcome is Outcome.OK
    assert told(verify_contents(GOOD)).outcome is Outcome.UNVERIFIED


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("report") / "a.crreport"
    yield path
    path.unlink(missing_ok=True)


@fuzzed(st.data())
def test_containers_with_bytes_changed(file: Path, data: st.DataObject) -> None:
    """There is one archive of a set of files, so nothing but the good one passes."""
    archive = data.draw(damaged(ARCHIVE, [GOOD[REPORT], GOOD[AGREEMENT]]))
    file.write_bytes(archive)
    if told(verify(file, FINGERPRINT)).outcome is not Outcome.FAILED:
        assert archive == ARCHIVE


NAMES = [
    *GOOD,
    "../../etc/passwd",
    "/report.json",
    "a\\b",
    "C:x",
    ".x",
    "a/../b",
    "a" * 300,
    "\u202ejson",
    "a//b",
    "tables/",
]


@fuzzed(st.data())
def test_archives_of_anything(file: Path, data: st.DataObject) -> None:
    """What is read has safe names and is packed to the same bytes again."""
    with zipfile.ZipFile(file, "w") as archive:
        for name in data.draw(st.lists(st.sampled_from(NAMES), max_size=5, unique=True)):
            moment = (1980, 1, 1, 0, 0, data.draw(st.sampled_from([0, 0, 0, 2])))
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system = data.draw(st.sampled_from([3, 3, 3, 0]))
            entry.external_attr = data.draw(st.sampled_from([0o100644, 0o100644, 0o120777])) << 16
            entry.extra = data.draw(st.sampled_from([b"", b"", b"\x01\x00\x04\x00abcd", b"\x01"]))
            kind = data.draw(st.sampled_from([zipfile.ZIP_STORED] * 3 + [zipfile.ZIP_DEFLATED]))
            archive.writestr(entry, data.draw(st.binary(max_size=60)), kind)
        archive.comment = data.draw(st.sampled_from([b"", b"", b"x"]))
    if data.draw(st.booleans()):
        file.write_bytes(data.draw(damaged(file.read_bytes(), [ARCHIVE])))
    told(verify(file))
    try:
        contents = container.read(file)
    except ContainerError:
        return
    assert all(map(container.is_safe, contents))
    assert container.to_bytes(contents) == file.read_bytes()


@fuzzed(st.data())
def test_files_with_bytes_changed(data: st.DataObject) -> None:
    """Without a new signature: everything but further signatures is what the host signed."""
    name = data.draw(st.sampled_from(sorted(GOOD)))
    changed = data.draw(damaged(GOOD[name], list(GOOD.values())))
    contents = {**GOOD, name: changed}
    if data.draw(st.integers(0, 9)) == 9:
        contents[data.draw(st.text(max_size=8))] = changed
    if told(verify_contents(contents, FINGERPRINT)).outcome is not Outcome.FAILED:
        assert {n: c for n, c in contents.items() if n != SIGNATURES} == {
            n: c for n, c in GOOD.items() if n != SIGNATURES
        }


# --- signed again --------------------------------------------------------------------------------


def with_document(name: str, document: bytes) -> dict[str, bytes]:
    """A report in which one document is another, rightly listed and signed."""
    if name == SIGNATURES:
        return {**GOOD, SIGNATURES: document}
    if name == MANIFEST:
        sealed = envelope.sign(REPORT_TYPE, document, [HOST.signing])
        return {**GOOD, MANIFEST: document, SIGNATURES: sealed.to_bytes()}
    if name == AGREEMENT:
        document = envelope.sign(agreements.AGREEMENT_TYPE, document, KEYS).to_bytes()
    return listed({**BARE, name: document})


DOCUMENTS = {
    **{name: GOOD[name] for name in (REPORT, LEDGER, MANIFEST, SIGNATURES)},
    AGREEMENT: SIGNED.body,
}
documents = pytest.mark.parametrize("name", sorted(DOCUMENTS))


@documents
@fuzzed(st.data())
def test_signed_reports_with_anything_inside(name: str, data: st.DataObject) -> None:
    """What is found intact has the one spelling, whatever else it says."""
    if data.draw(st.integers(0, 3)) == 3:
        document: bytes | None = data.draw(misspelled(DOCUMENTS[name]))
    else:
        document = canonical_json(changed_tree(DOCUMENTS[name], data))
    if document is None:
        return
    given = data.draw(st.sampled_from([None, FINGERPRINT]) | st.text(max_size=70))
    verdict = told(verify_contents(with_document(name, document), given))
    if verdict.outcome is not Outcome.FAILED:
        assert canonical_json(json.loads(document)) == document
        if name == SIGNATURES:
            assert base64.b64decode(json.loads(document)["payload"]) == GOOD[MANIFEST]
