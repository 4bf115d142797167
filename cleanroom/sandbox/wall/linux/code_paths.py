"""Where the interpreter and the program load code from: derived, never written down."""

import sys
import sysconfig
from pathlib import Path

import cleanroom
from cleanroom import resources

PACKAGE_FOLDERS = ("site-packages", "dist-packages")

LOADER_READS = ("/etc/ld.so.cache", "/usr/share/zoneinfo", "/proc/self/maps", "/proc/cpuinfo")
"""Read while libraries load and set themselves up."""

ENGINE_READS = ("/proc/self/cgroup", "/sys/fs/cgroup", "/sys/devices/system/cpu")
"""Read at any time by libraries that count processors or look for a memory limit. They tell about
the machine, not about its user. DuckDB 2.0 aborts the process when the first two exist and cannot
be opened, so a worker keeps them to its end."""


def code() -> list[Path]:
    """Folders and files of the program and its libraries that exist here."""
    roots = {Path(entry) for entry in sys.path if entry and _belongs_to_python(Path(entry))}
    roots |= {
        Path(sysconfig.get_path(key)) for key in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    roots |= {Path(cleanroom.__file__).parent, resources.find()}
    roots |= {Path(name) for name in LOADER_READS}
    found = {root.resolve() for root in roots if root.exists()} | _loaded_libraries()
    return sorted(found - {Path("/")})


def engine_reads() -> list[Path]:
    return [Path(name) for name in ENGINE_READS if Path(name).exists()]


def _belongs_to_python(entry: Path) -> bool:
    """A source tree on the path may hold anybody's files beside the code: only installed code."""
    prefixes = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    return entry.name in PACKAGE_FOLDERS or any(
        entry.resolve().is_relative_to(prefix) for prefix in prefixes
    )


def _loaded_libraries() -> set[Path]:
    """Folders of the shared libraries in this process: the next ones come from there too."""
    lines = Path("/proc/self/maps").read_text("utf-8", "surrogateescape").splitlines()
    mapped = {"/" + path for _, slash, path in (line.partition("/") for line in lines) if slash}
    libraries = (Path(path) for path in mapped if ".so" in path.rpartition("/")[2])
    return {library.resolve().parent for library in libraries if library.exists()}
