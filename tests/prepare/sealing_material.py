"""A small desk for tests: files from text, terms, and packages opened again without the product's
own readers."""

import hashlib
import hmac
import io
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.prepare import check, mapping_file, seal
from cleanroom.prepare.findings import Findings
from cleanroom.prepare.jobs import Sealed
from cleanroom.prepare.terms import Terms
from cleanroom.trust.package import MAGIC, part_context

SECRET, PID_KEY, PACKAGE_KEY = b"m" * 32, b"p" * 32, b"k" * 32
AGREEMENT = "a" * 32
PACKAGE = "f" * 32
EMAIL = Identifier("email", "email-basic/1", "plain")
PHONE = Identifier("phone", "phone-cn11/1", "sha256")


def token(kind: str, message: str) -> tuple[int, int]:
    """PROTOCOL.md, "Matching secret", with the standard library."""
    key = HKDF(algorithm=SHA256(), length=32, salt=AGREEMENT.encode(), info=kind.encode())
    digest = hmac.new(key.derive(SECRET).hex().encode(), message.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


@dataclass
class Desk:
    """A folder with files, what is mapped, and what is agreed."""

    folder: Path
    mapping: str
    tables: Dict[str, Dict[str, ColumnSpec]]
    identifiers: tuple[Identifier, ...] = (EMAIL,)
    one_token: bool = False
    files: Dict[str, str] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)

    def terms(self, *, doctor: bool = False) -> Terms:
        for name, content in self.files.items():
            (self.folder / name).write_bytes(content.encode())
        dataset = DatasetSpec(
            "brand", "d", "2024-01-01", "2025-01-01", {n: dict(t) for n, t in self.tables.items()}
        )
        mapping = mapping_file.parse('dataset = "d"\n' + self.mapping, self.folder, "m.toml")
        return Terms(
            mapping,
            AGREEMENT,
            "Asia/Shanghai",
            self.one_token,
            self.identifiers,
            dataset,
            SECRET,
            PID_KEY,
            doctor,
        )

    @property
    def output(self) -> Path:
        return self.folder / "package.part"

    def seal(self) -> "Opened":
        sealed = seal.seal(self.terms(), self.output, PACKAGE_KEY, PACKAGE, self._report)
        return Opened(sealed, self.output.read_bytes())

    def look(self) -> Findings:
        return check.look(self.terms(doctor=True), self._report)

    def _report(self, stage: str, done: int, total: int) -> None:
        assert done >= 0
        assert total >= 0
        self.stages.append(stage)


class Opened:
    """A package's tables as rows."""

    def __init__(self, sealed: Sealed, content: bytes) -> None:
        self.sealed = sealed
        self.content = content
        self.tables: dict[str, list[dict[str, Any]]] = {t.name: [] for t in sealed.tables}
        at = len(MAGIC)
        assert content.startswith(MAGIC)
        for part in sealed.parts:
            piece = content[at : at + part.length]
            at += part.length
            assert hashlib.sha256(piece).hexdigest() == part.sha256
            context = part_context(PACKAGE, part.table, part.index)
            decryptor = Cobblestone256Decryptor(PACKAGE_KEY, context)
            plain = bytes(decryptor.update(piece)) + decryptor.finalize()
            self.tables[part.table] += pq.read_table(io.BytesIO(plain)).to_pylist()
        assert at == len(content)

    def column(self, table: str, name: str) -> list[int]:
        return [row[name] for row in self.tables[table]]

    def tokens(self, kind: str) -> dict[tuple[int, int], int]:
        """Token -> person."""
        rows = self.tables[f"ids:{kind}"]
        found = {(row["hi"], row["lo"]): row["person"] for row in rows}
        assert len(found) == len(rows)
        return found
