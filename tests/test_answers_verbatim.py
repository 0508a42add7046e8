"""Nothing is generated: every line of every answer stands in a cited article, word for word."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from backbot.answer.extract import MOST_PASSAGES, MOST_WORDS
from backbot.cli.shapes import reply_as_json
from backbot.corpus.sentences import split_sentences
from real import CORPUS, real_clinic, rows, turns_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.model

_MARK = re.compile(r" \[(\d+)\]$")
_LIST_MARK = re.compile(r"^(?:- |(\d+)\. )")
_SAMPLE_QUESTIONS = "sample questions"
_SETS = ("questions", "own_questions_tune", "followups", "own_followups_tune", _SAMPLE_QUESTIONS)
_OUT_OF_SCOPE = ("out_of_scope", "own_out_of_scope_tune")


@cache
def replies(clinic_id, name):
    """Every reply of a set in its JSON form; asked once for all tests of this module."""
    clinic = _CLINICS[clinic_id]
    if name == _SAMPLE_QUESTIONS:
        asked = [[question] for _, question in clinic.generation.question_keys]
    else:
        asked = [turns_of(row) for row in rows(name)]
    return [reply_as_json(clinic.ask(*turns)) for turns in asked]


_CLINICS = {}


@pytest.fixture
def asked(real_clinic):  # noqa: F811
    """Asks every question of a set."""
    _CLINICS[id(real_clinic)] = real_clinic

    def ask(name):
        return replies(id(real_clinic), name)

    return ask


def answers(found):
    """Those that are answers."""
    return [reply for reply in found if reply["kind"] == "answer"]


def paragraphs(reply):
    """Number of the citation and the lines quoted under it, list marks still on."""
    for paragraph in reply["answer"].split("\n\n"):
        mark = _MARK.search(paragraph)
        assert mark, f"without a citation: {paragraph!r}"
        yield int(mark[1]), paragraph[: mark.start()].split("\n")


def plain(text):
    """Without white space differences."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", _SETS)
def test_every_line_stands_in_the_cited_article_and_passage(asked, real_clinic, name):  # noqa: F811
    """Marks off, each line and each sentence of it is a substring of body, passage and quote."""
    found = answers(asked(name))
    assert len(found) >= 0.85 * len(asked(name))
    for reply in found:
        cited = {citation["n"]: citation for citation in reply["citations"]}
        texts = {(p["article"], p["section"]): [] for p in reply["passages"]}
        for passage in reply["passages"]:
            texts[passage["article"], passage["section"]].append(passage["text"])
        seen = []
        for n, lines in paragraphs(reply):
            citation = cited[n]
            body = real_clinic.bodies[citation["article"]]
            places = texts[citation["article"], citation["section"]]
            for line in lines:
                text = _LIST_MARK.sub("", line)
                sentences = [text[start:end] for start, end in split_sentences(text)]
                assert sentences, reply["answer"]
                for sentence in sentences:
                    assert sentence in body
                    assert any(sentence in place for place in places)
                    assert sentence in citation["quote"]
            seen.append(n)
        assert seen == list(range(1, len(cited) + 1)), "marks and citations go together"


@pytest.mark.parametrize("name", _SETS)
def test_every_quote_and_passage_is_a_span_of_its_article(asked, real_clinic, name):  # noqa: F811
    """Quotes and passages are exact, and at least five passages come with each reply."""
    for reply in asked(name):
        for quoted in (
            *((c["article"], c["quote"]) for c in reply["citations"]),
            *((p["article"], p["text"]) for p in reply["passages"]),
        ):
            assert quoted[1] in real_clinic.bodies[quoted[0]]
        if reply["tier"] == "emergency":
            assert reply["passages"] == []
            assert reply["answer"] == ""
        else:
            assert len(reply["passages"]) >= 5
        scores = [passage["score"] for passage in reply["passages"]]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", _SETS)
def test_no_answer_is_long_or_of_many_passages(asked, name):
    """At most 120 words with their marks; no list of this corpus is longer by itself."""
    for reply in answers(asked(name)):
        assert len(reply["answer"].split()) <= MOST_WORDS, reply["answer"]
        assert 1 <= len(reply["citations"]) <= MOST_PASSAGES


