"""``self-test``: this very computer, and one on which something is broken."""

import subprocess
import sys
from pathlib import Path

import desk
import pytest

from cleanroom import text

PARTS = ["wall", "engine", "noise", "vault", "ciphers", "fonts", "versions"]

# The command in one process, after something in it was broken.
BROKEN = """
import sys
from cleanroom.cli import app
from cleanroom.session.selftest import {modules}
{breaks}
sys.argv = ["cleanroom", *sys.argv[1:]]
sys.exit(app.main())
"""


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_this_computer_is_fit(tmp_path: Path) -> None:
    ran = desk.run(tmp_path, "self-test")
    for part in PARTS:
        assert text.say(f"selftest.heading.{part}") in ran.out
    last = ran.out.splitlines()[-1]
    assert text.say("selftest.level.level_3") in last or text.say("selftest.level.level_2") in last
    assert text.say("selftest.status.failed") not in ran.out
    assert ran.err.splitlines()[0].endswith("] wall")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_for_programs(tmp_path: Path) -> None:
    *checks, last = desk.run(tmp_path, "--json", "--quiet", "self-test").records()
    assert list(dict.fromkeys(check["part"] for check in checks)) == PARTS
    assert {check["status"] for check in checks} <= {"ok", "warning"}
    assert (last["ok"], last["failed"], last["count"]) == (True, 0, len(checks))
    level = next(check for check in checks if check["check"] == "level")
    assert level["facts"]["level"] == last["level"] >= 2
    for attempt in ("connect", "open_outside", "exec", "fork", "ptrace"):
        (one,) = [check for check in checks if check["check"] == attempt]
        assert (one["part"], one["status"]) == ("wall", "ok")
    (versions,) = [check for check in checks if check["part"] == "versions"]
    assert {"python", "duckdb", "opendp", "openssl", "sqlcipher"} <= set(versions["facts"])


def broken(
    folder: Path, breaks: str, *arguments: str, modules: str = "workers"
) -> subprocess.CompletedProcess[str]:
    """Run the command with this done to it first; no worker is started."""
    quiet = "from selftest_material import NOT_ENFORCED, proof, proved\n"
    quiet += "for role in workers.OTHERS: workers.OTHERS[role] = proof\n"
    quiet += "workers.engine, workers.trials = proof, proved\n"
    material = Path(__file__).parent.parent / "session"
    code = f"import sys\nsys.path.insert(0, {str(material)!r})\n" + BROKEN.format(
        modules=f"{modules}, workers", breaks=quiet + breaks
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        stdin=subprocess.DEVNULL, timeout=desk.PATIENCE,
    )  # fmt: skip


BREAKS = {
    "nothing": ("", "workers", 0, None),
    "wall": ("workers.engine = lambda: proof(1, fork='possible')", "workers", 1, "fork"),
    "vault": ("vault._reads = lambda *_: b''", "vault", 1, "kept"),
    "engine": (
        "from cleanroom.sandbox import messages\n"
        "bad = messages.DatabaseTrial(False, True, True, True)\n"
        "workers.trials = lambda: proved(database=bad)",
        "engine", 1, "joined",
    ),
    "noise": (
        "from cleanroom.sandbox import messages\n"
        "flat = tuple(messages.NoiseTrial(s, 2000, 0, 0, ('cells',)) for s in (3, 300))\n"
        "workers.trials = lambda: proved(noise=flat)",
        "engine", 1, "people",
    ),
    "a cipher": ("ciphers.CIPHERS['hpke'] = lambda _: False", "ciphers", 1, "hpke"),
    "fonts": ("fonts.LETTERS = {0xE000}", "fonts", 1, "latin"),
    "a library": ("versions.trial = lambda: 1 / 0", "versions", 1, "all"),
    "no worker": (
        "from cleanroom.errors import SandboxError\n"
        "def fail(): raise SandboxError('sandbox.failed')\n"
        "workers.trials = fail",
        "engine", 1, "all",
    ),
}  # fmt: skip


@pytest.mark.parametrize("part", BREAKS)
def test_a_broken_part_is_named_and_leaves_with_one(tmp_path: Path, part: str) -> None:
    breaks, modules, code, name = BREAKS[part]
    ran = broken(tmp_path, breaks, "--json", "--quiet", "self-test", modules=modules)
    assert (ran.returncode, ran.stderr) == (code, "")
    *checks, last = desk.objects(ran.stdout)
    failed = [check["check"] for check in checks if check["status"] == "failed"]
    assert last["ok"] == (code == 0)
    assert last["failed"] == len(failed)
    assert failed == [] if name is None else name in failed


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_without_isolation_it_warns_in_both_languages(tmp_path: Path, language: str) -> None:
    breaks = "workers.engine = lambda: NOT_ENFORCED\n"
    breaks += "for role in workers.OTHERS: workers.OTHERS[role] = workers.engine\n"
    ran = broken(tmp_path, breaks, "--language", language, "--quiet", "self-test")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert text.say("selftest.status.warning", language) in ran.stdout
    assert text.say("selftest.advice.hosting", language) in ran.stdout
    assert {"en": "not enforced", "zh_CN": "不强制隔离"}[language] in ran.stdout
    assert text.say("selftest.level.level_0", language) in ran.stdout.splitlines()[-1]


def test_the_verdict_of_a_failure(tmp_path: Path) -> None:
    ran = broken(tmp_path, "vault._lies_open = lambda *_: True", "self-test", modules="vault")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1].startswith("1 of ")
    assert text.say("selftest.status.failed") in ran.stdout
    assert text.say("selftest.said.broken.unreadable") in ran.stdout
