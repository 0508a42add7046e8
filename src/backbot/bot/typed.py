"""Words that come with a message and are not its text: which of them are read for danger signs.

A person in trouble may tell it in a poll's option or in the name of a place they send. Text and
caption are the message itself and are read as such; of everything else in Bot API's Message that
holds text, this says what is done. What is read counts only where it tells of danger by itself:
it is no question, and nothing is answered to it.

| field | read | why |
|---|---|---|
| text, caption | as the message | |
| poll, poll_option_added | question, description, explanation, options | typed by the sender |
| checklist, checklist_tasks_added | title, tasks | typed by the sender |
| contact | first and last name | typed; not the vCard: an address book's notes on somebody else |
| venue | title, address | typed, or chosen, by the sender; the other fields are codes |
| document, video | the file's name, without its ending | people name what they send |
| gift, gift_upgrade_sent | the message with it | typed by the sender |
| forum_topic_created, forum_topic_edited | the topic's name | typed by the sender |
| quote, external_reply | the quote; of the message elsewhere what is in this table | the sender points at it |
| reply_to_message | in groups, where a person wrote it: its text and what is in this table | in private it was read when it came, or is the bot's own |
| audio | no | songs are called Numb and Suicide; the names come from the file |
| animation | no | named by a library of GIFs; so is the document that comes with it |
| sticker, dice | no | a sticker pack's name and an emoji, by whoever made the pack |
| game, invoice, web_app_data, reply_markup, via_bot | no | written by programs and shops |
| giveaway, giveaway_winners, giveaway_completed | no | advertising of channels |
| voice, video_note, photo, live_photo, new_chat_photo, story, paid_media, unique_gift | no | ids and types alone |
| poll_option_deleted | no | it was taken back, and read when it was added |
| pinned_message, checklist_tasks_done | no | messages that were read when they came |
| chat, from_user, sender_chat, sender_business_bot, author_signature, sender_tag, forward_origin, reply_to_story, direct_messages_topic, guest_bot_caller_user, guest_bot_caller_chat | no | names of people and chats: the same with every message |
| chat_owner_changed, chat_owner_left, managed_bot_created, proximity_alert_triggered, video_chat_participants_invited | no | the same in news of a chat |
| new_chat_members, left_chat_member, users_shared, chat_shared | no | names that other people gave themselves |
| new_chat_title | no | a group's name, said to nobody |
| connected_website, write_access_allowed, link_preview_options | no | addresses and names of programs |
| entities, caption_entities | no | mark text that is read; a hidden address is no speech |
| successful_payment, refunded_payment, passport_data | no | forms, and encrypted: the bot takes neither |
| suggested_post_declined, suggested_post_paid, suggested_post_refunded, suggested_post_info, suggested_post_approved, suggested_post_approval_failed | no | between a channel and who writes for it |
| chat_background_set, effect_id, media_group_id, business_connection_id, guest_query_id, reply_to_poll_option_id | no | codes |
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

_CARRYING = frozenset(
    {
        "checklist",
        "checklist_tasks_added",
        "contact",
        "document",
        "forum_topic_created",
        "forum_topic_edited",
        "gift",
        "gift_upgrade_sent",
        "poll",
        "poll_option_added",
        "venue",
        "video",
    }
)
_FIELDS = {
    "checklist": ("title",),
    "forum_topic_created": ("name",),
    "forum_topic_edited": ("name",),
    "gift": ("text",),
    "gift_upgrade_sent": ("text",),
    "poll": ("question", "description", "explanation"),
    "poll_option_added": ("option_text",),
    "venue": ("title", "address"),
}
_LISTS = {"checklist": "tasks", "checklist_tasks_added": "tasks", "poll": "options"}
_BETWEEN_WORDS = re.compile(r"[\s_.+-]+")
_LONGEST_NAME = 255


def beside(message: Mapping[object, object], *, private: bool) -> str:
    """What came with a message and may tell of danger, a line each. Never raises.

    Args:
        message: As Telegram sends it.
        private: Whether it was written in a person's chat with the bot.
    """
    found = list(_typed(message))
    other, quote = mapping(message.get("reply_to_message")), mapping(message.get("quote"))
    if message.get("external_reply") is not None:
        found += [quote.get("text"), *_typed(mapping(message["external_reply"]))]
    # in private it is the person's own, which was read when it came, or the bot's
    elif not private and mapping(other.get("from")).get("is_bot") is False:
        found.append(quote.get("text") or other.get("text") or other.get("caption"))
        found += _typed(other)
    return "\n".join(sound(each) for each in found if isinstance(each, str) and each.strip())


def _typed(message: Mapping[object, object]) -> Iterator[object]:
    """The words in one message, by the table above; what has the wrong type is left to others."""
    if _CARRYING.isdisjoint(message):
        return
    for kind, fields in _FIELDS.items():
        yield from (mapping(message.get(kind)).get(field) for field in fields)
    for kind, listed in _LISTS.items():
        several = mapping(message.get(kind)).get(listed)
        for each in several if isinstance(several, list) else ():
            yield mapping(each).get("text")
    contact = mapping(message.get("contact"))
    names = (contact.get("first_name"), contact.get("last_name"))
    yield " ".join(name for name in names if isinstance(name, str))
    files = ("video",) if message.get("animation") is not None else ("document", "video")
    for kind in files:
        name = mapping(message.get(kind)).get("file_name")
        if isinstance(name, str):
            stem = PurePosixPath(name[-_LONGEST_NAME:].replace("\\", "/")).stem
            yield _BETWEEN_WORDS.sub(" ", stem).strip()


def sound(text: str) -> str:
    """Without half a surrogate pair, which JSON can carry and no encoder downstream takes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mapping(value: object) -> Mapping[object, object]:
    """The value where it is an object, else an empty one."""
    # asking for dict first: a Mapping is looked for through all the classes that may be one
    return value if isinstance(value, (dict, Mapping)) else {}
