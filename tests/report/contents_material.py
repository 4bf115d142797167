"""Papers as what pages are made from, and pages drawn once."""

from functools import cache

import msgspec
from report_material import Papers

from cleanroom import wire
from cleanroom.report.build import session_from_ledger
from cleanroom.report.contents import Sources
from cleanroom.report.document import VERSION, Report
from cleanroom.report.drawing import Drawn, Job
from cleanroom.report.render import draw
from cleanroom.report.wording import Language, Wording, party_names
from cleanroom.trust.agreement import read


def sources(made: Papers) -> Sources:
    inputs = made.inputs
    digest = read(inputs.agreement).hash
    session = session_from_ledger(inputs)
    about = (inputs.program, inputs.created, digest, session, inputs.packages, inputs.items)
    return Sources(Report(VERSION, *about), made.agreement, inputs.ledger)


def wording(made: Papers, language: Language) -> Wording:
    return Wording(language, party_names(made.agreement), made.agreement.currency)


def draw_once(job: Job) -> Drawn:
    """``draw``, but the same job is drawn once: for tests of what is made of the answer."""
    return _drawn(msgspec.json.encode(job))


@cache
def _drawn(body: bytes) -> Drawn:
    return draw(wire.decode(body, Job))
