"""Agreements that somebody made as large as a file may be: refused in the time of their length."""

import json
import time

import pytest
from trust_material import drafted

from cleanroom.errors import TrustError
from cleanroom.trust import agreement as agreements
from cleanroom.trust import agreement_rules, codec, envelope
from cleanroom.trust.identity import Identity


def test_a_thousand_parties() -> None:
    """Each key was looked for in the whole document anew: it took half a minute."""
    tree = json.loads(codec.encode(drafted()))
    party = json.dumps(tree["parties"][0])
    tree["parties"] = [json.loads(party) for _ in range(1_100)]
    for number, copy in enumerate(tree["parties"]):
        copy["card"]["signing_key"] = f"{number:064x}"
    signer = Identity.create("Stranger", "2026-01-05T08:00:00Z").signing
    sealed = envelope.sign(agreements.AGREEMENT_TYPE, codec.encode(tree), [signer])
    data = sealed.to_bytes()
    assert 3 << 20 < len(data) <= agreements.AGREEMENT_LIMIT
    began = time.process_time()
    with pytest.raises(TrustError):
        agreement_rules.read_checked(data)
    assert time.process_time() - began < 10
