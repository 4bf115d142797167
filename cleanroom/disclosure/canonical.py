"""One form for all spellings of a question, and the key under which its answer is kept.

The replay key covers the agreement's id, the data slots (party, table, period), the matching rule
and the canonical question: not the policy and not the file, so a new version of the agreement or a
re-seal of the same period gets the same stored answer.
"""

import hashlib

import msgspec
import rfc8785

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import KINDS, Question
from cleanroom.errors import DisclosureError

LONGEST = 24 << 10  # bytes of a question as JSON: it stands in the ledger


def canonical(question: Question, catalogue: Catalogue) -> Question:
    """The one form of a question. Raises ``disclosure.*`` when it names what isn't agreed."""
    found: Question = KINDS[type(question)].canonical(question, catalogue)
    if len(msgspec.json.encode(found)) > LONGEST:
        raise DisclosureError("disclosure.too_long")
    return found


def replay_key(question: Question, catalogue: Catalogue) -> str:
    """SHA-256 (hex) that names a canonical question on one set of data slots."""
    slots = [
        [dataset.party, dataset.name, dataset.start, dataset.end, sorted(dataset.tables)]
        for dataset in catalogue.datasets
    ]
    subject = {
        "agreement": catalogue.agreement_id,
        "slots": slots,
        "matching": msgspec.to_builtins(catalogue.identifiers),
        "question": msgspec.to_builtins(canonical(question, catalogue)),
    }
    return hashlib.sha256(b"dcr/question/1\0" + rfc8785.dumps(subject)).hexdigest()
