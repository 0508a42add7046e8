"""What may stand in a log: ids, tiers, counts, seconds. Never a token, never a message's text.

The libraries below us do not keep to that: at debug level python-telegram-bot logs whole
updates, at error level what a server sent back; httpx logs URLs, and the token is part of them;
asyncio quotes an exception that nobody fetched. And an exception's message may quote whatever it
stumbled over. So a filter on the handlers, which no logger can go round, withholds all of it.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterable, Sequence

_TOKEN = re.compile(r"\d+(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
_HIDDEN = "***"
# Loggers whose records may hold texts or tokens.
_TALKATIVE = ("telegram", "httpx", "httpcore", "h11", "asyncio", "concurrent")


class RedactingFilter(logging.Filter):
    """Takes tokens, message texts and exceptions' messages out of every record.

    Records of the network libraries below a warning are dropped; from a warning on, only where
    they come from is kept. Other records keep their words without tokens, and of an exception
    its type and the lines it passed through.

    Args:
        secrets: Further strings that must not appear, such as a token of another shape.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets: tuple[str, ...] = ()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Further strings that must not appear."""
        self._secrets = tuple({*self._secrets, *filter(None, secrets)})

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; false drops it."""
        if record.name.partition(".")[0] in _TALKATIVE:
            if record.levelno < logging.WARNING:
                return False
            record.msg = f"text withheld (said in {record.funcName}, line {record.lineno})"
            record.args = ()
        else:
            self._redact_message(record)
        if record.exc_info:
            error = record.exc_info[1]
            record.exc_text = "" if error is None else self.redact(_lines(error))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self.redact(record.stack_info)
        return True

    def redact(self, text: str) -> str:
        """The text without tokens and secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _TOKEN.sub(_HIDDEN, text)

    def _redact_message(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 a wrong format string must not break the program
            record.msg, record.args = f"unreadable log record: {record.msg!r}", ()
            message = str(record.msg)
        redacted = self.redact(message)
        if redacted != message:
            record.msg, record.args = redacted, ()


def install_redaction(
    secrets: Iterable[str] = (), handlers: Sequence[logging.Handler] | None = None
) -> None:
    """Put the filter on handlers; where it is there already, add the secrets.

    Args:
        secrets: Further strings that must not appear.
        handlers: Which ones; by default all of the root logger's and the last resort, which
            prints warnings of a program without handlers.
    """
    kept = tuple(secrets)
    if handlers is None:
        last = (logging.lastResort,) if logging.lastResort is not None else ()
        handlers = (*logging.getLogger().handlers, *last)
    for handler in handlers:
        for present in handler.filters:
            if isinstance(present, RedactingFilter):
                present.hide(kept)
                break
        else:
            handler.addFilter(RedactingFilter(kept))


def _lines(error: BaseException) -> str:
    """Where an exception passed and what it is, without its message."""
    lines = ["Traceback (messages withheld):"]
    chain: BaseException | None = error
    while chain is not None and len(lines) < 100:  # noqa: PLR2004 a chain may be a ring
        lines += (
            f"  {frame.filename}, line {frame.lineno}, in {frame.name}"
            for frame in traceback.extract_tb(chain.__traceback__)
        )
        lines.append(type(chain).__qualname__)
        chain = chain.__cause__
        if chain is not None:
            lines.append("caused by")
    return "\n".join(lines)
