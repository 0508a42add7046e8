"""Settings: what is accepted, and what is said about everything else."""

from __future__ import annotations

import os
import re
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
import pytest

from backbot import packaged
from backbot.errors import SettingsError
from backbot.settings import (
    BUNDLED_MODEL,
    PREFIX,
    OpeningHours,
    Settings,
    database_url,
    folders,
    load_settings,
    parse_hours,
)

TOKEN = "123456789:AAF-secret_letters-of-the-bots-token"
ENCRYPTION_KEY = "an-encryption-key-of-32-characters-"


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    """No test sees the settings of the machine it runs on."""
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def env(monkeypatch):
    """Set BACKBOT_ variables by their short names and load."""

    def load(**values: str) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(PREFIX + name, value)
        return load_settings()

    return load


def fault(env, **values: str) -> str:
    """The message for these settings."""
    with pytest.raises(SettingsError) as caught:
        env(**values)
    return str(caught.value)


# --------------------------------------------------------------------------- right values


def test_nothing_set_gives_the_defaults(env) -> None:
    """An empty environment is a working set-up."""
    settings = env()
    assert settings.telegram_token is None
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.admin_ids == settings.staff_ids == frozenset()
    assert settings.model == BUNDLED_MODEL
    assert settings.clinic_name == settings.clinic_phone == settings.country == ""
    assert settings.timezone == ZoneInfo("UTC")
    assert settings.retention_hours == 24
    assert settings.http_address is None
    assert (settings.log_level, settings.log_format) == ("INFO", "text")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1", {1}),
        ("1,2", {1, 2}),
        (" 1 , 2 ,", {1, 2}),
        ("", set()),
        ("  ", set()),
        (",", set()),
        ("4503599627370495", {2**52 - 1}),
    ],
)
@pytest.mark.parametrize("name", ["ADMIN_IDS", "STAFF_IDS"])
def test_ids_are_one_or_several(env, name, text, ids) -> None:
    """One id, several, spaces, nothing: all are lists of ids."""
    assert getattr(env(**{name: text}), name.lower()) == ids


def test_country_is_upper_case(env) -> None:
    """Typed small or with spaces, it is the ISO code."""
    assert env(COUNTRY=" gb ").country == "GB"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("Mo-Fr 08:00-18:00", (OpeningHours(frozenset(range(5)), time(8), time(18)),)),
        (
            "mo-fr 8:00 - 12:30;Sa 09:00-12:00 ;",
            (
                OpeningHours(frozenset(range(5)), time(8), time(12, 30)),
                OpeningHours(frozenset({5}), time(9), time(12)),
            ),
        ),
        ("Sa-Mo 10:00-16:00", (OpeningHours(frozenset({5, 6, 0}), time(10), time(16)),)),
    ],
)
def test_clinic_hours_are_ranges(env, text, expected) -> None:
    """Days and times, several ranges between semicolons, also over the week's end."""
    assert parse_hours(text) == expected
    assert env(CLINIC_HOURS=text).clinic_hours == text


def test_time_zone_is_a_zone(env) -> None:
    """Any name of the time zone database."""
    assert env(TIMEZONE="Europe/London").timezone == ZoneInfo("Europe/London")


def test_bot_api_root_loses_its_last_slash(env) -> None:
    """Paths are joined to it."""
    assert env(TELEGRAM_API_URL="http://127.0.0.1:8081/").telegram_api_url == (
        "http://127.0.0.1:8081"
    )


def test_log_settings_in_any_case(env) -> None:
    """Levels are upper case and formats lower case, however typed."""
    settings = env(LOG_LEVEL="debug", LOG_FORMAT="JSON")
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({"HTTP_PORT": "9000"}, ("127.0.0.1", 9000)),
        ({"HTTP_HOST": "0.0.0.0"}, ("0.0.0.0", 8080)),
        ({"WEBHOOK_URL": "https://bot.example", "WEBHOOK_SECRET": "s"}, ("127.0.0.1", 8080)),
    ],
)
def test_http_listens_only_where_asked(env, values, address) -> None:
    """A host, a port or a webhook turns it on; what is missing has a default."""
    assert env(**values).http_address == address


