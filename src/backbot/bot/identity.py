"""Who the bot is in Telegram, and which messages are meant for it."""

from __future__ import annotations

from backbot.bot.updates import Command, Incoming


class Identity:
    """The bot's own name, and whether it listens in groups.

    Args:
        groups: Whether it answers in groups, where it is mentioned or replied to.

    Attributes:
        username: Its name in Telegram, without @; set once it is known.
    """

    def __init__(self, *, groups: bool) -> None:
        self.username = ""
        self.groups = groups

    def is_meant(self, incoming: Incoming) -> bool:
        """Whether a message is meant for the bot: in private each is."""
        return incoming.private or self.is_addressed(incoming)

    def is_called(self, command: Command) -> bool:
        """Whether a command in a group is the bot's, or nobody said whose."""
        return command.to.lower() in {"", self.username.lower()}

    def is_addressed(self, incoming: Incoming) -> bool:
        """Whether a message in a group is meant for the bot."""
        me = self.username.lower()
        if not (self.groups and me):
            return False
        command = incoming.command()
        to_me = command is not None and command.to.lower() == me
        return to_me or me in incoming.mentions or me == incoming.replied_to
