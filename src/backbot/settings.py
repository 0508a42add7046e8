"""Environment and `.env` to `Settings`: read once, complete, or an error that names the variable.

Every setting is described where it is declared: what it does (`description`), and how a right
value looks (`right`), which every message about a wrong one ends with.
"""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from backbot.errors import SettingsError
from backbot.places import Folders, database_url, folders

__all__ = [
    "BUNDLED_MODEL",
    "PREFIX",
    "PUBLIC_BOT_API",
    "Folders",
    "OpeningHours",
    "Settings",
    "database_url",
    "folders",
    "load_settings",
    "parse_hours",
]

PREFIX = "BACKBOT_"
BUNDLED_MODEL = "all-MiniLM-L6-v2"
PUBLIC_BOT_API = "https://api.telegram.org"

# Read by the Makefile, which hands its own variables down to the program.
_NOT_OURS = frozenset({"BACKBOT_VENV"})

# Telegram promises that user ids fit in 52 bits.
_LARGEST_USER_ID = 2**52

_DEFAULT_HTTP_HOST = "127.0.0.1"
_DEFAULT_HTTP_PORT = 8080

_MAX_SHOWN = 60

# Notepad starts a file with a byte order mark, which would become part of the first name.
_ENV_FILE_ENCODING = "utf-8-sig"

# --------------------------------------------------------------------------- opening hours

_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOURS_RANGE = re.compile(
    r"(?P<first>[A-Za-z]{2})(?:\s*-\s*(?P<last>[A-Za-z]{2}))?"
    r"\s+(?P<opens>\d{1,2}:\d\d)\s*-\s*(?P<closes>\d{1,2}:\d\d)"
)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The same hours on some days of the week, in the clinic's time zone.

    Attributes:
        weekdays: As `date.weekday()` counts them: Monday is 0.
        opens: The first minute.
        closes: The minute when it closes, later on the same day.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time


def parse_hours(text: str) -> tuple[OpeningHours, ...]:
    """Read "Mo-Fr 08:00-18:00; Sa 09:00-12:00".

    Args:
        text: Ranges separated by semicolons; a range of days may run over Sunday ("Sa-Mo").

    Returns:
        One entry per range, in the order given; none for an empty text.

    Raises:
        ValueError: A range has another shape, an unknown day or time, or closes before it opens.
    """
    return tuple(_parse_range(part.strip()) for part in text.split(";") if part.strip())


def _parse_range(part: str) -> OpeningHours:
    match = _HOURS_RANGE.fullmatch(part)
    if match is None:
        raise ValueError(f"{part!r} is no range of days and hours.")
    first = _weekday(match["first"])
    last = _weekday(match["last"] or match["first"])
    opens, closes = _clock(match["opens"]), _clock(match["closes"])
    if closes <= opens:
        raise ValueError(f"{part!r} closes before it opens.")
    count = (last - first) % 7 + 1
    return OpeningHours(frozenset((first + day) % 7 for day in range(count)), opens, closes)


def _weekday(name: str) -> int:
    try:
        return _WEEKDAYS.index(name.capitalize())
    except ValueError:
        raise ValueError(f"{name!r} is no day: they are {', '.join(_WEEKDAYS)}.") from None


def _clock(text: str) -> time:
    hours, minutes = text.split(":")
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError(f"{text!r} is no time of day.") from None


# --------------------------------------------------------------------------- one value each


def _split_ids(value: object) -> object:
    """Read "1, 2" as two ids. Left to pydantic, "1" would be read as JSON and refused."""
    if isinstance(value, int):
        return [value]
    if not isinstance(value, str):
        return value
    ids = [part.strip() for part in value.split(",") if part.strip()]
    for user_id in ids:
        if not (user_id.isascii() and user_id.isdigit()):
            raise ValueError(f"{_shown(user_id)} is no user id.")
    return ids


def _strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("It must be one line of text.")
    return value