def test_webhook_of_an_own_bot_api_server_may_be_plain_http(env) -> None:
    """Only the public Bot API insists on https."""
    settings = env(
        TELEGRAM_API_URL="http://127.0.0.1:8081",
        WEBHOOK_URL="http://127.0.0.1:9000/hook",
        WEBHOOK_SECRET="s",
    )
    assert settings.webhook_url == "http://127.0.0.1:9000/hook"


def test_settings_are_frozen(env) -> None:
    """Read once, never changed."""
    with pytest.raises(ValueError, match="frozen"):
        env().country = "GB"


# --------------------------------------------------------------------------- where they come from


def test_env_file_is_read(env) -> None:
    """`.env` of the current folder, with quotes, `export`, comments and a byte order mark."""
    Path(".env").write_text(
        f'\ufeffBACKBOT_TELEGRAM_TOKEN={TOKEN}\nexport BACKBOT_CLINIC_NAME="Our Clinic" # us\n'
        "#BACKBOT_NONSENSE=1\nOTHER_PROGRAMS=1\n",
        encoding="utf-8",
    )
    settings = env()
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN
    assert settings.clinic_name == "Our Clinic"


def test_environment_wins_over_env_file(env) -> None:
    """Also where it is empty: that takes the setting back."""
    Path(".env").write_text(f"BACKBOT_TELEGRAM_TOKEN={TOKEN}\nBACKBOT_COUNTRY=DE\n")
    settings = env(TELEGRAM_TOKEN="", COUNTRY="GB")
    assert settings.telegram_token is None
    assert settings.country == "GB"


def test_env_file_elsewhere(tmp_path) -> None:
    """Another file can be named, and is named in messages."""
    file = tmp_path / "clinic.env"
    file.write_text("BACKBOT_COUNTRY=England\n")
    with pytest.raises(SettingsError, match=re.escape(f"BACKBOT_COUNTRY in {file} is 'England'")):
        load_settings(file)


