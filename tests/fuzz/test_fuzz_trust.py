"""Whatever a signed file holds, a reader accepts it or says why not: no other error leaves it.

Two kinds of input: good files with bytes changed, which never mean anything else; and documents
with anything changed inside, rightly signed, so that the signature does not stop them: most in
canonical form, some in another spelling. `make fuzz` tries each for a minute (clock.py).
"""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
import pytest
from byte_changes import damaged
from clock import fuzzed
from fuzz_material import (
    FORMATS,
    GOOD,
    KEYS,
    NOW,
    PLATFORM,
    SESSION,
    answer,
    payload,
    sealing,
    signing,
)
from hypothesis import strategies as st
from json_changes import canonical_json, changed_tree, misspelled

from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.sandbox.columns import STORAGES
from cleanroom.text import LANGUAGES
from cleanroom.trust import (
    agreement_rules,
    codec,
    drafting,
    envelope,
    fingerprint,
    grant,
    identity,
    layout,
    ledger,
    package,
    receipt,
)
from cleanroom.trust.agreement import open_matching_secret, require_in_force
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.identity import Identity
from cleanroom.trust.summary import summary

REQUEST, REQUEST_HASH = grant.read_request(GOOD["request"], PLATFORM)

# --- what each reader goes on to do with what it accepted: what its signers vouch for -----------


def use_card(data: bytes) -> object:
    card = identity.read_card(data)
    fingerprint.words(card)
    fingerprint.digits(card)
    fingerprint.qr_svg(card)
    return card


def use_agreement(data: bytes) -> object:
    signed = agreement_rules.read_checked(data)
    for language in LANGUAGES:
        summary(signed, language)
    catalogue = signed.agreement.catalogue()
    for dataset in catalogue.datasets:
        for form in (layout.in_package, layout.in_pipe):
            columns = [c for _, table in form(dataset, catalogue.identifiers) for c in table]
            assert all(column.storage in STORAGES for column in columns)
    shape(MatchQuestion(catalogue.parties, "membership"), catalogue)
    for name in ("platform", "brand"):
        me = Identity(name, "2026-01-05T08:00:00Z", signing(name), sealing(name))
        answer(drafting.sign, signed, me)
        answer(open_matching_secret, signed.agreement, me.name, me.sealing)
    answer(require_in_force, signed, NOW)
    return signed.agreement if signed.signed_by else None


def use_request(data: bytes) -> object:
    found, digest = grant.read_request(data, PLATFORM)
    ledger.verify_chain([text.encode() for text in found.entries], found.agreement_id, found.since)
    grant.make_grant(
        found,
        digest,
        package_key=bytes(32),
        state_share=bytes(32),
        allowance=found.plan_price,
        now=NOW,
        expires=NOW,
        key=signing("platform"),
    )
    return found


def use_grant(data: bytes) -> object:
    found = grant.read_grant(data, PLATFORM, REQUEST, REQUEST_HASH)
    grant.check_times(found, NOW)
    key = SealingKey.from_bytes(bytes.fromhex(KEYS["workers_sealing"]["ingest"]))
    key.open(bytes.fromhex(found.package_key), grant.package_key_info(REQUEST_HASH), "grant")
    return found


def use_receipt(data: bytes) -> object:
    found = receipt.read_receipt(data, PLATFORM)
    answer(_settle, found)
    return found


def _settle(found: receipt.Receipt) -> object:
    return receipt.settled(
        found,
        REQUEST.session_key,
        "ab" * 32,
        agreement_id=REQUEST.agreement_id,
        since=REQUEST.since,
        since_seq=0,
    )


def use_ledger(data: bytes) -> object:
    lines = data.removesuffix(b"\n").split(b"\n")
    entries = ledger.verify_chain(lines, REQUEST.agreement_id, REQUEST.since)
    ledger.spent(entries)
    return tuple(entries)


def use_package(data: bytes) -> object:
    file = BytesIO(data)
    sealed, manifest = package.read_envelope(file)
    package.verify(sealed, PLATFORM)
    parts = [package.read_part(file, manifest, number) for number in range(len(manifest.parts))]
    return manifest, parts


