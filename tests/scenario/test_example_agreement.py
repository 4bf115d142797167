"""The agreement that ships as an example is a real, accepted one."""

from pathlib import Path

from cleanroom.trust.agreement_rules import read_checked


def test_the_example_agreement_is_accepted(repository: Path) -> None:
    folder = repository / "resources" / "samples" / "scenario_a"
    signed = read_checked((folder / "agreement.example.json").read_bytes())
    assert signed.state == "accepted"
    assert signed.agreement.data_parties == ("platform", "brand")
    assert signed.agreement.policy.mode == "threshold"