# --------------------------------------------------------------------------- wrong values


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("TELEGRAM_API_URL", "api.telegram.org", "https://api.telegram.org"),
        ("TELEGRAM_API_URL", "https://api.telegram.org/bot", "Leave out /bot"),
        ("TELEGRAM_API_URL", "https://api.example/?a=1", "https://api.telegram.org"),
        ("TELEGRAM_API_URL", "http://[::1", "https://api.telegram.org"),
        ("TELEGRAM_API_URL", "http://host:99999", "https://api.telegram.org"),
        ("ADMIN_IDS", "@anna", "digits, not @names"),
        ("ADMIN_IDS", "1;2", "separated by commas"),
        ("ADMIN_IDS", "1,-2,-3", "separated by commas"),
        ("ADMIN_IDS", "0", "separated by commas"),
        ("STAFF_IDS", "[1, 2]", "separated by commas"),
        ("STAFF_IDS", "99999999999999999999", "separated by commas"),
        ("CORPUS_DIR", "a-file", "That is a file."),
        ("INDEX_DIR", "a-file", "That is a file."),
        ("DRAFTS_DIR", "a-file", "That is a file."),
        ("INDEX_DIR", "~nobody-of-that-name/x", "no such home folder"),
        ("CLINIC_NAME", "a\x07b", "one line of text"),
        ("CLINIC_PHONE", "call us", "There is no digit in it."),
        ("CLINIC_URL", "clinic.example", "https://clinic.example"),
        ("CLINIC_HOURS", "9 to 5", "Mo-Fr 08:00-18:00"),
        ("CLINIC_HOURS", "Mo-Fr 18:00-08:00", "closes before it opens"),
        ("CLINIC_HOURS", "Mo-Xx 08:00-18:00", "'Xx' is no day"),
        ("CLINIC_HOURS", "Mo 08:00-24:00", "'24:00' is no time of day"),
        ("TIMEZONE", "London", "Did you mean Europe/London?"),
        ("TIMEZONE", "Europe/Lodnon", "Did you mean Europe/London?"),
        ("TIMEZONE", "../../etc/passwd", "such as Europe/London"),
        ("COUNTRY", "UK", "The code of the United Kingdom is GB."),
        ("COUNTRY", "GBR", "two-letter ISO country code"),
        ("COUNTRY", "1A", "two-letter ISO country code"),
        ("COUNTRY", "XX", "There is no country XX."),
        ("RETENTION_HOURS", "0", "above 0"),
        ("RETENTION_HOURS", "-1", "above 0"),
        ("RETENTION_HOURS", "9000", "at most 8760"),
        ("RETENTION_HOURS", "inf", "at most 8760"),
        ("RETENTION_HOURS", "nan", "above 0"),
        ("RETENTION_HOURS", "a day", "a number of hours"),
        ("HEARTBEAT_URL", "ftp://x.example", "https://monitor.example"),
        ("WEBHOOK_URL", "http://bot.example", "Telegram calls https addresses only."),
        ("HTTP_HOST", "a\x00b".replace("\x00", "\x01"), "127.0.0.1"),
        ("HTTP_PORT", "0", "from 1 to 65535"),
        ("HTTP_PORT", "65536", "from 1 to 65535"),
        ("HTTP_PORT", "http", "from 1 to 65535"),
        ("LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "text or json"),
    ],
)
@pytest.mark.parametrize("origin", ["the environment", ".env"])
def test_wrong_value_is_named_with_origin_and_remedy(env, name, value, right, origin) -> None:
    """One or two sentences: which variable, from where, its value, and what would be right."""
    Path("a-file").write_text("")
    values = {name: value}
    if name == "WEBHOOK_URL":
        values["WEBHOOK_SECRET"] = "s"
    if origin == ".env":
        lines = [f'BACKBOT_{key}="{text}"' for key, text in values.items()]
        Path(".env").write_text("\n".join(lines), encoding="utf-8")
        values = {}
    message = fault(env, **values)
    assert message.startswith(f"BACKBOT_{name} in {origin} is {value!r}, but must be ")
    assert right in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("TELEGRAM_TOKEN", "abc" + TOKEN, "digits, a colon"),
        ("TELEGRAM_TOKEN", f"<{TOKEN}>", "digits, a colon"),
        ("ENCRYPTION_KEY", "too-short-a-secret", "at least 32 characters"),
        ("ENCRYPTION_KEY", f"{'q' * 40},too-short-a-secret", "at least 32 characters"),
        ("WEBHOOK_SECRET", "with spaces and ümlauts", "letters, digits, - and _"),
        ("DATABASE_URL", "user:password@host/db", "sqlite:///var/backbot.db"),
    ],
)
def test_wrong_secret_is_never_shown(env, name, value, right) -> None:
    """The variable and the remedy are named, the value is not, nor is a part of it."""
    message = fault(env, **{name: value})
    assert f"BACKBOT_{name} in the environment is wrong" in message
    assert right in message
    assert not any(value[i : i + 8] in message for i in range(len(value) - 7))


def test_token_in_the_wrong_variable_is_not_shown(env) -> None:
    """A pasted token or an address with a password stays out of the message."""
    assert "secret_letters" not in fault(env, ADMIN_IDS=TOKEN)
    assert "secret_letters" not in fault(env, TELEGRAM_API_URL=f"https://x.example/bot{TOKEN}")
    assert "hunter2" not in fault(env, CLINIC_URL="ftp://anna:hunter2@x.example")


def test_long_values_are_cut(env) -> None:
    """A message stays readable."""
    assert len(fault(env, COUNTRY="x" * 5000)) < 200


def test_webhook_needs_a_secret(env) -> None:
    """What is missing is named, and what asks for it."""
    assert fault(env, WEBHOOK_URL="https://bot.example") == (
        "BACKBOT_WEBHOOK_SECRET is not set, but must be 1 to 256 letters, digits, - and _. "
        "BACKBOT_WEBHOOK_URL needs it."
    )


