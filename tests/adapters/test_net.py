"""The second pair of eyes: what it may do, and that it can be missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backbot.adapters import net as module
from backbot.adapters.net import Net, may_ask, without_idioms, words_in
from backbot.model import EncoderIdentity, Tier, TriageState
from backbot.triage.engine import ASK, ASK_CRISIS, assess


def assessed(text, state=None):
    """What the rules make of a text."""
    return assess(text, state or TriageState(), 0.0)


@pytest.fixture(scope="module")
def net():
    """The packaged net."""
    loaded = Net.load()
    assert loaded is not None
    return loaded


def test_packaged_net_loads_and_is_small():
    """The weights travel with the package and stay under a hundred kilobytes."""
    assert Net.load() is not None
    assert module.DEFAULT_FILE.stat().st_size < 100_000


@pytest.mark.model
def test_net_fits_the_packaged_encoder_only(embedder):
    """Vectors of another encoder mean other things: then there is no net."""
    assert Net.load(embedder.identity) is not None
    assert Net.load(replace(embedder.identity, sha256="0" * 64)) is None
    assert Net.load(EncoderIdentity("x", "0" * 64, 768, "cls", 512)) is None


def test_missing_or_damaged_file_gives_no_net(tmp_path: Path):
    """The net is never needed: whatever is wrong with its file, there simply is none."""
    good = module.DEFAULT_FILE.read_bytes()
    assert Net.load(path=tmp_path / "missing.npz") is None
    for name, content in (
        ("empty", b""),
        ("text", b"not a net"),
        ("cut", good[: len(good) // 2]),
        ("tail", good[-500:]),
    ):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        assert Net.load(path=path) is None, name


@pytest.mark.parametrize(
    "broken", ["weights", "directions", "mean", "words", "crisis", "threshold", "nan"]
)
def test_numbers_that_do_not_fit_give_no_net(tmp_path, broken):
    """A file of the right kind with the wrong numbers is refused."""
    with np.load(module.DEFAULT_FILE) as file:
        parts = {name: file[name] for name in file.files}
    if broken == "threshold":
        parts["about"] = np.array(str(parts["about"]).replace('"threshold": 0', '"threshold": 7'))
    elif broken == "words":
        parts["words"] = parts["words"][:0]
    elif broken == "nan":
        parts["weights"] = np.full_like(parts["weights"], np.nan)
    else:
        parts[broken] = parts[broken][..., :-1]
    np.savez(tmp_path / "net.npz", **parts)
    assert Net.load(path=tmp_path / "net.npz") is None


def test_concern_lies_between_nought_and_one(net):
    """Concern is a probability, whatever the vector's direction; asking follows the threshold."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        vector = rng.standard_normal(net.mean.shape[0]).astype(np.float32)
        vector /= np.linalg.norm(vector)
        for text in ("", "my leg", "how do i loosen my shoulders"):
            concern = net.concern(text, vector)
            assert 0 <= concern <= 1
            assert bool(net.question(text, vector)) is (concern >= net.threshold)


def test_words_are_counted_alike_however_they_are_written():
    """Case, apostrophes of any kind and what stands between the words make no difference."""
    same = ["I can't feel it", "i cant feel it", "I CAN\u2019T ... feel, it!", "i can`t  feel\nit"]
    found = [words_in(text, 1000) for text in same]
    assert all(one == found[0] for one in found)
    places, shares = found[0]
    assert len(places) == len(shares) == 4 + 3  # words and pairs; none is long
    assert all(0 <= place < 1000 for place in places)
    assert sum(share**2 for share in shares) == pytest.approx(1)


def test_order_and_beginnings_of_words_count():
    """A pair is another one the other way round; a long word shares its beginning with its kin."""
    places = {text: set(words_in(text, 1 << 30)[0]) for text in ("dog bites", "bites dog")}
    assert len(places["dog bites"] & places["bites dog"]) == 3  # both words, one beginning
    assert set(words_in("shuffles", 1 << 30)[0]) & set(words_in("shuffling", 1 << 30)[0])
    assert not set(words_in("shoe", 1 << 30)[0]) & set(words_in("shod", 1 << 30)[0])


