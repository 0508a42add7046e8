"""A conversation goes to bytes and back whole; anything else is damaged, never an exception."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.model import Conversation, OpenConcept, Tier, TriageState
from backbot.state.cipher import Cipher, UnreadableError
from backbot.state.codec import WORDS, DamagedError, decode, encode_state, encode_words

KEY = "a-key-of-more-than-thirty-two-characters"
TIMES = st.floats(0, 4e9)
ANY_TEXT = st.text(st.characters(), max_size=20)  # half surrogate pairs too
CONCEPTS = st.lists(st.builds(OpenConcept, ANY_TEXT, TIMES), max_size=3).map(tuple)
BY_TYPE = {
    "Tier": st.sampled_from(Tier),
    "float": TIMES,
    "bool": st.booleans(),
    "str": ANY_TEXT,
    "tuple[OpenConcept, ...]": CONCEPTS,
}
STATES = st.builds(TriageState, **{f.name: BY_TYPE[f.type] for f in fields(TriageState)})
TEXTS = st.lists(ANY_TEXT, max_size=4).map(tuple)
CONVERSATIONS = st.builds(Conversation, STATES, TEXTS, TEXTS, TIMES, ANY_TEXT)


@given(CONVERSATIONS)
def test_every_conversation_comes_back_equal(conversation):
    """All fields of both, whatever is in them: a new one is tried without being named here."""
    state, words = encode_state(conversation), encode_words(conversation)
    assert decode(state, words, conversation.updated_at) == conversation


@given(CONVERSATIONS)
def test_the_state_alone_holds_no_words(conversation):
    """What is stored without a key."""
    marked = replace(
        conversation,
        triage=replace(conversation.triage, recent="zebra"),
        turns=("zebra",),
        cited=("zebra#1",),
    )
    assert b"zebra" not in encode_state(marked)
    read = decode(encode_state(marked), None, marked.updated_at)
    assert (read.turns, read.cited, read.triage.recent) == ((), (), "")


def test_a_new_text_field_of_the_engine_must_be_decided_upon():
    """Words of a person, to be encrypted and dropped with them, or not."""
    no_words = {"template", "listed", "previous", "language"}
    texts = {field.name for field in fields(TriageState) if field.type == "str"}
    assert texts == no_words | WORDS


def test_a_field_that_was_not_known_then_has_its_default():
    """A row of the version before."""
    old = b'{"v": 1, "triage": {"open_tier": 2, "later": 5}, "country": ""}'
    assert decode(old, None, 1.0) == Conversation(TriageState(open_tier=Tier.URGENT), updated_at=1)


@given(st.binary(max_size=60))
def test_other_bytes_are_damaged(noise):
    """No other exception."""
    with pytest.raises(DamagedError):
        decode(noise, None, 0.0)


@pytest.mark.parametrize(
    "state",
    [
        b"[]",
        b'{"v": 2, "triage": {}, "country": ""}',
        b'{"v": 1, "triage": [], "country": ""}',
        b'{"v": 1, "triage": {"open_tier": 9}, "country": ""}',
        b'{"v": 1, "triage": {"opened_at": "x"}, "country": ""}',
        b'{"v": 1, "triage": {"template": 7}, "country": ""}',
        b'{"v": 1, "triage": {"concepts": [7]}, "country": ""}',
        b'{"v": 1, "triage": {}, "country": 7}',
        b'{"v": 1, "triage": {}}',
        b"[" * 100_000,
    ],
)
def test_half_a_conversation_is_damaged(state):
    """A value of another type, a missing piece, another version, nesting without end."""
    with pytest.raises(DamagedError):
        decode(state, None, 0.0)


def test_damaged_words_are_damaged():
    """As the state is."""
    with pytest.raises(DamagedError):
        decode(encode_state(Conversation()), b'{"v": 1, "triage": {}, "turns": [1]}', 0.0)


# --------------------------------------------------------------------------- encryption


@given(st.binary(max_size=100))
def test_what_is_sealed_opens_with_the_same_key(plain):
    """With a key it cannot be read, without one it is as it was."""
    sealed = Cipher.of(KEY).seal(plain)
    assert Cipher.of(KEY).open(sealed) == plain
    assert Cipher().open(Cipher().seal(plain)) == plain
    assert Cipher.of(KEY).open(Cipher().seal(plain)) == plain
    with pytest.raises(UnreadableError):
        Cipher().open(sealed)


def test_a_changed_byte_is_noticed():
    """Encrypted bytes are signed."""
    sealed = bytearray(Cipher.of(KEY).seal(b"emergency"))
    sealed[20] ^= 1
    with pytest.raises(UnreadableError):
        Cipher.of(KEY).open(bytes(sealed))


def test_the_key_may_be_any_long_text():
    """Not only what the library itself makes."""
    for key in ("k" * 32, "ключ" * 10, "x" * 5000):
        assert Cipher.of(key).open(Cipher.of(key).seal(b"a")) == b"a"
    assert not Cipher.of("").has_key
    assert not Cipher.of(" , ").has_key
