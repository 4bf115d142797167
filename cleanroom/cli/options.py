"""Options that many commands share."""

import typer

VAULT = typer.Option(..., "--vault", help="Folder of the vault.")
AGREEMENT = typer.Option(..., "--agreement", help="The accepted agreement.")
