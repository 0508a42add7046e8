"""The interface in the language of the person's Telegram, and what else a person meets."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from backbot.bot import tongues, wording
from backbot.bot.handlers import Handler
from backbot.bot.questions import _signs
from backbot.bot.render import utf16_units
from backbot.bot.tongues import assistants, language_of, languages, said
from backbot.model import Escalation, Finding, Tier
from backbot.state.memory import MemoryConversationStore
from backbot.triage.languages import load_languages
from bot.fake_assistant import FakeAssistant

PLACEHOLDER = re.compile(r"\{(\w+)\}")
ENGLISH_ELSEWHERE = {"start", "help", "privacy", "forgotten", "not_allowed", "nothing_yet"}
ENGLISH_ELSEWHERE |= {"topics_intro", "cannot_read"}


@pytest.fixture
def clinic(assistant):
    """The real handler of a clinic in Britain."""
    return Handler(assistant, MemoryConversationStore(3600), country="gb")


def sender(language):
    """Somebody with that language in Telegram."""
    return {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": language}


# ---------------------------------------------------------------------- the table


def test_the_interface_speaks_the_languages_of_the_escalation_rules():
    """All that can be recognised, but for Hindi in Latin letters: no Telegram is set to that."""
    assert set(languages()) == set(load_languages()) - {"hi-Latn"}


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_sentence_with_its_placeholders(language):
    """And the same marks; a sentence that is missing would be English in the middle."""
    texts, first = tongues._texts()[language], tongues._texts()[languages()[0]]
    assert set(texts) == set(first)
    for key, text in texts.items():
        english = text if key in ENGLISH_ELSEWHERE else getattr(wording, key.upper())
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english)), key
        assert text.count("**") % 2 == 0
        commands = set(re.findall(r"/[a-z]+", text))
        assert commands <= {f"/{name}" for name, _ in wording.COMMANDS}
        assert commands >= set(re.findall(r"/(?:forget|topics|emergency)\b", english)), key


def test_every_fixed_sentence_is_translated():
    """A new constant of the chat must not be forgotten in the table."""
    texts = tongues._texts()[languages()[0]]
    constants = {n.lower() for n, v in vars(wording).items() if n.isupper() and type(v) is str}
    assert constants - set(texts) == {"group", "last_resort"}


@pytest.mark.parametrize("language", languages())
def test_captions_and_buttons_fit(language):
    """1024 units beside a file; a button is cut at 60 characters."""
    values = {"turns": 4, "signs": 99, "hours": 8760, "questions": 999}
    assert utf16_units(said("my_data", language, **values)) <= 1024
    texts = tongues._texts()[language]
    assert all(len(text) <= 60 for key, text in texts.items() if key.startswith("button_"))


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("pt-br", "pt"),
        ("ES", "es"),
        ("fil", "tl"),
        ("zh-hans", "en"),
        ("en", "en"),
        ("", "en"),
        ("x" * 60, "en"),
        ("de_AT", "de"),
    ],
)
def test_a_tag_becomes_a_language(code, language):
    """IETF tags as Telegram sends them; English where there is nothing better."""
    assert language_of(code) == language


@pytest.mark.parametrize("language", languages())
def test_no_text_loses_the_number(language):
    """Whatever ends with the safety net names the number, or leaves the English text to it."""
    more = {"english": "In English: 999.", "hours": "24"}
    for key in ("start", "emergency_info", "cannot_read", "forgotten"):
        assert "112" in assistants(key, language, number="112", **more)
        assert "999" in assistants(key, language, number="", **more)
    assert assistants("failsafe", language, number="112", **more) == "In English: 999."


# ---------------------------------------------------------------------- in the chat


async def test_somebody_with_a_spanish_telegram_is_spoken_to_in_spanish(server, running, clinic):
    """Who this is, what it cannot read, buttons; the answer is the articles'."""
    ana = {"from": sender("es")}
    async with running(clinic):
        await server.write("/start", **ana)
        await server.write(None, voice={"file_id": "x"}, **ana)
        await server.write("does heat help?", **ana)
        await server.write("my leg is numb", **ana)
        start, voice, answer, warning, _ = await server.messages(5)
    assert start.text.startswith("Hola.")
    assert "llame al 999" in start.text
    assert start.text.endswith("<start> & 112")  # what it says more than the Spanish
    assert "999" in voice.text
    assert voice.text.endswith(said("dictation", "es"))
    assert "Más" in answer.labels()
    assert answer.text.startswith("Heat relaxes muscles")
    assert "specialist" in warning.text
    assert server.refusals == []