@pytest.mark.parametrize("name", _SETS)
def test_sentences_are_never_cut(asked, real_clinic, name):  # noqa: F811
    """A quoted line is one or more whole units of the passage."""
    units = {
        (passage.article, plain(unit.text))
        for passage in real_clinic.generation.passages
        for unit in passage.units
    }
    for reply in answers(asked(name)):
        cited = {citation["n"]: citation["article"] for citation in reply["citations"]}
        for n, lines in paragraphs(reply):
            for line in lines:
                text = _LIST_MARK.sub("", line)
                if (cited[n], plain(text)) in units:
                    continue
                for start, end in split_sentences(text):
                    assert (cited[n], plain(text[start:end])) in units


@pytest.mark.parametrize("name", _SETS)
def test_lists_are_whole_and_led_in_and_steps_count_from_one(asked, real_clinic, name):  # noqa: F811
    """Of each list shown, every item is shown, in order, under its lead-in."""
    lists = {}
    for passage in real_clinic.generation.passages:
        for unit in passage.units:
            if unit.kind != "sentence":
                lists.setdefault((passage.passage_id, unit.block), []).append(unit.text)
    by_first = {items[0]: items for items in lists.values()}
    lead_ins = {
        plain(unit.text)
        for passage in real_clinic.generation.passages
        for unit in passage.units
        if unit.lead_in
    }
    shown = 0
    for reply in answers(asked(name)):
        for _, lines in paragraphs(reply):
            k = 0
            while k < len(lines):
                if not _LIST_MARK.match(lines[k]):
                    k += 1
                    continue
                items = by_first[_LIST_MARK.sub("", lines[k])]
                run = lines[k : k + len(items)]
                assert [_LIST_MARK.sub("", line) for line in run] == items
                steps = [m[1] for line in run if (m := _LIST_MARK.match(line)) and m[1]]
                assert steps == [str(number) for number in range(1, len(steps) + 1)]
                assert k, "a list without its lead-in"
                assert any(plain(lines[k - 1]).endswith(lead) for lead in lead_ins)
                shown += 1
                k += len(items)
    if name != "followups":
        assert shown, "no list was shown at all, so nothing was tested"


@pytest.mark.parametrize("name", _SETS)
def test_nothing_is_said_twice(asked, name):
    """No two lines of an answer consist of nearly the same words."""
    for reply in answers(asked(name)):
        bags = []
        for _, lines in paragraphs(reply):
            for line in lines:
                text = _LIST_MARK.sub("", line)
                for start, end in split_sentences(text):
                    words = re.findall(r"[a-z]{4,}", text[start:end].casefold())
                    if len(words) >= 4:
                        bags.append(Counter(words))
        for k, one in enumerate(bags):
            for other in bags[:k]:
                shared = (one & other).total() / (one | other).total()
                assert shared < 0.75, reply["answer"]


@pytest.mark.parametrize("name", _OUT_OF_SCOPE)
def test_no_source_stands_under_a_decline(asked, name):
    """A decline or a friendly word quotes nothing, and still shows what was found."""
    declined = [reply for reply in asked(name) if reply["kind"] in ("declined", "chitchat")]
    assert len(declined) >= 0.85 * len(asked(name))
    for reply in declined:
        assert reply["citations"] == []
        assert not reply["answered"]
        assert not re.search(r"\[\d+\]", reply["answer"])
        assert len(reply["passages"]) >= 5, reply["question"]


@pytest.mark.parametrize(
    "text", ["hello", "thank you so much", "😀😀", "", "???", "wie lange dauert ein Hexenschuss?"]
)
def test_small_talk_emptiness_and_other_languages_come_with_passages(real_clinic, text):  # noqa: F811
    """Whatever is no emergency comes with at least five passages."""
    reply = reply_as_json(real_clinic.ask(text))
    assert reply["kind"] in ("chitchat", "declined")
    assert len(reply["passages"]) >= 5
    assert reply["citations"] == []


def test_the_articles_tested_are_the_files_in_the_repository(real_clinic):  # noqa: F811
    """A body stands in its file as it is."""
    for slug, body in real_clinic.bodies.items():
        assert body in (CORPUS / f"{slug}.md").read_text("utf-8")
