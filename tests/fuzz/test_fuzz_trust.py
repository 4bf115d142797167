"""Whatever a file holds, a reader accepts it or says why not: no other error leaves it.

Three kinds of input: bytes that mean nothing; good files with bytes changed; and good documents
with anything changed inside, in canonical form and rightly signed, so that signature and form do
not stop them. `make fuzz` runs many more examples of each (HYPOTHESIS_PROFILE=fuzz).
"""

import base64
import copy
import json
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cleanroom import wire
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.price import price
from cleanroom.disclosure.question import FirstChannelQuestion, MatchQuestion, Question
from cleanroom.errors import CleanroomError
from cleanroom.text import LANGUAGES
from cleanroom.trust import (
    agreement_rules,
    drafting,
    envelope,
    fingerprint,
    grant,
    identity,
    ledger,
    package,
    receipt,
)
from cleanroom.trust.agreement import open_matching_secret, require_in_force
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.identity import Identity
from cleanroom.trust.summary import summary

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
KEYS = json.loads((VECTORS / "keys.json").read_text("utf-8"))
NOW = datetime.fromisoformat("2026-03-02T09:00:00Z")


def signing(name: str) -> Ed25519PrivateKey:
    seed = KEYS["identities"][name]["signing_seed"]
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def sealing(name: str) -> SealingKey:
    return SealingKey.from_bytes(bytes.fromhex(KEYS["identities"][name]["sealing"]))


SESSION = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS["session_seed"]))
PLATFORM = signing("platform").public_key().public_bytes_raw()


def good(name: str) -> bytes:
    folder = VECTORS / name
    (file,) = (
        f["file"]
        for f in json.loads((folder / "index.json").read_text())["files"]
        if not f["error"]
    )
    return (folder / file).read_bytes()


REQUEST, REQUEST_HASH = grant.read_request(good("request"), PLATFORM)


# --- what each reader goes on to do with what it accepted ----------------------------------------


def use_card(data: bytes) -> None:
    card = identity.read_card(data)
    fingerprint.words(card)
    fingerprint.qr_svg(card)


def use_agreement(data: bytes) -> None:
    signed = agreement_rules.read_checked(data)
    for language in LANGUAGES:
        summary(signed, language)
    catalogue = signed.agreement.catalogue()
    shape(MatchQuestion(catalogue.parties, "membership"), catalogue)
    for name in ("platform", "brand"):
        me = Identity(name, "2026-01-05T08:00:00Z", signing(name), sealing(name))
        for step in (drafting.sign, _open_secret):
            try:
                step(signed, me)
            except CleanroomError:
                continue
    require_in_force(signed, NOW)


def _open_secret(signed: Any, me: Identity) -> bytes:
    return open_matching_secret(signed.agreement, me.name, me.sealing)


def use_request(data: bytes) -> None:
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


def use_grant(data: bytes) -> None:
    found = grant.read_grant(data, PLATFORM, REQUEST, REQUEST_HASH)
    grant.check_times(found, NOW)
    key = SealingKey.from_bytes(bytes.fromhex(KEYS["workers_sealing"]["ingest"]))
    key.open(bytes.fromhex(found.package_key), grant.package_key_info(REQUEST_HASH), "grant")


def use_receipt(data: bytes) -> None:
    receipt.settled(
        receipt.read_receipt(data, PLATFORM),
        REQUEST.session_key,
        "ab" * 32,
        agreement_id=REQUEST.agreement_id,
        since=REQUEST.since,
        since_seq=0,
    )


def use_ledger(data: bytes) -> None:
    entries = ledger.verify_chain(data.split(b"\n"), REQUEST.agreement_id, REQUEST.since)
    ledger.spent(entries)


def use_package(data: bytes) -> None:
    file = BytesIO(data)
    sealed, manifest = package.read_envelope(file)
    package.verify(sealed, PLATFORM)
    for number in range(len(manifest.parts)):
        package.read_part(file, manifest, number)


READERS: dict[str, Callable[[bytes], None]] = {
    "card": use_card,
    "agreement": use_agreement,
    "request": use_request,
    "grant": use_grant,
    "receipt": use_receipt,
    "ledger": use_ledger,
    "package": use_package,
}
GOOD = {name: good(name) for name in READERS}


def survives(name: str, data: bytes) -> None:
    """The error, if any, is ours and can be told in both languages."""
    error = refusal(READERS[name], data)
    if error is not None:
        told = [error.message(language) for language in LANGUAGES]
        assert all(text.endswith(f"[{error.code}]") for text in told)


def refusal(reader: Callable[[bytes], None], data: bytes) -> CleanroomError | None:
    try:
        reader(data)
    except CleanroomError as error:
        return error
    return None


# --- bytes ---------------------------------------------------------------------------------------

formats = pytest.mark.parametrize("name", READERS)


@formats
@given(st.binary(max_size=400))
def test_bytes_that_mean_nothing(name: str, data: bytes) -> None:
    survives(name, data)
    survives(name, package.MAGIC + data + package.MAGIC_END)
    survives(name, b'{"payload":"' + base64.b64encode(data) + b'"}')


@formats
@given(st.data())
def test_good_files_with_bytes_changed(name: str, data: st.DataObject) -> None:
    changed = bytearray(GOOD[name])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(changed)))
        end = min(len(changed), start + data.draw(st.sampled_from([0, 1, 1, 2, 8, 200])))
        changed[start:end] = data.draw(st.binary(max_size=8))
    survives(name, bytes(changed))


# --- documents -----------------------------------------------------------------------------------