async def test_a_late_reply_says_so_in_the_person_s_language(server, running, clinic):
    """The remark, not the answer."""
    async with running(clinic):
        await server.write("does heat help?", date=1_000_000_000, **{"from": sender("de")})
        await server.messages(1)
        await server.write(
            "does heat help?",
            date=int(__import__("time").time()) - 600,
            **{"from": sender("de")},
        )
        _, late = await server.messages(2)
    assert late.text.startswith("Das haben Sie vor 10 Minuten geschickt")


async def test_the_country_can_be_answered_in_one_word(server, running, handler):
    """After the question; a text that is none is a question, and a warning sign comes first."""
    async with running():
        await server.write("/country")
        await server.write("gb")
        await server.write("gb")
        _, now, answer = await server.messages(3)
        assert now.text.endswith("☎️ 999")
        assert answer.text.startswith("Heat")
        await server.write("/country", chat=8)
        await server.write("I cannot pee", chat=8)
        _, warning = await server.messages(2, chat=8)
    assert "Call 112 now" in warning.text


class Remembering(FakeAssistant):
    """Says the warning again under whatever comes, as the real one does."""

    def begin(self, text, conversation, now):
        """The open emergency's own message."""
        turn = super().begin(text, conversation, now)
        if turn.escalation is None and conversation.triage.open_tier is Tier.EMERGENCY:
            turn = replace(turn, escalation=Escalation("Call 112 now, again.", ()))
        return turn

    def country(self, text):
        """A few."""
        codes = {"gb": "GB", "united kingdom": "GB", "no": "NO", "norway": "NO", "in": "IN"}
        code = codes.get(text.lower().removeprefix("the "))
        return (code, code, f"number of {code}") if code else None


def test_the_country_can_be_set_right_while_an_emergency_is_open():
    """The warning names its number: whoever is abroad must be able to change it."""
    handler = Handler(Remembering(), MemoryConversationStore(60))

    def said(text):
        body = {"message_id": 1, "text": text, "chat": {"id": 7, "type": "private"}}
        update = {"update_id": 1, "message": {**body, "from": {"id": 7, "is_bot": False}}}
        return "\n".join(part.plain for part in handler.handle(update))

    assert "Call 112 now" in said("I cannot pee")
    assert "Call 112 now, again." in said("ok?")
    assert "number of NO" in said("/country NO")
    assert "number of GB" in said("/country 🇬🇧")
    assert "number of NO" in said("/country we are in Norway please")
    assert "nothing has changed" in said("/country it is")
    assert "nothing has changed" in said("/country somewhere far from here in the hills")
    assert "Call 112 now" in said("/country norway and now I cannot pee")
    said("/country")
    assert "number of" not in said("no")
    said("/country")
    assert "number of GB" in said("I'm in the United Kingdom")


async def test_my_data_is_a_file_with_all_that_is_kept(server, running):
    """Words, signs, questions, numbers of messages; the caption says it in short."""
    async with running():
        first = await server.write("my leg is numb")
        await server.messages(2)
        await server.write("/mydata")
        sent = (await server.messages(3))[2]
    assert sent.file_name == "my-data.json"
    kept = json.loads(sent.file)
    assert kept["your_last_messages"] == ["my leg is numb"]
    assert kept["open_warning"]["tier"] == "nerve"
    assert kept["message_numbers"][0]["yours"] == first
    assert "Messages of yours kept for follow-up questions: 1" in sent.text
    assert server.refusals == []


def test_words_that_were_read_are_told_once():
    """Overlapping signs are one stretch of what was typed; others stay apart."""
    text = "cant pee since this morning and my legs are numb, also fever"

    def found(span):
        at = text.index(span)
        return Finding("R", "c", span, at, at + len(span))

    findings = (found("legs are numb"), found("cant pee"), found("pee since"), found("fever"))
    assert _signs(findings, text) == ("cant pee since", "legs are numb", "fever")
    # a text that is not the one that was read: each as it is
    assert _signs(findings[:2], "something else") == ("legs are numb", "cant pee")
