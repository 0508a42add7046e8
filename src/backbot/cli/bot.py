"""Commands that serve: start, run."""

from __future__ import annotations

from backbot.cli.output import warn
from backbot.cli.running import program_to_serve
from backbot.cli.serve import serve
from backbot.cli.tree import app


@app.command()
def start() -> None:
    """The bot on Telegram where a token is set, else the terminal chat."""
    from backbot.cli.chat import converse_in_terminal

    running = program_to_serve()
    if running.settings.telegram_token is not None:
        serve(running)
        return
    warn("No BACKBOT_TELEGRAM_TOKEN is set, so this is the same assistant as a terminal chat.")
    converse_in_terminal(running)


@app.command()
def run() -> None:
    """The Telegram bot. Stops cleanly on SIGINT and SIGTERM."""
    serve(program_to_serve())
