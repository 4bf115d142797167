"""Rules that no linter knows: lengths, where printing and chance are allowed, what stays out."""

import ast
import re
import socket
from pathlib import Path

import pytest

LINES = 400
# Longer files that are better whole, with the reason.
LONG: dict[str, str] = {}

# Folders of the machine on which something was written, and addresses where packages come from.
# Written so that the patterns do not find themselves.
MACHINE_PATH = re.compile(r"(?:^|[^A-Za-z0-9_.-])/(?:work|farm|root|home|Users)/[A-Za-z]")
REGISTRY = re.compile(
    r"py[p]i\.org|pythonhoste[d]|npmj[s]|deb\.debia[n]|in[d]ex-url|simpl[e]/", re.IGNORECASE
)


def texts(files: list[Path]) -> dict[Path, str]:
    """The files that are text, decoded."""
    found = {}
    for path in files:
        raw = path.read_bytes()
        if b"\0" not in raw[:8192]:
            found[path] = raw.decode("utf-8", "replace")
    return found


def hits(pattern: re.Pattern[str], files: list[Path], root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}"
        for path, content in texts(files).items()
        for number, line in enumerate(content.splitlines(), 1)
        if pattern.search(line)
    ]


def random_sources(tree: ast.Module) -> list[int]:
    """Lines that reach for Python's or numpy's generator of seeded numbers."""
    lines = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = [f"{node.value.id}.{node.attr}"]
        if any(re.match(r"(?:random|numpy\.random|np\.random)(?:\.|$)", name) for name in names):
            lines.append(node.lineno)
    return lines


def prints(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]


def test_no_file_is_too_long(repository: Path) -> None:
    folders = ("cleanroom", "gui", "bench", "scripts")
    files = [path for name in folders for path in (repository / name).rglob("*.py")]
    long = {
        path.relative_to(repository).as_posix(): lines
        for path in [*files, repository / "main.py"]
        if (lines := len(path.read_text("utf-8").splitlines())) > LINES
    }
    assert {path: lines for path, lines in long.items() if path not in LONG} == {}
    assert set(LONG) <= set(long), "a file of the list is short enough now"


def test_noise_has_no_seed(modules: dict[str, ast.Module]) -> None:
    """Noise comes from OpenDP, keys from the operating system: a seed would undo both."""
    guarded = ("cleanroom/sandbox/inside/", "cleanroom/disclosure/", "cleanroom/trust/")
    found = {
        path: lines
        for path, tree in modules.items()
        if path.startswith(guarded) and (lines := random_sources(tree))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import numpy.random",
        "from numpy import random",
        "from numpy.random import default_rng",
        "np.random.default_rng()",
        "numpy.random.seed(1)",
    ],
)
def test_a_seeded_source_would_be_seen(source: str) -> None:
    assert random_sources(ast.parse(source)) != []


def test_only_the_command_line_prints(modules: dict[str, ast.Module]) -> None:
    """Standard output of a worker is its channel; everything else speaks through return values."""
    found = {
        path: lines
        for path, tree in modules.items()
        if not path.startswith("cleanroom/cli/") and (lines := prints(tree))
    }
    assert found == {}
    assert prints(ast.parse("print('row')")) == [1]


def test_no_path_of_a_machine(repository: Path, repository_files: list[Path]) -> None:
    assert hits(MACHINE_PATH, repository_files, repository) == []


def test_no_address_of_a_registry(repository: Path, repository_files: list[Path]) -> None:
    assert hits(REGISTRY, repository_files, repository) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, "open('" + "/ho" + "me/anna/rows')"),
        (MACHINE_PATH, "/ro" + "ot/x"),
        (REGISTRY, "--extra-in" + "dex-url x"),
        (REGISTRY, "https://py" + "pi.org/x"),
    ],
)
def test_a_stray_address_would_be_seen(pattern: re.Pattern[str], line: str, tmp_path: Path) -> None:
    stray = tmp_path / "stray.txt"
    stray.write_text(f"first\n{line}\n", "utf-8")
    assert hits(pattern, [stray], tmp_path) == ["stray.txt:2"]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_tests_have_no_network(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as outward:
        with pytest.raises(AssertionError, match="AF_INET"):
            outward.connect(("127.0.0.1", 9))
        with pytest.raises(AssertionError, match="AF_INET"):
            outward.connect_ex(("127.0.0.1", 9))
    with pytest.raises(AssertionError, match="looked up"):
        socket.create_connection(("localhost", 9))


def test_tests_may_use_local_sockets(tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(b"x")
        assert far.recv(1) == b"x"
    name = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        listener.bind(name)
        listener.listen()
        caller.connect(name)
