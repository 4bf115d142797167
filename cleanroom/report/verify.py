"""Is a report whole, and who signed it? Names the part that fails, in words.

Checked in this order: the container, every file against the signed list, the signatures, then that
the documents belong together: agreement, ledger, packages, releases.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cleanroom import text
from cleanroom.errors import CleanroomError, TrustError
from cleanroom.report import container
from cleanroom.report.consistency import Problem, inconsistencies, problem
from cleanroom.report.document import (
    AGREEMENT,
    LEDGER,
    MANIFEST,
    REPORT,
    REPORT_TYPE,
    SIGNATURES,
    VERSION,
    LedgerExtract,
    Manifest,
    Report,
)
from cleanroom.report.wording import party_names
from cleanroom.trust import agreement as agreements
from cleanroom.trust import agreement_rules, codec, envelope, fingerprint
from cleanroom.trust.agreement import Party, SignedAgreement

REPORT_LIMIT = 64 << 20
UNVERIFIED_EXIT = 8


class Outcome(StrEnum):
    """``unverified``: intact, but nobody vouches for the signer's key."""

    OK = "ok"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True)
class Signer:
    """A party whose signature verifies, with the hex fingerprint of its card."""

    party: str
    shown: str
    fingerprint: str
    trusted: bool


@dataclass(frozen=True)
class Verdict:
    """What the verifier found. ``problems`` is empty unless the outcome is failed."""

    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    signers: tuple[Signer, ...] = ()
    unsigned: tuple[str, ...] = ()  # parties that have not countersigned, as shown

    @property
    def exit_code(self) -> int:
        """0 ok, 8 intact but the signer is not verified, else that of a trust error."""
        codes = {Outcome.OK: 0, Outcome.UNVERIFIED: UNVERIFIED_EXIT}
        return codes.get(self.outcome, TrustError.exit_code)

    def sentences(self, language: str = "en") -> list[str]:
        """The outcome in words, then every problem."""
        host = self.signers[0] if self.signers else None
        facts = {"host": host.shown, "fingerprint": host.fingerprint} if host else {}
        first = text.say(f"report.verify.{self.outcome}", language, **facts)
        return [first, *(one.sentence(language) for one in self.problems)]


def verify(
    path: Path, expected_fingerprint: str | None = None, trusted: Collection[str] = ()
) -> Verdict:
    """Check a report folder or ``.crreport`` file.

    ``expected_fingerprint``: of the host's card, as 64 hex digits, twelve words or forty digits.
    ``trusted``: hex fingerprints of cards that the reader trusts. Nothing is raised for a bad
    report; the verdict says what is wrong.
    """
    try:
        contents = container.read(path)
    except container.ContainerError as error:
        return _failed(problem(error.problem, path=path.name, file=error.file))
    except OSError:
        return _failed(problem("not_a_report", path=path.name))
    return verify_contents(contents, expected_fingerprint, trusted)


def verify_contents(
    contents: Mapping[str, bytes],
    expected_fingerprint: str | None = None,
    trusted: Collection[str] = (),
) -> Verdict:
    """The same for files by name."""
    problems = _files(contents)
    if problems:
        return _failed(*problems)
    try:
        agreement = agreement_rules.read_checked(contents[AGREEMENT])
    except CleanroomError:
        return _failed(problem("malformed", file=AGREEMENT))
    names = party_names(agreement.agreement)
    host = agreement.agreement.party(agreement.agreement.host)
    problems, signed_by = _signatures(contents[SIGNATURES], agreement, names)
    problems += _documents(contents, agreement, names)
    problems += _expected(expected_fingerprint, host, names)
    if problems:
        return _failed(*problems)
    accepted = {*trusted, *([fingerprint.fingerprint(host.card)] if expected_fingerprint else ())}
    signers = tuple(_signer(party, names, accepted) for party in _host_first(signed_by, host))
    unsigned = tuple(
        names[party.name]
        for party in agreement.agreement.parties
        if party.name not in {signer.party for signer in signers}
    )
    outcome = Outcome.OK if signers[0].trusted else Outcome.UNVERIFIED
    return Verdict(outcome, (), signers, unsigned)


def _failed(*problems: Problem) -> Verdict:
    return Verdict(Outcome.FAILED, problems)


