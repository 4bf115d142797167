"""Starts targets under an account, with a world of things around them that they must not reach."""

import ctypes
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
TARGET = HERE / "wall_target.py"
NOBODY = 65534
PR_CAPBSET_READ = 23
CAP_SYS_PTRACE = 19
MIB = 1 << 20
MEMORY = 512 * MIB
FILE_BYTES = 64 * MIB
PATIENCE_SECONDS = 30
PACKAGES = str(Path(msgspec.__file__).parents[1])


@dataclass(frozen=True)
class Account:
    """Who runs the target, and with which interpreter."""

    name: str
    user: int
    command: tuple[str, ...]

    @property
    def is_root(self) -> bool:
        return self.user == 0


def holds_capability(number: int) -> bool:
    """Whether this process may get the capability at all: containers drop some, even from root."""
    return os.getuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1


def yama_allows_tracing() -> bool:
    """Whether an account may trace its own processes from anywhere, not only its children."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return not scope.exists() or scope.read_text().strip() == "0"


def own_account() -> Account:
    return Account("root" if os.getuid() == 0 else "own", os.getuid(), (sys.executable,))


@cache
def nobody() -> Account | str:
    """An unprivileged account beside root, or the reason why there is none here."""
    if os.getuid() != 0:
        return "only root can start a process as somebody else"
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return "setpriv is not installed"
    become = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    # it has to be able to start itself again: setpriv keeps the right to do so for its own exec
    imports = (
        f"import subprocess, sys; sys.path.append({PACKAGES!r}); import numpy, duckdb;"
        "sys.exit(subprocess.call([sys.executable, '-I', '-c', '']))"
    )
    for interpreter in (sys.executable, system):
        tried = subprocess.run(
            [*become, interpreter, "-I", "-c", imports], capture_output=True, cwd="/", check=False
        )
        if tried.returncode == 0:
            return Account("nobody", NOBODY, (*become, interpreter))
    return "no interpreter with these packages can be run by an unprivileged account"


@dataclass
class Answers:
    """All that a target said."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def of(self, key: str) -> Any:
        return next((line[key] for line in self.lines if key in line), None)

    @property
    def attacks(self) -> dict[str, str]:
        return {line["attack"]: line["outcome"] for line in self.lines if "attack" in line}

    @property
    def escapes(self) -> set[str]:
        return {name for name, outcome in self.attacks.items() if outcome == "worked"}


class Running:
    """A target that was told to stay until it is finished or killed."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.answers = Answers()
        self._unread = b""

    def until(self, key: str) -> Any:
        """Read on to the answer with this key. None if the target ended before."""
        while True:
            line, found, self._unread = self._unread.partition(b"\n")
            if not found:
                self._unread = line + self._read_more()
                if not self._unread or self._unread == line:
                    return None
                continue
            self.answers.lines.append(json.loads(line))
            if key in self.answers.lines[-1]:
                return self.answers.lines[-1][key]

    def _read_more(self) -> bytes:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_SECONDS)
        return os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""


class Lab:
    """The world of one account: a folder outside the wall, one inside, listeners, and a secret."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._held = ExitStack()
        base = Path(tempfile.mkdtemp(prefix="wall-"))
        self._held.callback(shutil.rmtree, base, ignore_errors=True)
        base.chmod(0o755)
        self.base = base
        self.world: dict[str, Any] = {"secret": secrets.token_hex(16)}
        self._listen()
        self.fresh()

    def close(self) -> None:
        self._held.close()

    def fresh(self) -> None:
        """New folders, because attacks that work leave traces."""
        for name in ("outside", "work"):
            folder = self.base / name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            self.world[name] = str(folder)
        outside, work = self.base / "outside", self.base / "work"
        for name in ("secret", "append", "truncate", "delete", "move"):
            (outside / f"{name}.txt").write_text("phone\n13800138000\n", "utf-8")
        (work / "planted").symlink_to(outside / "secret.txt")
        for path in (outside, work, *outside.iterdir()):
            os.chown(path, self.account.user, self.account.user)

    def _listen(self) -> None:
        tcp = self._held.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        udp = self._held.enter_context(closing(socket.socket(type=socket.SOCK_DGRAM)))
        udp.bind(("127.0.0.1", 0))
        path, name = str(self.base / "door"), f"wall-{secrets.token_hex(8)}"
        for address in (path, "\0" + name):
            door = self._held.enter_context(closing(socket.socket(socket.AF_UNIX)))
            door.bind(address)
            door.listen()
        Path(path).chmod(0o777)
        self.world |= {
            "tcp_port": tcp.getsockname()[1],
            "udp_port": udp.getsockname()[1],
            "unix_path": path,
            "unix_abstract": name,
            "source": str(REPOSITORY / "cleanroom" / "sandbox" / "wall" / "__init__.py"),
            "too_much_memory": 512 << 30,
        }

    def start(self, **task: Any) -> Running:
        asked = {
            "world": dict(self.world),
            "import_from": [str(REPOSITORY), str(HERE), PACKAGES],
            "without": [],
            "deny": "errno",
            "memory": MEMORY,
            "file_bytes": FILE_BYTES,
            "writable": [self.world["work"]],
        }
        process = subprocess.Popen(
            [*self.account.command, "-I", str(TARGET)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={"SECRET": self.world["secret"], "PATH": os.defpath},
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked | task).encode() + b"\n")
        process.stdin.flush()
        return Running(process)

    def run(self, **task: Any) -> Answers:
        """Start a target and let it finish."""
        self.fresh()
        running = self.start(**task)
        out, err = running.process.communicate(timeout=PATIENCE_SECONDS)
        answers = Answers([json.loads(line) for line in out.splitlines()])
        if running.process.returncode != 0 or answers.of("exit") is None:
            raise AssertionError(err.decode("utf-8", "replace")[-3000:])
        answers.lines.append({"stderr": err.decode("utf-8", "replace")[-3000:]})
        return answers


def finish(running: Running) -> None:
    """End whatever is left of a target: its worker dies with the parent that is killed here."""
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGKILL)
    running.process.communicate(timeout=PATIENCE_SECONDS)
