"""``cleanroom self-test``: whether this computer can do what the program promises."""

import sys
from typing import TYPE_CHECKING

from cleanroom import text
from cleanroom.cli.console import console

if TYPE_CHECKING:
    from cleanroom.session.selftest import Outcome

_WIDTH = 170  # where nobody has a terminal
_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def self_test() -> int:
    """Prove on this computer: wall, engine, noise, vault, ciphers, fonts. 0 all well, 1 something
    failed; a warning is no failure.
    """
    from cleanroom.session import selftest

    outcome = selftest.run(console.progress)
    if console.as_json:
        _records(outcome)
    else:
        _table(outcome)
        _advice(outcome)
        console.say(_verdict(outcome))
    return outcome.exit_code


def _records(outcome: "Outcome") -> None:
    """One object per check, then one for all of them."""
    for check in outcome.checks:
        record: dict[str, object] = {
            "part": check.part,
            "check": check.name,
            "status": str(check.status),
            "said": check.sentence(console.language),
            "do": check.to_do(console.language),
            "facts": dict(check.facts),
        }
        console.put(record)
    console.say(_verdict(outcome), ok=outcome.exit_code == 0, **_figures(outcome))


def _figures(outcome: "Outcome") -> dict[str, object]:
    return {
        "count": len(outcome.checks),
        "failed": outcome.failed,
        "warnings": outcome.warnings,
        "level": outcome.level,
        "seconds": round(outcome.seconds, 1),
    }


def _verdict(outcome: "Outcome") -> str:
    """One sentence about everything."""
    key = "failed" if outcome.failed else "warned" if outcome.warnings else "well"
    language = console.language
    name = text.say(f"selftest.level.level_{outcome.level}", language)
    return text.say(f"selftest.{key}", language, name=name, **_figures(outcome))


def _table(outcome: "Outcome") -> None:
    """A line for each check, under the parts."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    language = console.language
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("part", "checked", "result", "seen"):
        table.add_column(Text(text.say(f"selftest.{heading}", language)))
    part = ""
    for check in outcome.checks:
        first, part = check.part != part, check.part
        status = Text(text.say(f"selftest.status.{check.status}", language), _STYLES[check.status])
        said = [check.label(language), check.sentence(language)]
        label, sentence = (Text(words) for words in said)  # Text: never read as markup
        name = text.say(f"selftest.heading.{part}", language) if first else ""
        table.add_row(Text(name), label, status, sentence)
    width = None if sys.stdout.isatty() else _WIDTH
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def _advice(outcome: "Outcome") -> None:
    """What to do about what is not as it should be."""
    for check in outcome.checks:
        if advice := check.to_do(console.language):
            console.say(f"{check.label(console.language)}: {advice}")