def test_all_faults_are_listed(env) -> None:
    """Also across the environment and the file, wrong values, unknown names and missing ones."""
    Path(".env").write_text("BACKBOT_COUNTRY=England\nBACKBOT_CLINIC_FON=1\n")
    message = fault(env, HTTP_PORT="0", WEBHOOK_URL="https://bot.example", TOKEN="1")
    lines = message.splitlines()
    assert lines[0] == "5 settings are wrong."
    assert len(lines) == 6
    for words in (
        "BACKBOT_COUNTRY in .env is 'England'",
        "BACKBOT_CLINIC_FON in .env",
        "BACKBOT_HTTP_PORT in the environment is '0'",
        "BACKBOT_WEBHOOK_SECRET is not set",
        "BACKBOT_TOKEN in the environment",
    ):
        assert any(line.startswith(f"- {words}") for line in lines)


def test_wrong_settings_exit_with_2(env) -> None:
    """Configuration faults have their own exit status."""
    with pytest.raises(SettingsError) as caught:
        env(HTTP_PORT="0")
    assert caught.value.exit_status == 2
    assert caught.value.__cause__ is None
    assert "validation error" not in str(caught.value)


# --------------------------------------------------------------------------- unknown names


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TOKEN", "TELEGRAM_TOKEN"),
        ("TELEGRAM_TOKN", "TELEGRAM_TOKEN"),
        ("ADMIN_ID", "ADMIN_IDS"),
        ("PORT", "HTTP_PORT"),
        ("CORPUS", "CORPUS_DIR"),
        ("telegram_tokens", "TELEGRAM_TOKEN"),
    ],
)
@pytest.mark.parametrize("origin", ["the environment", ".env"])
def test_unknown_name_is_told_with_the_nearest(env, name, nearest, origin) -> None:
    """A misspelt setting does not go unnoticed, and its value is not shown."""
    if origin == ".env":
        Path(".env").write_text(f"BACKBOT_{name}=some-value\n")
        message = fault(env)
    else:
        message = fault(env, **{name: "some-value"})
    assert f"BACKBOT_{name.upper()} in {origin} is no setting" in message
    assert f"The nearest is BACKBOT_{nearest};" in message
    assert "some-value" not in message


def test_other_names_are_nobodys_business(env, monkeypatch) -> None:
    """The Makefile's own variable and names without the prefix are let through."""
    monkeypatch.setenv("BACKBOT", "1")
    monkeypatch.setenv("MY_BACKBOT_THING", "1")
    env(VENV="/somewhere")


# --------------------------------------------------------------------------- a broken file


def test_line_that_is_no_assignment_is_told(env) -> None:
    """The file and the line are named, never what stands there."""
    Path(".env").write_text(f"BACKBOT_COUNTRY=GB\nBACKBOT_TELEGRAM_TOKEN='{TOKEN}\n")
    message = fault(env)
    assert "Line 2 of .env" in message
    assert TOKEN not in message


def test_file_that_is_not_utf8_is_told(env) -> None:
    """As another editor may save it."""
    Path(".env").write_bytes("BACKBOT_CLINIC_NAME=Rückenpraxis".encode("latin-1"))
    assert "UTF-8" in fault(env)


def test_folder_of_that_name_is_no_settings_file(env) -> None:
    """Docker makes a folder where a file to mount is missing."""
    Path(".env").mkdir()
    assert env().country == ""


# --------------------------------------------------------------------------- secrets


def test_secrets_never_show_in_repr(env) -> None:
    """Neither printed nor logged nor in a traceback."""
    settings = env(
        TELEGRAM_TOKEN=TOKEN,
        ENCRYPTION_KEY=ENCRYPTION_KEY,
        WEBHOOK_SECRET="webhook-secret",
        DATABASE_URL="postgresql+psycopg://u:hunter2@db/x",
    )
    for text in (repr(settings), str(settings), str(settings.model_dump())):
        assert "***" in text
        for secret in (TOKEN, ENCRYPTION_KEY, "webhook-secret", "hunter2"):
            assert secret not in text


