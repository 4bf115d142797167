"""The processes that the attack tests run: a parent with a secret, and the worker below it.

The task comes as JSON on standard input, answers go as JSON lines to standard output. The worker
is this file started again with ``worker`` as argument; it builds the wall exactly as a real worker
does, then attacks it or does honest work.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PTRACE_SEIZE = 0x4206
LINGER_MS = 20_000


def say(**answer: object) -> None:
    os.write(1, json.dumps(answer).encode() + b"\n")


def parent(task: dict[str, Any]) -> None:
    """Starts the worker, holds a secret in memory and environment, tells how the worker ended."""
    secret = ctypes.create_string_buffer(task["world"]["secret"].encode())
    task["world"] |= {"parent": os.getpid(), "secret_address": ctypes.addressof(secret)}
    if task.get("harden_outside"):
        say(outside=_import_wall(task).harden_outside())
    held = [os.open(path, os.O_RDONLY) for path in task.get("descriptors", ())]
    task["descriptor_numbers"] = held
    worker = subprocess.Popen(
        [sys.executable, "-I", __file__, "worker"],
        stdin=subprocess.PIPE,
        pass_fds=held,
        env=dict(os.environ),
    )
    assert worker.stdin is not None
    say(parent=os.getpid(), worker=worker.pid, secret_address=task["world"]["secret_address"])
    if task.get("trace_worker"):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(PTRACE_SEIZE, worker.pid, None, None) != 0:
            say(failed="the worker could not be traced")
    worker.stdin.write(json.dumps(task).encode() + b"\n")
    worker.stdin.flush()
    if task.get("linger"):
        sys.stdin.readline()
        worker.stdin.close()
    say(exit=worker.wait())


def _import_wall(task: dict[str, Any]) -> Any:
    sys.path[:0] = [path for path in task["import_from"] if path not in sys.path]
    from cleanroom.sandbox import wall

    return wall


class OlderThread:
    """Runs what it is asked in a thread that was there before the last layer."""

    def __init__(self) -> None:
        import queue
        import threading

        self._jobs: Any = queue.Queue()
        self._results: Any = queue.Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except Exception as error:  # noqa: BLE001 - handed to the thread that asked
                self._results.put(error)
            else:
                self._results.put(None)

    def ask(self, job: Any) -> None:
        self._jobs.put(job)
        error = self._results.get(timeout=10)
        if error is not None:
            raise error


def take_away(layers: list[str]) -> None:
    """Stub what a kernel or an account may lack, in this process only."""
    from cleanroom.sandbox.wall.linux import hardening, landlock, namespaces, seccomp

    def missing(*_: object, **__: object) -> None:
        raise OSError(38, "taken away")

    if "harden" in layers:
        hardening.set_attributes = missing
        hardening.set_limits = missing
        hardening.drop_capabilities = missing
    if "namespaces" in layers:
        namespaces.enter = missing
    if "landlock" in layers:
        landlock.abi = lambda: 0
    if "seccomp" in layers:
        seccomp.install = missing


def worker(task: dict[str, Any]) -> None:
    wall = _import_wall(task)
    walled = "wall" not in task["without"]
    guard = wall.provider()
    spent = []
    started = time.perf_counter()
    work = [Path(path) for path in task.get("writable", ())]
    read = [Path(path) for path in task.get("readable", ())]
    if walled:
        take_away(task["without"])
        guard.harden(task.get("claimed_parent", os.getppid()), task["memory"], task["file_bytes"])
        guard.enclose_code(extra_read=[*map(Path, task["import_from"]), *read], extra_write=work)
        spent.append(time.perf_counter() - started)
    loaded = _load(task)
    older = OlderThread()
    started = time.perf_counter()
    if walled:
        if task.get("late_path"):
            read.append(Path(task["late_path"]))
        guard.enclose_data(writable=work, readable=read, deny=task["deny"])
        report = guard.self_test()
        spent.append(time.perf_counter() - started)
        answer = {"level": report.level, "layers": report.layers, "probes": report.probes}
        say(report=answer, lock_down_ms=round(sum(spent) * 1e3, 1))
    loaded(task, task["world"] | {"older_thread": older})
    if task.get("stat"):
        say(size=Path(task["stat"]).stat().st_size)
    say(done=True)
    if task.get("linger") and walled:
        select.poll().poll(LINGER_MS)  # deaf to its parent's end: only the wall can end it
    elif task.get("linger"):
        sys.stdin.readline()


def _load(task: dict[str, Any]) -> Any:
    """Everything that the work needs is imported here: later nothing can be."""
    import wall_attack
    import wall_attacks_outward  # noqa: F401
    import wall_attacks_power  # noqa: F401
    import wall_honest_work

    role = wall_honest_work.ROLES.get(task.get("role", ""))
    if role is not None:
        role.load(task)

    if task.get("engine"):
        import duckdb  # noqa: F401
        import polars  # noqa: F401
        import pyarrow.csv  # noqa: F401
    library = _unloaded_library()
    # where a forbidden call kills, the attempt to fork would hide what the attack itself does
    try_one = wall_attack.attempt if task["deny"] == "errno" else wall_attack.attempt_inline

    def run(task: dict[str, Any], world: dict[str, Any]) -> None:
        names = task.get("attacks", [])
        for name in names:
            answer = try_one(name, world | {"library": library})
            say(attack=name, outcome=answer)
        if role is not None:
            numbers = task["descriptor_numbers"]
            say(work=role.work(task | {"descriptor": numbers[0] if numbers else -1}))

    return run


def _unloaded_library() -> str:
    """A shared library of Python that this process has not loaded."""
    folders = [Path(entry) for entry in sys.path if entry.endswith("lib-dynload")]
    loaded = Path("/proc/self/maps").read_text()
    return next(
        str(so) for folder in folders for so in folder.glob("*.so") if so.name not in loaded
    )


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    line = json.loads(sys.stdin.readline())
    if sys.argv[1:] == ["worker"]:
        worker(line)
    else:
        parent(line)
