"""The same assistant in a terminal. Nothing is kept after the last line."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backbot.cli.output import emit, input_bytes, input_is_terminal, output_is_terminal, warn
from backbot.cli.running import program
from backbot.cli.show import presentable, render_reply, render_why
from backbot.cli.tree import app
from backbot.errors import BackbotError, UsageError
from backbot.model import Conversation, Reply

if TYPE_CHECKING:
    from backbot.wiring import Program

PROMPT: Final = "you> "
_LEAVE = frozenset({"/quit", "/exit", "/bye", "/q"})
_HINT: Final = "/why explains the last reply, /reset starts anew, /help shows more, /quit leaves."
_PRIVACY: Final = (
    "Nothing is kept: what you type here stays in this program's memory until you leave, and is "
    "sent to nobody. /reset forgets it at once."
)
_KEPT: Final = "In memory, until you leave: your last {turns} messages. /reset forgets them."
_LONGEST_LINE_BYTES = 1_000_000
_FEW_UNREADABLE, _MOST_UNREADABLE = 3, 0.3


@app.command("chat")
def chat_() -> None:
    """The same assistant in a terminal. Keeps nothing."""
    converse_in_terminal(program())


def converse_in_terminal(running: Program) -> None:
    """Answer what is typed or piped, line by line, until it ends.

    Raises:
        UsageError: What is piped in is no text.
    """
    try:
        running.warm()
    except BackbotError as error:
        warn(f"{error} Until then there are no answers; warning signs are still checked.")
    chat = Chat(running)
    typed = input_is_terminal()
    if typed:
        emit(presentable(f"{running.assistant.message('start')}\n{_HINT}\n"))
    for line in _typed_lines() if typed else _piped_lines():
        text = line.strip()
        if not text:
            continue
        if not typed:
            emit(f"{PROMPT}{text}")
        if text.lower() in _LEAVE:
            return
        emit(f"{presentable(chat.said_to(text))}\n")


@dataclass(slots=True)
class Chat:
    """One conversation in a terminal.

    Attributes:
        running: The program that answers.
        conversation: What has been said, for follow-up questions and open warnings.
        last: The last reply, for /why.
    """

    running: Program
    conversation: Conversation = field(default_factory=Conversation)
    last: Reply | None = None

    def said_to(self, text: str) -> str:
        """What there is to say to a line, with `**bold**` marks."""
        word, _, rest = text.partition(" ")
        if word.startswith("/"):
            command = self._commands().get(word.lower())
            if command is not None:
                return command()
            if not rest.strip():
                return f"I don't know {word}. {_HINT}"
        # Whatever is no command goes through the warning signs, also after a slash.
        reply, self.conversation = self.running.assistant.reply(
            text, self.conversation, time.time()
        )
        self.last = reply
        return render_reply(reply)

    def _commands(self) -> dict[str, Callable[[], str]]:
        assistant = self.running.assistant
        return {
            "/start": lambda: assistant.message("start"),
            "/help": lambda: f"{assistant.message('help')}\n{_HINT}",
            "/emergency": lambda: assistant.message("emergency_info"),
            "/privacy": lambda: _PRIVACY,
            "/mydata": lambda: _KEPT.format(turns=len(self.conversation.turns)),
            "/topics": self._topics,
            "/sources": assistant.sources,
            "/why": self._why,
            "/reset": self._reset,
            "/forget": self._reset,
        }

    def _topics(self) -> str:
        topics = self.running.assistant.topics()
        intro = self.running.assistant.message("topics_intro" if topics else "nothing_yet")
        return "\n".join([intro, *(f"- {title}: {question}" for title, question in topics)])

    def _why(self) -> str:
        if self.last is None:
            return "There is no reply to explain yet."
        return render_why(self.last, self.running)

    def _reset(self) -> str:
        self.conversation, self.last = Conversation(), None
        return "Forgotten. We start anew."


def _typed_lines() -> Iterator[str]:
    """Lines with a prompt and line editing, until end of file or Ctrl-C."""
    with suppress(ImportError):
        import readline  # noqa: F401 - gives input() its line editing
    while True:
        try:
            yield input(PROMPT)
        except (EOFError, KeyboardInterrupt):
            if output_is_terminal():
                emit("")  # the shell's prompt belongs on a line of its own
            return


def _piped_lines() -> Iterator[str]:
    """Lines of standard input; UsageError at one that is no text.

    A stray byte of another encoding becomes a mark and the line is answered: somebody may be
    asking for help in it. A picture is not.
    """
    stream = input_bytes()
    number = 0
    while line := stream.readline(_LONGEST_LINE_BYTES):
        number += 1
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace")
        if len(line) == _LONGEST_LINE_BYTES or _is_binary(text):
            raise UsageError(
                f"Line {number} of standard input is not text. Pipe in questions as UTF-8 text, "
                "one on each line."
            )
        yield text


def _is_binary(text: str) -> bool:
    """Whether much of it is control characters or bytes that are no UTF-8."""
    odd = sum(c == "\ufffd" or (unicodedata.category(c) == "Cc" and not c.isspace()) for c in text)
    return "\0" in text or odd > max(_FEW_UNREADABLE, _MOST_UNREADABLE * len(text))


__all__ = ["PROMPT", "Chat", "chat_", "converse_in_terminal"]
