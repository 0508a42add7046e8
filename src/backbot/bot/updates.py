"""Raw update → what the handler needs to know of it. Whatever arrives, nothing here raises.

Telegram's own library parses updates strictly: one that it cannot parse stops its polling. So we
read the raw JSON, take what has the right type, and call the rest broken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from backbot.bot.typed import beside, mapping, sound

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

Kind = Literal["message", "edited", "callback", "member", "silent", "unknown"]
_KINDS: dict[str, Kind] = {
    "message": "message",
    "edited_message": "edited",
    "callback_query": "callback",
    "my_chat_member": "member",
}
# Content that a person sends and we cannot read.
_UNREADABLE = frozenset(
    {
        "animation",
        "audio",
        "checklist",
        "contact",
        "dice",
        "document",
        "game",
        "invoice",
        "live_photo",
        "location",
        "paid_media",
        "photo",
        "poll",
        "sticker",
        "story",
        "venue",
        "video",
        "video_note",
        "voice",
    }
)
# Something happened in the chat; nobody asked for anything.
_SERVICE = frozenset(
    {
        "boost_added",
        "channel_chat_created",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "chat_shared",
        "checklist_tasks_added",
        "checklist_tasks_done",
        "connected_website",
        "delete_chat_photo",
        "direct_message_price_changed",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "gift",
        "gift_upgrade_sent",
        "giveaway",
        "giveaway_completed",
        "giveaway_created",
        "giveaway_winners",
        "group_chat_created",
        "left_chat_member",
        "managed_bot_created",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "paid_message_price_changed",
        "passport_data",
        "pinned_message",
        "poll_option_added",
        "poll_option_deleted",
        "proximity_alert_triggered",
        "refunded_payment",
        "successful_payment",
        "suggested_post_approval_failed",
        "suggested_post_approved",
        "suggested_post_declined",
        "suggested_post_paid",
        "suggested_post_refunded",
        "supergroup_chat_created",
        "unique_gift",
        "users_shared",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "web_app_data",
        "write_access_allowed",
    }
)
_SPOKEN = ("voice", "video_note", "audio")
# Updates that want no answer, or are not a person's to the bot. We do not ask for them, but what
# an earlier program asked for may still come.
_SILENT = frozenset(
    {
        "business_connection",
        "business_message",
        "channel_post",
        "chat_boost",
        "chat_join_request",
        "chat_member",
        "chosen_inline_result",
        "deleted_business_messages",
        "edited_business_message",
        "edited_channel_post",
        "guest_message",
        "inline_query",
        "managed_bot",
        "message_reaction",
        "message_reaction_count",
        "poll",
        "poll_answer",
        "pre_checkout_query",
        "purchased_paid_media",
        "removed_chat_boost",
        "shipping_query",
    }
)
_MENTION = re.compile(r"(?<![\w@])@(\w{1,64})")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)
# Telegram's ids have at most 52 significant bits.
_MAX_ID = 2**53


@dataclass(frozen=True, slots=True)
class Command:
    """`/name@to argument`."""

    name: str
    to: str
    argument: str

    @property
    def spoken(self) -> str:
        """What stands behind it, in words: a link's parameter can hold no spaces."""
        return self.argument.replace("_", " ") if self.name == "start" else self.argument

    @property
    def words(self) -> str:
        """All of it in words, for a command that there is not: it may be a question."""
        return f"{self.name.replace('_', ' ')} {self.argument}".strip()


