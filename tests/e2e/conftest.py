"""Rooms for the tests of the commands."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rooms
from rooms import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A platform that hosts and a brand; an accepted agreement in threshold mode; two packages."""
    return rooms.build(tmp_path)


@pytest.fixture
def hosting(room: Room, here: None) -> Room:
    """The same where a session can run."""
    return room


@pytest.fixture
def here() -> None:
    """Sessions are hosted on Linux only."""
    if sys.platform != "linux":
        pytest.skip("the sandbox is built for Linux")


@pytest.fixture
def build_room(tmp_path: Path) -> Callable[..., Room]:
    """Another kind of room: see ``rooms.build``."""

    def build(**wishes: Any) -> Room:
        return rooms.build(tmp_path, **wishes)

    return build
