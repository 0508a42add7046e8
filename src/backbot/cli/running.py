"""What commands share: exit statuses, and the program that they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backbot.wiring import Program

DONE, FAILED, INTERRUPTED = 0, 1, 130


def program() -> Program:
    """The settings, read and checked, and what hangs on them."""
    from backbot.settings import load_settings
    from backbot.wiring import Program

    return Program(load_settings())


def program_for_a_question() -> Program:
    """As `program`, without secrets; settings that were found right are not checked again."""
    from backbot.asking import settings_for_a_question
    from backbot.wiring import Program

    return Program(settings_for_a_question())


def program_to_serve() -> Program:
    """As `program`, for the bot; what has checked the settings is not in its memory."""
    from backbot.asking import settings_to_serve
    from backbot.wiring import Program

    return Program(settings_to_serve())