def _country(value: str) -> str:
    if value.upper() == "UK":
        raise ValueError("The code of the United Kingdom is GB.")
    if not (value.isascii() and value.isalpha() and len(value) == 2):  # noqa: PLR2004
        raise ValueError
    if value.upper() not in _countries():
        raise ValueError(f"There is no country {value.upper()}.")
    return value.upper()


def _countries() -> frozenset[str]:
    """ISO 3166 codes, as the time zone database lists them, and Kosovo's, which has none there."""
    table = resources.files("tzdata") / "zoneinfo" / "iso3166.tab"
    lines = table.read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] for line in lines if not line.startswith("#")) | {"XK"}


def _hours(value: str) -> str:
    parse_hours(value)
    return value


def _phone(value: str) -> str:
    if not any(character.isdigit() for character in value):
        raise ValueError("There is no digit in it.")
    return _one_line(value)


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        well_formed = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and not re.search(r"\s", value)
        )
    except ValueError:  # a port or an address in brackets that is none
        well_formed = False
    if not well_formed:
        raise ValueError
    return value


def _bot_api_root(value: str) -> str:
    root = value.rstrip("/")
    parts = urlsplit(root)
    if parts.query or parts.fragment:
        raise ValueError
    if re.search(r"/bot[^/]*$", parts.path):
        raise ValueError("Leave out /bot and all that follows it.")
    return root


def _time_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        zones = available_timezones()
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
        wanted = value.replace(" ", "_")
        near = difflib.get_close_matches(wanted, [*cities, *zones], n=1)
        hint = f"Did you mean {cities.get(near[0], near[0])}?" if near else ""
        raise ValueError(hint) from None


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _home(value: Path) -> Path:
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError("There is no such home folder.") from None


def _folder(value: Path) -> Path:
    # os.path, because Path.is_file raises where a parent folder may not be read
    if os.path.isfile(value):  # noqa: PTH113
        raise ValueError("That is a file.")
    return value


def _secret_shape(pattern: str) -> AfterValidator:
    shape = re.compile(pattern, re.ASCII)

    def check(secret: SecretStr) -> SecretStr:
        if not shape.fullmatch(secret.get_secret_value()):
            raise ValueError
        return secret

    return AfterValidator(check)


_UserIds = Annotated[
    frozenset[Annotated[int, Field(ge=1, lt=_LARGEST_USER_ID)]],
    NoDecode,
    BeforeValidator(_split_ids),
]
_Text = Annotated[str, BeforeValidator(_strip), AfterValidator(_one_line)]
_Url = Annotated[str, BeforeValidator(_strip), AfterValidator(_url)]
_Folder = Annotated[Path, BeforeValidator(_strip), AfterValidator(_home), AfterValidator(_folder)]
_File = Annotated[Path, BeforeValidator(_strip), AfterValidator(_home)]
_Token = Annotated[SecretStr, BeforeValidator(_strip), _secret_shape(r"\d+:[\w-]+")]
_DatabaseUrl = Annotated[
    SecretStr, BeforeValidator(_strip), _secret_shape(r"[a-z][a-z0-9]*(\+\w+)?://\S*")
]
_Key = Annotated[
    SecretStr, BeforeValidator(_strip), _secret_shape(r"[^\s,]{32,}(\s*,\s*[^\s,]{32,})*")
]
_WebhookSecret = Annotated[SecretStr, BeforeValidator(_strip), _secret_shape(r"[\w-]{1,256}")]


