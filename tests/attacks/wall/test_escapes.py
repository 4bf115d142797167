"""The attack suite: everything works without the wall, nothing works behind it."""

import pytest
import wall_attack
import wall_attacks_outward  # noqa: F401 - being imported enters its attacks into the suite
import wall_attacks_power  # noqa: F401
from wall_lab import Lab

SUITE = wall_attack.suite(engine=True)
WITHOUT_ENGINES = wall_attack.suite(engine=False)


def test_the_attacks_work_without_the_wall(lab: Lab, may_trace: bool) -> None:
    """The control: an attack that never worked proves nothing."""
    answers = lab.run(without=["wall"], attacks=SUITE, engine=True)
    must = {wall_attack.ANYBODY} | ({wall_attack.TRACER} if may_trace else set())
    expected = {name for name in SUITE if wall_attack.ATTACKS[name].control in must}
    assert len(expected) >= 50
    refused = {name: answers.attacks[name] for name in expected - answers.escapes}
    assert refused == {}


def test_nothing_escapes(lab: Lab, full: None) -> None:
    answers = lab.run(attacks=SUITE, engine=True)
    assert answers.of("exit") == 0, answers.of("stderr")
    assert set(answers.attacks) == set(SUITE)
    assert answers.escapes == set()
    report = answers.of("report")
    assert report["level"] == 3
    assert set(report["probes"].values()) == {"refused"}


def test_nothing_escapes_without_namespaces(lab: Lab, strong: None) -> None:
    """They are a second line: the level says that they are missing, the attacks still fail."""
    answers = lab.run(without=["namespaces"], attacks=WITHOUT_ENGINES)
    assert set(answers.attacks) == set(WITHOUT_ENGINES)
    assert answers.escapes == set()
    assert answers.of("report")["level"] == 2


@pytest.mark.parametrize(
    ("layer", "seen"),
    [
        ("harden", {"too_much_memory", "too_big_file", "too_many_descriptors"}),
        ("landlock", {"read_secret", "write_new_file", "older_thread_reads", "list_root"}),
        ("seccomp", {"fork", "executable_memory", "unix_path_connect", "become_dumpable"}),
    ],
)
def test_a_missing_layer_is_seen(layer: str, seen: set[str], lab: Lab, strong: None) -> None:
    """By the suite, which finds escapes, and by the self-test, which gives level 1 at most."""
    answers = lab.run(without=[layer], attacks=WITHOUT_ENGINES)
    assert seen <= answers.escapes
    assert answers.of("report")["level"] <= 1


def test_without_landlock_the_level_is_one(lab: Lab, strong: None) -> None:
    report = lab.run(without=["landlock"]).of("report")
    assert report["level"] == 1
    assert report["layers"]["landlock_data"] == "off: ENOSYS"
    assert report["probes"]["open_outside"] == "possible"


def test_without_any_layer_the_level_is_zero(lab: Lab) -> None:
    answers = lab.run(without=["harden", "namespaces", "landlock", "seccomp"])
    assert answers.of("report")["level"] == 0


def test_what_is_not_prevented(lab: Lab, strong: None) -> None:
    """Stated in the threat model: size and times of a file whose path is known."""
    answers = lab.run(stat=lab.world["outside"] + "/secret.txt")
    assert answers.of("size") == len("phone\n13800138000\n")
