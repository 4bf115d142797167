"""The engine's database and its noise, tried behind the engine's wall by the role ``selftest``."""

from cleanroom.sandbox.messages import NoiseTrial, Proved
from cleanroom.session.selftest import workers
from cleanroom.session.selftest.outcome import Check, Status, held
from cleanroom.session.selftest.wall import role_check

NOISE = ("people", "amounts")  # what noise of the two sigmas is for


def trial() -> list[Check]:
    """Run the role and judge its answer. Raises ``sandbox.*``."""
    if not workers.can_start():
        return [Check("engine", "all", Status.WARNING, "no_workers")]
    return checks_of(workers.trials())


def checks_of(proved: Proved) -> list[Check]:
    """What the worker found, as checks."""
    database = proved.database
    return [
        role_check("selftest", proved.self_test),
        held("engine", "joined", database.joined),
        held("engine", "reads_no_file", database.reads_no_file),
        held("engine", "writes_no_file", database.writes_no_file),
        held("engine", "stays_locked", database.stays_locked),
        *(_noise(name, drawn) for name, drawn in zip(NOISE, proved.noise, strict=True)),
    ]


def _noise(name: str, drawn: NoiseTrial) -> Check:
    facts: dict[str, str | int] = {
        "sigma": drawn.sigma,
        "draws": drawn.draws,
        "mean": _thousandths(drawn.mean_milli),
        "spread": _thousandths(drawn.spread_milli),
        "odd": ", ".join(drawn.odd),
    }
    if drawn.odd:
        return Check("noise", name, Status.FAILED, "noise_odd", facts, "noise")
    return Check("noise", name, Status.OK, "noise", facts)


def _thousandths(value: int) -> str:
    """A whole number of thousandths with two decimals, and no sign before a zero."""
    return f"{value / 1000:z.2f}"