def _setting(  # Any, as pydantic's own Field has it
    default: Any,  # noqa: ANN401
    what: str,
    right: str,
    *,
    even_unset: bool = False,
    **bounds: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A field with its one-line description and, for messages, how a right value looks."""
    return Field(
        default=default,
        description=what,
        json_schema_extra={"right": right},
        validate_default=even_unset,
        **bounds,
    )


# --------------------------------------------------------------------------- all of them


class Settings(BaseSettings):
    """Everything that can be set, checked. Texts are "" and all else is None where unset.

    An empty value means the default, so that an empty environment variable takes back what
    `.env` says. Use `load_settings`, which turns faults into sentences.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding=_ENV_FILE_ENCODING,
        extra="ignore",  # unknown names are looked for, and named, by `load_settings`
        frozen=True,
        hide_input_in_errors=True,
    )

    telegram_token: _Token | None = _setting(
        None,
        "The bot's token; without one there is only the terminal chat. Secret.",
        "what @BotFather gave you: digits, a colon, then letters, digits, - and _",
    )
    telegram_api_url: Annotated[_Url, AfterValidator(_bot_api_root)] = _setting(
        PUBLIC_BOT_API,
        "Root of another Bot API server, without /bot.",
        "an address such as https://api.telegram.org or http://127.0.0.1:8081",
    )
    admin_ids: _UserIds = _setting(
        frozenset(),
        "Telegram user ids that may run admin commands, separated by commas.",
        "user ids (digits, not @names) separated by commas, such as 123456789,987654321",
    )
    staff_ids: _UserIds = _setting(
        frozenset(),
        "Telegram user ids that may run staff commands, separated by commas.",
        "user ids (digits, not @names) separated by commas, such as 123456789,987654321",
    )

    corpus_dir: _Folder | None = _setting(
        None,
        "Folder with the articles.",
        "a folder of Markdown files, such as corpus",
    )
    drafts_dir: _Folder | None = _setting(
        None,
        "Folder for imported drafts.",
        "a folder, such as drafts",
    )
    index_dir: _Folder | None = _setting(
        None,
        "Folder for the index.",
        "a folder, such as index",
    )
    rules_file: _File | None = _setting(
        None,
        "The clinic's own messages, numbers, windows and added rules (TOML).",
        "a TOML file, such as clinic-rules.toml",
    )
    database_url: _DatabaseUrl | None = _setting(
        None,
        "Where open warnings, conversations, staff's actions are kept: an SQLite file (default: "
        "under var/) or PostgreSQL. Secret.",
        "a database address such as sqlite:///var/backbot.db or "
        "postgresql://backbot:PASSWORD@db.clinic.example/backbot",
    )
    model: _Text = _setting(
        BUNDLED_MODEL,
        "A sentence-transformers model, as a folder or a name; default: the bundled one.",
        f"a folder or a name, such as {BUNDLED_MODEL}",
    )

    clinic_name: _Text = _setting(
        "",
        "The clinic's name, as patients know it.",
        "one line of text, such as Riverside Back Clinic",
    )
    clinic_phone: Annotated[_Text, AfterValidator(_phone)] = _setting(
        "",
        "The clinic's telephone number.",
        "a telephone number, such as +44 20 7946 0000",
    )
    clinic_url: _Url = _setting(
        "",
        "The clinic's website.",
        "an address such as https://clinic.example",
    )
    clinic_hours: Annotated[_Text, AfterValidator(_hours)] = _setting(
        "",
        "When the clinic answers; several ranges are separated by semicolons.",
        "days and hours, such as Mo-Fr 08:00-18:00 or Mo-Fr 08:00-18:00; Sa 09:00-12:00",
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(_time_zone), BeforeValidator(_strip)] = _setting(
        ZoneInfo("UTC"),
        "The clinic's time zone.",
        "the name of a time zone, such as Europe/London",
    )
    urgent_line: _Text = _setting(
        "",
        "Where urgent callers can turn when the clinic is closed.",
        "one line of text, such as NHS 111",
    )
    country: Annotated[_Text, AfterValidator(_country)] = _setting(
        "",
        "ISO code of the clinic's country: which emergency number is given.",
        "a two-letter ISO country code, such as GB or DE",
    )

    overdue: Annotated[
        Literal["mark", "withhold"], BeforeValidator(_lower), BeforeValidator(_strip)
    ] = _setting(
        "mark",
        "What becomes of articles whose review is overdue: marked in answers, or left out.",
        "mark or withhold",
    )
    groups: Annotated[bool, BeforeValidator(_lower), BeforeValidator(_strip)] = _setting(
        False,  # noqa: FBT003 a default
        "Whether the bot answers in groups, where it is mentioned or replied to.",
        "on or off",
    )

    retention_hours: float = _setting(
        24.0,
        "How long a conversation is remembered, in hours.",
        "a number of hours above 0 and at most 8760 (a year), such as 24",
        gt=0,
        le=8760,
        allow_inf_nan=False,
    )
    encryption_key: _Key | None = _setting(
        None,
        "Key that stored messages are encrypted with; to change it, new and old with a comma "
        "between them. Secret.",
        "at least 32 characters without spaces or commas, such as "
        "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'` prints",
    )

    heartbeat_url: _Url = _setting(
        "",
        "Address that is called regularly while the bot is well.",
        "an address such as https://monitor.example/backbot",
    )
    webhook_url: _Url = _setting(
        "",
        "Public address for a webhook; without one the bot polls.",
        "an address such as https://bot.clinic.example/telegram",
    )
    webhook_secret: _WebhookSecret | None = _setting(
        None,
        "What Telegram proves itself with at the webhook; needed with a webhook. Secret.",
        "1 to 256 letters, digits, - and _",
        even_unset=True,
    )
    http_host: _Text = _setting(
        "",
        "Address to listen on for the webhook, health and metrics; default: this machine only.",
        "an address or a host name, such as 127.0.0.1 or 0.0.0.0",
    )
    http_port: Annotated[int, Field(ge=1, le=65535)] | None = _setting(
        None,
        "Port to listen on; off unless set, 8080 with a webhook.",
        "a whole number from 1 to 65535, such as 8080",
    )

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(_upper),
        BeforeValidator(_strip),
    ] = _setting(
        "INFO",
        "How much is logged.",
        "one of DEBUG, INFO, WARNING, ERROR",
    )
    log_format: Annotated[
        Literal["text", "json"], BeforeValidator(_lower), BeforeValidator(_strip)
    ] = _setting(
        "text",
        "How log lines look.",
        "text or json",
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in values.items()
            if value is not None and not (isinstance(value, str) and not value.strip())
        }

    @field_validator("webhook_url")
    @classmethod
    def _telegram_calls_https_only(cls, value: str, info: ValidationInfo) -> str:
        public = info.data.get("telegram_api_url") == PUBLIC_BOT_API
        if public and not value.startswith("https:"):
            raise ValueError("Telegram calls https addresses only.")
        return value

    # Here and not in a model validator: pydantic runs that only when every field is right, and
    # all faults are to be told at once.
    @field_validator("webhook_secret")
    @classmethod
    def _a_webhook_needs_its_secret(
        cls, value: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if value is None and info.data.get("webhook_url"):
            raise ValueError(f"{PREFIX}WEBHOOK_URL needs it.")
        return value

    @property
    def http_address(self) -> tuple[str, int] | None:
        """Where to listen, host and port; None when nothing asked for it."""
        if not (self.http_host or self.http_port or self.webhook_url):
            return None
        return self.http_host or _DEFAULT_HTTP_HOST, self.http_port or _DEFAULT_HTTP_PORT


# --------------------------------------------------------------------------- reading


def load_settings(env_file: Path = Path(".env")) -> Settings:
    """Read the environment and, below it, an env file.

    Args:
        env_file: Lines of NAME=value; the environment wins. May be missing.

    Returns:
        The settings, complete and checked.

    Raises:
        SettingsError: Something is wrong; every fault is named with where it came from and what
            would be right. No secret is shown.
    """
    in_file = _read_env_file(env_file)
    in_environment = {name.upper(): value for name, value in os.environ.items()}
    faults = [
        *_unknown(in_environment, "the environment"),
        *_unknown(in_file, str(env_file)),
    ]
    settings = None
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        for fault in _one_per_field(error):
            name = PREFIX + str(fault["loc"][0]).upper()
            if name in in_environment:
                faults.append(_sentence(fault, in_environment[name], "the environment"))
            else:
                faults.append(_sentence(fault, in_file.get(name, ""), str(env_file)))
    if settings is None or faults:
        raise SettingsError(_list(faults))
    return settings


def _read_env_file(env_file: Path) -> dict[str, str]:
    """The file's names, upper case, and values; SettingsError where it is no env file."""
    if not env_file.is_file():
        return {}
    try:
        text = env_file.read_text(encoding=_ENV_FILE_ENCODING)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(
            f"{env_file} cannot be read: {reason}. Give this user the right to read it, such as "
            f"with `chown` and `chmod 600 {env_file}`."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{env_file} is not UTF-8 text; save it as UTF-8.") from error
    broken = [item.original.line for item in parse_stream(io.StringIO(text)) if item.error]
    if broken:
        raise SettingsError(
            f"Line {broken[0]} of {env_file} cannot be read: a line must be NAME=value, "
            "and a quoted value must end with the same quote."
        )
    values = dotenv_values(stream=io.StringIO(text))
    bare = [name for name, value in values.items() if value is None and _is_ours(name)]
    if bare:
        raise SettingsError(
            f"{bare[0]} in {env_file} has no `=`: write {bare[0]}=value, or remove the line."
        )
    return {name.upper(): value or "" for name, value in values.items()}


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _unknown(names: Iterable[str], origin: str) -> list[str]:
    """One message for each upper-case name with our prefix that is no setting."""
    known = [field.upper() for field in Settings.model_fields]
    messages = []
    for name in sorted(names):
        short = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or short in known or name in _NOT_OURS:
            continue
        nearest = difflib.get_close_matches(short, known, n=1, cutoff=0.0)[0]
        messages.append(
            f"{name} in {origin} is no setting of backbot. "
            f"The nearest is {PREFIX}{nearest}; .env.example lists them all."
        )
    return messages


def _one_per_field(error: ValidationError) -> list[ErrorDetails]:
    """The first fault of each field: three wrong ids are one wrong list."""
    first: dict[str, ErrorDetails] = {}
    for fault in error.errors(include_url=False):
        first.setdefault(str(fault["loc"][0]), fault)
    return list(first.values())


def _sentence(fault: ErrorDetails, value: str, origin: str) -> str:
    """What is wrong, where, and what would be right; never a secret's value."""
    name = str(fault["loc"][0])
    field = Settings.model_fields[name]
    extra = field.json_schema_extra
    right = extra["right"] if isinstance(extra, dict) else ""
    # What a check above had to say; pydantic's own words are for programmers.
    told = str(fault.get("ctx", {}).get("error", "")) if fault["type"] == "value_error" else ""
    if not value.strip():
        said = "is not set, but must be"
    elif "SecretStr" in str(field.annotation):
        said = f"in {origin} is wrong (its value is not shown) and must be"
    else:
        said = f"in {origin} is {_shown(value)}, but must be"
    return f"{PREFIX}{name.upper()} {said} {right}. {told}".strip()


def _shown(value: str) -> str:
    """The value in quotes, cut to a line, without anything that looks like a secret."""
    value = re.sub(r"\d{5,}:[\w-]{5,}", "***", value)  # a token in the wrong place
    value = re.sub(r"//[^/@\s]*@", "//***@", value)  # user and password in an address
    return repr(value if len(value) <= _MAX_SHOWN else value[:_MAX_SHOWN] + "…")


def _list(faults: Sequence[str]) -> str:
    if len(faults) == 1:
        return faults[0]
    return "\n".join([f"{len(faults)} settings are wrong.", *(f"- {fault}" for fault in faults)])
