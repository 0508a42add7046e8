"""The chat's fixed sentences in the language that somebody's Telegram is set to. Pure.

Only the interface follows that setting: which emergency number is named, and in which language a
warning is said, comes from elsewhere. Answers are the articles' words, in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from backbot.bot import wording
from backbot.bot.menu import call_words
from backbot.errors import RuleError
from backbot.triage.languages import load_languages

_PLAIN = frozenset({"help", "privacy", "not_allowed", "nothing_yet", "topics_intro"})
_WITH_NET = frozenset({"cannot_read", "forgotten"})
_SAME = {"fil": "tl"}
"""Codes that Telegram sends for a language that has another one here."""


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("tongues.toml").read_text("utf-8"))


def languages() -> tuple[str, ...]:
    """Codes of the languages that there are, but for English."""
    return tuple(_texts())


def language_of(code: str) -> str:
    """The language to speak for an IETF tag such as "pt-br"; "en" where there is none for it."""
    primary = code.lower().replace("_", "-").partition("-")[0]
    primary = _SAME.get(primary, primary)
    return primary if primary in _texts() else "en"


def said(key: str, language: str, **values: object) -> str:
    """A sentence, filled in.

    Args:
        key: The name of a constant in `wording`, in lower case, or of a text that is there in
            other languages only.
        language: From `language_of`.
        values: Its placeholders.

    Raises:
        KeyError: English has no such text here: the assistant says it.
    """
    text = _texts().get(language, {}).get(key)
    if text is None:
        try:
            text = getattr(wording, key.upper())
        except AttributeError:
            raise KeyError(key) from None
    return str(text).format(**values) if values else str(text)


def safety_net(language: str, number: str) -> str:
    """What must be looked at at once, and whom to call; "" where the rules cannot be read.

    Args:
        language: Other than English.
        number: The emergency number, "" where it is not known.
    """
    try:
        there = load_languages()[language]
    except (RuleError, KeyError):
        return ""
    return there.texts["safety_net"].replace("{emergency_number}", number or there.unknown_number)


def assistants(key: str, language: str, *, english: str, number: str, hours: str) -> str:
    """One of the assistant's texts in another language.

    The English text follows where it says more than the other: how to tell the warning signs,
    the number where it is not known here, that this is a test version.

    Args:
        key: Of the assistant's texts.
        language: From `language_of`.
        english: What the assistant says.
        number: The emergency number, "" where it is not known.
        hours: How long words are kept.
    """
    if language == "en":
        return english
    if key in _PLAIN:
        return said(key, language, hours=hours)
    if key == "start":
        return f"{said(key, language, call=call_words(language, number))}\n\n{english}"
    net = safety_net(language, number)
    if key == "emergency_info" and net:
        return f"{net}\n\n{english}"
    if key not in _WITH_NET or not net:
        return english
    told = f"{said(key, language)}\n{net}"
    return told if number else f"{told}\n\n{english}"
