"""Which kernel an analysis may ask: the gate lets a question pass only for an agreed analysis."""

from cleanroom.disclosure.question import Question, kernel
from cleanroom.errors import DisclosureError

KERNELS: dict[str, frozenset[str]] = {
    "A01": frozenset({"match"}),
    "A02": frozenset({"match"}),
    "A03": frozenset({"attribute"}),
    "A04": frozenset({"first_channel"}),
    "A05": frozenset({"path"}),
    "A06": frozenset({"frequency"}),
    "A07": frozenset({"suppression"}),
    "A08": frozenset({"arm"}),
    "A09": frozenset({"first_channel", "arm"}),
    "A10": frozenset({"weekly"}),
    "A11": frozenset({"price"}),
    "A12": frozenset({"modal"}),
    "A13": frozenset({"edge"}),
    "A14": frozenset({"stages"}),
    "A15": frozenset({"cohort"}),
    "A16": frozenset({"modal"}),
    "A17": frozenset({"phases"}),
    "A18": frozenset({"attribute"}),
}


def check(analysis: str, question: Question, agreed: tuple[str, ...]) -> None:
    """Raises ``disclosure.analysis`` unless an agreed analysis asks a kernel of its own."""
    if analysis not in agreed or kernel(question) not in KERNELS.get(analysis, frozenset()):
        raise DisclosureError("disclosure.analysis", analysis=analysis)
