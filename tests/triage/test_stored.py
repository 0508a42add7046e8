"""Compiled rules that are kept: the same rules, sooner; in any doubt they are compiled again."""

from __future__ import annotations

import hashlib
import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest

import backbot
from backbot import home
from backbot.triage import branches, languages, lint, rules, stored

SOURCES = Path(backbot.__file__).resolve().parents[1]
NAME = "test.bin"
VALUE = {"a": (1, 2), "b": ["x", frozenset({"y"})], ("k", 1): {2: 0.5}}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return home.cache_folder()


def compiled() -> rules.RuleSet:
    """The packaged rules, from the files."""
    return rules._compiled(
        {name: rules._bytes(name) for name in (*rules._FILES, rules._COMMON, rules._MISTYPED)}
    )


def load() -> rules.RuleSet:
    """The packaged rules as a fresh process loads them."""
    return rules.load_rules.__wrapped__()


def assert_same(one: rules.RuleSet, other: rules.RuleSet) -> None:
    """Every part of two rule sets is equal."""
    assert one.lexicon == other.lexicon
    assert one.speller.kept() == other.speller.kept()
    assert one.rules == other.rules
    assert one.composes == other.composes
    assert list(one.composes) == list(other.composes)
    assert one.combinations == other.combinations
    assert one.digest == other.digest


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each time the rules are compiled from their files."""
    counted: list[int] = []
    real = rules._compiled

    def counting(data):
        counted.append(1)
        return real(data)

    monkeypatch.setattr(rules, "_compiled", counting)
    return counted


# --------------------------------------------------------------------------- the rules


def test_kept_rules_are_the_compiled_rules(compilations):
    """Equal in every part, and the second start compiles nothing."""
    first, second = load(), load()
    assert len(compilations) == 1
    assert_same(first, second)
    assert second.speller.resolve("numbb") == first.speller.resolve("numbb") == ("numb",)


def test_a_kept_lexicon_can_be_added_to():
    """New patterns are compiled with the same numbers as with the lexicon that was compiled."""
    first, second = load(), load()
    pattern = "a quite new word ~3 (@leg|@arm) another?"
    assert first.lexicon.compile(pattern) == second.lexicon.compile(pattern)
    assert first.lexicon == second.lexicon


@pytest.mark.parametrize("name", [*rules._FILES, rules._COMMON, rules._MISTYPED])
def test_a_changed_table_is_compiled_again(compilations, monkeypatch, name):
    """Whichever of the files it is, and be it by one comment."""
    before = load()
    real = rules._bytes
    more = b"\n# changed\n" if name.endswith(".toml") else b"\nzzyzx\n"
    monkeypatch.setattr(
        rules, "_bytes", lambda wanted: real(wanted) + (more if wanted == name else b"")
    )
    changed = load()
    assert len(compilations) == 2
    if name not in {rules._COMMON, rules._MISTYPED}:
        assert changed.digest != before.digest


def test_changed_code_is_as_good_as_changed_tables(monkeypatch, tmp_path):
    """A checkout's code changes while its version stays."""
    before = stored.key_of(b"table")
    for name in stored._COMPILERS:
        (tmp_path / name).write_bytes((stored._HERE / name).read_bytes())
    monkeypatch.setattr(stored, "_HERE", tmp_path)
    assert stored.key_of(b"table") == before
    (tmp_path / "lexicon.py").write_text("# other code\n")
    assert stored.key_of(b"table") != before
    (tmp_path / "lexicon.py").unlink()
    assert stored.key_of(b"table") == b""


def test_every_module_the_compiled_rules_depend_on_is_in_the_key():
    """What rules, lexicon and languages import of the engine is hashed with them."""
    code = (
        "import sys; import backbot.triage.rules, backbot.triage.languages;"
        "print(*sorted(m.rpartition('.')[2] for m in sys.modules"
        " if m.startswith('backbot.triage.')))"
    )
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, check=True)
    loaded = {f"{name}.py" for name in done.stdout.decode().split()}
    assert loaded | {"lint.py"} == set(stored._COMPILERS)


def test_key_depends_on_this_python(monkeypatch):
    """What one Python has written, another does not read."""
    before = stored.key_of(b"table")
    monkeypatch.setattr(sys, "version", "9.9.9")
    assert stored.key_of(b"table") != before


def test_key_tells_where_one_table_ends():
    """Moving a byte from one file to the next is another content."""
    assert stored.key_of(b"ab", b"c") != stored.key_of(b"a", b"bc")


@pytest.mark.parametrize("share", [0, 0.001, 0.2, 0.5, 0.999])
def test_rules_cut_short_are_compiled_again(cache, compilations, share):
    """And kept again, whole."""
    right = load()
    file = cache / rules._KEPT
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    assert_same(load(), right)
    load()
    assert len(compilations) == 2
    assert len(file.read_bytes()) == len(whole)


