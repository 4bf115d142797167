"""What somebody gets who takes the host's whole disk and knows its passphrase: no row, no answer.

The package keys and state shares are in the owners' vaults. What the host needed of them came
sealed to keys that lived in its workers' memory, so it is gone with them, however they ended.
"""

import base64
import contextlib
import re
import shutil
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import desk
import pytest
import rooms
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hunt import Hunt
from rooms import DATA_PARTIES, OVERLAP, PLAN, Room

from cleanroom.errors import TrustError
from cleanroom.sandbox.inside import parts
from cleanroom.session import granting, identities
from cleanroom.trust import package
from cleanroom.trust.grant import (
    package_key_info,
    read_grant,
    read_request,
    state_share_info,
)
from cleanroom.vault.vault import Vault

KEY_BYTES, NONCE = 32, 12
DOCUMENT = 1024  # bytes; identities and keys are shorter
CONTEXTS = (b"dcr/state/1\0", b"dcr/roster/1\0")
QUANTUM = "answer_quantum_ms = 1500\nmin_match = 0\n"  # time to be killed in
_HEX = re.compile(rb"[0-9a-f]{64,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/]{43,}={0,2}")


class Disk:
    """A copy of what lies on the host, and its vault opened with its passphrase."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.folder, self.room = folder, room
        folder.mkdir()
        shutil.copytree(room.vault(room.host), folder / "vault")
        for name in ("agreement.json", "out", "plan.toml"):
            if (room.folder / name).is_dir():
                shutil.copytree(room.folder / name, folder / name)
            else:
                shutil.copy(room.folder / name, folder / name)
        for party in DATA_PARTIES:
            shutil.copy(room.package(party), folder / f"{party}.crpkg")
        with Vault.open(folder / "vault", desk.passphrase(room.host)) as vault:
            self.rows = list(_values(vault))
            self.secrets = {name: vault.secrets.get(name) for name in vault.secrets.names()}
        self.blobs = [path.read_bytes() for path in (folder / "vault" / "blobs").iterdir()]

    def found(self, hunt: Hunt) -> dict[str, set[str]]:
        """What the hunt finds in the files and in the rows of the vault."""
        inside = {"rows": hunt.found(b"\0".join(self.rows))}
        return {n: what for n, what in (hunt.search(self.folder) | inside).items() if what}

    def keys(self) -> set[bytes]:
        """Everything here that could be a key: each 32 bytes of a secret that is no document, and
        each value of 32 bytes in a row or a document, also as hex or Base64.
        """
        found = set()
        for value in (value for value in self.secrets.values() if len(value) < DOCUMENT):
            found |= {value[at : at + KEY_BYTES] for at in range(len(value) - KEY_BYTES + 1)}
        for value in self.rows:
            for data in (value, *_decoded(value)):
                found |= {data} | set(_decoded(data))
        return {key for key in found if len(key) == KEY_BYTES}


def _values(vault: Vault) -> Iterator[bytes]:
    """Every text and blob of every table."""
    tables = vault._database.run("SELECT name FROM sqlite_master WHERE type = 'table'")
    for (table,) in tables:
        for row in vault._database.run(f'SELECT * FROM "{table}"'):
            for value in row:
                if isinstance(value, str | bytes):
                    yield value.encode() if isinstance(value, str) else bytes(value)


def _decoded(data: bytes) -> Iterator[bytes]:
    for run in _HEX.finditer(data):
        for at in range(0, len(run[0]) - 63, 64):
            yield bytes.fromhex(run[0][at : at + 64].decode())
    for run in _BASE64.finditer(data):
        text = run[0].rstrip(b"=")
        yield base64.b64decode(text[: len(text) // 4 * 4])


def opens_package(file: Path, keys: Iterable[bytes]) -> bool:
    """Whether any key opens the first part."""
    with file.open("rb") as package_file:
        _, manifest = package.read_envelope(package_file)
        data = package.read_part(package_file, manifest, 0)
    for key in keys:
        with contextlib.suppress(TrustError):
            parts.decrypt(data, manifest, 0, key)
            return True
    return False


def opens_blob(blob: bytes, keys: Iterable[bytes]) -> bool:
    """Whether any key opens what the sandbox left sealed (docs/formats.md, sealed answers)."""
    for key in keys:
        for context in CONTEXTS:
            with contextlib.suppress(InvalidTag):
                AESGCMSIV(key).decrypt(blob[:NONCE], blob[NONCE:], context)
                return True
    return False


def pieces(secret: bytes) -> list[int]:
    """A secret as the numbers that a hunt looks for."""
    return [int.from_bytes(secret[at : at + 8], "little") for at in range(0, len(secret), 8)]


class Owners:
    """What the data parties keep to themselves."""

    def __init__(self, room: Room) -> None:
        name = identities.state_share_name(room.signed.agreement.id)
        self.package_keys: dict[str, bytes] = {}
        self.shares: dict[str, bytes] = {}
        for party in DATA_PARTIES:
            with room.open(party) as vault, room.package(party).open("rb") as file:
                manifest = package.read_envelope(file)[1]
                key = vault.secrets.get(granting.package_name(manifest.package_id))
                self.package_keys[party], self.shares[party] = key, vault.secrets.get(name)
        salt = room.signed.agreement.id.encode()
        joined = b"".join(self.shares[party] for party in room.signed.agreement.data_parties)
        self.state_key = HKDF(SHA256(), 32, salt, b"state/1").derive(joined)


def check_nothing_opens(disk: Disk, owners: Owners, host_brings: bool) -> None:
    """``host_brings``: the host is itself a data party and has its own keys, of course."""
    own = disk.room.host if host_brings else ""
    others = [party for party in DATA_PARTIES if party != own]
    kept = [owners.state_key]
    kept += [secrets[party] for party in others for secrets in (owners.package_keys, owners.shares)]
    hunt = Hunt({}, [number for secret in kept for number in pieces(secret)])
    assert disk.found(hunt) == {}
    disk.rows.append(b'{"share":"' + kept[-1].hex().encode() + b'"}')
    assert set(disk.found(hunt)) == {"rows"}  # the search finds one where it is
    del disk.rows[-1]
    names = [n for n in disk.secrets if n.startswith(("package/", "state/"))]
    assert len(names) == (2 if own else 0)

    keys = disk.keys()
    assert disk.blobs
    assert not any(opens_blob(blob, keys) for blob in disk.blobs)
    for party in others:
        assert not opens_package(disk.folder / f"{party}.crpkg", keys)
    # the same attempts with the right keys
    assert all(opens_blob(blob, [owners.state_key]) for blob in disk.blobs)
    for party in DATA_PARTIES:
        assert opens_package(disk.folder / f"{party}.crpkg", [owners.package_keys[party]])


def check_grants_are_for_nobody_here(disk: Disk) -> None:
    """The grant files lie on the host too; their secrets are sealed to workers that are gone."""
    with Vault.open(disk.folder / "vault", desk.passphrase(disk.room.host)) as vault:
        sealing = identities.load(vault).sealing
    grants = sorted(disk.folder.rglob("*.grant.json"))
    assert grants
    for file in grants:
        (party,) = {party for party in DATA_PARTIES if file.name.startswith(party)}
        request_file = file.parents[1] / "requests" / f"{party}.request.json"
        request, digest = read_request(request_file.read_bytes(), None)
        signing = disk.room.signed.agreement.party(party).card.signing
        grant = read_grant(file.read_bytes(), signing, request, digest)
        for sealed, info in (
            (grant.package_key, package_key_info(digest)),
            (grant.state_share, state_share_info(digest)),
        ):
            with pytest.raises(TrustError, match=r"trust\.not_for_you"):
                sealing.open(bytes.fromhex(sealed), info, "grant")


def host_session(room: Room, plan: str, out: str, *, kill: bool) -> None:
    """A session whose owners grant from elsewhere. ``kill``: host and workers are killed once the
    answer of its last question is stored.
    """
    blobs = room.vault(room.host) / "blobs"
    before = len(list(blobs.iterdir()))
    with desk.started(room.folder, *room.session(plan=plan, out=out)) as host:
        desk.read_until(host, "waiting for grants/")
        for party in DATA_PARTIES:
            if party != room.host:
                request = room.folder / out / "requests" / f"{party}.request.json"
                answer = room.folder / out / "grants" / f"{party}.grant.json"
                own = (*room.of(party), "--out", answer, "--accept-loss")
                desk.run(room.folder, "grant", request, *own)
        if not kill:
            desk.ended(host)
            return
        desk.wait_until(host, lambda: len(list(blobs.iterdir())) > before)
        workers = desk.workers(host)
        desk.stop(host, signal.SIGKILL)
        host.wait(desk.PATIENCE)
    desk.gone(workers)


@pytest.mark.slow
def test_a_neutral_host_has_no_key_at_all(tmp_path: Path, strong: None) -> None:
    """After a session that ended well, and after one that was killed."""
    (tmp_path / "room").mkdir()
    room = rooms.build(tmp_path / "room", template="neutral-host", policy=QUANTUM)
    owners = Owners(room)
    for number, (plan, kill) in enumerate(((OVERLAP, False), (PLAN, True))):
        host_session(room, plan, "out", kill=kill)
        disk = Disk(room, tmp_path / f"disk {number}")
        check_nothing_opens(disk, owners, host_brings=False)
        check_grants_are_for_nobody_here(disk)
        shutil.rmtree(room.folder / "out")


@pytest.mark.slow
def test_a_host_with_data_has_its_own_keys_only(tmp_path: Path, strong: None) -> None:
    """It can open its own package. The other's stays shut, and so do the answers, which need the
    shares of all.
    """
    (tmp_path / "room").mkdir()
    room = rooms.build(tmp_path / "room", policy=QUANTUM)
    host_session(room, OVERLAP, "out", kill=True)
    disk = Disk(room, tmp_path / "disk")
    check_nothing_opens(disk, Owners(room), host_brings=True)
    check_grants_are_for_nobody_here(disk)
