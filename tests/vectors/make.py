"""Writes the known answers of every file format, each with its malformed twins, one fault each.

    python tests/vectors/make.py [FOLDER]

Run twice it writes the same bytes: keys and documents are fixed, and what is sealed or encrypted is
kept from the good files already in FOLDER. A reviewer of a changed format runs it and reads the
difference.
"""

import json
import sys
from pathlib import Path

import vector_material as material
from agreement_twins import agreement_files
from chain_twins import ledger_files, receipt_files
from document_twins import card_files
from opening_twins import grant_files, request_files
from package_twins import package_files
from twins import Case

from cleanroom.trust.instants import timestamp

# The good files of one format are read for the next.
FORMATS = {
    "card": card_files,
    "agreement": agreement_files,
    "package": package_files,
    "request": request_files,
    "grant": grant_files,
    "ledger": ledger_files,
    "receipt": receipt_files,
}


def build(root: Path) -> None:
    """Write all formats below ``root``."""
    _write_json(root / "keys.json", material.keys())
    for name, make in FORMATS.items():
        folder = root / name
        folder.mkdir(exist_ok=True)
        cases, facts = make(root)
        for case in cases:
            (folder / case.file).write_bytes(case.data)
        _write_json(folder / "index.json", _index(name, cases, facts))


def _index(name: str, cases: list[Case], facts: dict[str, object]) -> dict[str, object]:
    files = [{"file": case.file, "fault": case.fault, "error": case.error} for case in cases]
    return {"format": name, "now": timestamp(material.NOW), "facts": facts, "files": files}


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else material.HERE)
