"""What stands in Telegram itself: the bot's description and the menu of commands.

The description is there with the bot dead, so it says what matters then: automated, not for
emergencies, whom to call.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from backbot.bot.wording import COMMANDS, GROUP_COMMANDS


@dataclass(frozen=True, slots=True)
class About:
    """The texts of one language.

    Attributes:
        language: Telegram's code (ISO 639-1), None for whoever speaks no other one that is here.
        description: Shown in an empty chat, before anybody has written.
        short: Shown in the bot's profile.
        commands: Name and what it does, in the order of the menu.
    """

    language: str | None
    description: str
    short: str
    commands: tuple[tuple[str, str], ...]


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("menu.toml").read_text("utf-8")
    return tomllib.loads(text)


def call_words(language: str, number: str) -> str:
    """The words for calling a number, in a language of the menu; English where it has none."""
    texts = _texts().get(language) or _texts()["en"]
    return texts["call"].format(number=number) if number else texts["call_unknown"]


def for_groups(commands: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Those of a menu's commands that may be sent in a group."""
    return tuple(each for each in commands if each[0] in GROUP_COMMANDS)


def commands(language: str | None) -> tuple[tuple[str, str], ...]:
    """Everybody's menu: name and what it does.

    Args:
        language: A language of the menu; None, or another one, gives English.
    """
    texts = _texts().get(language or "en") or _texts()["en"]
    return tuple((name, texts[name]) for name, _ in COMMANDS)


def about(number: str) -> Iterator[About]:
    """The texts of every language, the default first.

    Args:
        number: The emergency number, "" where the clinic's country is not known.
    """
    for code, texts in _texts().items():
        call = call_words(code, number)
        yield About(
            None if code == "en" else code,
            texts["description"].format(call=call),
            texts["short"].format(call=call),
            commands(code),
        )
