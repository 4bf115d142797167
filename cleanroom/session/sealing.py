"""A party's own desk: seal a dataset into a package, or look at it first.

The files are read by the ``prepare`` worker behind its wall. Keys go to it through its pipe; the
signing key never does: the manifest is signed here, when the parts are written.
"""

import errno
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cleanroom.disclosure.catalogue import DatasetSpec, Identifier
from cleanroom.errors import InputError, SandboxError, TrustError
from cleanroom.prepare import jobs, mapping_file, worker
from cleanroom.prepare.findings import Findings
from cleanroom.prepare.mapping import FileSpec
from cleanroom.sandbox.outside.process import RoleProcess
from cleanroom.sandbox.outside.room import Report
from cleanroom.session import granting, identities
from cleanroom.session.travel import make_folder
from cleanroom.trust import codec, package
from cleanroom.trust.agreement import (
    Agreement,
    SignedAgreement,
    open_matching_secret,
    require_in_force,
)
from cleanroom.trust.instants import timestamp
from cleanroom.trust.package import KEY_BYTES, SUITE, Manifest
from cleanroom.vault.durable import sync_folder
from cleanroom.vault.vault import Vault
from cleanroom.wire import Progress

WORK_SECONDS = 24 * 3600.0
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
T = TypeVar("T")


@dataclass(frozen=True)
class Package:
    """A finished package and what its owner should know of it."""

    path: Path
    manifest: Manifest
    findings: Findings


def seal(
    vault: Vault, signed: SignedAgreement, mapping_path: Path, out: Path, report: Report
) -> Package:
    """Write a package under an accepted agreement; nothing is left behind on an error.

    Raises ``trust.*``, ``input.*``, ``sandbox.*``.
    """
    agreement = require_in_force(signed, datetime.now(UTC))
    identity = identities.load(vault)
    owner = identities.party_of(agreement, identity)
    agreed = agreed_terms(agreement, owner)
    if out.exists():
        raise InputError("input.output_exists", file=out.name)
    mapping = mapping_file.load(mapping_path)
    package_id, key = secrets.token_hex(16), secrets.token_bytes(KEY_BYTES)
    part = out.with_name(out.name + ".part")
    make_folder(out.parent)
    try:
        job = jobs.SealJob(
            mapping=mapping,
            agreed=agreed,
            matching_secret=open_matching_secret(agreement, owner, identity.sealing),
            pid_key=identities.pid_key(vault),
            package_key=key,
            package_id=package_id,
            output=str(part.resolve()),
        )
        sealed = _work(job, mapping.files(), [part.resolve().parent], report, jobs.SealDone).sealed
        manifest = Manifest(
            v=2,
            package_id=package_id,
            agreement_id=agreement.id,
            agreement_hash=signed.hash,
            owner=owner,
            dataset=agreed.dataset.name,
            start=agreed.dataset.start,
            end=agreed.dataset.end,
            created=timestamp(datetime.now(UTC)),
            suite=SUITE,
            tables=sealed.tables,
            parts=sealed.parts,
            profile=sealed.profile,
        )
        envelope = package.sign_manifest(manifest, identity.signing)
        package.finish(part, envelope)
        with vault.transaction():
            vault.secrets.put(granting.package_name(package_id), key)
            digest = codec.sha256_hex(envelope.body)
            vault.secrets.put(granting.manifest_name(package_id), digest.encode())
        part.rename(out)
        sync_folder(out.parent)
    except OSError as error:
        code = "input.disk_full" if error.errno in DISK_FULL else "input.cannot_write"
        raise InputError(code, file=out.name) from None
    finally:
        part.unlink(missing_ok=True)
    return Package(out, manifest, sealed.findings)


def agreed_terms(agreement: Agreement, owner: str) -> jobs.Agreed:
    """What the agreement says about one party's data.

    Raises ``trust.unknown_party``, ``trust.no_data_party``.
    """
    if not agreement.party(owner).brings_data:
        raise TrustError("trust.no_data_party", party=owner)
    return jobs.Agreed(
        agreement.id,
        agreement.time_zone,
        agreement.policy.mode == "dp",
        agreement.identifiers,
        agreement.catalogue().dataset(owner),
    )


def draft_terms(dataset: DatasetSpec, identifiers: tuple[Identifier, ...]) -> jobs.Agreed:
    """The same before there is an agreement, so that a party can look at its data early."""
    return jobs.Agreed("0" * 32, "UTC", False, identifiers, dataset)


def check(mapping_path: Path, agreed: jobs.Agreed, report: Report) -> Findings:
    """Read everything as sealing would, write nothing, count every problem.

    Raises ``input.*``, ``sandbox.*``.
    """
    mapping = mapping_file.load(mapping_path)
    return _work(
        jobs.CheckJob(mapping, agreed), mapping.files(), [], report, jobs.CheckDone
    ).findings


def infer(file: Path, dataset: str, table: str, report: Report) -> jobs.Proposal:
    """A mapping and domains proposed from one file, for its owner to look through.

    Raises ``input.*``, ``sandbox.*``.
    """
    spec = FileSpec(str(file.resolve()))
    return _work(jobs.InferJob(spec, dataset, table), [spec.path], [], report, jobs.Proposal)


def _work(
    job: jobs.Job, readable: Iterable[str], writable: list[Path], report: Report, wanted: type[T]
) -> T:
    """Run one job in the prepare worker. Its answer, of the type ``wanted``."""
    files = tuple(dict.fromkeys(readable))
    for file in map(Path, files):
        if not _is_there(file):  # a wall cannot be built around what is not there
            raise InputError("input.no_file", file=file.name)
    with tempfile.TemporaryDirectory(prefix="cleanroom-") as made_up:
        folders = (str(Path(made_up).resolve()), *map(str, writable))
        with RoleProcess("prepare", inside=False) as process:
            process.send(worker.Paths(files, folders))
            process.send(job)
            while True:
                said = process.receive(jobs.FromWorker, WORK_SECONDS)
                if isinstance(said, wanted):
                    return said
                if not isinstance(said, Progress):
                    raise SandboxError("sandbox.lied")
                report(said.stage, said.done, said.total)


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a name that no file can have
        return False
