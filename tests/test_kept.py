"""Compiled patterns as plain data, and values that are made once for many starts."""

from __future__ import annotations

import marshal
import re
import sys

import pytest

from backbot import kept
from backbot.kept import pattern_of, plain_pattern

PATTERNS = [
    (r"(?P<first>a)(b)?|[^\W\d_]{2,5}", 0),
    (r"\bnumb(?:ness)?\b", re.IGNORECASE),
    (r"(?i:spine) ?(?=pain)(?<!no )x*", 0),
    (r"é|ß", re.IGNORECASE),
    ("", 0),
]
TEXTS = ["ab", "a", "Numbness", "SPINE pain", "é", "É", "xyz", "", "no numb"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize(("pattern", "flags"), PATTERNS)
def test_a_kept_pattern_is_the_compiled_one(pattern, flags):
    """Equal to what `re` compiles (which compares the code), and it finds the same."""
    compiled = re.compile(pattern, flags)
    plain = marshal.loads(marshal.dumps(plain_pattern(pattern, flags)))
    assert len(plain) > 2  # not only its source
    again = pattern_of(plain)
    assert again == compiled
    assert (again.groups, again.groupindex) == (compiled.groups, compiled.groupindex)
    for text in TEXTS:
        found = [(m.span(), m.groups(), m.lastgroup) for m in compiled.finditer(text)]
        assert [(m.span(), m.groups(), m.lastgroup) for m in again.finditer(text)] == found


def test_a_pattern_of_another_python_is_compiled_from_its_source(monkeypatch):
    """Where the private half of `re` is another, patterns still work."""
    monkeypatch.setattr(kept, "import_module", lambda name: 1 / 0 if not name else object())
    plain = plain_pattern("a+", re.IGNORECASE)
    assert plain == ("a+", int(re.IGNORECASE))
    assert pattern_of(plain) == re.compile("a+", re.IGNORECASE)


@pytest.mark.parametrize("spoil", [lambda code: [], lambda code: code[:-1], lambda code: [9999]])
def test_spoilt_code_is_compiled_anew(spoil):
    """Python checks code before it runs it; what it refuses is made from the source."""
    pattern, flags, whole, code, *rest = plain_pattern("(a|b)c")
    spoilt = (pattern, flags, whole, spoil(code), *rest)
    assert pattern_of(spoilt).findall("ac bc") == ["a", "b"]


def test_a_value_is_made_once_and_again_when_its_tables_change():
    """The second start does not make it; another key does."""
    made: list[bytes] = []

    def make_of(table: bytes):
        def make():
            made.append(table)
            return {"of": table}

        return kept.get("value.bin", kept.key_of((), table), make)

    assert [make_of(t)["of"] for t in (b"one", b"one", b"two", b"two")] == [
        b"one",
        b"one",
        b"two",
        b"two",
    ]
    assert made == [b"one", b"two"]


def test_without_a_key_nothing_is_kept(tmp_path):
    """Code that cannot be read, or a generation that has no files."""
    assert kept.get("value.bin", b"", lambda: 1) == 1
    assert kept.get("value.bin", b"", lambda: 2) == 2
    assert not list(tmp_path.rglob("value.bin"))


@pytest.fixture
def no_patterns(monkeypatch, tmp_path):
    """As a process begins that has compiled nothing, with a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kept, "_made", {})
    kept._kept_patterns.cache_clear()
    yield tmp_path
    kept._kept_patterns.cache_clear()


@pytest.mark.skipif(sys.platform == "darwin", reason="the folder is elsewhere")
def test_a_pattern_is_compiled_once_and_then_read(no_patterns, monkeypatch):
    """The next process gets the same pattern without compiling it."""
    first = kept.compiled(r"(?P<one>a)|b+", re.IGNORECASE)
    kept.keep_patterns()
    assert (no_patterns / "backbot" / "patterns.bin").is_file()
    kept._kept_patterns.cache_clear()
    monkeypatch.setattr(kept, "_made", {})
    again = kept.compiled(r"(?P<one>a)|b+", re.IGNORECASE)
    assert again == first
    assert again.search("xA")["one"] == "A"
    assert not kept._made


def test_a_damaged_or_missing_file_of_patterns_costs_time_only(no_patterns):
    """As for all that is kept."""
    folder = no_patterns / "backbot"
    folder.mkdir()
    (folder / "patterns.bin").write_bytes(b"nonsense")
    assert kept.compiled("x+").fullmatch("xx")
    kept.keep_patterns()
    kept._kept_patterns.cache_clear()
    assert ("x+", 0) in kept._kept_patterns()