def test_several_encryption_keys_are_separated_by_commas(env) -> None:
    """The new one in front of the old one."""
    keys = f"{ENCRYPTION_KEY}, {'k' * 32}"
    assert env(ENCRYPTION_KEY=keys).encryption_key.get_secret_value() == keys


# --------------------------------------------------------------------------- .env.example


def example_lines() -> list[str]:
    """The file as it travels with the package."""
    return packaged.env_example().read_text(encoding="utf-8").splitlines()


def test_env_example_lists_every_setting_commented_out() -> None:
    """Each of the model's fields once, and nothing else."""
    lines = example_lines()
    assert all(line.startswith("#") or not line for line in lines)
    names = [line[1:].split("=")[0] for line in lines if line.startswith("#" + PREFIX)]
    assert sorted(names) == sorted(PREFIX + field.upper() for field in Settings.model_fields)


def test_env_example_explains_every_setting_in_one_line() -> None:
    """The line above a setting says what it does."""
    lines = example_lines()
    for number, line in enumerate(lines):
        if line.startswith("#" + PREFIX):
            assert lines[number - 1].startswith("# "), line
            assert not lines[number - 2].startswith("# ") or number < 5, line


def test_env_example_values_are_right(env, tmp_path) -> None:
    """With every # taken away, it loads."""
    Path("clinic-rules.toml").write_text("")
    text = "\n".join(re.sub(r"^#(BACKBOT_)", r"\1", line) for line in example_lines())
    Path(".env").write_text(text.replace("WEBHOOK_SECRET=", "WEBHOOK_SECRET=s"), encoding="utf-8")
    settings = env()
    assert settings.clinic_name == "Riverside Back Clinic"
    assert settings.admin_ids == {123456789}


# --------------------------------------------------------------------------- folders


def test_set_folders_are_used(env, tmp_path) -> None:
    """As set, with the home folder filled in, whether they exist or not."""
    settings = env(CORPUS_DIR="articles", INDEX_DIR="~/idx", DRAFTS_DIR="/srv/drafts")
    ours = folders(settings)
    assert ours.corpus == Path("articles")
    assert ours.index == Path.home() / "idx"
    assert ours.drafts == Path("/srv/drafts")


def test_folders_of_a_clinic_stay_together(env, tmp_path) -> None:
    """Beside `corpus`, the index, the drafts and the database are the current folder's."""
    (tmp_path / "corpus").mkdir()
    ours = folders(env())
    assert (ours.corpus, ours.index) == (tmp_path / "corpus", tmp_path / "index")
    assert (ours.drafts, ours.var) == (tmp_path / "drafts", tmp_path / "var")


def test_single_folder_here_is_used(env, tmp_path) -> None:
    """Each folder that exists here is used; the others are the user's own."""
    (tmp_path / "index").mkdir()
    ours = folders(env())
    assert ours.index == tmp_path / "index"
    assert ours.drafts == platformdirs.user_data_path("backbot", appauthor=False) / "drafts"


def test_anywhere_else_folders_are_the_users_own(env, tmp_path) -> None:
    """The packaged articles, and the user's data folder for what is written."""
    ours = folders(env())
    data = platformdirs.user_data_path("backbot", appauthor=False)
    assert ours.corpus == packaged.corpus_folder()
    assert ours.corpus.is_dir()
    assert (ours.index, ours.drafts, ours.var) == (data / "index", data / "drafts", data / "var")


def test_database_is_an_sqlite_file_by_default(env, tmp_path) -> None:
    """Under var; otherwise as set."""
    assert database_url(env(), tmp_path) == f"sqlite:///{tmp_path}/backbot.db"
    set_to = "postgresql+psycopg://u:p@db/x"
    assert database_url(env(DATABASE_URL=set_to), tmp_path) == set_to


def test_env_line_without_a_value_is_named(env, tmp_path) -> None:
    """A forgotten `=` would leave the setting unset, and nobody would know."""
    Path(".env").write_text("BACKBOT_COUNTRY\nOTHER\n")
    with pytest.raises(SettingsError, match=r"BACKBOT_COUNTRY in \.env has no `=`"):
        env()