@dataclass(frozen=True, slots=True)
class Document:
    """A file that came with a message. Nothing of it is to be trusted.

    Attributes:
        file_id: Telegram's, for fetching it.
        name: What the sender calls it, "" where it has no name.
        size_bytes: What Telegram says, None where it does not.
    """

    file_id: str
    name: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update, read carefully.

    Attributes:
        update_id: Telegram's number, None where it is missing.
        kind: What it is.
        chat_id: Where it happened, None where nothing can be answered.
        private: Whether that is a chat of one person with the bot.
        user_id: Who did it.
        message_id: The message, the edited one or the one with the button.
        text: What was written, as text or as a caption; None for none.
        unreadable: Whether something came that we cannot read, beside the text or instead.
        broken: Whether the text has the wrong type or is blank.
        data: Of a pressed button.
        callback_id: Of a pressed button, for telling Telegram that it was noticed.
        member_status: Of the bot in the chat, where that changed.
        from_bot: Whether another bot wrote it.
        document: The file that came with it, None for none.
        thread_id: The topic of the chat that it was written in, None for none.
        language: What the sender's Telegram is set to, an IETF tag; "" where it does not tell.
        spoken: Whether it is speech, which a keyboard could have written down.
        mentions: Names with an @ before them in the text, in lower case.
        replied_to: The name of whoever wrote the message that it replies to, in lower case.
        beside: Words that came with it and are not the sender's message, such as a poll's; in
            groups what somebody else wrote and it replies to: see `typed.py`.
        album: Which album it is a part of, "" for none.
        moved: The group's old id and its new one, where it became a supergroup.
        again: Whether an earlier run took it, and was cut off before any warning was accepted.
    """

    update_id: int | None
    kind: Kind = "unknown"
    chat_id: int | None = None
    private: bool = False
    user_id: int | None = None
    message_id: int | None = None
    text: str | None = None
    unreadable: bool = False
    broken: bool = False
    data: str = ""
    callback_id: str = ""
    member_status: str = ""
    from_bot: bool = False
    document: Document | None = None
    thread_id: int | None = None
    language: str = ""
    spoken: bool = False
    mentions: frozenset[str] = frozenset()
    replied_to: str = ""
    beside: str = ""
    album: str = ""
    moved: tuple[int, int] | None = None
    again: bool = False

    @property
    def key(self) -> str:
        """Under which the person's conversation is kept."""
        return f"{self.chat_id}" if self.private else f"{self.chat_id}:{self.user_id}"

    def command(self) -> Command | None:
        """The command that the text is, or None."""
        match = _COMMAND.fullmatch((self.text or "").strip())
        if match is None:
            return None
        name, to, argument = match.groups(default="")
        return Command(name.lower(), to, argument.strip())


def parse_update(raw: object) -> Incoming:
    """Read one element of getUpdates' result, or one webhook request. Never raises.

    What was read already is given back as it is.
    """
    if isinstance(raw, Incoming):
        return raw
    update = mapping(raw)
    update_id = _number(update.get("update_id"))
    for field, kind in _KINDS.items():
        if field in update:
            return _parse(mapping(update[field]), kind, update_id)
    if any(name in update for name in _SILENT):
        return Incoming(update_id, "silent")
    for value in update.values():
        if chat := mapping(mapping(value).get("chat")):
            chat_id, private = _chat(chat)
            return Incoming(update_id, chat_id=chat_id, private=private)
    return Incoming(update_id)


def chat_of(raw: object) -> int | None:
    """The chat that an update belongs to, None for none: `parse_update`'s. Never raises."""
    update = mapping(raw)
    for field, kind in _KINDS.items():
        if field in update:
            body = mapping(update[field])
            message = mapping(body.get("message")) if kind == "callback" else body
            return _chat(mapping(message.get("chat")))[0]
    return parse_update(raw).chat_id


