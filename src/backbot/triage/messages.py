"""Every fixed text: loading them strictly, filling them in, and a copy for when loading fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import cache
from pathlib import Path

from backbot.errors import RuleError
from backbot.frozen import dataclass
from backbot.triage.languages import Language, load_languages
from backbot.triage.lint import lint
from backbot.triage.tables import PROVENANCE_KEYS, RULES_DIR, Provenance, Row, read_table

FULL_KEYS = ("emergency", "emergency_call", "emergency_trauma", "urgent", "nerve", "crisis")
"""Messages of a tier; each has a third-person variant, `<key>_other`."""

KEYS = frozenset(FULL_KEYS) | {f"{key}_other" for key in FULL_KEYS}
KEYS |= {"safety_net", "emergency_info", "nerve_info", "emergency_short", "crisis_short"}
KEYS |= {"emergency_cannot_go", "emergency_waits", "emergency_goes"}
KEYS |= {"urgent_short", "nerve_short", "gone_emergency", "gone_other", "seen", "window_end"}
KEYS |= {"routine_review", "cannot_read", "failsafe", "vet", "ask", "ask_change", "ask_crisis"}

MOST_WORDS, MOST_CHARS = 90, 4096
_UNKNOWN_NUMBER = "your local emergency number (112, 999, 911 or 000 in many countries)"
_TELEPHONE = "☎️"
_FOREIGN_SENTENCE_END = re.compile(r"(?<=[.!?؟।])[ \n]+")
_UNKNOWN_CRISIS_LINE = "a local crisis line"

FALLBACK: Mapping[str, str] = {
    "emergency": (
        "🚨 **This could be an emergency. Please get help now.**\n"
        f"☎️ Call {_UNKNOWN_NUMBER}\n"
        "or go to the nearest hospital emergency department straight away.\n"
        "Do not wait to see if it gets better. Do not drive yourself.\n"
        "I am an automated assistant. I cannot examine you, and nobody is watching this chat live."
    ),
    "crisis": (
        "💛 **I am really sorry you are hurting this much. You deserve help right now.**\n"
        "If you are not safe, call now:\n"
        f"☎️ {_UNKNOWN_NUMBER}\n"
        "If you can, tell a person you trust and stay with them.\n"
        "I am an automated assistant and nobody is watching this chat live."
    ),
    "failsafe": (
        "Something went wrong and I cannot answer just now. "
        "For help with your back call your doctor or clinic.\n"
        f"Call {_UNKNOWN_NUMBER} at once for any of these:\n"
        "• numbness around the genitals or bottom\n"
        "• new trouble peeing or pooing\n"
        "• both legs weak or numb\n"
        "• an arm or leg getting weaker"
    ),
}
"""What is said when the packaged files cannot be read; part of the program on purpose."""

_VALUES = frozenset({"clinic_name", "clinic_phone", "clinic_url", "urgent_line", "opens"})
_ALWAYS = frozenset({"emergency_number", "crisis_line", "safety_net"})
_NEEDS = _VALUES | {"clinic_closed", "clinic_not_closed", "number_known"}
_MESSAGE_KEYS = PROVENANCE_KEYS | {"key", "sentences"}
_TRANSLATION_KEYS = PROVENANCE_KEYS | {"key", "language", "text"}
_NUMBER_KEYS = frozenset({"country", "name", "number", "other", "confidence", "checked"})
_CRISIS_KEYS = frozenset({"country", "number", "confidence", "checked"})
_WINDOW_KEYS = frozenset({"emergency_hours", "urgent_hours", "nerve_hours"})
_PLACEHOLDER = re.compile(r"\{(\w{1,40})\}")
_PHONE = re.compile(r"[\d ]{2,24}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_WINDOW_HOURS = 8760

# In another language there are fewer texts; these keys have one, all others at most the net.
# A [[translation]] of the key goes before.
_LANGUAGE_TEXT = {
    "emergency": "emergency",
    "emergency_call": "emergency",
    "emergency_trauma": "emergency",
    "emergency_short": "emergency",
    "emergency_cannot_go": "emergency",
    "emergency_waits": "emergency",
    "emergency_goes": "emergency",
    "gone_emergency": "emergency",
    "crisis": "crisis",
    "crisis_short": "crisis",
    "urgent": "urgent",
    "nerve": "nerve",
    "nerve_info": "nerve",
    "safety_net": "safety_net",
}


@dataclass(frozen=True, slots=True)
class MessageValues:
    """What fills the placeholders; "" where the clinic has not said.

    Attributes:
        clinic_name: As people know it.
        clinic_phone: Of the clinic.
        clinic_url: Of the clinic's booking page.
        urgent_line: Phone number of an urgent or out-of-hours service.
        country: ISO code that chooses the emergency number.
        clinic_open: Whether the clinic is open now; None where no hours are set.
        opens: When it opens next, "on Monday at 08:00"; used only while it is closed.
    """

    clinic_name: str = ""
    clinic_phone: str = ""
    clinic_url: str = ""
    urgent_line: str = ""
    country: str = ""
    clinic_open: bool | None = None
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a message.

    Attributes:
        text: With placeholders; a leading newline begins a new line.
        needs: What must be known for it to be said.
        otherwise: Said only when nothing before it in its choice was.
    """

    text: str
    needs: frozenset[str] = frozenset()
    otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One fixed text.

    Attributes:
        key: What the engine calls it.
        provenance: Version, sources and review.
        sentences: In order.
    """

    key: str
    provenance: Provenance
    sentences: tuple[Sentence, ...]

    def always_names(self, placeholder: str) -> bool:
        """Whether the placeholder stands in a sentence that is said whatever is known."""
        return any(
            f"{{{placeholder}}}" in sentence.text
            for sentence in self.sentences
            if not sentence.needs and not sentence.otherwise
        )

    def compose(self, known: frozenset[str], fill: Callable[[str], str]) -> str:
        """The text for what is known.

        Args:
            known: Names of `needs` that hold.
            fill: Gives the value of a placeholder.
        """
        parts: list[str] = []
        said = False
        for sentence in self.sentences:
            if sentence.otherwise and said:
                continue
            said = sentence.needs <= known
            if said:
                parts.append(_PLACEHOLDER.sub(lambda match: fill(match[1]), sentence.text))
        return " ".join(parts).replace(" \n", "\n").strip()


@dataclass(frozen=True, slots=True)
class Translation:
    """One message in another language, beside the texts of `languages.toml`.

    Attributes:
        provenance: Version, sources and review.
        text: With placeholders.
    """

    provenance: Provenance
    text: str


@dataclass(frozen=True, slots=True)
class Windows:
    """How long a tier stays open after its last sign.

    Attributes:
        emergency_hours: For emergency.
        urgent_hours: For urgent.
        nerve_hours: For nerve.
    """

    emergency_hours: int
    urgent_hours: int
    nerve_hours: int


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """One country's number.

    Attributes:
        number: Digits, perhaps with spaces.
        confidence: "A" widely published, "B" to be verified.
        checked: The day it was compared with an official source, "" for never.
        name: Of the country, "" where the file does not say.
        other: A second number that works too; for the clinic, never shown.
    """

    number: str
    confidence: str
    checked: str = ""
    name: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """All messages, numbers and windows that are in force.

    Attributes:
        messages: By key.
        numbers: Emergency numbers by ISO country code.
        crisis_lines: Crisis lines by ISO country code.
        unknown_number: Said where the emergency number is not known.
        unknown_crisis_line: Said where the crisis line is not known.
        windows: How long tiers stay open.
        translations: Messages in other languages, by (key, language code).
        overridden: Ids of the clinic's own rows, for `doctor` and the sheet.
    """

    messages: Mapping[str, Message]
    numbers: Mapping[str, PhoneNumber]
    crisis_lines: Mapping[str, PhoneNumber]
    unknown_number: str
    unknown_crisis_line: str
    windows: Windows
    translations: Mapping[tuple[str, str], Translation] = field(default_factory=dict)
    overridden: tuple[str, ...] = field(default=())

    def emergency_number(self, country: str) -> str:
        """The number to call, or words for it where the country is unknown."""
        row = self.numbers.get(country.strip().upper())
        return row.number if row else self.unknown_number

    def crisis_line(self, country: str) -> str:
        """The crisis line to call, or words for it where the country is unknown."""
        row = self.crisis_lines.get(country.strip().upper())
        return row.number if row else self.unknown_crisis_line


# --------------------------------------------------------------------------- reading


def _sentence(item: object, row: Row, *, may_continue: bool) -> Sentence:
    if isinstance(item, str):
        sentence = Sentence(item)
    elif isinstance(item, dict):
        inner = Row(row.file, row.name, item)
        inner.expect_only(frozenset({"text", "otherwise", "needs"}))
        otherwise = "otherwise" in item
        if otherwise and not may_continue:
            raise row.error("'otherwise' follows no sentence with 'needs'")
        if otherwise == ("text" in item):
            raise row.error("a sentence has either 'text' or 'otherwise'")
        if not otherwise and "needs" not in item:
            raise row.error("a sentence without 'needs' is written as a plain string")
        needs = frozenset(inner.texts("needs") if "needs" in item else ())
        sentence = Sentence(inner.text("otherwise" if otherwise else "text"), needs, otherwise)
    else:
        raise row.error("'sentences' must hold strings and tables")
    _check_sentence(sentence, row)
    return sentence


def _check_sentence(sentence: Sentence, row: Row) -> None:
    if not sentence.text.strip():
        raise row.error("a sentence is empty")
    if unknown := sorted(sentence.needs - _NEEDS):
        raise row.error(f"unknown need {unknown[0]!r}; known are {', '.join(sorted(_NEEDS))}")
    named = set(_PLACEHOLDER.findall(sentence.text))
    if unknown := sorted(named - _VALUES - _ALWAYS):
        raise row.error(f"unknown placeholder {{{unknown[0]}}}")
    if unguarded := sorted((named & _VALUES) - sentence.needs):
        raise row.error(
            f"{{{unguarded[0]}}} stands in a sentence that does not list it in 'needs'"
        )
    if set("{}") & set(_PLACEHOLDER.sub("", sentence.text)):
        raise row.error("a curly bracket stands alone")
    if sentence.text.count("**") % 2:
        raise row.error("a ** has no partner in its sentence")


def _message(row: Row) -> Message:
    row.expect_only(_MESSAGE_KEYS)
    key = row.one_of("key", KEYS)
    sentences: list[Sentence] = []
    for item in row.items("sentences", at_least=1):
        open_choice = bool(sentences) and bool(sentences[-1].needs)
        sentences.append(_sentence(item, row, may_continue=open_choice))
    message = Message(key, row.provenance(), tuple(sentences))
    if key == "safety_net" and any("{safety_net}" in s.text for s in sentences):
        raise row.error("the safety net cannot hold itself")
    if not any(not s.needs for s in sentences):
        raise row.error("at least one sentence must always be said")
    return message


def _messages(table: Row) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for row in table.rows("message"):
        message = _message(row)
        if message.key in messages:
            raise row.error(f"the message {message.key!r} stands twice")
        messages[message.key] = message
    return messages


def _translations(table: Row) -> dict[tuple[str, str], Translation]:
    found: dict[tuple[str, str], Translation] = {}
    for row in table.rows("translation"):
        row.expect_only(_TRANSLATION_KEYS)
        place = (row.one_of("key", KEYS), row.text("language"))
        text = row.text("text")
        if place in found:
            raise row.error(f"{place[0]!r} stands twice in {place[1]}")
        if unknown := sorted(set(_PLACEHOLDER.findall(text)) - _ALWAYS):
            raise row.error(f"unknown placeholder {{{unknown[0]}}}")
        if "{emergency_number}" not in text:
            raise row.error("must say {emergency_number}")
        if count_words(text) > MOST_WORDS:
            raise row.error(f"is {count_words(text)} words long; at most {MOST_WORDS} are read")
        found[place] = Translation(row.provenance(), text)
    return found


def _numbers(table: Row, key: str, allowed: frozenset[str]) -> dict[str, PhoneNumber]:
    numbers: dict[str, PhoneNumber] = {}
    for row in table.rows(key, "country"):
        row.expect_only(allowed)
        country, number = row.text("country"), row.text("number")
        if not _COUNTRY.fullmatch(country):
            raise row.error("'country' must be two capital letters (ISO 3166)")
        if not _PHONE.fullmatch(number):
            raise row.error("'number' must be digits and spaces")
        if country in numbers:
            raise row.error(f"{country} stands twice in {key!r}")
        row.day("checked")
        numbers[country] = PhoneNumber(
            number=number,
            confidence=row.one_of("confidence", frozenset("AB")),
            checked=row.text("checked", empty=True),
            name=row.text("name") if "name" in row.data else "",
            other=row.text("other", empty=True) if "other" in row.data else "",
        )
    return numbers


def _windows(table: Row, default: Windows | None) -> Windows:
    data = table.data.get("windows")
    if not isinstance(data, dict):
        if data is None and default is not None:
            return default
        raise table.error("'windows' must be a table")
    row = Row(table.file, "windows", data)
    row.expect_only(_WINDOW_KEYS)
    hours = {
        key: getattr(default, key)
        if default is not None and key not in data
        else row.whole(key, 1, _LONGEST_WINDOW_HOURS)
        for key in sorted(_WINDOW_KEYS)
    }
    return Windows(**hours)


@cache
def packaged() -> Wording:
    """What comes with the program; read once.

    Raises:
        RuleError: A packaged file cannot be read, lacks a message or is malformed.
    """
    texts = read_table(RULES_DIR / "messages.toml")
    texts.expect_only(frozenset({"windows", "message", "translation"}))
    messages = _messages(texts)
    if missing := sorted(KEYS - set(messages)):
        raise texts.error(f"the message {missing[0]!r} is missing")
    table = read_table(RULES_DIR / "numbers.toml")
    table.expect_only(frozenset({"unknown_number", "unknown_crisis_line", "number", "crisis"}))
    return Wording(
        messages=messages,
        numbers=_numbers(table, "number", _NUMBER_KEYS),
        crisis_lines=_numbers(table, "crisis", _CRISIS_KEYS),
        unknown_number=table.text("unknown_number"),
        unknown_crisis_line=table.text("unknown_crisis_line"),
        windows=_windows(texts, None),
        translations=_translations(texts),
    )


def load_override(path: Path, *, also: frozenset[str] = frozenset()) -> Wording:
    """The packaged wording with a clinic's own messages, numbers and windows in place.

    The file has the form of the packaged ones: `[[message]]`, `[[translation]]`, `number = [...]`,
    `crisis = [...]` and `[windows]`, each only as far as the clinic wants it otherwise. A message
    that names the emergency number, a crisis line or the safety net must still do so in every
    case, must not be longer than allowed and must not say what may never be said.

    Args:
        path: The clinic's file (BACKBOT_RULES_FILE).
        also: Other top-level keys of the file, which another reader takes (added rules).

    Returns:
        A new value; the packaged one is untouched.

    Raises:
        RuleError: The file cannot be read or is malformed. Keep what was in force before.
    """
    base = packaged()
    table = read_table(path)
    table.expect_only(frozenset({"message", "translation", "number", "crisis", "windows"}) | also)
    messages = _messages(table)
    numbers = _numbers(table, "number", _NUMBER_KEYS)
    crisis_lines = _numbers(table, "crisis", _CRISIS_KEYS)
    translations = _translations(table)
    for key, message in messages.items():
        _check_override(Row(table.file, message.provenance.id, {}), message, base.messages[key])
    merged = replace(
        base,
        messages={**base.messages, **messages},
        numbers={**base.numbers, **numbers},
        crisis_lines={**base.crisis_lines, **crisis_lines},
        windows=_windows(table, base.windows),
        translations={**base.translations, **translations},
        overridden=(
            *(message.provenance.id for message in messages.values()),
            *(translation.provenance.id for translation in translations.values()),
            *(f"number {country}" for country in numbers),
            *(f"crisis {country}" for country in crisis_lines),
            *(("windows",) if "windows" in table.data else ()),
        ),
    )
    # A longer safety net lengthens every message that holds it.
    for key in merged.messages if "safety_net" in messages else messages:
        _check_rendered(Row(table.file, key, {}), key, merged)
    return merged


def _check_override(row: Row, message: Message, original: Message) -> None:
    for name in ("emergency_number", "crisis_line", "safety_net"):
        if original.always_names(name) and not message.always_names(name):
            raise row.error(f"must say {{{name}}} in a sentence without 'needs'")


def _check_rendered(row: Row, key: str, wording: Wording) -> None:
    bare = MessageValues()
    full = MessageValues("The Clinic", "01234 567890", "example.org", "111", "GB", None, "")
    for values in (bare, full, replace(full, clinic_open=False, opens="on Monday at 08:00")):
        text = render_message(key, values, wording=wording)
        words = count_words(text)
        if words > MOST_WORDS or len(text) > MOST_CHARS:
            raise row.error(f"is {words} words long; at most {MOST_WORDS} are read")
        if hits := lint(text):
            raise row.error(f"says {hits[0].text!r}, which is never said: {hits[0].why}")


def count_words(text: str) -> int:
    """Words of a text; signs and pictures alone do not count."""
    return sum(any(char.isalnum() for char in word) for word in text.split())


# --------------------------------------------------------------------------- rendering


def render_message(
    key: str,
    values: MessageValues,
    *,
    language: str = "en",
    third_person: bool = False,
    wording: Wording | None = None,
) -> str:
    """One message, ready to be read.

    Args:
        key: One of `KEYS`.
        values: What is known of the clinic and the person's country.
        language: A code of `languages.toml`: that language's text comes first, then the English.
        third_person: Whether it is about somebody else.
        wording: What `load_override` gave; the packaged wording without.

    Returns:
        Plain text with `**bold**` marks. Never empty: where the packaged files cannot be read,
        the copy in `FALLBACK`.

    Raises:
        RuleError: There is no message of that name.
    """
    if key not in KEYS:
        raise RuleError(f"there is no message {key!r}.")
    try:
        wording = wording or packaged()
    except RuleError:
        return _fallback(key)
    chosen = f"{key}_other" if third_person and f"{key}_other" in wording.messages else key
    message = wording.messages[chosen]
    english = _render(message, values, wording)
    foreign = _foreign(key, message, values, language, wording)
    return f"{foreign}\n\n{english}" if foreign else english


def _render(message: Message, values: MessageValues, wording: Wording) -> str:
    given = {
        name: " ".join(str(getattr(values, name)).replace("*", "").split())
        for name in sorted(_VALUES)
    }
    closed = values.clinic_open is False
    if not closed:
        given["opens"] = ""
    known = frozenset(name for name, value in given.items() if value)
    known |= {"clinic_closed" if closed else "clinic_not_closed"}
    if values.country.strip().upper() in wording.numbers:
        known |= {"number_known"}

    def fill(name: str) -> str:
        if name == "safety_net":
            return wording.messages["safety_net"].compose(known, fill)
        if name == "emergency_number":
            return wording.emergency_number(values.country)
        if name == "crisis_line":
            return wording.crisis_line(values.country)
        return given[name]

    return message.compose(known, fill)


def _foreign(
    key: str, message: Message, values: MessageValues, code: str, wording: Wording
) -> str:
    try:
        language = load_languages().get(code)
    except RuleError:
        return ""
    base = key.removesuffix("_other")
    if language is None:
        return ""
    if translation := wording.translations.get((base, code)):
        return _fill_language(translation.text, language, values, wording)
    if base in _LANGUAGE_TEXT:
        return _fill_language(language.texts[_LANGUAGE_TEXT[base]], language, values, wording)
    if message.always_names("safety_net"):
        return _fill_language(language.texts["safety_net"], language, values, wording)
    return ""


def _laid_out(text: str) -> str:
    """As the English texts are: what it is about in bold, whom to call on a line of its own."""
    first, *sentences = _FOREIGN_SENTENCE_END.split(text)
    sign, _, said = first.partition(" ")
    if said and "{" not in said and not sign.isalnum():
        first = f"{sign} **{said}**"
    out = [first]
    for sentence in sentences:
        calls = "{emergency_number}" in sentence or "{crisis_line}" in sentence
        fresh = calls or out[-1].startswith(_TELEPHONE) or len(out) == 1
        if fresh:
            out.append(f"{_TELEPHONE} {sentence}" if calls else sentence)
        else:
            out[-1] += f" {sentence}"
    return "\n".join(out)


def _fill_language(text: str, language: Language, values: MessageValues, wording: Wording) -> str:
    country = values.country.strip().upper()
    number = wording.numbers.get(country)
    line = wording.crisis_lines.get(country)
    filled = {
        "emergency_number": number.number if number else language.unknown_number,
        "crisis_line": line.number if line else language.unknown_crisis_line,
    }
    text = _laid_out(text).replace("{safety_net}", language.texts["safety_net"])
    return _PLACEHOLDER.sub(lambda match: filled[match[1]], text)


def _fallback(key: str) -> str:
    if key.startswith("crisis"):
        return FALLBACK["crisis"]
    is_emergency = key.startswith("emergency") or key == "gone_emergency"
    return FALLBACK["emergency" if is_emergency else "failsafe"]


def emergency_number(country: str, *, wording: Wording | None = None) -> str:
    """The number to call in that country, or words for it where it is unknown."""
    try:
        return (wording or packaged()).emergency_number(country)
    except RuleError:
        return _UNKNOWN_NUMBER


def crisis_line(country: str, *, wording: Wording | None = None) -> str:
    """The crisis line of that country, or words for it where it is unknown."""
    try:
        return (wording or packaged()).crisis_line(country)
    except RuleError:
        return _UNKNOWN_CRISIS_LINE


def only_english(language: str) -> str:
    """That language's sentence "I can only answer in English. These are my topics:", or ""."""
    try:
        found = load_languages().get(language)
    except RuleError:
        return ""
    return found.texts["only_english"] if found else ""


_COUNTRY_NAMES = {
    "uk": "GB",
    "great britain": "GB",
    "britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "america": "US",
    "united states of america": "US",
    "uae": "AE",
    "emirates": "AE",
    "holland": "NL",
    "korea": "KR",
    "czech republic": "CZ",
    "turkey": "TR",
    "russia": "RU",
}


def find_country(text: str, *, wording: Wording | None = None) -> tuple[str, PhoneNumber] | None:
    """The country that a person named, and its number; None where it is unknown.

    Args:
        text: "GB", "gb", "India", "the uk".
        wording: What `load_override` gave; the packaged wording without.
    """
    wording = wording or packaged()
    name = " ".join(text.replace(".", "").casefold().removeprefix("the ").split())
    code = _COUNTRY_NAMES.get(name, name.upper())
    if code in wording.numbers:
        return code, wording.numbers[code]
    named = (row for row in wording.numbers.items() if row[1].name.casefold() == name)
    return next(named, None)
