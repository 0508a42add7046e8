"""The `backbot` command. Data goes to stdout, progress and errors to stderr.

Exit status: 0 done; 1 the operation ran and failed; 2 wrong usage or configuration; 130
interrupted. Heavy libraries are imported inside the command that needs them.

    entry.py     where it begins, and what turns errors into sentences
    one.py       ask, triage with a single text, without the tree
    tree.py      the tree's root        commands.py  all of it
    bot.py       start, run             serve.py     how the bot serves   lean.py  in less memory
    chat.py      chat
    answers.py   ask, triage            checks.py    eval, doctor
    setup.py     init, model            articles.py  corpus …     indexes.py  index …
    running.py   what commands share    batch.py     JSON lines in
    output.py    stdout and stderr      show.py      how replies look
    progress.py  how long work is told  logs.py      log lines
"""

from backbot.cli.entry import console, main

__all__ = ["console", "main"]