def _parse(body: Mapping[object, object], kind: Kind, update_id: int | None) -> Incoming:
    message = mapping(body.get("message")) if kind == "callback" else body
    chat_id, private = _chat(mapping(message.get("chat")))
    sender = mapping(body.get("from"))
    user_id = _number(sender.get("id"))
    # who writes as a group or as a channel stands here as one of Telegram's own bots
    from_bot = sender.get("is_bot") is True and not mapping(body.get("sender_chat"))
    language = _word(sender.get("language_code"))
    if kind == "callback":
        data, callback_id = body.get("data"), body.get("id")
        return Incoming(
            update_id,
            kind,
            chat_id,
            private,
            user_id,
            _number(message.get("message_id")),
            broken=not isinstance(data, str),
            data=data if isinstance(data, str) else "",
            callback_id=callback_id if isinstance(callback_id, str) else "",
            thread_id=_thread(message),
            language=language,
        )
    if kind == "member":
        status = mapping(body.get("new_chat_member")).get("status")
        return Incoming(
            update_id,
            kind,
            chat_id,
            private,
            user_id,
            member_status=status if isinstance(status, str) else "",
        )
    text = _text(message)
    broken = text is None and ("text" in message or "caption" in message)
    service = not _SERVICE.isdisjoint(message)
    # A kind of content that this interface does not know yet arrives as a message with nothing
    # in it: that is unreadable, too.
    empty = text is None and not broken and not service
    contents = _UNREADABLE & message.keys()
    return Incoming(
        update_id,
        kind,
        chat_id,
        private,
        user_id,
        _number(message.get("message_id")),
        text=text,
        unreadable=empty or any(message[name] is not None for name in contents),
        broken=broken,
        from_bot=from_bot,
        document=_document(message.get("document")),
        thread_id=_thread(message),
        language=language,
        spoken=any(message.get(name) is not None for name in _SPOKEN),
        mentions=frozenset(name.lower() for name in _MENTION.findall(text or "")),
        replied_to=_author(message.get("reply_to_message")),
        beside=beside(message, private=private),
        album=_word(message.get("media_group_id")),
        moved=_moved(message, chat_id),
    )


def _moved(message: Mapping[object, object], chat_id: int | None) -> tuple[int, int] | None:
    to, came_from = (_number(message.get(f"migrate_{way}_chat_id")) for way in ("to", "from"))
    old, new = (chat_id, to) if to is not None else (came_from, chat_id)
    # groups have negative ids; a person's chat never moves
    return (old, new) if old is not None and new is not None and max(old, new) < 0 else None


def _author(value: object) -> str:
    return _word(mapping(mapping(value).get("from")).get("username")).lower()


def _word(value: object) -> str:
    """A name or a code; "" for whatever cannot be one."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _document(value: object) -> Document | None:
    body = mapping(value)
    file_id, name = body.get("file_id"), body.get("file_name")
    if not isinstance(file_id, str) or not file_id:
        return None
    named = sound(name) if isinstance(name, str) else ""
    return Document(file_id, named, _number(body.get("file_size")))


def _text(message: Mapping[object, object]) -> str | None:
    for field in ("text", "caption"):
        value = message.get(field)
        if isinstance(value, str) and value.strip():
            marks = message.get("entities" if field == "text" else "caption_entities")
            return sound(_with_names(value, marks))
    return None


def _with_names(text: str, marks: object) -> str:
    """The text, with `@name` for bots that are mentioned by what they are called."""
    for mark in map(mapping, reversed(marks) if isinstance(marks, list) else ()):
        user = mapping(mark.get("user"))
        name, at, length = _word(user.get("username")), mark.get("offset"), mark.get("length")
        if mark.get("type") != "text_mention" or user.get("is_bot") is not True or not name:
            continue
        if isinstance(at, int) and isinstance(length, int) and at >= 0 and length > 0:
            units = text.encode("utf-16-le", "surrogatepass")  # Telegram counts these
            before, after = units[: 2 * at], units[2 * (at + length) :]
            parts = (part.decode("utf-16-le", "replace") for part in (before, after))
            text = f"@{name}".join(parts)
    return text


def _thread(message: Mapping[object, object]) -> int | None:
    # replies in an ordinary group have a thread id too, which nothing can be sent to
    topic = message.get("is_topic_message") is True
    return _number(message.get("message_thread_id")) if topic else None


def _chat(chat: Mapping[object, object]) -> tuple[int | None, bool]:
    chat_id = _number(chat.get("id"))
    kind = chat.get("type")
    if not isinstance(kind, str):
        # people have positive ids, groups and channels negative ones
        return chat_id, chat_id is not None and chat_id > 0
    return chat_id, kind == "private"


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MAX_ID:
        return value
    return None
