"""That the documents of a report belong together: agreement, ledger, packages, releases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from cleanroom import text
from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError, TrustError
from cleanroom.report.document import REPORT, VERSION, Item, LedgerExtract, Report
from cleanroom.trust import codec, envelope, ledger
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.ledger import Answered, Entry, Opened
from cleanroom.trust.package import MANIFEST_TYPE


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: key of its sentence below ``report.verify``, and its facts."""

    key: str
    facts: dict[str, object] = field(default_factory=dict)

    def sentence(self, language: str = "en") -> str:
        """The problem in words."""
        facts = dict(self.facts)
        if "what" in facts:
            facts["what"] = text.say(f"report.verify_what.{facts['what']}", language)
        return text.say(f"report.verify.{self.key}", language, **facts)


def problem(key: str, **facts: object) -> Problem:
    """A problem with the facts of its sentence."""
    return Problem(key, {name: _shown(fact) for name, fact in facts.items()})


def _shown(fact: object) -> object:
    """Names from a bad report are shown without what could deceive."""
    return text.visible(fact) if isinstance(fact, str) else fact


def inconsistencies(
    report: Report, extract: LedgerExtract, signed: SignedAgreement, names: Mapping[str, str]
) -> list[Problem]:
    """Everything in which the documents contradict each other."""
    if report.v != VERSION or extract.v != VERSION:
        return [problem("malformed", file=REPORT)]
    problems = []
    if report.agreement_sha256 != signed.hash:
        problems.append(problem("agreement_other"))
    if extract.agreement_id != signed.agreement.id:
        return [*problems, problem("ledger_other")]
    try:
        entries = ledger.verify_chain(
            [entry.encode() for entry in extract.entries],
            extract.agreement_id,
            extract.since,
            extract.since_seq,
        )
    except TrustError as error:
        return [*problems, problem("ledger_broken", seq=error.facts.get("seq", "?"))]
    agreement = signed.agreement
    if extract.since_seq == 0 and agreement.version == 1 and extract.since != signed.hash:
        problems.append(problem("ledger_start"))
    mine = [entry for entry in entries if entry.session_id == report.session.id]
    opened = next((entry.opened for entry in mine if entry.opened), None)
    if opened is None or opened.agreement_hash != signed.hash:
        return [*problems, problem("session_missing")]
    problems += _session(report, mine, opened)
    problems += _packages(report, signed, opened, names)
    answers = [entry.answered for entry in entries if entry.answered]
    catalogue = agreement.catalogue()
    for item in report.items:
        problems += _item(item, answers, catalogue)
    return problems


def _session(report: Report, mine: Sequence[Entry], opened: Opened) -> list[Problem]:
    """What the report says of the session against the ledger's entries of it."""
    about = report.session
    closed = next((entry for entry in mine if entry.closed), None)
    refusals = sum(entry.answered.status == "refused" for entry in mine if entry.answered)
    told = {
        "opened_at": (about.opened_at, mine[0].at),
        "closed_at": (about.closed_at, closed.at if closed else about.closed_at),
        "isolation": (about.isolation, opened.isolation),
        "spent": (about.spent, ledger.spent(mine)),
        "refusals": (about.refusals, refusals),
    }
    return [problem("session_other", what=what) for what, (a, b) in told.items() if a != b]


def _packages(
    report: Report, signed: SignedAgreement, opened: Opened, names: Mapping[str, str]
) -> list[Problem]:
    """The packages' manifests: signed by their owners, and those that were opened."""
    problems = []
    owners = signed.agreement.data_parties
    if len(report.packages) != len(owners):
        return [problem("malformed", file=REPORT)]
    for owner, sealed in zip(owners, report.packages, strict=True):
        key = signed.agreement.party(owner).card.signing
        try:
            right = sealed.payload_type == MANIFEST_TYPE and envelope.signers(sealed, [key])
            digest = codec.sha256_hex(sealed.body)
        except TrustError:
            right, digest = False, ""
        if not right:
            problems.append(problem("package_signature", owner=names[owner]))
        elif opened.packages.get(owner) != digest:
            problems.append(problem("package_other", owner=names[owner]))
    return problems


def _item(item: Item, answers: Sequence[Answered], catalogue: Catalogue) -> list[Problem]:
    """Each release of an analysis against its question and the ledger's answers."""
    if len(item.releases) != len(item.questions) or item.result.analysis != item.analysis:
        return [problem("malformed", file=REPORT)]
    problems = []
    for number, (question, release) in enumerate(
        zip(item.questions, item.releases, strict=True), 1
    ):
        facts = {"analysis": item.analysis, "number": number}
        if _key(question, catalogue) != release.question_key:
            problems.append(problem("question_other", **facts))
            continue
        answer = _answer(release, answers)
        if answer is None or not (answer.analysis == item.analysis or release.replayed):
            problems.append(problem("release_unknown", **facts))
        elif not set(item.receivers) <= set(answer.receivers):
            problems.append(problem("receivers_other", analysis=item.analysis))
    return problems


def _key(question: Question, catalogue: Catalogue) -> str:
    try:
        return replay_key(question, catalogue)
    except DisclosureError:
        return ""


def _answer(release: Release, answers: Sequence[Answered]) -> Answered | None:
    """The ledger's answer that is this release.

    A replay is the stored answer at no cost, so it is looked up as it was when it was charged.
    """
    for answer in answers:
        if answer.question_key != release.question_key or answer.status != release.status:
            continue
        first = msgspec.structs.replace(release, replayed=False, price=answer.price)
        for form in (release, first) if release.replayed else (release,):
            if codec.sha256_hex(codec.encode(form)) == answer.release_sha256:
                return answer
    return None
