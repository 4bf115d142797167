"""Makes a population chunk by chunk and writes it down: files, mappings, truth, explanations."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from cleanroom import resources, text
from cleanroom.prepare.flow import in_order
from cleanroom.prepare.population import costs, describing, identifiers, labels, sheets, world
from cleanroom.prepare.population.accounts import Pen
from cleanroom.prepare.population.cells import date, money, words
from cleanroom.prepare.population.meanings import IDENTIFIERS
from cleanroom.prepare.population.orders import Columns
from cleanroom.prepare.population.plan import Plan
from cleanroom.prepare.population.truth import report
from cleanroom.prepare.population.truth.adding import Counts, added
from cleanroom.prepare.population.truth.count import count
from cleanroom.prepare.population.writing import Files, Format, new_folder

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]

TRUTH: Final = "truth.json"
_THREADS: Final = 2


class Made:
    """One chunk, ready to be written."""

    def __init__(self, plan: Plan, number: int, begin: int) -> None:
        chunk = world.live(plan, number)
        self.people = chunk.society.size
        self.counts = count(chunk, plan)
        self.sheets = sheets.sheets(chunk, Pen(plan, number, begin))
        self.advertising = costs.advertising(chunk.exposures)
        self.rewards = costs.rewards(chunk.edges)
        self.visits = costs.visits(chunk.visits) if chunk.visits else np.zeros(0, np.int64)


def generate(plan: Plan, folder: Path, form: Format, progress: Progress) -> Counts:
    """Write everything into ``folder``, which must be new or empty. What the truth file says.

    Raises ``input.sample_exists``, ``input.cannot_write``.
    """
    begin = identifiers.shift(plan.seed, plan.people)
    chunks = range(len(plan.bounds()))
    counts: Counts = {}
    totals: list[Array] = []
    done = 0
    with new_folder(folder, form) as files, ThreadPoolExecutor(_THREADS) as pool:
        made = in_order(pool, lambda number: Made(plan, number, begin), chunks, _THREADS)
        for one in made:
            for which, rows in one.sheets.items():
                files.add(which, rows)
            parts = [one.advertising, one.rewards, one.visits]
            totals = [a + b for a, b in zip(totals, parts, strict=True)] if totals else parts
            counts = added(counts, one.counts) if counts else one.counts
            done += one.people
            progress("sample", done, plan.people)
        spent = _costs(plan, files, totals)
        return _explain(plan, files, form, counts, spent)


def _costs(plan: Plan, files: Files, totals: list[Array]) -> Counts:
    """The tables of costs; totals by campaign."""
    advertising, rewards, visits = totals
    own = costs.platform_table(advertising)
    platform = _cost_sheet(own, labels.CHANNELS)
    campaign = words(labels.CAMPAIGN_NAMES, own["campaign"])
    files.add(("platform", "costs"), platform.insert_column(2, campaign.alias("计划")))
    files.add(("brand", "costs"), _cost_sheet(costs.brand_table(rewards), labels.CHANNELS))
    if "partner" in plan.parties:
        table = _cost_sheet(costs.partner_table(visits), labels.SITE_CHANNELS)
        files.add(("partner", "costs"), table)
    return {
        name: {
            column: int(own[column][own["campaign"] == number].sum())
            for column in ("imps", "clicks", "cost")
        }
        for number, name in enumerate(labels.CAMPAIGN_NAMES)
        if number
    }


def _cost_sheet(table: Columns, channels: tuple[str, ...]) -> pl.DataFrame:
    columns = {"日期": date(table["day"]), "渠道": words(channels, table["channel"])}
    if "imps" in table:
        columns |= {"曝光": pl.Series(table["imps"]), "点击": pl.Series(table["clicks"])}
    return pl.DataFrame({**columns, "花费": money(table["cost"])})


def _explain(plan: Plan, files: Files, form: Format, counts: Counts, spent: Counts) -> Counts:
    """Mappings, dataset descriptions, what parties agree on, the truth, and words about it."""
    for party in plan.parties:
        files.text(f"{party}/mapping.toml", describing.mapping(party, form))
        files.text(f"{party}/dataset.json", describing.dataset(party))
        files.text(f"{party}/README.txt", _readme(party, plan))
    files.text("identifiers.toml", describing.identifiers(IDENTIFIERS))
    files.text("identifiers.dp.toml", describing.identifiers(IDENTIFIERS[:1]))
    files.text("plan.toml", resources.find("samples", "population", "plan.toml").read_bytes())
    files.text("README.txt", _readme("all", plan))
    files.text(TRUTH, report.document(plan, counts, spent, files.rows))
    return {"rows": files.rows, **counts}


def _readme(which: str, plan: Plan) -> str:
    """What is in a folder, in both languages."""
    parts = []
    for language in text.LANGUAGES:
        facts = {
            "people": f"{plan.people:,}",
            "seed": plan.seed,
            "template": "three-party" if len(plan.parties) > 2 else "platform-hosts",
            "twin": text.say(f"sample.readme.{'null' if plan.null else 'planted'}", language),
        }
        parts.append(text.say(f"sample.readme.{which}", language, **facts).strip())
    return "\n\n\n".join(parts) + "\n"
