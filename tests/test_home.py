"""The user's own folders."""

from pathlib import Path

import platformdirs
import pytest

from backbot import home


@pytest.mark.parametrize("set_to", [None, "", "relative", "/srv/elsewhere"])
def test_they_are_where_other_programs_have_theirs(monkeypatch, set_to):
    """As the library for such folders finds them; the specification ignores relative paths."""
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
        if set_to is not None and set_to != "relative":
            monkeypatch.setenv(variable, set_to)
    expected = (
        platformdirs.user_cache_path("backbot", appauthor=False),
        platformdirs.user_data_path("backbot", appauthor=False),
    )
    if set_to == "relative":
        monkeypatch.setenv("XDG_CACHE_HOME", set_to)
        monkeypatch.setenv("XDG_DATA_HOME", set_to)
    assert (home.cache_folder(), home.data_folder()) == expected


def test_a_mac_has_its_own(monkeypatch):
    """Whatever the variables of other systems say."""
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("XDG_CACHE_HOME", "/srv/elsewhere")
    assert home.cache_folder() == Path.home() / "Library" / "Caches" / "backbot"
    assert home.data_folder() == Path.home() / "Library" / "Application Support" / "backbot"
