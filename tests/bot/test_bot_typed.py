"""Every field of Telegram's that can hold words is argued about, those of its next version too."""

from __future__ import annotations

import inspect
import re

import telegram
from telegram import TelegramObject

from backbot.bot import typed, updates


def holds_text(annotation: object, seen: frozenset[type] = frozenset()) -> bool:
    """Whether what stands there in the installed library is, or somewhere holds, a string."""
    names = re.findall(r"[A-Za-z_]+", str(annotation))
    kinds = {getattr(telegram, name, None) for name in names} - seen - {TelegramObject}
    found = [k for k in kinds if isinstance(k, type) and issubclass(k, TelegramObject)]
    fields = (each for k in found for each in inspect.signature(k).parameters.values())
    inner = (each.annotation for each in fields if each.name != "api_kwargs")
    return "str" in names or any(holds_text(each, seen | set(found)) for each in inner)


def test_every_field_that_can_hold_words_is_in_the_table():
    """And nothing is in the table that there is not."""
    rows = re.findall(r"^\| ([a-z_, ]+) \|", typed.__doc__ or "", re.MULTILINE)
    table = {name for row in rows for name in row.split(", ")} - {"field"}
    fields = inspect.signature(telegram.Message).parameters
    with_text = {name for name, each in fields.items() if holds_text(each.annotation)}
    assert len(with_text) > 30
    assert with_text - table == {"api_kwargs"}
    assert table <= set(fields)


def test_every_kind_of_update_is_known():
    """What is not, is answered with the safety sentence: people would wonder what they did."""
    known = {*updates._KINDS, *updates._SILENT}
    assert {str(kind) for kind in telegram.Update.ALL_TYPES} <= known


def test_every_kind_of_content_and_of_news_is_known():
    """To news in a chat nothing is said; what a person sends gets a kind sentence."""
    by_the_way = {
        "api_kwargs", "author_signature", "business_connection_id", "caption", "caption_entities",
        "chat", "date", "direct_messages_topic", "edit_date", "effect_id", "entities",
        "external_reply", "forward_origin", "from_user", "guest_bot_caller_chat",
        "guest_bot_caller_user", "guest_query_id", "has_media_spoiler", "has_protected_content",
        "is_automatic_forward", "is_from_offline", "is_paid_post", "is_topic_message",
        "link_preview_options", "media_group_id", "message_id", "message_thread_id",
        "paid_star_count", "quote", "reply_markup", "reply_to_checklist_task_id",
        "reply_to_message", "reply_to_poll_option_id", "reply_to_story", "sender_boost_count",
        "sender_business_bot", "sender_chat", "sender_tag", "show_caption_above_media",
        "suggested_post_info", "text", "via_bot",
    }  # fmt: skip
    fields = set(inspect.signature(telegram.Message).parameters) - by_the_way
    assert fields <= updates._UNREADABLE | updates._SERVICE
