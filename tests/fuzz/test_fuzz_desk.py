"""What a desk does with files that it was sent, before it knows what they are."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from byte_changes import damaged
from clock import fuzzed
from fuzz_material import GOOD, VECTORS, answer, payload
from hypothesis import strategies as st
from json_changes import canonical_json, changed_tree, misspelled
from toml_changes import rewritten, toml

from cleanroom.disclosure.catalogue import DatasetSpec
from cleanroom.session import drafts
from cleanroom.session.recognise import recognise
from cleanroom.text import LANGUAGES
from cleanroom.trust import agreement_rules, envelope

AGREED = agreement_rules.read_checked(GOOD["agreement"]).agreement
DATASET = msgspec.json.encode(AGREED.catalogue().dataset("brand"))
IDENTIFIERS = {"identifiers": msgspec.to_builtins(AGREED.identifiers)}
POLICY = 'k = 60\nmode = "dp"\nrounding = 5\n'
NOTHING_YET = {"policies": {}, "datasets": [], "effective": None}
DRAFT = (VECTORS / "agreement" / "draft.json").read_bytes()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("desk") / "file"
    yield path
    path.unlink(missing_ok=True)


@fuzzed(st.data())
def test_files_of_any_kind(file: Path, data: st.DataObject) -> None:
    """What they are is told in words that can be shown, or that nobody knows."""
    files = {**GOOD, "dataset": DATASET, "policy": POLICY.encode(), "draft": DRAFT}
    name = data.draw(st.sampled_from(sorted(files)))
    changed = damaged(files[name], list(files.values()))
    if name != "policy":
        changed |= misspelled(files[name])
    file.write_bytes(data.draw(changed))
    for language in LANGUAGES:
        facts = answer(recognise, file, language)
        assert facts is None or all(isinstance(fact, str | list | dict) for fact in facts.values())


@fuzzed(st.data())
def test_descriptions_of_datasets(data: st.DataObject) -> None:
    """One's own, or what somebody else proposes; it is checked when it comes into a draft."""
    document = canonical_json(changed_tree(DATASET, data))
    spelled = data.draw(misspelled(DATASET) | st.just(document or b""))
    found = answer(drafts.read_dataset, spelled)
    assert found is None or isinstance(found, DatasetSpec)
    answer(drafts.contribute, DRAFT, spelled, None)


@fuzzed(st.data())
def test_wishes_and_identifiers(data: st.DataObject) -> None:
    policy = data.draw(rewritten(POLICY).map(str.encode) | damaged(POLICY.encode()))
    answer(drafts.contribute, DRAFT, DATASET, policy)
    tree = changed_tree(json.dumps(IDENTIFIERS).encode(), data)
    text = data.draw(st.just(toml(tree)) | rewritten(toml(tree)))
    answer(drafts.read_identifiers, text.encode("utf-8", "replace"))


@fuzzed(st.data())
def test_drafts_with_anything_inside(data: st.DataObject) -> None:
    """The next party adds its own to a draft that somebody changed on the way."""
    kind, body = payload(DRAFT)
    tree = changed_tree(body, data)
    if isinstance(tree, dict):
        tree |= data.draw(st.sampled_from([{}, {}, {"policies": {}}, NOTHING_YET]))
    document = canonical_json(tree)
    if document is None:
        return
    draft = envelope.sign(kind, document, []).to_bytes()
    contributed = answer(drafts.contribute, draft, DATASET, None)
    if contributed is not None:
        file, state = contributed
        assert agreement_rules.read_checked(file).state == state
