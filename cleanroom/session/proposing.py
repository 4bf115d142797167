"""From a party's own files to a first mapping and dataset description, for a person to correct."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.errors import InputError
from cleanroom.sandbox.outside.room import Report
from cleanroom.session import sealing
from cleanroom.tables import TABLES
from cleanroom.trust.dataset_rules import check_dataset


@dataclass
class Proposed:
    """``mapping`` and ``identifiers`` as TOML, ``dataset`` as JSON; ``notes``: key and column."""

    mapping: str
    identifiers: str
    dataset: bytes
    notes: list[tuple[str, str]] = field(default_factory=list)


def propose(
    files: Mapping[str, Path], party: str, name: str, period: tuple[str, str], report: Report
) -> Proposed:
    """Look at one file per table. Raises ``input.*``, ``trust.*``, ``sandbox.*``."""
    for table in files:
        if table not in TABLES:
            raise InputError("input.table_unknown", table=table[:32], known=", ".join(TABLES))
    if "people" not in files:
        raise InputError("input.no_people")
    texts: list[str] = []
    notes: list[tuple[str, str]] = []
    tables: dict[str, dict[str, ColumnSpec]] = {}
    identifiers: tuple[Identifier, ...] = ()
    for table in sorted(files, key=list(TABLES).index):
        found = sealing.infer(files[table], name, table, report)
        texts.append(found.mapping)
        tables[table] = found.columns
        notes += found.notes
        identifiers = identifiers or found.identifiers
    dataset = check_dataset(DatasetSpec(party, name, *period, tables))
    plain = json.dumps(msgspec.to_builtins(dataset), ensure_ascii=False, indent=1)
    return Proposed(_joined(texts, files), _toml(identifiers), plain.encode() + b"\n", notes)


def _joined(texts: list[str], files: Mapping[str, Path]) -> str:
    """One mapping: the dataset's name once, then each table, its file by its whole path."""
    head = texts[0].split("\n[", 1)[0]
    bodies = ["[" + text.split("\n[", 1)[1].strip() for text in texts]
    for path in files.values():
        whole = json.dumps(os.fspath(path.resolve()), ensure_ascii=False)
        bodies = [body.replace(f'file = "{path.name}"', f"file = {whole}") for body in bodies]
    return "\n\n".join([head.strip(), *bodies]) + "\n"


def _toml(identifiers: tuple[Identifier, ...]) -> str:
    """As ``agreement draft --identifiers`` reads it."""
    return "\n".join(
        f'[[identifiers]]\nkind = "{i.kind}"\nrecipe = "{i.recipe}"\n'
        f'token_base = "{i.token_base}"\n'
        for i in identifiers
    )
