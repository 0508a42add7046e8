"""Small made-up set folders, with an assistant that answers from a table."""

from __future__ import annotations

import json

import pytest

from backbot.errors import UsageError
from backbot.evaluation.metrics import Rate
from backbot.evaluation.runner import evaluate
from backbot.model import Tier

FACTS = [
    {"fact_id": "A", "fact": "ice for 20 minutes", "must_contain": ["ice", "20 min"]},
    {"fact_id": "B", "fact": "drink", "must_contain": ["water|drink"], "evidence": "ignored"},
]


def write(folder, files):
    """Write JSON lines under the folder; a last line is blank."""
    for name, rows in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(json.dumps(r) for r in rows) + "\n\n", encoding="utf-8")
    return folder


def reply(text="", passages=()):
    """In the shape of `ask --json`; a decline where there is no text."""
    return {
        "answered": bool(text),
        "kind": "answer" if text else "declined",
        "answer": text or "Nothing on that.",
        "passages": [{"text": passage} for passage in passages],
    }


def from_table(table):
    """An assistant that knows the last turns of a table and declines the rest."""
    return lambda turns: table.get(turns[-1], reply())


def calm(turns):
    """Triage that finds nothing."""
    return {"tiers": ["none"] * len(turns), "note": None}


def question(row_id, text, *facts, **more):
    """A row of questions.jsonl."""
    return {"id": row_id, "question": text, "fact_ids": list(facts), **more}


def test_a_question_is_right_when_one_acceptable_fact_stands_in_the_answer(tmp_path):
    """Any of the facts will do; the hit is looked for in the passages apart from that."""
    write(
        tmp_path,
        {
            "answers/facts.jsonl": FACTS,
            "answers/questions.jsonl": [
                question("q1", "how long?", "A", "B", style="short"),
                question("q2", "thirsty?", "B"),
                question("q3", "unknown?", "A"),
            ],
        },
    )
    table = {
        "how long?": reply("Ice it for 20 minutes.", ["x", "ice 20 minutes"]),
        "thirsty?": reply("No idea.", ["drink"]),
    }
    (block,) = evaluate(tmp_path, from_table(table), None).answers
    assert [(r.correct, r.answered, r.rank, r.words) for r in block.results] == [
        (True, True, 2, 5),
        (False, True, 1, 2),
        (False, False, None, 0),
    ]
    assert block.figures.correct == Rate(1, 3)
    assert block.figures.false_declines == Rate(1, 3)


def test_a_fact_said_after_the_word_limit_does_not_count(tmp_path):
    """Pasting whole articles gains nothing, but its length is told."""
    write(
        tmp_path,
        {
            "answers/facts.jsonl": FACTS,
            "answers/questions.jsonl": [question("q1", "thirsty?", "B")],
        },
    )
    assistant = from_table({"thirsty?": reply("hay " * 9 + "drink")})
    for limit, right in ((9, False), (10, True), (0, True)):
        (block,) = evaluate(tmp_path, assistant, None, max_words=limit).answers
        assert block.results[0].correct is right
        assert block.results[0].words == 10


def test_a_fact_in_a_decline_does_not_count(tmp_path):
    """Naming the nearest topics is no answer."""
    write(
        tmp_path,
        {
            "answers/facts.jsonl": FACTS,
            "answers/questions.jsonl": [question("q1", "thirsty?", "B")],
        },
    )
    declined = reply() | {"answer": "Nothing on that. Nearest: drink."}
    (block,) = evaluate(tmp_path, lambda _: declined, None).answers
    assert block.figures.correct == Rate(0, 1)


def test_rows_that_escalate_are_not_asked(tmp_path):
    """The reply they should get holds no answer; they are counted as left out."""
    write(
        tmp_path,
        {
            "answers/facts.jsonl": FACTS,
            "answers/questions.jsonl": [
                question("q1", "numb?", "A", escalates="emergency"),
                question("q2", "thirsty?", "B"),
            ],
        },
    )
    seen = []
    (block,) = evaluate(tmp_path, lambda turns: seen.append(turns) or reply(), None).answers
    assert seen == [["thirsty?"]]
    assert block.left_out == 1
    assert block.figures.correct.n == 1


