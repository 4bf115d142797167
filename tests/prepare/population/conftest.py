"""Populations that several tests look at: made once."""

from pathlib import Path

import pytest

from cleanroom.prepare.population.generate import generate
from cleanroom.prepare.population.plan import PARTIES, Plan


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 people, three parties, in two chunks."""
    folder = tmp_path_factory.mktemp("population") / "small"
    generate(Plan(2_000, 5, PARTIES, chunk=1_200), folder, "csv", lambda *_: None)
    return folder


@pytest.fixture(scope="session")
def middling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 people, three parties, in three chunks."""
    folder = tmp_path_factory.mktemp("population") / "middling"
    generate(Plan(20_000, 11, PARTIES, chunk=7_000), folder, "csv", lambda *_: None)
    return folder
