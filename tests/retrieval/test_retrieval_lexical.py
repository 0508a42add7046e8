"""BM25 by hand, and the shares of a question that passages hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.model import ArticleMeta, Passage
from backbot.retrieval.lexical import FILE, K1, B, build, load
from backbot.retrieval.terms import QueryTerm, query_terms

# Titles and sections count twice; these are stop words, so that lengths stay easy to count.
TEXTS = ("knee knee heat", "heat cold", "chair chair chair chair chair")
ARTICLES = {"a": ArticleMeta("a", "the"), "b": ArticleMeta("b", "knees")}


def passage(text, row=0, article="a", section=""):
    """A passage without units: BM25 looks at its text."""
    return Passage(f"{article}#{row}", article, section, text, 0, len(text), ())


def index_of(texts, **options):
    """The lexical index of some texts."""
    made = [passage(text, row, **options) for row, text in enumerate(texts)]
    return load(build(made, ARTICLES)[FILE])


def term(*options, general=False):
    """A query term that the corpus may know."""
    return QueryTerm(options[0], options, known=True, general=general)


@pytest.fixture
def index():
    """Three passages: of 3, 2 and 5 words; 10 / 3 on average."""
    return index_of(TEXTS)


def by_hand(count, length, holding, *, n=3, average=10 / 3):
    """The BM25 weight of a word that stands `count` times in a passage of `length` words."""
    idf = math.log(1 + (n - holding + 0.5) / (holding + 0.5))
    return idf * count * (K1 + 1) / (count + K1 * (1 - B + B * length / average))


def test_the_scores_are_those_computed_by_hand(index):
    """The formula of Robertson and Zaragoza, with the numbers put in."""
    # ln(1 + 2.5 / 1.5) * 2 * 2.2 / (2 + 1.2 * (0.4 + 0.6 * 3 / (10 / 3))) = 0.98083 * 1.40665
    assert by_hand(2, 3, 1) == pytest.approx(1.3797, abs=1e-4)
    knee = index.scores([term("knee")])
    assert knee == pytest.approx([by_hand(2, 3, 1), 0, 0], abs=1e-5)
    heat = index.scores([term("heat")])
    assert heat == pytest.approx([by_hand(1, 3, 2), by_hand(1, 2, 2), 0], abs=1e-5)
    both = index.scores([term("knee"), term("heat")])
    assert both == pytest.approx(knee + heat, abs=1e-5)
    chair = index.scores([term("chair")])
    assert chair == pytest.approx([0, 0, by_hand(5, 5, 1)], abs=1e-5)


def test_a_synonym_counts_a_little_less_and_only_the_best_counts(index):
    """Two words for one thing are one thing."""
    found = index.scores([term("knee", "heat")])
    assert found[0] == pytest.approx(max(by_hand(2, 3, 1), 0.8 * by_hand(1, 3, 2)), abs=1e-5)
    assert found[1] == pytest.approx(0.8 * by_hand(1, 2, 2), abs=1e-5)


def test_an_unknown_word_scores_nothing(index):
    """Nor does no word at all."""
    assert not index.scores([term("zebra")]).any()
    assert not index.scores([]).any()
    assert not index.coverages([]).any()


def test_words_of_title_and_section_count_twice():
    """A heading says what a passage is about."""
    plain = index_of(["knee knee cold", "cold"])
    headed = index_of(["cold", "cold"], article="b")
    assert headed.holding([term("knee")]).tolist() == [[True, True]]
    in_section = index_of(["cold"], section="Knee")
    assert in_section.idf.tolist() == pytest.approx([math.log(1 + 0.5 / 1.5)] * 2)
    assert plain.holding([term("knee")]).tolist() == [[True, False]]


def test_coverage_is_the_share_of_the_telling_words(index):
    """Weighted by how rare they are; general words count a fifth."""
    knee, heat = math.log(1 + 2.5 / 1.5), math.log(1 + 1.5 / 2.5)
    found = index.coverages([term("knee"), term("heat")])
    assert found == pytest.approx([1.0, heat / (heat + knee), 0.0], abs=1e-6)
    found = index.coverages([term("knee"), term("heat", general=True)])
    assert found == pytest.approx([1.0, 0.2 * heat / (0.2 * heat + knee), 0.0], abs=1e-6)


def test_an_unknown_word_lowers_every_coverage(index):
    """It weighs as much as a rare one."""
    assert index.coverages([term("knee"), term("zebra")])[0] < 0.5


def test_the_same_passages_give_the_same_bytes():
    """So that a generation's checksum tells whether anything changed."""
    made = [passage(text, row) for row, text in enumerate(TEXTS)]
    assert build(made, ARTICLES) == build(made, ARTICLES)


def test_one_passage_and_passages_without_words_are_no_trouble():
    """The smallest corpora."""
    assert index_of(["knee"]).scores([term("knee")])[0] > 0
    empty = index_of(["the of", "1"])
    assert empty.scores([term("knee")]).tolist() == [0, 0]
    assert index_of(["..."]).coverages([term("knee")]).tolist() == [0]


_WORD = st.sampled_from(
    ["knee", "heat", "cold", "chair", "water", "hamstring", "spine", "massage"]
)
_TEXT = st.lists(_WORD, min_size=1, max_size=12).map(" ".join)


@given(st.lists(_TEXT, min_size=1, max_size=12), st.text(max_size=60), _TEXT)
def test_coverage_lies_between_none_and_all(texts, noise, words):
    """Whatever is asked; and one more word that a passage holds never lowers its BM25."""
    index = index_of(texts)
    asked = query_terms(f"{noise} {words}", index.terms)
    covered = index.coverages(asked)
    assert covered.shape == (len(texts),)
    assert ((covered >= 0) & (covered <= 1)).all()
    scores = index.scores(asked)
    assert (scores >= 0).all()
    assert (index.scores([*asked, term(texts[0].split()[0])]) >= scores - 1e-6).all()
    assert np.array_equal(scores > 0, covered > 0)
