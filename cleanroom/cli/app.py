"""The command line: thin commands over ``session``. Exit codes are in docs/formats.md.

Commands import what they need when they run, so that ``--help`` stays fast.
"""

import signal
import sys
from types import FrameType

import click
import typer

from cleanroom.cli import (
    agreement,
    data,
    demo,
    grant,
    identity,
    inspect,
    ledger,
    session,
    vault,
)
from cleanroom.cli.console import console
from cleanroom.errors import CleanroomError, Interrupted

app = typer.Typer(
    name="cleanroom",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A desktop data clean room: sealed datasets, joint sessions in a sandbox, signed reports.",
)
app.add_typer(identity.app, name="identity")
app.add_typer(vault.app, name="vault")
app.add_typer(agreement.app, name="agreement")
app.add_typer(session.app, name="session")
app.add_typer(grant.receipts, name="receipt")
app.add_typer(ledger.app, name="ledger")
app.command("check")(data.check)
app.command("seal")(data.seal)
app.command("grant")(grant.grant)
app.command("verify")(inspect.verify)
app.command("what-is")(inspect.what_is)
app.command("demo")(demo.demo)


@app.callback()
def _options(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object per line."),
    language: str = typer.Option("en", "--language", help="en or zh_CN."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress."),
) -> None:
    console.configure(as_json=as_json, language=language, quiet=quiet)


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run one command. The exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        result = app(standalone_mode=False)
    except CleanroomError as error:
        console.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        stopped = Interrupted("run.interrupted")
        console.error(stopped)
        return stopped.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stdout.write(error.format_message() + "\n")
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return Interrupted.exit_code
    return result if isinstance(result, int) else 0
