"""The verifier: each changed byte is found and its file named; papers that do not fit."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from report_material import Papers, papers

from cleanroom.disclosure.price import FREE
from cleanroom.report.build import ReportInputs, build, list_files
from cleanroom.report.container import pack, read, to_bytes
from cleanroom.report.document import (
    LEDGER,
    MANIFEST,
    REPORT,
    REPORT_TYPE,
    SIGNATURES,
    LedgerExtract,
    Report,
)
from cleanroom.report.render import draw
from cleanroom.report.verify import Outcome, Verdict, verify, verify_contents
from cleanroom.trust import agreement as agreements
from cleanroom.trust import codec, envelope, ledger
from cleanroom.trust.fingerprint import digits, fingerprint, words

Contents = dict[str, bytes]


def card(made: Papers) -> Any:
    return made.identities[made.agreement.host].card()


def signed(made: Papers, contents: Contents) -> Contents:
    """The same files with a list and a signature of the host that fit them."""
    inner = {k: v for k, v in contents.items() if k not in (MANIFEST, SIGNATURES)}
    manifest = codec.encode(list_files(inner))
    return {**inner, MANIFEST: manifest, SIGNATURES: made.sign(manifest).to_bytes()}


def problems(verdict: Verdict) -> list[str]:
    assert verdict.outcome is Outcome.FAILED
    assert verdict.exit_code == 4
    assert verdict.sentences("en")
    assert verdict.sentences("zh_CN")
    return [one.key for one in verdict.problems]


def test_intact_but_nobody_vouches(threshold: Papers, threshold_report: Path) -> None:
    verdict = verify(threshold_report)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.UNVERIFIED, 8)
    assert fingerprint(card(threshold)) in verdict.sentences("en")[0]
    assert verdict.unsigned == ("清源美妆",)


def test_trusted_card_and_expected_fingerprint(threshold: Papers, threshold_report: Path) -> None:
    own = card(threshold)
    assert verify(threshold_report, trusted=[fingerprint(own)]).exit_code == 0
    spoken = (fingerprint(own).upper(), " ".join(words(own)), "".join(digits(own)))
    for told in (*spoken, " ".join(digits(own))):
        assert verify(threshold_report, told).outcome is Outcome.OK
    other = fingerprint(threshold.identities["brand"].card())
    assert verify(threshold_report, trusted=[other]).exit_code == 8
    assert problems(verify(threshold_report, other)) == ["another_signer"]
    assert problems(verify(threshold_report, "abc")) == ["expected_malformed"]


def test_countersigning_shows(threshold: Papers, threshold_report: Path) -> None:
    contents = read(threshold_report)
    sealed = envelope.parse(contents[SIGNATURES], REPORT_TYPE, "report")
    both = envelope.countersign(sealed, threshold.identities["brand"].signing)
    verdict = verify_contents({**contents, SIGNATURES: both.to_bytes()})
    assert [signer.party for signer in verdict.signers] == ["platform", "brand"]
    assert verdict.unsigned == ()


def test_packed_is_the_same(threshold: Papers, threshold_report: Path, tmp_path: Path) -> None:
    packed = pack(threshold_report, tmp_path / "a.crreport")
    again = pack(threshold_report, tmp_path / "b.crreport")
    assert packed.read_bytes() == again.read_bytes()
    assert read(packed) == read(threshold_report)
    assert verify(packed, trusted=[fingerprint(card(threshold))]).outcome is Outcome.OK


@given(data=st.data())
def test_every_changed_byte_names_its_file(threshold_report: Path, data: st.DataObject) -> None:
    contents = read(threshold_report)
    name = data.draw(st.sampled_from(sorted(contents)))
    place = data.draw(st.integers(0, len(contents[name]) - 1))
    change = data.draw(st.integers(1, 255))
    body = bytearray(contents[name])
    body[place] ^= change
    verdict = verify_contents({**contents, name: bytes(body)})
    assert verdict.outcome is Outcome.FAILED
    assert any(name in sentence for sentence in verdict.sentences("en")[1:])
    others = set(contents) - {name}
    accused = {
        other for other in others for s in verdict.sentences("en")[1:] if f" {other} was" in s
    }
    assert accused == set()


def test_each_file_has_each_of_a_few_bytes_flipped_on_disk(
    threshold_report: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    shutil.copytree(threshold_report, folder)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            body = bytearray(whole)
            body[place] ^= 1
            path.write_bytes(bytes(body))
            assert any(name in sentence for sentence in verify(folder).sentences()[1:])
        path.write_bytes(whole)
    assert verify(folder).outcome is Outcome.UNVERIFIED


@given(data=st.data())
def test_every_changed_byte_of_a_packed_report_is_found(
    threshold_report: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    body = bytearray(to_bytes(read(threshold_report)))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    packed = tmp_path_factory.mktemp("packed") / "a.crreport"
    packed.write_bytes(bytes(body))
    verdict = verify(packed)
    assert verdict.outcome is Outcome.FAILED
    assert len(verdict.sentences()) >= 2


def test_missing_and_extra_files(threshold_report: Path) -> None:
    contents = read(threshold_report)
    for name in contents:
        left = {k: v for k, v in contents.items() if k != name}
        verdict = verify_contents(left)
        assert "missing" in problems(verdict)
        assert any(name in sentence for sentence in verdict.sentences())
    assert problems(verify_contents({**contents, "tables/more.csv": b""})) == ["extra"]


def test_signature_of_a_stranger_or_of_another_party(
    threshold: Papers, threshold_report: Path
) -> None:
    contents = read(threshold_report)
    manifest = contents[MANIFEST]
    sealed = envelope.parse(contents[SIGNATURES], REPORT_TYPE, "report")
    stranger = envelope.countersign(sealed, Ed25519PrivateKey.generate()).to_bytes()
    assert problems(verify_contents({**contents, SIGNATURES: stranger})) == ["bad_signature"]
    brand = threshold.identities["brand"].signing
    alone = envelope.sign(REPORT_TYPE, manifest, [brand]).to_bytes()
    assert problems(verify_contents({**contents, SIGNATURES: alone})) == ["host_unsigned"]
    nobody = envelope.sign(REPORT_TYPE, manifest, []).to_bytes()
    assert problems(verify_contents({**contents, SIGNATURES: nobody})) == ["host_unsigned"]


def rebuilt(made: Papers, change: Callable[[ReportInputs], ReportInputs], folder: Path) -> Verdict:
    """The verdict on a report that the host made and signed from other papers."""
    return verify(build(change(made.inputs), folder / "out", made.sign, draw))


def test_agreement_that_nobody_else_signed(threshold: Papers, tmp_path: Path) -> None:
    sealed = agreements.read(threshold.inputs.agreement).envelope
    half = msgspec.structs.replace(sealed, signatures=sealed.signatures[:1]).to_bytes()
    verdict = rebuilt(threshold, lambda inputs: replace(inputs, agreement=half), tmp_path)
    assert problems(verdict) == ["agreement_open"]
    assert "清源美妆" in verdict.sentences()[1]


def edited(made: Papers, folder: Path, change: Callable[[Report], Report]) -> Verdict:
    """The verdict on a report whose ``report.json`` the host rewrote and signed again."""
    contents = read(folder)
    report = codec.decode(contents[REPORT], Report, "report")
    return verify_contents(signed(made, {**contents, REPORT: codec.encode(change(report))}))


def test_a_release_that_the_ledger_does_not_know(threshold: Papers, threshold_report: Path) -> None:
    def nicer(report: Report) -> Report:
        item = report.items[0]
        vector = item.releases[0].vectors[0]
        values = (vector.values[0], *(5000 for _ in vector.values[1:]))
        better = msgspec.structs.replace(vector, values=values)
        release = msgspec.structs.replace(item.releases[0], vectors=(better,))
        item = msgspec.structs.replace(item, releases=(release,))
        return msgspec.structs.replace(report, items=(item, *report.items[1:]))

    verdict = edited(threshold, threshold_report, nicer)
    assert problems(verdict) == ["release_unknown"]
    assert "A01" in verdict.sentences()[1]


def test_a_release_under_another_question_or_analysis(
    threshold: Papers, threshold_report: Path
) -> None:
    def swapped(report: Report) -> Report:
        one, two, three = report.items
        item = msgspec.structs.replace(one, releases=two.releases)
        return msgspec.structs.replace(report, items=(item, two, three))

    assert problems(edited(threshold, threshold_report, swapped)) == ["question_other"]

    def renamed(report: Report) -> Report:
        one, two, three = report.items
        result = msgspec.structs.replace(one.result, analysis="A02")
        item = msgspec.structs.replace(one, analysis="A02", result=result)
        return msgspec.structs.replace(report, items=(item, two, three))

    assert problems(edited(threshold, threshold_report, renamed)) == ["release_unknown"]


def test_more_receivers_than_the_ledger_has(threshold: Papers, threshold_report: Path) -> None:
    def wider(report: Report) -> Report:
        item = msgspec.structs.replace(report.items[0], receivers=("platform", "brand", "press"))
        return msgspec.structs.replace(report, items=(item, *report.items[1:]))

    assert problems(edited(threshold, threshold_report, wider)) == ["receivers_other"]


def test_a_replay_is_the_stored_answer(threshold: Papers, threshold_report: Path) -> None:
    def replayed(report: Report) -> Report:
        item = report.items[0]
        release = msgspec.structs.replace(item.releases[0], replayed=True, price=FREE)
        item = msgspec.structs.replace(item, releases=(release,))
        return msgspec.structs.replace(report, items=(item, *report.items[1:]))

    assert edited(threshold, threshold_report, replayed).outcome is Outcome.UNVERIFIED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opened_at", "2020-01-01T00:00:00Z"),
        ("closed_at", "2020-01-01T00:00:00Z"),
        ("isolation", 1),
        ("spent", FREE),
        ("refusals", 7),
    ],
)
def test_what_the_report_says_of_its_session(
    threshold: Papers, threshold_report: Path, field: str, value: object
) -> None:
    def told(report: Report) -> Report:
        session = msgspec.structs.replace(report.session, **{field: value})
        return msgspec.structs.replace(report, session=session)

    assert problems(edited(threshold, threshold_report, told)) == ["session_other"]


def test_another_agreement_session_or_package(threshold: Papers, threshold_report: Path) -> None:
    def agreement(report: Report) -> Report:
        return msgspec.structs.replace(report, agreement_sha256="0" * 64)

    def session(report: Report) -> Report:
        other = msgspec.structs.replace(report.session, id="another")
        return msgspec.structs.replace(report, session=other)

    def package(report: Report) -> Report:
        first, second = report.packages
        return msgspec.structs.replace(report, packages=(second, first))

    assert problems(edited(threshold, threshold_report, agreement)) == ["agreement_other"]
    assert problems(edited(threshold, threshold_report, session)) == ["session_missing"]
    assert problems(edited(threshold, threshold_report, package)) == ["package_signature"] * 2


def test_a_resealed_package_is_not_the_one_that_was_opened(
    threshold: Papers, threshold_report: Path
) -> None:
    def other(report: Report) -> Report:
        fresh = papers("threshold", analyses=())
        first = fresh.inputs.packages[0]
        key = threshold.identities["platform"].signing
        sealed = envelope.sign(first.payload_type, first.body, [key])
        return msgspec.structs.replace(report, packages=(sealed, report.packages[1]))

    assert problems(edited(threshold, threshold_report, other)) == ["package_other"]


def chained(
    made: Papers, folder: Path, change: Callable[[LedgerExtract], LedgerExtract]
) -> Verdict:
    contents = read(folder)
    extract = codec.decode(contents[LEDGER], LedgerExtract, "ledger")
    return verify_contents(signed(made, {**contents, LEDGER: codec.encode(change(extract))}))


def test_a_broken_chain(threshold: Papers, threshold_report: Path) -> None:
    def shortened(extract: LedgerExtract) -> LedgerExtract:
        entries = (extract.entries[0], *extract.entries[2:])
        return msgspec.structs.replace(extract, entries=entries)

    def forged(extract: LedgerExtract) -> LedgerExtract:
        entry = ledger.read(extract.entries[1].encode())
        other = ledger.sign(entry, Ed25519PrivateKey.generate()).decode()
        entries = (extract.entries[0], other, *extract.entries[2:])
        return msgspec.structs.replace(extract, entries=entries)

    def later(extract: LedgerExtract) -> LedgerExtract:
        return msgspec.structs.replace(extract, since="0" * 64)

    verdict = chained(threshold, threshold_report, shortened)
    assert problems(verdict) == ["ledger_broken"]
    assert "entry 2" in verdict.sentences()[1]
    assert problems(chained(threshold, threshold_report, forged)) == ["ledger_broken"]
    assert problems(chained(threshold, threshold_report, later)) == ["ledger_broken"]


def test_a_chain_that_begins_elsewhere(threshold: Papers, tmp_path: Path) -> None:
    """Entries that link to each other but not to the agreement."""
    key = Ed25519PrivateKey.generate()
    entries, prev = [], "f" * 64
    for text in threshold.inputs.ledger.entries:
        entry = ledger.read(text.encode())
        opened = entry.opened and msgspec.structs.replace(
            entry.opened, session_key=key.public_key().public_bytes_raw().hex()
        )
        data = ledger.sign(msgspec.structs.replace(entry, prev=prev, opened=opened), key)
        entries.append(data.decode())
        prev = ledger.entry_hash(data)
    chain = LedgerExtract(1, threshold.agreement.id, "f" * 64, 0, tuple(entries))
    verdict = rebuilt(threshold, lambda inputs: replace(inputs, ledger=chain), tmp_path)
    assert problems(verdict) == ["ledger_start"]


def test_ledger_of_another_agreement(threshold: Papers, threshold_report: Path) -> None:
    def other(extract: LedgerExtract) -> LedgerExtract:
        return msgspec.structs.replace(extract, agreement_id="0" * 32)

    assert problems(chained(threshold, threshold_report, other)) == ["ledger_other"]


@pytest.mark.parametrize("name", [REPORT, LEDGER, "agreement.json"])
def test_documents_of_another_form(threshold: Papers, threshold_report: Path, name: str) -> None:
    contents = read(threshold_report)
    for body in (b"", b"[]", b'{"v":1}', b"\xff", contents[name] + b"\n"):
        verdict = verify_contents(signed(threshold, {**contents, name: body}))
        assert problems(verdict) == ["malformed"]
        assert name in verdict.sentences()[1]


def test_not_a_report(tmp_path: Path) -> None:
    assert problems(verify(tmp_path / "nothing")) == ["not_a_report"]
    (tmp_path / "empty").mkdir()
    assert set(problems(verify(tmp_path / "empty"))) == {"missing"}
    (tmp_path / "text.crreport").write_text("hello", "utf-8")
    assert problems(verify(tmp_path / "text.crreport")) == ["container"]
