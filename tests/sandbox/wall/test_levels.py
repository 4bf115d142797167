"""The ladder of levels, and the self-test as a record."""

import itertools

import msgspec
import pytest
import rfc8785

from cleanroom.errors import SandboxError
from cleanroom.sandbox.wall import SelfTest, report
from cleanroom.sandbox.wall.report import Proof

ALL = frozenset(Proof)


def test_all_proofs_are_full_isolation() -> None:
    assert report.level(ALL) == 3


@pytest.mark.parametrize("second_line", [Proof.OWN_NETWORK, Proof.TCP])
def test_without_a_second_line_it_is_strong(second_line: Proof) -> None:
    assert report.level(ALL - {second_line}) == 2


@pytest.mark.parametrize("core", [Proof.HARDENED, Proof.FILES, Proof.CALLS, Proof.CONFINED])
def test_without_a_core_proof_it_is_partial(core: Proof) -> None:
    assert report.level(ALL - {core}) == 1


@pytest.mark.parametrize("alone", [Proof.FILES, Proof.CALLS, Proof.OWN_NETWORK])
def test_one_mechanism_is_partial(alone: Proof) -> None:
    assert report.level({alone}) == 1


def test_attributes_alone_are_nothing() -> None:
    assert report.level(frozenset()) == 0
    assert report.level({Proof.HARDENED}) == 0


def test_less_proof_never_raises_the_level() -> None:
    for size in range(len(ALL) + 1):
        for proved in map(frozenset, itertools.combinations(ALL, size)):
            for one in proved:
                assert report.level(proved - {one}) <= report.level(proved)


def test_a_self_test_is_plain_canonical_json() -> None:
    made = SelfTest("linux", 3, {"seccomp": "on"}, {"connect": "refused"})
    text = rfc8785.dumps(msgspec.to_builtins(made))
    assert msgspec.json.decode(text, type=SelfTest) == made


@pytest.mark.parametrize(
    "text",
    [
        b'{"provider":"linux","level":4,"layers":{},"probes":{}}',
        b'{"provider":"linux","level":-1,"layers":{},"probes":{}}',
        b'{"provider":"linux","level":2.5,"layers":{},"probes":{}}',
        b'{"provider":"linux","level":3,"layers":{"a":1},"probes":{}}',
        b'{"provider":"linux","level":3,"layers":{},"probes":{},"more":1}',
        b'{"provider":"linux","level":3,"layers":{}}',
        b'{"provider":"%s","level":3,"layers":{},"probes":{}}' % (b"x" * 41),
        b'{"provider":"linux","level":3,"layers":{"a":"%s"},"probes":{}}' % (b"x" * 121),
    ],
)
def test_a_malformed_self_test_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=SelfTest)


@pytest.mark.parametrize(("level", "needed"), [(0, 1), (1, 2), (2, 3)])
def test_too_low_a_level_is_an_error_with_both_numbers(level: int, needed: int) -> None:
    made = SelfTest("linux", level, {}, {})
    with pytest.raises(SandboxError) as caught:
        made.require(needed)
    assert caught.value.code == "sandbox.isolation"
    for language in ("en", "zh_CN"):
        assert f"{level}" in caught.value.part("what", language)
        assert f"{needed}" in caught.value.part("what", language)


@pytest.mark.parametrize(("level", "needed"), [(3, 3), (3, 2), (0, 0)])
def test_enough_is_enough(level: int, needed: int) -> None:
    SelfTest("linux", level, {}, {}).require(needed)


def test_a_reason_fits_the_record() -> None:
    made = SelfTest("linux", 0, {"a": report.off("x" * 500)}, {})
    assert msgspec.json.decode(msgspec.json.encode(made), type=SelfTest) == made
