"""The country that a person is in: it decides which emergency number is named."""

from __future__ import annotations

from dataclasses import replace

from backbot.bot.parts import Work
from backbot.bot.recall import ChatMemory
from backbot.bot.speech import chat_of
from backbot.bot.talk import Talk
from backbot.bot.updates import Incoming

_MOST_WORDS = 5
"""An answer to "which country?" is no longer than this."""
_AROUND_COUNTRIES = frozenset(
    {"i", "i'm", "i’m", "im", "am", "we", "we're", "we’re", "are", "live", "from", "in", "please"}
)
_NO_CODES = frozenset({"am", "be", "do", "is", "it", "me", "my", "no", "so", "to"})
"""Words that are countries' codes, too; as codes they are written in capitals."""
_FLAG_A = 0x1F1E6
"""The first of 26 characters, two of which make a flag: the letters of the country's code."""
_FLAGS = str.maketrans({chr(_FLAG_A + n): chr(ord("A") + n) for n in range(26)})


class Country:
    """Asks where the person in pain is. Nothing here lowers an open warning.

    Args:
        talk: The assistant, what is remembered, and what can be said.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._texts = talk.texts
        self._asked: ChatMemory[str, bool] = ChatMemory(per_chat=1)

    def take(self, incoming: Incoming, named: str) -> Work:
        """Take in a country that was named; ask for one where none was, or none is known so."""
        kept = self._talk.conversations.load(incoming)
        found = self._named_country(named)
        if found is None:
            self._asked.put(chat_of(incoming), "", value=True)
            text = self._texts.words(incoming, "country_unknown" if named else "which_country")
            number = self._texts.local(incoming, "emergency_info")
            return self._texts.text(incoming, f"{text}\n\n{number}")
        code, name, number = found
        now_there = replace(kept, country=code, updated_at=self._talk.clock())
        self._talk.conversations.save(incoming, kept, now_there)
        return self._texts.tell(incoming, "country_now", number=number, name=name)

    def just_asked(self, incoming: Incoming) -> bool:
        """Whether the chat was asked for a country last; asked once."""
        asked = self._asked.get(chat_of(incoming), "") is not None
        self._asked.forget(chat_of(incoming))
        return asked

    def is_named_by(self, text: str) -> bool:
        """Whether a text is the answer to "which country?", and nothing else."""
        if text.strip(" .!,") in _NO_CODES or self._named_country(text) is None:
            return False
        return not self._talk.look.alarming_alone(text)

    def _named_country(self, text: str) -> tuple[str, str, str] | None:
        """Code, name and number of a country that a few words name; a flag does, too."""
        words = text.translate(_FLAGS).strip(" .!,").split()
        if not words or len(words) > _MOST_WORDS:
            return None
        telling = " ".join(word for word in words if word.lower() not in _AROUND_COUNTRIES)
        found = self._talk.assistant.country(" ".join(words))  # "in" alone is India
        if found is None and telling not in {"", *_NO_CODES}:
            found = self._talk.assistant.country(telling)
        return found
