"""The wall on Linux, put together: layers in their order, and what each one proved."""

import contextlib
import ctypes
import errno
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cleanroom.sandbox.wall import report
from cleanroom.sandbox.wall.interface import Deny, Stage, Wall, freeze_importers
from cleanroom.sandbox.wall.linux import (
    code_paths,
    hardening,
    landlock,
    namespaces,
    probes,
    seccomp,
)
from cleanroom.sandbox.wall.report import ON, REFUSED, Proof, SelfTest

UNWINDER = "libgcc_s.so.1"


class LinuxWall(Wall):
    """harden, namespaces, Landlock in two layers, seccomp: level 3 where the kernel has them all.

    A proof is an attempt that worked before a layer and is refused, with that layer's own error,
    after it; so the same probes run at several moments.
    """

    name = "linux"

    def __init__(self) -> None:
        super().__init__()
        self._layers: dict[str, str] = {}
        self._proved: set[Proof] = set()
        self._answers: dict[str, str] = {}
        self._could_open = False
        self._traced = True
        self._readable: list[Path] = []
        self._writable: list[Path] = []

    def harden(self, parent: int, memory_bytes: int | None, file_bytes: int) -> None:
        self._advance(Stage.HARDENED)
        self._install("attributes", hardening.set_attributes)
        hardening.end_if_orphaned(parent)
        self._install("limits", lambda: hardening.set_limits(memory_bytes, file_bytes))
        self._could_open = probes.open_outside() == 0
        self._install("namespaces", namespaces.enter)
        self._install("no_capabilities", hardening.drop_capabilities)
        self._traced = hardening.traced()
        if probes.connect() == errno.ENETUNREACH:
            self._proved.add(Proof.OWN_NETWORK)

    def enclose_code(
        self, extra_read: Sequence[Path] = (), extra_write: Sequence[Path] = ()
    ) -> None:
        self._advance(Stage.CODE)
        self._readable, self._writable = _resolved(extra_read), _resolved(extra_write)
        with contextlib.suppress(OSError):
            ctypes.CDLL(UNWINDER)  # glibc loads it when a thread is ended, too late behind the wall
        rules = [
            *(landlock.Rule(path, landlock.CODE) for path in code_paths.code()),
            *_data_rules(self._writable, self._readable),
        ]
        self._install("landlock_code", lambda: landlock.restrict(rules))

    def enclose_data(
        self, writable: Sequence[Path] = (), readable: Sequence[Path] = (), deny: Deny = "kill"
    ) -> None:
        self._advance(Stage.DATA)
        write, read = _resolved(writable), _resolved(readable)
        _require_inside(write, self._writable)
        _require_inside(read, [*self._readable, *self._writable])
        freeze_importers()
        rules = _data_rules(write, read)
        self._install("landlock_data", lambda: landlock.restrict(rules))
        self._prove_landlock()
        if hardening.in_force() and not self._traced:
            self._proved.add(Proof.HARDENED)
        self._install("seccomp_refuse", lambda: seccomp.install(seccomp.REFUSE, more_filters=True))
        self._prove_all()
        if deny == "kill":
            self._install("seccomp_kill", lambda: seccomp.install(seccomp.KILL, more_filters=False))
        else:
            self._layers["seccomp_kill"] = report.off("left out by the caller")

    def self_test(self) -> SelfTest:
        if self._stage is not Stage.DATA:
            raise RuntimeError("the wall is not built yet")
        level = report.level(self._proved)
        return SelfTest(self.name, level, dict(self._layers), dict(self._answers))

    def _install(self, layer: str, step: Callable[[], None]) -> None:
        """A layer that this kernel or account does not give is named, and its proof is missing."""
        try:
            step()
        except OSError as error:
            self._layers[layer] = report.off(errno.errorcode.get(error.errno or 0, "failed"))
        else:
            self._layers[layer] = ON

    def _prove_landlock(self) -> None:
        """Before seccomp, which would refuse the socket itself."""
        if self._could_open and probes.open_outside() == errno.EACCES:
            self._proved.add(Proof.FILES)
        if probes.connect() == errno.EACCES:
            self._proved.add(Proof.TCP)

    def _prove_all(self) -> None:
        codes = {name: probe() for name, probe in probes.ALL.items()}
        self._answers = {name: probes.answer(code) for name, code in codes.items()}
        # the kernel has no other reason to answer EPERM to these two
        if codes["fork"] == errno.EPERM == codes["ptrace"]:
            self._proved.add(Proof.CALLS)
        if self._could_open and all(word == REFUSED for word in self._answers.values()):
            self._proved.add(Proof.CONFINED)


def _data_rules(writable: Iterable[Path], readable: Iterable[Path]) -> list[landlock.Rule]:
    return [
        *(landlock.Rule(path, landlock.READ) for path in code_paths.engine_reads()),
        *(landlock.Rule(path, landlock.READ) for path in readable),
        *(landlock.Rule(path, landlock.WRITE) for path in writable),
    ]


def _resolved(paths: Iterable[Path]) -> list[Path]:
    """Raises FileNotFoundError: a folder made later would not be covered by any rule."""
    return [path.resolve(strict=True) for path in paths]


def _require_inside(paths: Iterable[Path], allowed: Sequence[Path]) -> None:
    for path in paths:
        if not any(path.is_relative_to(folder) for folder in allowed):
            raise ValueError("enclose_code has to name every path of enclose_data too")
