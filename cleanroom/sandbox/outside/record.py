"""What the engine writes into the ledger, looked at before it is stored.

Everybody will read an entry, so nothing may stand in it that does not follow from the agreement and
the question; and no answer is shown before its entry was stored.
"""

from collections.abc import Callable, Iterable

from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.predicates import sums
from cleanroom.disclosure.price import FREE, price
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError, SandboxError, TrustError
from cleanroom.sandbox import messages
from cleanroom.trust import ledger
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.codec import encode, is_digest, sha256_hex
from cleanroom.trust.ledger import Answered, Entry, Opened

Commit = Callable[[bytes, bytes], None]  # entry, blob: returns when both are stored


class Record:
    """One session's entries. All methods raise ``sandbox.lied``."""

    def __init__(self, agreement: Agreement, commit: Commit) -> None:
        self._agreement, self._commit = agreement, commit
        self._known: dict[str, Question] = {}  # that the ledger holds an answer to
        self._rosters: set[str] = set()  # blobs that tell who was there
        self._pieces = messages.Pieces()
        self._asked: tuple[str, Question] | None = None  # not recorded yet
        self._last: Entry | None = None
        self._refused = False  # opened without people: it can only be closed

    def begin(self, earlier: Iterable[Entry]) -> None:
        """What the ledger holds already."""
        for entry in earlier:
            self._learn(entry.answered)
            if entry.opened is not None and entry.opened.roster_sha256:
                self._rosters.add(entry.opened.roster_sha256)

    def _learn(self, answered: Answered | None) -> None:
        if answered is not None and answered.blob_sha256 and answered.question is not None:
            self._known[answered.question_key] = answered.question

    def ask(self, analysis: str, question: Question) -> None:
        """One answer to this question may be recorded next."""
        self._asked = (analysis, question)

    def keep(self, piece: messages.Piece) -> None:
        """A piece of the blob that the next entry names."""
        self._pieces.add(piece)

    @property
    def keeps(self) -> bool:
        """Whether there is any of a blob that no entry has named."""
        return self._pieces.begun

    @property
    def opened(self) -> bool:
        """Whether the opening was recorded."""
        return self._last is not None

    @property
    def admitted(self) -> bool:
        """Whether the opening was recorded and questions may follow."""
        return self.opened and not self._refused

    @property
    def closed(self) -> bool:
        """Whether the closing statement was recorded."""
        return self._last is not None and self._last.closed is not None

    def store(self, said: messages.Commit) -> Entry:
        """Have an entry and the blob that came ahead of it stored, if they may come now."""
        blob = self._pieces.whole()
        require(
            (said.blob_sha256, said.blob_bytes) == (sha256_hex(blob) if blob else "", len(blob))
        )
        try:
            entry = ledger.read(said.entry)
        except TrustError:
            raise SandboxError("sandbox.lied") from None
        require(self._in_order(entry) and (entry.closed is None or not blob))
        if entry.opened is not None:
            self._check_opened(entry.opened, blob)
        if entry.answered is not None:
            require(not self._refused)
            self._check_answered(entry.answered, blob)
        self._commit(said.entry, blob)
        self._pieces.clear()
        self._learn(entry.answered)
        self._asked, self._last = None, entry
        return entry

    def _in_order(self, entry: Entry) -> bool:
        """A session is opened once and first, and nothing comes after it was closed."""
        return not self.closed and (entry.opened is not None) is not self.opened

    def _check_opened(self, opened: Opened, blob: bytes) -> None:
        """Who was there is remembered in threshold mode: anew, or as in an earlier session. An
        opening that remembers nobody is one that a version gate refused: nothing is asked in it.
        """
        if not opened.roster_sha256:
            require(not blob)
            self._refused = self._agreement.policy.mode == "threshold"
            return
        require(self._agreement.policy.mode == "threshold")
        new = sha256_hex(blob) if blob else ""
        require(opened.roster_sha256 == new if blob else opened.roster_sha256 in self._rosters)

    def _check_answered(self, answered: Answered, blob: bytes) -> None:
        require(self._asked is not None)
        assert self._asked is not None
        analysis, question = self._asked
        catalogue = self._agreement.catalogue()
        try:
            asked = canonical(question, catalogue)
            cost = price(shape(asked, catalogue), self._agreement.policy)
            key = replay_key(asked, catalogue)
        except DisclosureError:
            asked, cost, key = None, FREE, ""
        receivers = self._agreement.receivers(analysis)
        require((answered.analysis, answered.receivers) == (analysis, receivers))
        require(answered.question_key in ("", key) and is_digest(answered.release_sha256))
        require(answered.question == (asked if answered.question_key else None))
        # what is computed for the first time is paid for and remembered, and nothing else is
        new = bool(blob)
        require(answered.price == (cost if new else FREE))
        require(answered.blob_sha256 == (sha256_hex(blob) if new else ""))
        if new:
            require(bool(answered.question_key) and key not in self._known)
            # only a question whose cells are all withheld is refused after it was computed
            threshold = self._agreement.policy.mode == "threshold"
            require(threshold or answered.status == "released")
        elif answered.status == "released":
            require(key in self._known or self._adds_up(asked))

    def _adds_up(self, asked: Question | None) -> bool:
        """Whether cells of an earlier answer hold this one, so that it was due for nothing."""
        catalogue = self._agreement.catalogue()
        return asked is not None and any(
            sums(asked, earlier, catalogue) is not None for earlier in self._known.values()
        )


def check_recorded(release: Release, answered: Answered) -> None:
    """The release is the one that the ledger holds. Raises ``sandbox.lied``."""
    told = (release.question_key, release.status, release.price, sha256_hex(encode(release)))
    held = (answered.question_key, answered.status, answered.price, answered.release_sha256)
    require(told == held)


def require(condition: bool) -> None:
    """Raises ``sandbox.lied`` unless the condition holds."""
    if not condition:
        raise SandboxError("sandbox.lied")
