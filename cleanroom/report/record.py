"""The data-protection page: the record of the agreement, and what the agreement says about it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from cleanroom import text
from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.report.wording import Wording
from cleanroom.tables import TABLES
from cleanroom.trust.agreement import Agreement


def record(agreement: Agreement, wording: Wording) -> dict[str, Any]:
    """Heading, introduction, the record's fields, those that are empty, and what was agreed."""
    about = agreement.data_protection
    names = about.__struct_fields__
    values = {name: getattr(about, name) for name in names}
    if about.retention_until:
        values["retention_until"] = wording.day(date.fromisoformat(about.retention_until))
    empty = [wording.say(f"pages.record.{name}") for name in names if not values[name]]
    comma = wording.say("pages.comma")
    absent = wording.say("pages.not_given")
    return {
        "heading": wording.say("pages.record.heading"),
        "lead": wording.say(
            "pages.record.lead",
            title=agreement.title,
            version=agreement.version,
            start=wording.day(date.fromisoformat(agreement.not_before[:10])),
            end=wording.day(date.fromisoformat(agreement.expires[:10])),
        ),
        "fields": [(wording.say(f"pages.record.{name}"), values[name] or absent) for name in names],
        "missing": wording.say("pages.record.missing", fields=comma.join(empty)) if empty else "",
        "agreed_heading": wording.say("pages.record.agreed"),
        "agreed": [
            (wording.say(f"pages.record.{name}"), lines)
            for name, lines in _agreed(agreement, wording, comma)
        ],
    }


def _agreed(agreement: Agreement, wording: Wording, comma: str) -> Iterator[tuple[str, list[str]]]:
    """What the parties agreed on, by name, as one line or several."""
    policy, catalogue = agreement.policy, agreement.catalogue()
    yield "purposes", list(agreement.purposes)
    yield (
        "parties",
        [comma.join(_party(agreement, party.name, wording) for party in agreement.parties)],
    )
    yield "data", [_dataset(dataset, wording, comma) for dataset in catalogue.datasets]
    kinds = comma.join(
        _word(f"analyses.identifiers.{one.kind}", one.kind, wording)
        for one in catalogue.identifiers
    )
    yield "matching", [wording.say("pages.record.matching_value", kinds=kinds)]
    yield (
        "protection",
        [
            wording.say(
                "pages.record.protection_value",
                level=agreement.min_isolation,
                mode=wording.say(f"mode.{policy.mode}"),
                k=policy.k,
            )
        ],
    )
    known = {name for one in agreement.analyses for name in one.receivers}
    yield "receivers", [wording.names([p.name for p in agreement.parties if p.name in known])]


def _party(agreement: Agreement, name: str, wording: Wording) -> str:
    role = wording.say(f"role.{agreement.party(name).role}")
    return wording.say("pages.record.party", name=wording.party(name), role=role)


def _dataset(dataset: DatasetSpec, wording: Wording, comma: str) -> str:
    """Tables and columns; a table without columns only says who is in it."""
    said = []
    for table in (name for name in TABLES if name in dataset.tables):
        name = text.say(f"agreement.table.{table}", wording.language)
        columns = dataset.tables[table]
        words = dict.fromkeys(_column(one, columns[one], wording) for one in sorted(columns))
        shown = comma.join(words)
        said.append(wording.say("pages.record.table", table=name, columns=shown) if shown else name)
    return wording.say(
        "pages.record.dataset",
        party=wording.party(dataset.party),
        dataset=dataset.name,
        days=wording.days(dataset.start, dataset.end),
        columns=comma.join(said),
    )


def _column(name: str, spec: ColumnSpec, wording: Wording) -> str:
    shown = name.removeprefix("a_").removeprefix("x_")
    for key in (f"report.pages.column.{name}", f"analyses.columns.{name}"):
        shown = _word(key, shown, wording)
    return wording.say("pages.record.sensitive", column=shown) if spec.sensitive else shown


def _word(key: str, otherwise: str, wording: Wording) -> str:
    """The word of the text files, or the agreement's own."""
    return text.say(key, wording.language) if text.has(key, wording.language) else otherwise
