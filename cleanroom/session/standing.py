"""Where an agreement stands, as far as one desk can see: answers, what they cost, the overlap.

The host has the whole ledger; an owner has what came with its receipts. What the overlap said is in
no ledger, only in reports; the host keeps it in its vault beside the ledger.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.course import Known, Standing
from cleanroom.disclosure.limits import covers_all, matched_people
from cleanroom.disclosure.question import MatchQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError, InputError
from cleanroom.report import container, verify
from cleanroom.report.document import REPORT, Report
from cleanroom.trust import codec, ledger
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.ledger import Entry
from cleanroom.trust.receipt import read_receipt
from cleanroom.vault.vault import Vault

Answered = Sequence[tuple[Question, Release]]


class _Overlaps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Released overlaps under one version of an agreement: replay key -> people matched."""

    agreement_hash: str
    matched: dict[str, int]


def known_entries(vault: Vault, signed: SignedAgreement) -> list[Entry]:
    """The ledger from its first entry, as far as a vault has it. Raises ``trust.malformed``."""
    name = signed.agreement.id
    if name in vault.ledgers():
        return [ledger.read(entry.body) for entry in vault.ledger(name).entries()]
    found: dict[int, Entry] = {}
    for receipt in vault.receipts.all(name):
        for text in read_receipt(receipt.file).entries:
            entry = ledger.read(text.encode())
            found[entry.seq] = entry
    unbroken: list[Entry] = []
    while len(unbroken) + 1 in found:
        unbroken.append(found[len(unbroken) + 1])
    return unbroken


def standing(
    entries: Sequence[Entry], matched: Mapping[str, int], catalogue: Catalogue
) -> Standing:
    """Where an agreement stands after these entries. Answers to what can no longer be asked, under
    a later version of the agreement, only count by their price.
    """
    answers: dict[str, Known] = {}
    for entry in entries:
        said = entry.answered
        if said is None or not said.blob_sha256 or said.question is None:
            continue
        if _still_asked(said.question, catalogue):
            answers[said.question_key] = Known(said.question, said.status == "released")
    return Standing(answers, ledger.spent(entries), matched)


def _still_asked(question: Question, catalogue: Catalogue) -> bool:
    try:
        shape(question, catalogue)
    except DisclosureError:
        return False
    return True


def overlaps(answered: Answered, catalogue: Catalogue) -> dict[str, int]:
    """What each released overlap among these answers says, by replay key."""
    return {
        release.question_key: matched_people(question, release)
        for question, release in answered
        if release.status == "released"
        and isinstance(question, MatchQuestion)
        and covers_all(question, catalogue)
    }


def remember(vault: Vault, signed: SignedAgreement, answered: Answered) -> None:
    """Keep what the overlap said, so that the next plan can be foreseen: it was released."""
    found = overlaps(answered, signed.agreement.catalogue())
    if found:
        kept = _Overlaps(signed.hash, {**remembered(vault, signed), **found})
        vault.secrets.put(_name(signed), codec.encode(kept), replace=True)


def remembered(vault: Vault, signed: SignedAgreement) -> dict[str, int]:
    """What is kept of it; nothing of another version, whose policy may show another number."""
    if not vault.secrets.has(_name(signed)):
        return {}
    kept = codec.decode(vault.secrets.get(_name(signed)), _Overlaps, "overlap")
    return dict(kept.matched) if kept.agreement_hash == signed.hash else {}


def _name(signed: SignedAgreement) -> str:
    return f"overlap/{signed.agreement.id}"


def reported(path: Path, signed: SignedAgreement) -> dict[str, int]:
    """What an intact report says of the overlap. Raises ``input.other_report`` for anything else,
    and for one of another version of the agreement.
    """
    if verify.verify(path).outcome is verify.Outcome.FAILED:
        raise InputError("input.other_report", file=path.name)
    data = container.read(path)[REPORT]
    report = codec.decode(data, Report, "report", verify.REPORT_LIMIT)
    if report.agreement_sha256 != signed.hash:
        raise InputError("input.other_report", file=path.name)
    answered = [
        pair for item in report.items for pair in zip(item.questions, item.releases, strict=True)
    ]
    return overlaps(answered, signed.agreement.catalogue())
