"""Who is in the room with the host: grants and receipts by open vaults here, by files elsewhere."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cleanroom.errors import CleanroomError, TrustError
from cleanroom.sandbox.outside.room import Report
from cleanroom.session import granting, identities
from cleanroom.session.hosting import JointSession, Limits
from cleanroom.session.travel import read_file, write_file
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.grant import check_times, read_grant, read_request
from cleanroom.vault.vault import Vault

_POLL_SECONDS = 0.25

Passphrase = Callable[[str], bytes]  # party ("" = the host's own vault)


@dataclass(frozen=True)
class Room:
    """Everything a session needs to know before it starts."""

    vault: Path
    agreement: bytes
    packages: Sequence[Path]
    plan: bytes
    out: Path
    vaults: Mapping[str, Path]  # other parties' vaults that are in the same room
    passphrase: Passphrase
    wait_seconds: float
    limits: Limits
    accept_loss: bool = False  # of openings that vaults in this room granted and never settled


class Desk:
    """How one session gets its grants and hands out its receipts."""

    def __init__(self, room: Room, signed: SignedAgreement, vault: Vault, progress: Report) -> None:
        self._room, self._signed, self._vault, self._progress = room, signed, vault, progress
        self._own = identities.party_of(signed.agreement, identities.load(vault))
        self.written: list[Path] = []  # receipts

    @contextlib.contextmanager
    def _vault_of(self, owner: str) -> Iterator[Vault]:
        """The vault of an owner in the room; the host's own stays open, others are opened for this
        one act.
        """
        if owner == self._own:
            yield self._vault
        else:
            with Vault.open(self._room.vaults[owner], self._room.passphrase(owner)) as opened:
                yield opened

    def _is_here(self, owner: str) -> bool:
        return owner == self._own or owner in self._room.vaults

    def enter(self) -> None:
        """Look at every vault in the room before anything is started or asked for.

        Raises ``vault.*``, ``trust.unknown_party``, ``trust.not_a_party``.
        """
        agreement = self._signed.agreement
        for owner in {self._own: None, **dict.fromkeys(self._room.vaults)}:
            agreement.party(owner)
            with self._vault_of(owner) as vault:
                if identities.party_of(agreement, identities.load(vault)) != owner:
                    raise TrustError("trust.not_a_party")
                if self._room.accept_loss:
                    granting.accept_loss(vault, agreement.id)

    def grants(self, requests: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """The owners' grant files. Who is elsewhere is asked first: when one refuses or sends a
        wrong file, or the wait is stopped, nobody in the room has been charged. Raises what
        ``granting.grant`` raises, ``trust.no_grant``, ``trust.*`` for a grant that will not do.
        """
        here = [owner for owner in requests if self._is_here(owner)]
        away = [owner for owner in requests if owner not in here]
        for owner in here:  # nobody pays when another one's desk will refuse
            with self._vault_of(owner) as vault:
                granting.review(vault, self._signed, requests[owner], datetime.now(UTC))
        found = self._ask({owner: requests[owner] for owner in away})
        for owner in away:
            self._check(owner, requests[owner], found[owner])
        for owner in here:
            with self._vault_of(owner) as vault:
                now = datetime.now(UTC)
                found[owner] = granting.grant(vault, self._signed, requests[owner], now)
        return found

    def _ask(self, requests: Mapping[str, bytes]) -> dict[str, bytes]:
        """Leave all requests as files, then wait for the grants. What lies in their places already
        answered an earlier request.
        """
        answers = {owner: self._room.out / "grants" / f"{owner}.grant.json" for owner in requests}
        for owner, request in requests.items():
            answers[owner].unlink(missing_ok=True)
            write_file(self._request(owner), request)
            answers[owner].parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self._room.wait_seconds
        return {owner: self._wait(owner, answer, deadline) for owner, answer in answers.items()}

    def _request(self, owner: str) -> Path:
        return self._room.out / "requests" / f"{owner}.request.json"

    def _wait(self, owner: str, answer: Path, deadline: float) -> bytes:
        """A grant counts when two looks find the same bytes: it may still be being copied."""
        self._progress(f"waiting for {answer.parent.name}/{answer.name}", 0, 0)
        seen = b""
        while time.monotonic() < deadline:
            found = read_file(answer) if answer.is_file() else b""
            if found and found == seen:
                return found
            seen = found
            time.sleep(_POLL_SECONDS)
        raise TrustError("trust.no_grant", party=owner, request=self._request(owner).name)

    def _check(self, owner: str, request: bytes, file: bytes) -> None:
        """What the workers will check again by themselves."""
        asked, digest = read_request(request, None)
        owner_key = self._signed.agreement.party(owner).card.signing
        check_times(read_grant(file, owner_key, asked, digest), datetime.now(UTC))

    @contextlib.contextmanager
    def settling(self, session: JointSession) -> Iterator[None]:
        """Receipts for every owner, however the session ends, as long as it was closed in order."""
        try:
            yield
        except BaseException:
            session.abandon()
            # what stopped the session is what people must read
            with contextlib.suppress(CleanroomError):
                self._settle(session.receipts())
            raise
        self._settle(session.receipts())

    def _settle(self, receipts: Mapping[str, bytes]) -> None:
        """Every receipt to a file, then into the vaults that are here."""
        for owner, data in receipts.items():
            path = self._room.out / "receipts" / f"{owner}.receipt.json"
            self.written.append(write_file(path, data))
        for owner in filter(self._is_here, receipts):
            with self._vault_of(owner) as vault:
                granting.import_receipt(vault, self._signed, receipts[owner])
