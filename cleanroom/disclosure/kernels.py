"""Which kernel an analysis may ask: the gate lets a question pass only for an agreed analysis."""

from cleanroom.disclosure.question import Question
from cleanroom.errors import DisclosureError

KERNELS: dict[str, frozenset[str]] = {
    "A01": frozenset({"match"}),
    "A03": frozenset({"attribute"}),
    "A04": frozenset({"first_channel"}),
}


def kernel(question: Question) -> str:
    """The name of a question's kernel."""
    return str(question.__struct_config__.tag)


def check(analysis: str, question: Question, agreed: tuple[str, ...]) -> None:
    """Raises ``disclosure.analysis`` unless an agreed analysis asks a kernel of its own."""
    if analysis not in agreed or kernel(question) not in KERNELS.get(analysis, frozenset()):
        raise DisclosureError("disclosure.analysis", analysis=analysis)
