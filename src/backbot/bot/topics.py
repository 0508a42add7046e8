"""Topics: what can be asked about, as buttons and as links."""

from __future__ import annotations

import hashlib
import re

from backbot.bot import render
from backbot.bot.assistant import Assistant
from backbot.bot.parts import Button
from backbot.bot.speech import Rows


def topic_rows(assistant: Assistant) -> Rows:
    """A button for each topic, in a row of its own."""
    return tuple(
        (Button(render.button_text(title), f"t:{topic_id(title)}"),)
        for title, _ in assistant.topics()
    )


def topic_link(title: str) -> str:
    """A topic's name in a link: `t.me/<bot>?start=heat-and-cold`. Telegram takes 64 characters."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:64].rstrip("-")


def topic_id(title: str) -> str:
    """Short, the same after a restart, and no promise of secrecy."""
    return hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:12]
