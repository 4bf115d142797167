"""The libraries of the real workers do their real work behind the shipped wall."""

import json
import os
from pathlib import Path

import wall_honest_work
from wall_lab import Answers, Lab

ROWS = 20_000
MEMORY = 512 << 20


def _work(answers: Answers) -> dict[str, int]:
    assert answers.of("exit") == 0, answers.of("stderr")
    assert answers.of("report")["level"] >= 2
    assert answers.of("report")["layers"]["seccomp_kill"] == "on"
    work = answers.of("work")
    assert isinstance(work, dict)
    return work


def test_engine(lab: Lab, strong: None) -> None:
    work = _work(lab.run(deny="kill", role="engine", writable=[], file_bytes=0, memory=MEMORY))
    assert work == {
        "groups": wall_honest_work.GROUPS,
        "clean_out_of_memory": 1,
        "draws": 2000,
        "sealed_bytes": 1168,
    }


def test_ingest_through_a_descriptor(lab: Lab, strong: None) -> None:
    """The package's folder is outside the wall; its open descriptor is all the worker has."""
    key = os.urandom(32)
    package = Path(lab.base, "package")
    package.write_bytes(wall_honest_work.sealed_parquet(ROWS, key))
    answers = lab.run(
        deny="kill", role="ingest", writable=[], file_bytes=0, memory=MEMORY,
        descriptors=[str(package)], key=key.hex(),
    )  # fmt: skip
    assert _work(answers)["rows"] == ROWS


def test_prepare_reads_one_file_and_writes_one_folder(lab: Lab, strong: None) -> None:
    source = Path(lab.base, "rows.csv")
    lines = "".join(f'  Anna{i}@Example.CN,"two\nlines"\n' for i in range(ROWS))
    source.write_text("email,note\n" + lines, "utf-8")
    folder = lab.world["work"]
    answers = lab.run(
        deny="kill", role="prepare", readable=[str(source)], writable=[folder], memory=MEMORY,
        source=str(source), folder=folder, attacks=["read_secret"],
    )  # fmt: skip
    assert _work(answers) == {"streamed": ROWS, "arrow": ROWS, "written": ROWS}
    assert answers.escapes == set()
    assert json.loads(Path(folder, "profile.json").read_text()) == {"rows": ROWS}
    assert not Path(folder, "tokens.parquet.part").exists()


def test_what_a_worker_writes_is_its_owners_only(lab: Lab, strong: None) -> None:
    source = Path(lab.base, "rows.csv")
    source.write_text("email,note\na@example.cn,x\n", "utf-8")
    folder = lab.world["work"]
    lab.run(
        deny="kill", role="prepare", readable=[str(source)], writable=[folder], memory=MEMORY,
        source=str(source), folder=folder,
    )  # fmt: skip
    assert Path(folder, "tokens.parquet").stat().st_mode & 0o077 == 0