@pytest.mark.parametrize("share", [0, 0.00001, 0.00003, 0.3, 0.6, 0.9])
def test_rules_altered_in_one_bit_are_compiled_again(cache, compilations, share):
    """In the sum, in the key, anywhere."""
    right = load()
    file = cache / rules._KEPT
    data = bytearray(file.read_bytes())
    data[int(share * len(data))] ^= 1
    file.write_bytes(data)
    assert_same(load(), right)
    assert len(compilations) == 2


def test_a_cache_that_cannot_be_written_is_no_error(compilations, monkeypatch, tmp_path):
    """A file stands where the folder would be: the rules are compiled every time."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert_same(load(), load())
    assert len(compilations) == 2


def test_a_home_that_cannot_be_told_is_no_error(compilations, monkeypatch):
    """As under a user without a home folder."""
    monkeypatch.delenv("XDG_CACHE_HOME")

    def no_home(_cls):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(no_home))
    assert_same(load(), compiled())


def test_two_processes_may_start_at_once(cache):
    """Both come up with the same rules, and what stays is whole."""
    code = "from backbot.triage.rules import load_rules; print(load_rules().digest)"
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = {process.communicate(timeout=120)[0] for process in both}
    assert said == {f"{compiled().digest}\n".encode()}
    assert [file.name for file in cache.iterdir()] == [rules._KEPT]


# --------------------------------------------------------------------------- other languages


def test_kept_languages_find_the_same(monkeypatch):
    """The second start compiles nothing and finds the same phrases."""
    texts = ("no puedo orinar", "не могу помочиться", "my back hurts", "pee nahi ho raha")
    languages._finders.cache_clear()
    first = languages._finders()
    found = [languages.find_phrases(text) for text in texts]
    languages._finders.cache_clear()
    monkeypatch.setattr(languages, "_compiled", lambda: 1 / 0)
    assert languages._finders() == first
    assert [languages.find_phrases(text) for text in texts] == found
    assert any(found)
    languages._finders.cache_clear()


# --------------------------------------------------------------------------- the never-say list


def test_a_kept_list_blocks_the_same(monkeypatch):
    """The second start reads no rule file and finds the same hits."""
    texts = [text for rule in lint.load_lint() for text in (*rule.examples_yes, *rule.examples_no)]
    lint._checks.cache_clear()
    found = [lint.lint(text) for text in texts]
    assert any(found)
    lint._checks.cache_clear()
    monkeypatch.setattr(lint, "load_lint", lambda: 1 / 0)
    assert [lint.lint(text) for text in texts] == found
    lint._checks.cache_clear()


# --------------------------------------------------------------------------- one file


def test_what_is_kept_comes_back():
    """Under the same name and key; not under another."""
    key = stored.key_of(b"table")
    assert stored.read(NAME, key) is None
    stored.write(NAME, key, VALUE)
    assert stored.read(NAME, key) == VALUE
    assert stored.read(NAME, stored.key_of(b"other")) is None
    assert stored.read("other.bin", key) is None


def test_the_file_is_its_owners_alone(cache):
    """Nobody else may write what will be trusted; a file that others can write is not."""
    key = stored.key_of(b"table")
    stored.write(NAME, key, VALUE)
    file = cache / NAME
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o622)
    assert stored.read(NAME, key) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_somebody_elses_file_is_not_read(cache):
    """Nor one that belongs to another user."""
    key = stored.key_of(b"table")
    stored.write(NAME, key, VALUE)
    os.chown(cache / NAME, 12345, -1)
    assert stored.read(NAME, key) is None


def test_a_right_sum_over_what_cannot_be_read_is_none(cache):
    """The sum fits but the rest is no data."""
    key = stored.key_of(b"table")
    cache.mkdir(parents=True)
    for rest in (b"", b"?", marshal.dumps(VALUE)[:-1]):
        content = key + rest
        (cache / NAME).write_bytes(hashlib.sha256(content).digest() + content)
        assert stored.read(NAME, key) is None


def test_what_is_no_plain_data_is_not_kept(cache):
    """And leaves no half a file behind."""
    stored.write(NAME, stored.key_of(b"table"), {"path": object()})
    assert stored.read(NAME, stored.key_of(b"table")) is None
    assert not cache.exists() or list(cache.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file(cache, monkeypatch):
    """The new one replaces it in one step or not at all."""
    key = stored.key_of(b"table")
    stored.write(NAME, key, VALUE)

    def full(_self, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    stored.write(NAME, key, {"new": 1})
    assert stored.read(NAME, key) == VALUE
    assert [file.name for file in cache.iterdir()] == [NAME]


# --------------------------------------------------------------------------- the trie


def test_branches_are_read_when_asked_for_and_once():
    """They are the trie as it was; whoever asks again has the same object."""
    trie = {"leg": {"": [1], "pain": {"": [2, 3]}}, "arm": {"": [4]}}
    read = branches.Branches(branches.packed(trie))
    assert list(read) == list(trie)
    assert read.get("knee") is None
    assert "knee" not in read
    assert read["leg"] == trie["leg"]
    assert read.get("leg") is read["leg"] is read.setdefault("leg", {})
    assert read == trie
    read.setdefault("knee", {})[""] = [5]
    assert read != trie
    assert read == {**trie, "knee": {"": [5]}}
