"""Which versions of the parts that everything rests on are at work."""

import platform
from importlib.metadata import PackageNotFoundError, version

import cryptography
from cryptography.hazmat.backends.openssl import backend
from sqlcipher3 import dbapi2

from cleanroom import __version__
from cleanroom.session.selftest.outcome import Check, Status


def trial() -> list[Check]:
    """One line with all of them."""
    facts: dict[str, str | int] = {
        "cleanroom": __version__,
        "python": platform.python_version(),
        "cryptography": cryptography.__version__,
        "openssl": backend.openssl_version_text().removeprefix("OpenSSL ").split(" ")[0],
        "sqlcipher": _sqlcipher(),
        "duckdb": _installed("duckdb"),
        "opendp": _installed("opendp"),
    }
    return [Check("versions", "versions", Status.OK, "versions", facts)]


def _sqlcipher() -> str:
    connection = dbapi2.connect(":memory:")
    try:
        return str(connection.execute("PRAGMA cipher_version").fetchone()[0])
    finally:
        connection.close()


def _installed(name: str) -> str:
    """By its metadata: DuckDB and OpenDP are loaded inside the sandbox only."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
