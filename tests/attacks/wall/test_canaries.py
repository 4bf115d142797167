"""Telephone numbers, addresses, ids and words of the raw files are printed and written by nothing.

The program keeps no log: what it says goes to standard output and error, and what it writes are
the files that a command names. All of that is searched, of commands that work and that fail.
"""

import ast
from collections.abc import Callable
from pathlib import Path

import desk
import marked_data
import pytest
from hunt import Hunt
from marked_data import Marks
from rooms import PLAN, Room

PEOPLE = 400
WAITING = "waiting for grants/"
REPOSITORY = Path(__file__).resolve().parents[3]
LOGGERS = {"logging", "syslog", "warnings", "traceback", "faulthandler", "cgitb"}


class Listener:
    """Runs commands and keeps all that they print."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.said: list[str] = []

    def run(self, *arguments: object, code: int | None = 0) -> desk.Ran:
        ran = desk.run(self.room.folder, *arguments, code=code)
        self.said.append(ran.out + ran.err)
        return ran

    def hits(self, hunt: Hunt) -> dict[str, set[str]]:
        """In the room's files but the parties' own, and in what was said."""
        found = hunt.search(self.room.folder, marked_data.inputs(self.room))
        there = hunt.found("\n".join(self.said).encode())
        return {**found, "said": there} if there else found


@pytest.fixture
def marks() -> Marks:
    return Marks()


@pytest.fixture
def listener(tmp_path: Path, marks: Marks) -> Listener:
    return Listener(marked_data.build(tmp_path, marks, PEOPLE))


def seal(room: Room, party: str) -> tuple[object, ...]:
    out = ("--out", room.package(party))
    return ("seal", f"{party}.toml", *room.of(party), *out)


def check(room: Room, party: str) -> tuple[object, ...]:
    return ("check", f"{party}.toml", "--agreement", room.agreement, "--party", party, "--doctor")


@pytest.mark.slow
def test_commands_that_work(listener: Listener, marks: Marks, strong: None) -> None:
    """From looking at the files to settling the receipt, in both languages."""
    room, run = listener.room, listener.run
    period = ("--start", "2026-01-01", "--end", "2027-01-01")
    table = f"people={room.folder / 'brand.csv'}"
    run("infer", table, "--party", "brand", "--name", "data", *period, "--out", "inferred")
    run("--language", "zh_CN", *check(room, "brand"))
    run("--json", *check(room, "platform"))
    run("--json", *seal(room, "platform"))
    run(*seal(room, "brand"))
    with desk.started(room.folder, *room.session(plan=PLAN)) as host:
        read = desk.read_until(host, WAITING)
        request = room.folder / "out" / "requests" / "brand.request.json"
        answer = room.folder / "out" / "grants" / "brand.grant.json"
        run("grant", request, *room.of("brand"), "--review")
        run("grant", request, *room.of("brand"), "--out", answer)
        ran = desk.ended(host, read=read)
        listener.said.append(ran.out + ran.err)
    receipt = room.folder / "out" / "receipts" / "brand.receipt.json"
    run("receipt", "import", receipt, *room.of("brand"))
    run("ledger", "show", *room.of("platform"))
    run("--language", "zh_CN", "session", "list", *room.of("platform"))
    run("verify", room.folder / "out" / "report", code=8)
    run("what-is", room.package("brand"))
    run("what-is", room.folder / "brand.csv", code=3)

    hunt = marked_data.hunt(marks)
    found = listener.hits(hunt)
    # words are what an inferred domain is made of, for its owner to look through
    proposed = {name for name in found if name.startswith("inferred/")}
    assert set(found) == proposed
    assert all(what.startswith("word in utf-8") for name in proposed for what in found[name])
    listener.said.append(f"person 7: {marks.number(7)}")
    assert "said" in listener.hits(hunt)


def broken(lines: list[str], row: int, cell: int, text: str) -> str:
    """The lines with another text in one cell."""
    cells = lines[row].split(",")
    cells[cell] = text
    return "\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]) + "\n"


def at(row: int, cell: int, made: Callable[[str], str]) -> Callable[[list[str]], bytes]:
    """Spoils one cell of a file by what stood there."""
    return lambda lines: broken(lines, row, cell, made(lines[row].split(",")[cell])).encode(
        "utf-8", "surrogateescape"
    )


# What is wrong with a file, beside or in a marked cell.
WRONG: dict[str, tuple[str, Callable[[list[str]], bytes]]] = {
    "a word that is not agreed": ("brand.csv", at(9, 3, lambda word: f"{word}x")),
    "fields too many": ("brand.csv", at(9, 1, lambda mail: f"{mail},{mail},{mail}")),
    "a byte that is no character": ("brand.csv", at(9, 1, lambda mail: f"{mail}\udcff")),
    "a moment that is none": ("brand-events.csv", at(9, 1, lambda moment: f"no {moment}")),
    "an amount that is none": ("brand-events.csv", at(9, 2, lambda paid: f"{paid}x")),
}


@pytest.mark.slow
@pytest.mark.parametrize("which", WRONG)
def test_commands_that_fail(which: str, listener: Listener, marks: Marks) -> None:
    """A file that is wrong right at a marked cell: the error names lines and columns at most."""
    name, spoil = WRONG[which]
    file = listener.room.folder / name
    file.write_bytes(spoil(file.read_text("utf-8").splitlines()))
    ran = listener.run("--json", *seal(listener.room, "brand"), code=3)
    assert '"error": "input.' in ran.err
    assert listener.hits(marked_data.hunt(marks)) == {}


@pytest.mark.slow
def test_identifiers_that_are_malformed(listener: Listener, marks: Marks) -> None:
    """They are counted, and shown masked to their owner: first and last sign at most."""
    room = listener.room
    file = room.folder / "brand.csv"
    lines = file.read_text("utf-8").splitlines()
    for row, spoilt in ((5, "{} at private.example"), (6, "{}@@x"), (7, "<{}>"), (8, "'{}")):
        lines[row] = lines[row].replace("@private.example", "")
        cells = lines[row].split(",")
        cells[1] = spoilt.format(cells[1])
        cells[2] = f"{cells[2]}{cells[2]}"  # a telephone number twice
        lines[row] = ",".join(cells)
    for row in range(20, 26):  # of six people
        cells = lines[row].split(",")
        lines[row] = ",".join([cells[0], f"{marks.mail}shop@private.example", *cells[2:]])
    file.write_text("\n".join(lines) + "\n", "utf-8")
    printed = listener.run(*check(room, "brand")).out
    assert "mail, line 6: q" in printed
    listener.run("--language", "zh_CN", "--json", *check(room, "brand"))
    assert listener.hits(marked_data.hunt(marks)) == {}


def test_there_is_no_log() -> None:
    """No module of the program can write one: none loads what logs are written with."""
    loaded = {}
    for file in sorted((REPOSITORY / "cleanroom").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        if wrong := {name.partition(".")[0] for name in names} & LOGGERS:
            loaded[file.name] = wrong
    assert loaded == {}
