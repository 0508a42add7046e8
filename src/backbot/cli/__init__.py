"""The `backbot` command. Data goes to stdout, progress and errors to stderr.

Exit status: 0 done; 1 the operation ran and failed; 2 wrong usage or configuration; 130
interrupted. Heavy libraries are imported inside the command that needs them.

    app.py       the tree's root, and what turns errors into sentences
    serve.py     start, run        chat.py      chat
    answers.py   ask, triage       checks.py    eval, doctor
    setup.py     init, model       articles.py  corpus …     indexes.py  index …
    batch.py     JSON lines in     output.py    stdout and stderr
    show.py      how replies look  progress.py  how long work is told     logs.py  log lines
"""

# The order of these imports is the order of the commands in `backbot --help`.
from backbot.cli import serve  # isort: skip
from backbot.cli import chat  # isort: skip
from backbot.cli import answers  # isort: skip
from backbot.cli import checks  # isort: skip
from backbot.cli import setup  # isort: skip
from backbot.cli import articles  # isort: skip
from backbot.cli import indexes  # isort: skip
from backbot.cli.app import app, main

__all__ = [
    "answers",
    "app",
    "articles",
    "chat",
    "checks",
    "indexes",
    "main",
    "serve",
    "setup",
]
