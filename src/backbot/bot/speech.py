"""Texts → parts: what several rooms of the chat and of the desk need. Pure."""

from __future__ import annotations

from backbot.bot import render
from backbot.bot.parts import Button, File, Part, Priority, Slot
from backbot.bot.render import Rich
from backbot.bot.updates import Incoming

Rows = tuple[tuple[Button, ...], ...]


def said(
    chat_id: int,
    text: Rich | str,
    *,
    buttons: Rows = (),
    priority: Priority = Priority.OTHER,
    edit_of: int | None = None,
    slot: Slot | None = None,
    file: File | None = None,
    reply_to: int | None = None,
    answers: int | None = None,
    thread_id: int | None = None,
) -> tuple[Part, ...]:
    """The messages of one text; buttons stand under the last, a file goes with the first.

    Args:
        chat_id: Where.
        text: A fixed text with `**bold**` marks, or words of others as `Rich`.
        buttons: Rows.
        priority: ANSWER where it must be sent anew when it cannot be edited.
        edit_of: An own message to put it in the place of.
        slot: The place in the chat that it belongs to.
        file: Goes with the first message.
        reply_to: The message that the first visibly replies to.
        answers: The person's message that all of them belong to.
        thread_id: The topic of the chat that all of them go to.
    """
    pieces = render.split(render.marked(text) if isinstance(text, str) else text)
    return tuple(
        Part(
            priority,
            chat_id,
            piece.html(),
            piece.plain,
            buttons=buttons if number == len(pieces) else (),
            edit_of=edit_of if number == 1 else None,
            slot=slot if number == 1 else None,
            file=file if number == 1 else None,
            reply_to=reply_to if number == 1 else None,
            answers=answers,
            thread_id=thread_id,
        )
        for number, piece in enumerate(pieces, start=1)
    )


def chat_of(incoming: Incoming) -> int:
    """The chat of an update that can be answered."""
    if incoming.chat_id is None:
        raise ValueError("no chat")
    return incoming.chat_id


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis where it is longer."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def counted(count: int, what: str) -> str:
    """How many: 1 line, 2 lines."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def pages(count: int, size: int) -> int:
    """How many pages so many things fill, at least one."""
    return max(1, -(-count // size))


def turns(verb: str, page: int, last: int) -> Rows:
    """Buttons to the page before and after; none where there is one page.

    Args:
        verb: What the buttons' data begins with; the page's number follows.
        page: From 0.
        last: The number of the last one.
    """
    row = []
    if page > 0:
        row.append(Button("◀ Before", f"{verb}:{page - 1}"))
    if page < last:
        row.append(Button("After ▶", f"{verb}:{page + 1}"))
    return (tuple(row),) if row else ()
