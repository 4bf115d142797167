"""As shipped, the first forbidden system call ends the worker; files are only refused."""

import platform
import signal

import pytest
from wall_lab import Lab

LETHAL = [
    "tcp_connect", "unix_path_connect", "change_mode", "trace_parent", "read_parent_memory",
    "signal_thread_of_parent", "fork", "execute", "executable_memory", "anonymous_file",
    "new_namespace", "io_uring", "answer_own_calls", "become_dumpable",
    "older_thread_opens_a_socket",
]  # fmt: skip


@pytest.mark.parametrize("attack", LETHAL)
def test_a_forbidden_call_kills(attack: str, own_lab: Lab, strong: None) -> None:
    answers = own_lab.run(deny="kill", attacks=[attack])
    assert answers.of("report")["layers"]["seccomp_kill"] == "on"
    assert answers.of("exit") == -signal.SIGSYS
    assert answers.attacks == {}


def test_calls_by_another_numbering_kill_in_every_mode(own_lab: Lab, strong: None) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("only x86-64 has a second numbering")
    answers = own_lab.run(deny="errno", attacks=["other_numbering"])
    assert answers.of("exit") == -signal.SIGSYS


def test_files_are_refused_not_lethal(own_lab: Lab, strong: None) -> None:
    answers = own_lab.run(deny="kill", attacks=["read_secret", "write_new_file", "import_late"])
    assert answers.of("exit") == 0
    assert len(answers.attacks) == 3
    assert answers.escapes == set()
    # not PermissionError: libraries that look for optional parts expect this
    assert answers.attacks["import_late"] == "refused: ModuleNotFoundError"
