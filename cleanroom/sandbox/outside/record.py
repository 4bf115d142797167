"""What the engine writes into the ledger, looked at before it is stored.

Everybody will read an entry, so nothing may stand in it that does not follow from the agreement and
the question; and no answer is shown before its entry was stored.
"""

from collections.abc import Callable, Iterable

from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.price import FREE, price
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError, SandboxError, TrustError
from cleanroom.sandbox import messages
from cleanroom.trust import ledger
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.codec import encode, is_digest, sha256_hex
from cleanroom.trust.ledger import Answered, Entry

Commit = Callable[[bytes, bytes], None]  # entry, blob: returns when both are stored


class Record:
    """One session's entries. All methods raise ``sandbox.lied``."""

    def __init__(self, agreement: Agreement, commit: Commit) -> None:
        self._agreement, self._commit = agreement, commit
        self._known: set[str] = set()  # questions that the ledger holds an answer to
        self._asked: tuple[str, Question] | None = None  # not recorded yet
        self._last: Entry | None = None

    def begin(self, earlier: Iterable[bytes]) -> None:
        """What the ledger holds already."""
        answers = (ledger.read(entry).answered for entry in earlier)
        self._known = {a.question_key for a in answers if a is not None and a.blob_sha256}

    def ask(self, analysis: str, question: Question) -> None:
        """One answer to this question may be recorded next."""
        self._asked = (analysis, question)

    @property
    def opened(self) -> bool:
        """Whether the opening was recorded."""
        return self._last is not None

    @property
    def closed(self) -> bool:
        """Whether the closing statement was recorded."""
        return self._last is not None and self._last.closed is not None

    def store(self, said: messages.Commit) -> Entry:
        """Have an entry and its blob stored, if it is one that may come now."""
        try:
            entry = ledger.read(said.entry)
        except TrustError:
            raise SandboxError("sandbox.lied") from None
        if entry.answered is not None:
            self._check_answered(entry.answered, said.blob)
        require(self._in_order(entry) and (entry.answered is not None or not said.blob))
        self._commit(said.entry, said.blob)
        if entry.answered is not None and said.blob:
            self._known.add(entry.answered.question_key)
        self._asked, self._last = None, entry
        return entry

    def _in_order(self, entry: Entry) -> bool:
        """A session is opened once and first, and nothing comes after it was closed."""
        return not self.closed and (entry.opened is not None) is not self.opened

    def _check_answered(self, answered: Answered, blob: bytes) -> None:
        require(self._asked is not None)
        assert self._asked is not None
        analysis, question = self._asked
        catalogue = self._agreement.catalogue()
        try:
            cost = price(shape(question, catalogue), self._agreement.policy)
            key = replay_key(question, catalogue)
        except DisclosureError:
            cost, key = FREE, ""
        receivers = self._agreement.receivers(analysis)
        require((answered.analysis, answered.receivers) == (analysis, receivers))
        require(answered.question_key in ("", key) and is_digest(answered.release_sha256))
        # what is answered for the first time is paid for and remembered, and nothing else is
        new = answered.status == "released" and key not in self._known
        require(answered.price == (cost if new else FREE))
        require(bool(blob) is new and answered.blob_sha256 == (sha256_hex(blob) if new else ""))


def check_recorded(release: Release, answered: Answered) -> None:
    """The release is the one that the ledger holds. Raises ``sandbox.lied``."""
    told = (release.question_key, release.status, release.price, sha256_hex(encode(release)))
    held = (answered.question_key, answered.status, answered.price, answered.release_sha256)
    require(told == held)


def require(condition: bool) -> None:
    """Raises ``sandbox.lied`` unless the condition holds."""
    if not condition:
        raise SandboxError("sandbox.lied")
