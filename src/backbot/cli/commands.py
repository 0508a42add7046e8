"""Every command, in the order of `backbot --help`."""

from backbot.cli import bot  # isort: skip
from backbot.cli import chat  # isort: skip
from backbot.cli import answers  # isort: skip
from backbot.cli import checks  # isort: skip
from backbot.cli import setup  # isort: skip
from backbot.cli import articles  # isort: skip
from backbot.cli import indexes  # isort: skip
from backbot.cli.tree import app

__all__ = ["answers", "app", "articles", "bot", "chat", "checks", "indexes", "setup"]