def test_a_follow_up_is_asked_with_all_its_turns(tmp_path):
    """Turns may be texts or objects."""
    rows = [
        {"id": "c1", "turns": ["ice?", "how long?"], "fact_ids": ["A"]},
        {"id": "c2", "turns": [{"text": "dry"}, {"text": "thirsty?"}], "fact_ids": ["B"]},
    ]
    write(tmp_path, {"answers/facts.jsonl": FACTS, "answers/followups.jsonl": rows})
    seen = []
    evaluate(tmp_path, lambda turns: seen.append(list(turns)) or reply(), None)
    assert seen == [["ice?", "how long?"], ["dry", "thirsty?"]]


def test_out_of_scope_is_right_when_declined_and_small_talk_counts_as_declined(tmp_path):
    """`answered` decides."""
    rows = [
        {"id": "o1", "question": "dose?", "type": "drug_dosing"},
        {"id": "o2", "question": "hello", "type": "chitchat"},
    ]
    write(tmp_path, {"answers/out_of_scope.jsonl": rows})
    table = {"dose?": reply("Take two."), "hello": reply() | {"kind": "chitchat"}}
    (block,) = evaluate(tmp_path, from_table(table), None).declines
    assert [result.declined for result in block.results] == [False, True]


def test_each_turn_of_a_conversation_is_scored(tmp_path):
    """With its own tier and acceptable tiers; the note belongs to the last turn only."""
    conversation = {
        "id": "v1",
        "tier": "emergency",
        "turns": [
            {"text": "what is sciatica", "tier": "none", "informational": True},
            {"text": "arm weak", "tier": "urgent", "accept": ["emergency"]},
            {"text": "sudden", "tier": "emergency", "confidence": "low"},
        ],
    }
    write(tmp_path, {"escalation/dev_conversations.jsonl": [conversation]})
    said = {"tiers": ["nerve", "emergency", "none"], "note": "nerve_info"}
    (block,) = evaluate(tmp_path, None, lambda _: said).escalations
    first, second = block.results
    assert block.left_out == 1
    assert (first.row_id, first.right, first.informational, first.noted) == (
        "v1#1",
        False,
        True,
        None,
    )
    assert (second.text, second.right) == ("what is sciatica / arm weak", True)


def test_a_single_message_knows_its_note(tmp_path):
    """An informational row is well served by a soft note and no tier."""
    rows = [{"id": "e1", "text": "what is sciatica", "tier": "none", "informational": True}]
    write(tmp_path, {"escalation/dev.jsonl": rows})
    said = {"tiers": ["none"], "note": "nerve_info"}
    (block,) = evaluate(tmp_path, None, lambda _: said).escalations
    assert block.figures.note_given == Rate(1, 1)
    assert block.results[0].gold is Tier.NONE


def test_absent_files_are_skipped_and_named(tmp_path):
    """A folder with one file is a set; own files are nobody else's duty."""
    write(tmp_path, {"escalation/dev.jsonl": [{"id": "e", "text": "a", "tier": "none"}]})
    result = evaluate(tmp_path, from_table({}), calm)
    assert [block.name for block in result.escalations] == ["dev"]
    assert set(result.absent) == {
        "answers/facts.jsonl",
        "answers/questions.jsonl",
        "answers/followups.jsonl",
        "answers/out_of_scope.jsonl",
        "escalation/dev_conversations.jsonl",
    }


def test_other_message_files_are_read_and_other_kinds_left_alone(tmp_path):
    """Any file of rows with a tier is a set of messages; a negation file is not."""
    write(
        tmp_path,
        {
            "escalation/winter.jsonl": [{"id": "w", "text": "a", "tier": "none"}],
            "escalation/negex.jsonl": [{"id": "n", "sentence": "no a", "negated": True}],
        },
    )
    result = evaluate(tmp_path, None, calm)
    assert [block.name for block in result.escalations] == ["winter"]