READERS: dict[str, Callable[[bytes], object]] = {
    "card": use_card,
    "agreement": use_agreement,
    "request": use_request,
    "grant": use_grant,
    "receipt": use_receipt,
    "ledger": use_ledger,
    "package": use_package,
}
MEANT = {name: READERS[name](GOOD[name]) for name in FORMATS}
SIGNERS = {"card": ["brand"], "agreement": ["platform", "brand"]}
formats = pytest.mark.parametrize("name", FORMATS)


def test_the_good_files_are_good() -> None:
    """Else nothing here would reach anything."""
    assert list(READERS) == list(FORMATS)
    assert all(MEANT.values())


@formats
@fuzzed(st.data())
def test_good_files_with_bytes_changed(name: str, data: st.DataObject) -> None:
    """What is still accepted is what the good file said; of a ledger, its first entries."""
    found = answer(READERS[name], data.draw(damaged(GOOD[name], list(GOOD.values()))))
    if name == "ledger" and found is not None:
        assert found == MEANT["ledger"][: len(found)]
    elif found is not None:
        assert found == MEANT[name]


# --- signed again --------------------------------------------------------------------------------


def document_of(name: str) -> bytes:
    """What is signed in a good file; of the ledger, its first entry."""
    if name == "package":
        return package.read_envelope(BytesIO(GOOD["package"]))[0].body
    return GOOD["ledger"].splitlines()[0] if name == "ledger" else payload(GOOD[name])[1]


def with_document(name: str, document: bytes) -> bytes:
    """A whole file with another document, rightly signed."""
    if name == "ledger":
        return b"\n".join([document, *GOOD["ledger"].splitlines()[1:]])
    if name == "package":
        manifest = package.read_envelope(BytesIO(GOOD["package"]))[1]
        content = len(package.MAGIC) + sum(part.length for part in manifest.parts)
        sealed = envelope.sign(package.MANIFEST_TYPE, document, [signing("platform")])
        return GOOD["package"][:content] + package.trailer(sealed)
    kind, _ = payload(GOOD[name])
    keys = [signing(who) for who in SIGNERS.get(name, ["platform"])]
    return envelope.sign(kind, document, keys).to_bytes()


def in_entry(tree: Any) -> Any:
    """A ledger entry signed anew."""
    if isinstance(tree, dict):
        tree["signature"] = ""
        bare = canonical_json(tree) or b""
        tree["signature"] = SESSION.sign(envelope.pae(ledger.ENTRY_TYPE, bare)).hex()
    return tree


@formats
@fuzzed(st.data())
def test_signed_documents_with_anything_inside(name: str, data: st.DataObject) -> None:
    """What is accepted is exactly what was signed, in its one spelling."""
    body = document_of(name)
    if data.draw(st.integers(0, 3)) == 3:
        document: bytes | None = data.draw(misspelled(body))
    else:
        tree = changed_tree(body, data)
        document = canonical_json(in_entry(tree) if name == "ledger" else tree)
    if document is None:
        return
    found = answer(READERS[name], with_document(name, document))
    if found is not None and name != "ledger":
        assert codec.encode(found[0] if name == "package" else found) == document


@fuzzed(st.data())
def test_ledgers_of_many_entries(data: st.DataObject) -> None:
    """Any entry of the chain is changed, dropped or told twice, and the chain tied again."""
    lines = GOOD["ledger"].splitlines()
    chosen = data.draw(st.lists(st.sampled_from(lines), max_size=8))
    prev, tied = REQUEST.since, []
    for seq, line in enumerate(chosen, 1):
        tree = changed_tree(line, data) if data.draw(st.integers(0, 3)) == 3 else json.loads(line)
        if isinstance(tree, dict) and data.draw(st.integers(0, 9)) < 9:
            tree |= {"seq": seq, "prev": prev}
        tied.append(canonical_json(in_entry(tree)) or b"")
        prev = ledger.entry_hash(tied[-1])
    entries = answer(ledger.verify_chain, tied, REQUEST.agreement_id, REQUEST.since)
    if entries is not None:
        assert [codec.encode(entry) for entry in entries] == tied
        assert answer(_settle, settling(tied)) is None or entries[-1].closed is not None


def settling(lines: list[bytes]) -> receipt.Receipt:
    """A receipt with these entries."""
    good = receipt.read_receipt(GOOD["receipt"])
    return msgspec.structs.replace(good, entries=tuple(line.decode() for line in lines))
