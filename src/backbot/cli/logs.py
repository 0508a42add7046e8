"""Where log lines go and how they look. Only the command line sets handlers."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from backbot.errors import BackbotError

_NOISY = ("httpx", "httpcore", "telegram", "alembic", "sqlalchemy", "faiss")


class SentenceFormatter(logging.Formatter):
    """One plain line, without a traceback: what a person at a terminal can use."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a sentence; of an exception, what it is."""
        said = f"backbot: {record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return said
        # Other exceptions' messages may quote what somebody typed.
        told = str(error) if isinstance(error, BackbotError) else type(error).__name__
        return f"{said} ({told})"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


def console_logs(*, debug: bool) -> None:
    """For a single command: errors as sentences, or everything with `--debug`."""
    form: logging.Formatter = SentenceFormatter()
    if debug:
        form = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    _log_to_stderr(form, logging.DEBUG if debug else logging.ERROR)


def service_logs(level: str, form: str, *, debug: bool = False) -> None:
    """For the bot: lines with time and level, as text or JSON.

    Args:
        level: As `BACKBOT_LOG_LEVEL` has it.
        form: "text" or "json".
        debug: Log everything, whatever the level says.
    """
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    _log_to_stderr(
        JsonFormatter() if form == "json" else text,
        logging.DEBUG if debug else logging.getLevelNamesMapping()[level],
    )


def _log_to_stderr(form: logging.Formatter, level: int) -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