def test_the_kept_part_is_looked_at_only_when_asked_for(tmp_path):
    """It is named as held back otherwise; the tune part and own facts are always read."""
    message = {"text": "a", "tier": "none"}
    write(
        tmp_path,
        {
            "answers/own_facts.jsonl": FACTS,
            "answers/own_questions_tune.jsonl": [question("q1", "x?", "A")],
            "answers/own_questions_kept.jsonl": [question("q2", "y?", "A")],
            "answers/fresh_out_of_scope_kept.jsonl": [{"id": "o", "question": "z?", "type": "t"}],
            "escalation/own_tune.jsonl": [{"id": "e1", **message}],
            "escalation/own_kept.jsonl": [{"id": "e2", **message}],
        },
    )
    seen = []
    assistant = lambda turns: seen.append(turns[-1]) or reply()  # noqa: E731
    result = evaluate(tmp_path, assistant, calm)
    assert seen == ["x?"]
    assert [block.name for block in result.escalations] == ["own_tune"]
    assert set(result.held_back) == {
        "answers/own_questions_kept.jsonl",
        "answers/fresh_out_of_scope_kept.jsonl",
        "escalation/own_kept.jsonl",
    }
    result = evaluate(tmp_path, assistant, calm, kept=True)
    assert [block.name for block in result.declines] == ["fresh_out_of_scope_kept"]
    assert [block.name for block in result.answers] == ["own_questions_tune", "own_questions_kept"]
    assert [block.name for block in result.escalations] == ["own_tune", "own_kept"]
    assert result.held_back == ()


def test_progress_is_told_for_every_row(tmp_path):
    """Set, rows done, rows in all."""
    write(
        tmp_path, {"escalation/dev.jsonl": [{"id": i, "text": "a", "tier": "none"} for i in "ab"]}
    )
    told = []
    evaluate(tmp_path, None, calm, progress=lambda *step: told.append(step))
    assert told == [("dev", 1, 2), ("dev", 2, 2)]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds no set"),
        ({"escalation/dev.jsonl": [{"id": "e", "text": "a", "tier": "bad"}]}, "line 1.*'bad'"),
        ({"escalation/dev.jsonl": [{"id": "e", "tier": "none"}]}, "line 1 has no text in 'text'"),
        (
            {"escalation/dev_conversations.jsonl": [{"id": "v", "turns": ["a"], "tier": "none"}]},
            "every turn must be an object",
        ),
        ({"answers/questions.jsonl": [question("q", "x?", "Z")]}, "line 1 names the fact 'Z'"),
        ({"answers/facts.jsonl": [FACTS[0], FACTS[0]]}, "line 2: the fact id A is used twice"),
        (
            {"answers/facts.jsonl": [{"fact_id": "A", "fact": "a", "must_contain": ["("]}]},
            "line 1: fact A",
        ),
        ({"answers/out_of_scope.jsonl": [{"id": "o", "turns": []}]}, "'turns' must be a list"),
    ],
)
def test_a_broken_set_is_named_with_its_place(tmp_path, files, words):
    """Which file, which line, what is wrong with it."""
    write(tmp_path, files)
    with pytest.raises(UsageError, match=words):
        evaluate(tmp_path, from_table({}), calm)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"id": "e"\n', "line 1 is not JSON"),
        (b"[1]\n", "line 1 must hold one JSON object"),
        (b"\xff\xfe\n", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_json_lines_is_named(tmp_path, content, words):
    """No traceback about a decoder reaches a person."""
    (tmp_path / "escalation").mkdir()
    (tmp_path / "escalation" / "dev.jsonl").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        evaluate(tmp_path, None, calm)


def test_a_missing_folder_is_named(tmp_path):
    """And what it should hold."""
    with pytest.raises(UsageError, match=r"no folder .*nowhere"):
        evaluate(tmp_path / "nowhere", None, calm)


def test_triage_that_loses_a_turn_is_a_fault_of_the_program(tmp_path):
    """Scoring the wrong turn would be worse than stopping."""
    write(
        tmp_path,
        {
            "escalation/dev_conversations.jsonl": [
                {"id": "v", "turns": [{"text": "a", "tier": "none"}] * 2}
            ],
            "escalation/dev.jsonl": [],
        },
    )
    with pytest.raises(ValueError, match="1 tiers for 2 turns"):
        evaluate(tmp_path, None, lambda _: {"tiers": ["none"]})
