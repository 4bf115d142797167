"""The command line: thin commands over ``session``. Exit codes are in docs/formats.md.

Commands import what they need when they run, so that ``--help`` stays fast.
"""

import os
import signal
import sys
from types import FrameType

import typer
from typer.exceptions import TyperException

from cleanroom import text
from cleanroom.cli import (
    agreement,
    analyses,
    cost,
    data,
    demo,
    grant,
    identity,
    inspect,
    ledger,
    sample,
    selftest,
    session,
    vault,
)
from cleanroom.cli.console import console
from cleanroom.errors import CleanroomError, Interrupted

UNREAD = 1

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
app.add_typer(analyses.app, name="analyses")
app.add_typer(grant.receipts, name="receipt")
app.add_typer(ledger.app, name="ledger")
app.command("check")(data.check)
app.command("infer")(data.infer)
app.command("seal")(data.seal)
app.command("cost")(cost.cost)
app.command("grant")(grant.grant)
app.command("verify")(inspect.verify)
app.command("what-is")(inspect.what_is)
app.command("demo")(demo.demo)
app.command("sample")(sample.sample)
app.command("self-test")(selftest.self_test)


@app.callback()
def _options(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object per line."),
    language: str = typer.Option("en", "--language", help="en or zh_CN."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress."),
) -> None:
    if language not in text.LANGUAGES:
        raise typer.BadParameter("en or zh_CN", param_hint="--language")
    console.configure(as_json=as_json, language=language, quiet=quiet)


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run one command. The exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except CleanroomError as error:
        console.error(error)
        return error.exit_code
    except (KeyboardInterrupt, EOFError, typer.Abort):
        stopped = Interrupted("run.interrupted")
        console.error(stopped)
        return stopped.exit_code
    except TyperException as error:
        return _misunderstood(error)
    except BrokenPipeError:
        return _unread()
    return code


def _run(arguments: list[str]) -> int:
    """Typer's own ``app()`` would turn Ctrl-C into a silent exit code."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("cleanroom", arguments) as context:
            code = command.invoke(context)
    except typer.Exit as left:
        return left.exit_code
    return code if isinstance(code, int) else 0


def _misunderstood(error: TyperException) -> int:
    """The command line was not understood: why, and how it is used. Without any arguments the
    message is the help itself.
    """
    context = getattr(error, "ctx", None)
    if not sys.argv[1:]:
        sys.stdout.write(error.format_message() + "\n")
    else:
        console.usage(error.format_message(), context.get_usage() if context else "")
    return error.exit_code


def _unread() -> int:
    """Whoever read the output has gone; what is still buffered would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return UNREAD
