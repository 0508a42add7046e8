"""The settings without the library that checks them, which takes 0.2 s and 14 MB.

For `ask` and `triage` what was found right is kept: as long as no variable and no line of `.env`
has changed, it is not checked again. The bot, which runs for months, has a process of its own
check them, which ends when it has.
"""

from __future__ import annotations

import marshal
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from backbot import kept
from backbot.errors import SettingsError

if TYPE_CHECKING:
    from backbot.settings import Settings

_KEPT = "settings.bin"
_PREFIX = "BACKBOT_"
_FOLDERS = ("corpus_dir", "drafts_dir", "index_dir")


class Secret:
    """A value that no log and no traceback shows.

    Args:
        value: The secret.
    """

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret('**********')"

    def get_secret_value(self) -> str:
        """The secret itself."""
        return self._value


class CheckedBefore:
    """The settings as `Settings` has them, by the same names.

    Args:
        fields: Kind and value of each, as `Settings` was found to hold them.
    """

    def __init__(self, fields: dict[str, tuple[str, Any]]) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any kind
        # made when it is asked for: a time zone, which few answers need, takes 3 ms
        if name not in vars(self).get("_fields", {}):
            raise AttributeError(name)
        kind, value = self._fields[name]
        made = None if value is None else _KINDS[kind](value)
        setattr(self, name, made)
        return made


def _zone(name: str) -> object:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


_KINDS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "path": Path,
    "zone": _zone,
    "secret": Secret,
}


def settings_for_a_question(env_file: Path = Path(".env")) -> Settings:
    """As `load_settings`, for what needs no secret; what was found right is not checked again.

    Args:
        env_file: As there.

    Raises:
        SettingsError: As there.
    """
    key = _key(env_file)
    fields = kept.read(_KEPT, key)
    if fields is None or _is_file(fields):
        from backbot.settings import load_settings  # takes 0.2 s

        settings = load_settings(env_file)
        kept.write(_KEPT, key, _plain(settings, secrets=False))
        return settings
    return cast("Settings", CheckedBefore(fields))


def settings_to_serve(env_file: Path = Path(".env")) -> Settings:
    """As `load_settings`, checked by a process of its own. Call it before any thread is started.

    Args:
        env_file: As there.

    Raises:
        SettingsError: As there.
    """
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(readable)
            with os.fdopen(writable, "wb") as out:
                out.write(_checked(env_file))
            status = 0
        except BrokenPipeError:
            pass  # the parent was ended meanwhile: nobody is left to be told
        except BaseException:  # noqa: BLE001 - nothing of the parent's may go on in here
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writable)
    with os.fdopen(readable, "rb") as come_back:
        found = come_back.read()
    _, ended = os.waitpid(child, 0)
    if ended or not found:  # killed, or out of memory: then as everybody else does it
        from backbot.settings import load_settings

        return load_settings(env_file)
    fault, fields = marshal.loads(found)  # noqa: S302 - from our own child
    if fault:
        raise SettingsError(fault)
    return cast("Settings", CheckedBefore(fields))


def _checked(env_file: Path) -> bytes:
    """What is wrong, or else the settings, as bytes."""
    from backbot.settings import load_settings

    try:
        settings = load_settings(env_file)
    except SettingsError as error:
        return marshal.dumps((str(error), None))
    fields = _plain(settings, secrets=True)
    fields["http_address"] = ("plain", settings.http_address)
    return marshal.dumps(("", fields))


def _key(env_file: Path) -> bytes:
    """Of all that the settings hang on; b"" where the file cannot be read."""
    try:
        in_file = env_file.read_bytes() if env_file.is_file() else b""
    except OSError:
        return b""
    ours = sorted(item for item in os.environ.items() if item[0].upper().startswith(_PREFIX))
    outside = (str(Path.home()), os.environ.get("PYTHONTZPATH", ""), *map(repr, ours))
    code = (Path(__file__), Path(__file__).with_name("settings.py"))
    return kept.key_of(code, in_file, *(each.encode(errors="replace") for each in outside))


def _is_file(fields: dict[str, Any]) -> bool:
    """Whether what was a folder, or nothing, has become a file since."""
    # os.path, because Path.is_file raises where a parent folder may not be read
    return any(os.path.isfile(fields[name][1]) for name in _FOLDERS if fields[name][1])  # noqa: PTH113


def _plain(settings: Settings, *, secrets: bool) -> dict[str, tuple[str, Any]]:
    """Kind and value of each setting, secrets only where they are wanted: not for the disk."""
    from zoneinfo import ZoneInfo

    fields: dict[str, tuple[str, Any]] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            fields[name] = ("path", str(value))
        elif isinstance(value, ZoneInfo):
            fields[name] = ("zone", str(value))
        elif hasattr(value, "get_secret_value"):
            fields[name] = ("secret", value.get_secret_value() if secrets else None)
        else:
            fields[name] = ("plain", value)
    return fields
