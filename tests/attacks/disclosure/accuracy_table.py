"""Prints how exact released numbers are, as tables in Markdown.

python tests/attacks/disclosure/accuracy_table.py [--short]
"""

import argparse
import importlib
import sys
from pathlib import Path


def main() -> int:
    """Print the tables; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="How exact released numbers are")
    parser.add_argument("--short", action="store_true", help="fewer draws, fewer people")
    short = parser.parse_args().short
    met = []
    for line, held in importlib.import_module("accuracy_figures").lines(short=short):
        print(line, flush=True)
        met.append(held)
    return int(not all(met))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    importlib.import_module("attack_table").find_material()
    sys.exit(main())
