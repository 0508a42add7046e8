"""The `backbot` command. Data goes to stdout, progress and errors to stderr.

Exit status: 0 done; 1 the operation ran and failed; 2 wrong usage or configuration; 130
interrupted. Heavy libraries are imported inside the command that needs them.
"""

from __future__ import annotations

from backbot.cli import answers, checks, upkeep
from backbot.cli.app import app, main

__all__ = ["answers", "app", "checks", "main", "upkeep"]
