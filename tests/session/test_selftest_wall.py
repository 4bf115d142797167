"""What the self-test says of walls: of the real ones, of weak ones, of systems without one."""

from collections.abc import Callable

import pytest
from selftest_material import NOT_ENFORCED, by_name, proof, statuses

from cleanroom import text
from cleanroom.errors import SandboxError
from cleanroom.sandbox.wall import SelfTest
from cleanroom.session.selftest import Check, wall, workers

FIVE = ("connect", "open_outside", "exec", "fork", "ptrace")


@pytest.fixture
def walls(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Check]]:
    """The checks of a machine whose workers prove this; ``others``: all but the engine."""

    def of(engine: SelfTest, others: SelfTest | None = None) -> list[Check]:
        monkeypatch.setattr(workers, "engine", lambda: engine)
        for role in workers.OTHERS:
            monkeypatch.setitem(workers.OTHERS, role, lambda: others or engine)
        return wall.trial()

    return of


@pytest.mark.slow
def test_every_role_of_this_machine_proves_its_wall() -> None:
    """Real processes. What they prove is what the attempts show."""
    proofs = {"engine": workers.engine(), **{r: ask() for r, ask in workers.OTHERS.items()}}
    assert set(proofs) == {"engine", "ingest", "prepare", "render"}
    assert len({(one.provider, one.level) for one in proofs.values()}) == 1
    for one in proofs.values():
        refused = set(one.probes.values()) == {"refused"}
        assert refused == (one.level >= 2)


def test_a_whole_wall(walls: Callable[..., list[Check]]) -> None:
    found = walls(proof())
    assert set(statuses(found).values()) == {"ok"}
    names = by_name(found)
    assert set(names) == {"level", *FIVE, "others", "layers", "ingest", "prepare", "render"}
    assert names["level"].facts["level"] == 3
    assert names["others"].facts == {"refused": 7, "tried": 7}
    assert not any(check.to_do() for check in found)


@pytest.mark.parametrize(("level", "status"), [(3, "ok"), (2, "ok"), (1, "failed"), (0, "failed")])
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_level_in_words(
    walls: Callable[..., list[Check]], level: int, status: str, language: str
) -> None:
    """On a system for which there is a wall, a weak one is a fault."""
    check = by_name(walls(proof(level)))["level"]
    assert check.status == status
    assert check.sentence(language) == text.say(f"selftest.said.level_{level}", language)
    assert str(level) in check.sentence(language)
    assert bool(check.to_do(language)) == (level < 2)


@pytest.mark.parametrize("answer", ["possible", "possible (ESRCH)"])
@pytest.mark.parametrize("attempt", FIVE)
def test_an_attempt_that_gets_through_is_a_fault(
    walls: Callable[..., list[Check]], attempt: str, answer: str
) -> None:
    found = walls(proof(1, **{attempt: answer}), proof())
    failed = {name for name, status in statuses(found).items() if status == "failed"}
    assert failed == {"level", attempt}
    assert answer in by_name(found)[attempt].sentence()


def test_one_of_the_other_attempts(walls: Callable[..., list[Check]]) -> None:
    found = walls(proof(1, local_socket="possible"), proof())
    assert by_name(found)["others"].facts == {"refused": 6, "tried": 7}
    assert statuses(found)["others"] == "failed"


def test_the_weakest_role_counts(walls: Callable[..., list[Check]]) -> None:
    found = statuses(walls(proof(), proof(1, fork="possible")))
    assert {name for name, status in found.items() if status == "failed"} == {
        "level", "ingest", "prepare", "render"
    }  # fmt: skip


def test_a_missing_layer_is_named(walls: Callable[..., list[Check]]) -> None:
    weak = proof(2)
    weak.layers["namespaces"] = "off: EPERM"
    check = by_name(walls(weak))["layers"]
    assert check.status == "warning"
    assert "namespaces (off: EPERM)" in check.sentence()


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_system_without_a_wall_is_a_warning(
    walls: Callable[..., list[Check]], language: str
) -> None:
    found = walls(NOT_ENFORCED)
    assert set(statuses(found).values()) == {"warning"}
    level = by_name(found)["level"]
    assert {"en": "not enforced", "zh_CN": "不强制隔离"}[language] in level.sentence(language)
    assert {"en": "Hosting is refused", "zh_CN": "不能承载联合分析"}[language] in level.to_do(
        language
    )
    assert by_name(found)["exec"].said == "not_tried"
    assert all(check.label(language) and check.sentence(language) for check in found)


def test_a_system_that_starts_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "can_start", lambda: False)
    (level,) = wall.trial()
    assert (level.status, level.facts["level"]) == ("warning", 0)


@pytest.mark.parametrize("silent", ["engine", "prepare"])
def test_a_role_that_does_not_come_up(
    monkeypatch: pytest.MonkeyPatch, walls: Callable[..., list[Check]], silent: str
) -> None:
    def fail() -> SelfTest:
        raise SandboxError("sandbox.killed")

    walls(proof())
    if silent == "engine":
        monkeypatch.setattr(workers, "engine", fail)
    else:
        monkeypatch.setitem(workers.OTHERS, silent, fail)
    found = by_name(wall.trial())
    assert [name for name, check in found.items() if check.status == "failed"] == [silent]
    assert found[silent].sentence().endswith("[sandbox.killed]")
    assert found["level"].facts["level"] == 3


def test_no_role_comes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> SelfTest:
        raise SandboxError("sandbox.failed")

    monkeypatch.setattr(workers, "engine", fail)
    for role in workers.OTHERS:
        monkeypatch.setitem(workers.OTHERS, role, fail)
    found = statuses(wall.trial())
    assert found == dict.fromkeys(("engine", *workers.OTHERS), "failed")
