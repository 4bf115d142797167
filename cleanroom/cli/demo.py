"""``cleanroom demo``: the main job from end to end on sample data."""

from pathlib import Path

import typer

from cleanroom import text
from cleanroom.cli.console import console


def demo(
    out: Path = typer.Option(Path("demo-out"), "--out", help="New folder for everything."),
) -> int:
    """A platform and a brand meet: identities, agreement, sealing, joint session, signed report."""
    from cleanroom.session import demo as rehearsal

    def tell(step: str) -> None:
        console.say(text.say(f"demo.{step}", console.language))

    made = rehearsal.run(out, tell, console.progress)
    for sentence in made.verdict.sentences(console.language):
        console.say(sentence)
    facts = {
        "report": made.done.report,
        "level": made.done.level,
        "isolation": text.say(f"selftest.level.level_{made.done.level}", console.language),
        "fingerprint": made.fingerprint,
    }
    console.say(text.say("demo.done", console.language, **facts))
    for name in ("report.en.html", "report.zh.html"):
        console.say(f"  {made.done.report / name}")
    return made.verdict.exit_code