def test_only_the_first_words_of_a_very_long_text_count():
    """Counting takes no longer for a text of thousands of words."""
    long = "my back is stiff " * (module.MOST_WORDS // 4)
    assert words_in(long + "today again", 1 << 30) == words_in(long, 1 << 30)
    assert words_in("numb " + long, 1 << 30) != words_in(long, 1 << 30)


@pytest.mark.parametrize("text", ["", "???", "😭", "\u200b"])
def test_text_without_words_has_none(text):
    """Then the vector alone is weighed."""
    assert words_in(text, 1000) == ([], [])


def test_places_of_words_never_change():
    """The weights are of these places: another way of finding them makes them meaningless."""
    places, shares = words_in("numb feet", 8192)
    assert places == [9, 5327, 5839]
    assert [share > 0 for share in shares] == [True, False, True]


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "the loo seat is under me but my skin there has stopped noticing it",
        "my waterworks have gone on strike for half a day now",
        "both my legs turn to water when I get up",
    ],
)
def test_net_asks_about_a_sign_told_in_unlisted_words(net, embedder, text):
    """Signs in words of nobody's list sound like signs."""
    assert net.question(text, embedder.encode([text])[0]) == ASK


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "everything is in order now, the dog has a new home, nobody has to carry me after tonight",
        "written to everybody i love, the pain wins, i am going now",
    ],
)
def test_net_asks_about_despair_in_words_of_its_own(net, embedder, text):
    """Whoever is tired of living is not asked about numbness."""
    assert net.question(text, embedder.encode([text])[0]) == ASK_CRISIS


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "which stretch loosens the front of my hips",
        "is a firm mattress better for a sore back",
        "how long should I leave a heat pack on",
        "do standing desks help with posture",
    ],
)
def test_net_leaves_ordinary_questions_alone(net, embedder, text):
    """Questions that the articles answer are not asked about."""
    assert net.question(text, embedder.encode([text])[0]) == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("my back is killing me", "my back hurts badly"),
        ("My neck\u2019s KILLING ME today", "My neck hurts badly today"),
        ("i am killing myself", "i am killing myself"),
        ("is it ok to walk with back pain", "is it better to move or to rest with back pain"),
        ("does walking help", "is it better to move or to rest"),
        ("i can't walk any more", "i can't walk any more"),
        ("trouble walking today", "trouble walking today"),
        (
            "my thighs had no feeling, both. should i walk it off",
            "my thighs had no feeling, both. should i walk it off",
        ),
    ],
)
def test_a_back_that_kills_is_one_that_hurts(text, plain):
    """An idiom is no despair; who means it says it otherwise."""
    assert without_idioms(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "i took ibuprofen", "took 2 paracetamol this morning", "im on blood thinners",
        "took some painkillers", "tell me more", "anything else", "show me more please",
    ],
)  # fmt: skip
def test_an_ordinary_dose_and_a_wish_for_more_are_no_despair(net, embedder, text):
    """Neither says anything about wanting to die."""
    assert net.question(text, embedder.encode([text])[0]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "took the whole packet of ibuprofen", "i took 16 today", "took my painkillers all at once",
        "took some painkillers, sorry, goodbye", "just took 20 paracetamol",
    ],
)  # fmt: skip
def test_more_than_a_dose_is_asked_about(net, embedder, text):
    """By the rules or by the net."""
    asks = net.question(text, embedder.encode([text])[0])
    assert asks == ASK_CRISIS or assessed(text).tier is Tier.EMERGENCY


def test_net_is_heard_only_where_the_rules_are_silent():
    """A finding of any status, a note or an open tier keeps the net quiet."""
    ordinary = "how do i loosen my shoulders"
    assert may_ask(ordinary, assessed(ordinary))
    for text in ("my groin is numb", "what is cauda equina syndrome?", "my leg is not numb"):
        assert assessed(text).findings, text
        assert not may_ask(text, assessed(text)), text
    open_state = assessed("my groin is numb").state
    assert open_state.open_tier is Tier.EMERGENCY
    assert not may_ask(ordinary, assessed(ordinary, open_state))


@pytest.mark.parametrize("text", ["", "???", "you there", "😭 😭 😭 😭", "1 2 3 4"])
def test_too_few_words_are_not_judged(text):
    """What a vector says about two words or none is chance."""
    assert not may_ask(text, assessed(text))
