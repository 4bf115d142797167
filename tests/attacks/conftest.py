"""Attacks use the parties, agreements and commands that other tests are made of."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

sys.path += [str(TESTS / "e2e"), str(TESTS / "trust")]
