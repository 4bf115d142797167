"""A host that tells owners of a better wall than its workers proved gets no session."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from room_material import AGES, EMAIL, Rows, World, dataset, no_plan, tokens_of

from cleanroom.errors import TrustError
from cleanroom.session.hosting import JointSession
from cleanroom.trust.grant import OpeningRequest


@pytest.mark.parametrize("told", ["engine_self_test", "ingest_self_test"])
def test_an_embellished_self_test_is_refused_by_the_worker(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = {
        "platform": dataset("platform", {"people": {"a_age": AGES}}),
        "brand": dataset("brand", {"people": {}}),
    }
    people = {"a_age": [1, 2, 3]}
    rows = {
        "platform": Rows(3, people, {EMAIL.kind: tokens_of(range(3), range(3))}),  # type: ignore[arg-type]
        "brand": Rows(3, {}, {EMAIL.kind: tokens_of(range(3), range(3))}),  # type: ignore[arg-type]
    }
    world = World(tmp_path, datasets, rows)
    honest = JointSession._request

    def embellished(self: JointSession, *given: Any) -> OpeningRequest:
        request = honest(self, *given)
        better = msgspec.structs.replace(getattr(request, told), probes={"connect": "refused"})
        return msgspec.structs.replace(request, **{told: better})

    monkeypatch.setattr(JointSession, "_request", embellished)
    with world.session() as session, pytest.raises(TrustError) as refused:
        session.open(world.grant, no_plan())
    assert refused.value.code == "trust.grant_for_another"
    world.close()