HOSTILE = [
    "",
    "\u202e",
    "\x00",
    "../../x",
    "{0}",
    "{x!r}",
    "%s",
    "A" * 5000,
    "-1",
    "1e999",
    "é",
    "e\u0301",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 1, 2**31, 2**53, 2**63, 2**64]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(HOSTILE),
    st.binary(max_size=80).map(bytes.hex),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON document."""
    pairs = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else []
    )
    return [place for key, value in pairs for place in ((tree, key), *places(value))]


def alike(value: Any) -> st.SearchStrategy[Any]:
    """Another value of the same type, which a strict reader does not refuse at once."""
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.one_of(st.integers(-3, 300), st.integers(-(2**53), 2**53))
    if isinstance(value, str):
        cut = st.integers(0, len(value)).map(lambda end: value[:end])
        return st.one_of(cut, st.sampled_from(HOSTILE), st.text(max_size=80))
    return values


def change(tree: Any, data: st.DataObject) -> None:
    """Change, drop, double or add one thing somewhere."""
    container, key = data.draw(st.sampled_from(places(tree)))
    how = data.draw(st.sampled_from(["alike", "alike", "alike", "any", "swap", "drop", "add"]))
    if how in ("alike", "any"):
        container[key] = data.draw(alike(container[key]) if how == "alike" else values)
    elif how == "swap":
        other, name = data.draw(st.sampled_from(places(tree)))
        container[key] = copy.deepcopy(other[name])
    elif how == "drop":
        del container[key]
    elif isinstance(container, dict):
        container[data.draw(st.text(max_size=8))] = data.draw(values)
    else:
        container.insert(key, data.draw(st.one_of(values, st.just(copy.deepcopy(container[key])))))


def canonical_json(tree: Any) -> bytes | None:
    """None when something has no canonical form, such as a number beyond 2^53."""
    try:
        return rfc8785.dumps(tree)
    except (ValueError, RecursionError):
        return None


def changed_tree(body: bytes, data: st.DataObject) -> Any:
    """A document with up to three changes."""
    tree = json.loads(body)
    for _ in range(data.draw(st.sampled_from([1, 1, 1, 2, 3]))):
        if places(tree):
            change(tree, data)
    return tree


def payload(data: bytes) -> tuple[str, bytes]:
    outer = json.loads(data)
    return outer["payloadType"], base64.b64decode(outer["payload"])


@pytest.mark.parametrize("name", ["card", "agreement", "request", "grant", "receipt"])
@given(st.data())
def test_signed_documents_with_anything_inside(name: str, data: st.DataObject) -> None:
    kind, body = payload(GOOD[name])
    signers = {"card": ["brand"], "agreement": ["platform", "brand"]}.get(name, ["platform"])
    document = canonical_json(changed_tree(body, data))
    if document is not None:
        sealed = envelope.sign(kind, document, [signing(who) for who in signers])
        survives(name, sealed.to_bytes())


@given(st.data())
def test_signed_manifests_with_anything_inside(data: st.DataObject) -> None:
    sealed, manifest = package.read_envelope(BytesIO(GOOD["package"]))
    document = canonical_json(changed_tree(sealed.body, data))
    if document is not None:
        again = envelope.sign(package.MANIFEST_TYPE, document, [signing("platform")])
        length = sum(part.length for part in manifest.parts)
        content = GOOD["package"][: len(package.MAGIC) + length]
        survives("package", content + package.trailer(again))


@given(st.data())
def test_signed_entries_with_anything_inside(data: st.DataObject) -> None:
    lines = GOOD["ledger"].split(b"\n")
    number = data.draw(st.integers(0, len(lines) - 1))
    tree = changed_tree(lines[number], data)
    if isinstance(tree, dict):
        tree["signature"] = ""
        bare = canonical_json(tree) or b""
        tree["signature"] = SESSION.sign(envelope.pae(ledger.ENTRY_TYPE, bare)).hex()
    document = canonical_json(tree)
    if document is not None:
        survives("ledger", b"\n".join([*lines[:number], document, *lines[number + 1 :]]))


# --- questions -----------------------------------------------------------------------------------

AGREED = agreement_rules.read_checked(GOOD["agreement"]).agreement
ASKED: list[Question] = [
    MatchQuestion(("platform", "brand")),
    FirstChannelQuestion("platform", "brand", "2025-04-01", "2025-07-01", order_kinds=("order",)),
]
PROFILE = {
    "kernel": "attribute",
    "base": ["platform"],
    "columns": ["platform.people.a_age_band"],
    "versus": "brand",
    "where": [{"column": "platform.people.is_fan", "values": ["true"]}],
}


def use_question(body: bytes) -> None:
    """What the engine does with a question before it looks at a single row."""
    catalogue = AGREED.catalogue()
    question = wire.decode(body, Question)  # type: ignore[arg-type]
    form = canonical(question, catalogue)
    assert canonical(form, catalogue) == form
    assert len(replay_key(question, catalogue)) == 64
    assert price(shape(question, catalogue), AGREED.policy).nano_rho > 0


@given(st.data())
def test_questions_with_anything_inside(data: st.DataObject) -> None:
    tree = data.draw(st.sampled_from([*map(msgspec.to_builtins, ASKED), PROFILE]))
    body = canonical_json(changed_tree(json.dumps(tree).encode(), data))
    error = refusal(use_question, body) if body is not None else None
    assert error is None or error.area in ("sandbox", "disclosure")


@given(st.binary(max_size=300))
def test_frames_that_mean_nothing(body: bytes) -> None:
    with pytest.raises(CleanroomError):
        wire.decode(body, MatchQuestion)
