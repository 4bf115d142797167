"""The public cells of any question."""

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import KINDS, Question
from cleanroom.disclosure.questions.first_channel import NO_CHANNEL as NO_CHANNEL
from cleanroom.disclosure.questions.first_channel import UNMATCHED as UNMATCHED
from cleanroom.disclosure.shapes import COUNT as COUNT
from cleanroom.disclosure.shapes import MAX_CELLS as MAX_CELLS
from cleanroom.disclosure.shapes import Measure as Measure
from cleanroom.disclosure.shapes import Shape as Shape
from cleanroom.disclosure.shapes import regions as regions


def shape(question: Question, catalogue: Catalogue) -> Shape:
    """The cells and measures of a question. Raises ``disclosure.*`` when it can't be asked.

    They belong to the question's canonical form, as the numbers of its answer do: however it was
    spelled, labels and numbers stand in the same order.
    """
    question = canonical(question, catalogue)
    found: Shape = KINDS[type(question)].shape(question, catalogue)
    return found
