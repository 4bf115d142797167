"""The role ``prepare`` as a real process behind its real wall."""

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sealing_material import (
    AGREEMENT,
    EMAIL,
    PACKAGE,
    PACKAGE_KEY,
    PID_KEY,
    SECRET,
    Desk,
    Opened,
    token,
)

from cleanroom.disclosure.catalogue import ColumnSpec, Identifier
from cleanroom.errors import CleanroomError, InputError
from cleanroom.prepare import jobs, worker
from cleanroom.prepare.mapping import FileSpec
from cleanroom.sandbox.outside.process import RoleProcess
from cleanroom.tables import Type
from cleanroom.wire import Progress

SECONDS = 60.0
PEOPLE = """
[people]
file = "people.csv"
pid = "id"
identifiers = [{ column = "mail", kind = "email" }, { column = "tel", kind = "phone" }]
columns.a_band = "band"
[conversions]
file = "orders.csv"
pid = "id"
columns.ts = "ts"
columns.paid = "paid"
"""
TABLES = {
    "people": {"a_band": ColumnSpec(Type.CATEGORY, ("x", "y"))},
    "conversions": {"ts": ColumnSpec(Type.DATETIME), "paid": ColumnSpec(Type.MONEY)},
}
FILES = {
    # Telephone numbers of countries whose rules have to be in memory before the wall is closed.
    "people.csv": "id,mail,tel,band\n1,a@b.example,+44 20 7946 0018,x\n2,,+81 3-1234-5678,y\n",
    "orders.csv": "id;ts;paid\n1;2024-02-03T04:05:06+02:00;1.50\n2;2024年2月3日;2\n",
}
KINDS = (EMAIL, Identifier("phone", "phone-e164/1", "md5"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    data = tmp_path / "data"
    data.mkdir()
    return Desk(data, PEOPLE, TABLES, KINDS, files=FILES)


@contextlib.contextmanager
def process(*readable: str, writable: Path) -> Iterator[RoleProcess]:
    scratch = writable / "scratch"
    scratch.mkdir(exist_ok=True)
    with RoleProcess("prepare", inside=False) as started:
        started.send(worker.Paths(tuple(readable), (str(scratch), str(writable))))
        yield started


def answer(started: RoleProcess, job: Any) -> tuple[Any, list[str]]:
    started.send(job)
    stages: list[str] = []
    while True:
        message = started.receive(jobs.FromWorker, SECONDS)
        if not isinstance(message, Progress):
            return message, stages
        stages.append(message.stage)


def agreed(desk: Desk) -> jobs.Agreed:
    terms = desk.terms()
    return jobs.Agreed(AGREEMENT, "Asia/Shanghai", desk.one_token, KINDS, terms.dataset)


def seal_job(desk: Desk, output: Path) -> jobs.SealJob:
    mapping = desk.terms().mapping
    return jobs.SealJob(mapping, agreed(desk), str(output), PACKAGE, PACKAGE_KEY, SECRET, PID_KEY)


def test_seal(desk: Desk, tmp_path: Path) -> None:
    output = tmp_path / "p.part"
    job = seal_job(desk, output)
    with process(*job.mapping.files(), writable=tmp_path) as started:
        done, stages = answer(started, job)
    assert set(stages) <= set(jobs.STAGES)
    assert {"people", "persons", "conversions", "write"} <= set(stages)
    opened = Opened(done.sealed, output.read_bytes())
    assert opened.tokens("email") == {token("email", "a@b.example"): 0}
    assert sorted(opened.tokens("phone").values()) == [0, 1]
    assert opened.column("conversions", "paid") == [150, 200]
    moment = datetime.datetime(2024, 2, 3, 10, 5, 6, tzinfo=datetime.UTC)  # on Shanghai's clocks
    assert opened.column("conversions", "ts")[0] == int(moment.timestamp())
    assert list((tmp_path / "scratch").iterdir()) == []


def test_check_preview_and_infer(desk: Desk, tmp_path: Path) -> None:
    job = jobs.CheckJob(desk.terms().mapping, agreed(desk))
    with process(*job.mapping.files(), writable=tmp_path) as started:
        checked, _ = answer(started, job)
    assert checked.findings.persons.persons == 2
    people = str(desk.folder / "people.csv")
    with process(people, writable=tmp_path) as started:
        shown, _ = answer(started, jobs.PreviewJob(FileSpec(people), 5))
    assert shown.rows[0][1] == "*@b.******e"
    with process(people, writable=tmp_path) as started:
        proposal, _ = answer(started, jobs.InferJob(FileSpec(people), "d"))
    assert [one.kind for one in proposal.identifiers] == ["email", "phone"]


def test_an_error_comes_with_its_facts_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.files = {**FILES, "people.csv": FILES["people.csv"].replace(",y", ",hidden words")}
    output = tmp_path / "p.part"
    job = seal_job(desk, output)
    started = process(*job.mapping.files(), writable=tmp_path)
    with started as worker_process, pytest.raises(InputError, match=r"outside_domain") as caught:
        answer(worker_process, job)
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (3, "a_band")
    assert "hidden" not in caught.value.message()
    assert not output.exists()


def test_a_gb18030_file_that_breaks_off(desk: Desk, tmp_path: Path) -> None:
    job = seal_job(desk, tmp_path / "p.part")
    broken = "id,mail,tel,band\n1,a@b.example,,x\n张".encode("gb18030")[:-1]
    (desk.folder / "people.csv").write_bytes(broken)
    started = process(*job.mapping.files(), writable=tmp_path)
    with started as worker_process, pytest.raises(InputError, match=r"input\.encoding") as caught:
        answer(worker_process, job)
    assert caught.value.facts["line"] == 3
    assert not (tmp_path / "p.part").exists()


def test_files_that_were_not_named_cannot_be_read(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    job = seal_job(desk, out / "p.part")
    started = process(str(desk.folder / "people.csv"), writable=out)
    with started as worker_process, pytest.raises(InputError, match=r"input\.no_file") as caught:
        answer(worker_process, job)
    assert caught.value.facts["file"] == "orders.csv"
    assert not (out / "p.part").exists()


def test_a_file_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    job = seal_job(desk, tmp_path / "p.part")
    (desk.folder / "orders.csv").unlink()
    started = process(*job.mapping.files(), writable=tmp_path)
    with started as worker_process, pytest.raises(InputError, match=r"input\.no_file") as caught:
        worker_process.receive(jobs.FromWorker, SECONDS)
    assert caught.value.facts["file"] == "orders.csv"


def test_a_killed_worker_says_so(desk: Desk, tmp_path: Path) -> None:
    rows = "".join(f"{n},a{n}@b.example,,x\n" for n in range(400_000))
    desk.files = {**FILES, "people.csv": "id,mail,tel,band\n" + rows}
    job = seal_job(desk, tmp_path / "p.part")
    with process(*job.mapping.files(), writable=tmp_path) as started:
        started.send(job)
        assert isinstance(started.receive(jobs.FromWorker, SECONDS), Progress)
        started.kill()
        with pytest.raises(CleanroomError, match=r"sandbox\."):
            started.receive(jobs.FromWorker, SECONDS)
    # Its caller chose the temporary name and removes it; nothing has the final one.
    assert {path.name for path in tmp_path.iterdir()} <= {"data", "scratch", "p.part"}
