"""The heavy part of role ``prepare``: rehearse, then do one job, with progress."""

import time
from pathlib import Path
from typing import Any, Final

from cleanroom import wire
from cleanroom.prepare import check, infer, jobs, preview, seal
from cleanroom.prepare.mapping import Mapping
from cleanroom.prepare.rehearsal import rehearse
from cleanroom.prepare.stream import Report
from cleanroom.prepare.terms import Terms

__all__ = ["rehearse", "serve"]

_EVERY_SECONDS: Final = 0.1
_NO_KEY: Final = bytes(32)


def serve(reader: int, writer: int) -> None:
    """Receive one job, do it, answer."""
    job = wire.receive_any(reader, jobs.Job)
    wire.send(writer, _done(job, _reporter(writer)))


def _reporter(writer: int) -> Report:
    """Progress frames, a few in a second, and one at each new stage."""
    said, at = "", 0.0

    def report(stage: str, done: int, total: int) -> None:
        nonlocal said, at
        now = time.monotonic()
        if stage != said or now - at >= _EVERY_SECONDS:
            said, at = stage, now
            wire.send(writer, wire.Progress(stage, done, total))

    return report


def _done(job: Any, report: Report) -> Any:
    if isinstance(job, jobs.SealJob):
        terms = _terms(job.mapping, job.agreed, job.matching_secret, job.pid_key)
        output = Path(job.output)
        return jobs.SealDone(seal.seal(terms, output, job.package_key, job.package_id, report))
    if isinstance(job, jobs.CheckJob):
        # Tokens are only compared here, so a fixed key does.
        terms = _terms(job.mapping, job.agreed, _NO_KEY, _NO_KEY, doctor=True)
        return jobs.CheckDone(check.look(terms, report))
    if isinstance(job, jobs.PreviewJob):
        return preview.preview(job.file, job.rows)
    return infer.infer(job.file, job.dataset, job.table)


def _terms(
    mapping: Mapping, agreed: jobs.Agreed, secret: bytes, pid_key: bytes, *, doctor: bool = False
) -> Terms:
    return Terms(
        mapping,
        agreed.agreement_id,
        agreed.time_zone,
        agreed.one_token,
        agreed.identifiers,
        agreed.dataset,
        secret,
        pid_key,
        doctor,
    )
