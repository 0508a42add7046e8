"""The second pair of eyes: what it may do, and that it can be missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backbot.adapters import net as module
from backbot.adapters.net import Net, may_ask
from backbot.model import EncoderIdentity, Tier, TriageState
from backbot.triage.engine import assess


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


@pytest.mark.parametrize("broken", ["weights", "directions", "mean", "threshold", "nan"])
def test_numbers_that_do_not_fit_give_no_net(tmp_path, broken):
    """A file of the right kind with the wrong numbers is refused."""
    with np.load(module.DEFAULT_FILE) as file:
        parts = {name: file[name] for name in file.files}
    if broken == "threshold":
        parts["about"] = np.array(str(parts["about"]).replace('"threshold": 0', '"threshold": 7'))
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
        concern = net.concern(vector)
        assert 0 <= concern <= 1
        assert net.asks(vector) is (concern >= net.threshold)


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
    assert net.asks(embedder.encode([text])[0])


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
    assert not net.asks(embedder.encode([text])[0])


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
