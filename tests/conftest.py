"""What every test shares: the data beside the repository, and no way out to a network."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent

# Times on a shared machine say nothing about the code, so examples have no deadline.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("all", _PATIENT)
settings.register_profile("quick", _PATIENT, max_examples=25)
settings.register_profile("fuzz", _PATIENT, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "all"))


class NetworkUsed(AssertionError):
    """A test, or the code under it, reached for the network."""


def _refuse_outside(real: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family != socket.AF_UNIX:
            raise NetworkUsed(f"{real.__name__} on a socket of family {self.family.name}")
        return real(self, *arguments)

    return guarded


def _refuse_lookup(*_arguments: object, **_named: object) -> None:
    raise NetworkUsed("a host name was looked up")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Set once for the whole run. Child processes are not covered: the wall has its own tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _refuse_outside(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _refuse_lookup)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data and vectors that lies beside the repository, never inside it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with data and vectors does not lie beside the repository")
    return folder


@pytest.fixture(scope="session")
def fast_kdf() -> Any:
    """Argon2id parameters that cost microseconds, for vaults that guard nothing."""
    from cleanroom.vault.header import Argon2

    return Argon2(iterations=1, lanes=1, memory_kib=8)