def _files(contents: Mapping[str, bytes]) -> list[Problem]:
    """Every file against the list in ``manifest.json``."""
    needed = (MANIFEST, SIGNATURES, REPORT, AGREEMENT, LEDGER)
    missing = [problem("missing", file=name) for name in needed if name not in contents]
    if MANIFEST not in contents or SIGNATURES not in contents:
        return missing
    try:
        manifest = codec.decode(contents[MANIFEST], Manifest, MANIFEST)
    except TrustError:
        return [problem("malformed", file=MANIFEST)]
    names = [entry.name for entry in manifest.files]
    sound = manifest.v == VERSION and manifest.type == REPORT_TYPE and names == sorted(set(names))
    if not sound or not all(map(container.is_safe, names)) or {MANIFEST, SIGNATURES} & set(names):
        return [problem("malformed", file=MANIFEST)]
    # Whether the list itself is the signed one comes first: else it would accuse other files.
    problems = _list_signed(contents)
    if problems:
        return problems
    for entry in manifest.files:
        data = contents.get(entry.name)
        if data is None:
            problems.append(problem("missing", file=entry.name))
        elif (len(data), codec.sha256_hex(data)) != (entry.size, entry.sha256):
            problems.append(problem("changed", file=entry.name))
    extra = sorted(set(contents) - {*names, MANIFEST, SIGNATURES})
    problems += [problem("extra", file=name) for name in extra]
    return problems + [one for one in missing if one not in problems]


def _list_signed(contents: Mapping[str, bytes]) -> list[Problem]:
    """That ``signatures.json`` is over this very list."""
    try:
        sealed = envelope.parse(contents[SIGNATURES], REPORT_TYPE, SIGNATURES)
        if sealed.body == contents[MANIFEST]:
            return []
    except TrustError:
        return [problem("malformed", file=SIGNATURES)]
    # The signature over what signatures.json holds tells which of the two is the old one.
    try:
        agreement = agreements.read(contents.get(AGREEMENT, b"")).agreement
        right = bool(envelope.signers(sealed, [agreement.party(agreement.host).card.signing]))
    except TrustError:
        right = False
    return [problem("changed", file=MANIFEST) if right else problem("signatures_changed")]


def _signatures(
    data: bytes, agreement: SignedAgreement, names: Mapping[str, str]
) -> tuple[list[Problem], list[Party]]:
    """Who signed the list. Every signature must be right and a party's, the host's among them."""
    sealed = envelope.parse(data, REPORT_TYPE, SIGNATURES)
    parties = agreement.agreement.parties
    try:
        keys = envelope.signers(sealed, [party.card.signing for party in parties])
    except TrustError:
        return [problem("bad_signature")], []
    signed_by = [party for party in parties if party.card.signing in keys]
    host = agreement.agreement.host
    problems = []
    if host not in {party.name for party in signed_by}:
        problems.append(problem("host_unsigned", host=names[host]))
    elif len(signed_by) != len(sealed.signatures):
        problems.append(problem("bad_signature"))
    return problems, signed_by


def _documents(
    contents: Mapping[str, bytes], agreement: SignedAgreement, names: Mapping[str, str]
) -> list[Problem]:
    """That agreement, ledger and report belong together."""
    problems = []
    if agreement.state != "accepted":
        missing = ", ".join(names[name] for name in agreement.missing)
        problems.append(problem("agreement_open", missing=missing))
    report = extract = None
    try:
        report = codec.decode(contents[REPORT], Report, REPORT, REPORT_LIMIT)
    except TrustError:
        problems.append(problem("malformed", file=REPORT))
    try:
        extract = codec.decode(contents[LEDGER], LedgerExtract, LEDGER, REPORT_LIMIT)
    except TrustError:
        problems.append(problem("malformed", file=LEDGER))
    if report is None or extract is None:
        return problems
    return problems + inconsistencies(report, extract, agreement, names)


def _expected(
    expected_fingerprint: str | None, host: Party, names: Mapping[str, str]
) -> list[Problem]:
    """That the host's card has the fingerprint the reader was told."""
    if expected_fingerprint is None:
        return []
    given = expected_fingerprint.casefold().split()
    compact = "".join(given)
    hexadecimal = len(compact) == 64 and all(c in "0123456789abcdef" for c in compact)
    decimal = len(compact) == 40 and compact.isascii() and compact.isdigit()
    if not (hexadecimal or decimal or len(given) == 12):
        return [problem("expected_malformed")]
    if fingerprint.matches(host.card, expected_fingerprint):
        return []
    return [problem("another_signer", host=names[host.name])]


def _host_first(signed_by: list[Party], host: Party) -> list[Party]:
    return [host, *(party for party in signed_by if party.name != host.name)]


def _signer(party: Party, names: Mapping[str, str], accepted: Collection[str]) -> Signer:
    digest = fingerprint.fingerprint(party.card)
    return Signer(party.name, names[party.name], digest, digest in accepted)
