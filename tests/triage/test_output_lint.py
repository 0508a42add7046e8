"""The never-say list."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.errors import RuleError
from backbot.triage import lint as lint_module
from backbot.triage.lint import MOST_WAYS, lint, load_lint, ways

RULES = load_lint()
BLOCKED = [(rule.provenance.id, text) for rule in RULES for text in rule.examples_yes]
PASSED = [text for rule in RULES for text in rule.examples_no]


@pytest.mark.parametrize(("rule_id", "text"), BLOCKED, ids=[text for _, text in BLOCKED])
def test_what_is_never_said_is_found(rule_id, text):
    """By its own rule; in capitals, with curly quotes, bold, and over two lines too."""
    shapes = (text, text.upper(), text.replace("'", "’"), text.replace(" ", "\n"), f"**{text}**")
    for shape in shapes:
        hits = [hit for hit in lint(f"Hello. {shape} Bye.") if hit.rule_id == rule_id]
        assert hits, shape


@pytest.mark.parametrize("text", PASSED)
def test_what_may_be_said_passes(text):
    """By every rule, not only its own."""
    assert lint(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Apply ice for 20 minutes at a time, several times a day.",
        "If you rest, do so for no more than a day or two.",
        "Your provider may suggest non-steroidal anti-inflammatory drugs.",
        "You may need to rest.",
        "Strong core muscles are likely to protect the spine.",
        "Repeat five times on each side, twice a day.",
        "See a professional for a diagnosis.",
        "If you have a herniated disc, ask before you exercise.",
        "A fracture needs hospital care.",
        "Do not wait. Do not drive.",
        "Muscles need water to work well.",
        "It is important to warm up before exercise.",
    ],
)
def test_ordinary_article_sentences_pass(text):
    """The list stops advice to one person, not general information."""
    assert lint(text) == ()


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("Sounds like you have got a trapped nerve.", "N-DIAGNOSIS"),
        ("Your leg pain is caused by sciatica.", "N-DIAGNOSIS"),
        ("There's a 20 percent chance of that.", "N-PROBABILITY"),
        ("Have two aspirin.", "N-MEDICINE"),
        ("A dose of 1,000 mg is common.", "N-MEDICINE"),
        ("Please do not panic.", "N-REASSURANCE"),
        ("This is usually harmless.", "N-REASSURANCE"),
        ("Wait two more weeks.", "N-WAIT"),
        ("Touch your inner thighs with a cotton ball.", "N-SELF-TEST"),
        ("You won't need an ambulance.", "N-NO-HOSPITAL"),
        ("I will call you tomorrow.", "N-STAFF-PROMISE"),
        ("I am your nurse.", "N-PRETENDS"),
    ],
)
def test_other_wordings_are_found_too(text, rule_id):
    """Sentences that no rule lists as its example."""
    assert rule_id in {hit.rule_id for hit in lint(text)}


def test_a_hit_points_at_the_words():
    """The span slices back to the text as it stands."""
    text = "Hello **there**.\nYou’ll  be fine."
    (hit,) = lint(text)
    assert text[hit.start : hit.end] == hit.text == "You’ll  be fine"
    assert hit.why == "reassures without an examination"


@pytest.mark.parametrize(
    "pattern",
    [
        *("a*", "a+", "(?:a{1,3}){1,3}", "(?:ab){2,3}", "a{1,}", "a{1,61}", "a{3,2}", "a??"),
        *("a{1,2}?", "a{1,2}{1,2}", "(?:a", "a)", "(?P<x>a)", r"(a)\1", "?a", "^a", "a$"),
        *("(?i)a", "[a"),
    ],
)
def test_patterns_that_could_backtrack_are_refused(pattern):
    """No star, no plus, no repeated group, nothing the notation does not know."""
    with pytest.raises(ValueError, match=r"not|repeat|count|closed"):
        ways(pattern)


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("abc", 1),
        ("a?b", 2),
        ("a{0,9}b{2,3}", 20),
        ("(?:cat|dog)", 1),
        ("(?:a|ab)(?:c|bc)", 2),
        ("(?:x|[a-z]|.)", 3),
        ("(?:ab)?c", 2),
        (r"\bno\b[^.!?]{0,30}(?:mg|mgs?)", 93),
    ],
)
def test_ways_are_counted(pattern, count):
    """Choices multiply along a pattern; words that exclude each other count once."""
    assert ways(pattern) == count


@given(st.lists(st.sampled_from(["a", "b", "ab", "abc", "", "bc", "c"]), min_size=1, max_size=5))
def test_ways_of_words_are_never_too_few(words):
    """Against the truth: how many of the words can fit at one place of a text."""
    words = [word for word in words if word]
    if not words:
        return
    truth = max(
        sum(text.startswith(word) for word in words) for text in ("abc", "ab", "bc", "c", "b", "a")
    )
    assert ways("(?:" + "|".join(words) + ")") >= truth


def test_the_work_per_character_is_bounded():
    """Every packaged pattern: a fixed number of tries from one place, whatever the text."""
    for rule in RULES:
        for pattern in rule.patterns:
            assert ways(pattern.pattern) <= MOST_WAYS
            assert not re.search(r"(?<!\\)[*+](?![^\[]*\])", pattern.pattern)


@pytest.mark.parametrize(
    "unit", ["a", " ", "*", "you have ", "your pain suggests ", "take 1 ", "wait a few ", "’", "1"]
)
def test_long_crafted_texts_are_read_to_the_end(unit):
    """A hit behind 4096 characters of bait is found."""
    text = (unit * 4096)[:4096] + ". You'll be fine."
    assert any(hit.rule_id == "N-REASSURANCE" and hit.start >= 4096 for hit in lint(text))


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    """No error, and every span slices back."""
    for hit in lint(text):
        assert text[hit.start : hit.end] == hit.text


RULE = """
[words]
pet = ["cat", "dog"]
[[rule]]
id = "N-X"
version = 1
source = ["U"]
confidence = "U"
reviewed_by = ""
reviewed_on = ""
review_due = ""
why = "test"
patterns = ['<pet>s']
examples_yes = ["cats", "dogs", "CATS"]
examples_no = ["birds", "fish", "cat"]
"""


@pytest.fixture
def reload_from(tmp_path, monkeypatch):
    """Loads the list from another text."""
    monkeypatch.setattr(lint_module, "RULES_DIR", tmp_path)

    def load(text):
        (tmp_path / "lint.toml").write_text(text, encoding="utf-8")
        load_lint.cache_clear()
        return load_lint()

    yield load
    load_lint.cache_clear()


def test_a_list_in_the_right_form_loads(reload_from):
    """Word lists stand in for their words."""
    (rule,) = reload_from(RULE)
    assert rule.patterns[0].search("two Dogs")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<pet>s", "<bird>s", "unknown word list <bird>"),
        ("<pet>s", "(cat)+", "not allowed"),
        ("<pet>s", "c{0,50}a{0,50}t", "can be tried in 2601 ways"),
        ('why = "test"\n', "", "missing field 'why'"),
        ('why = "test"\n', 'why = "test"\nextra = 1\n', "unknown key 'extra'"),
        ('["cats", "dogs", "CATS"]', '["cats"]', "'examples_yes' must be a list of 3"),
        ('["birds", "fish", "cat"]', '["birds"]', "'examples_no' must be a list of 3"),
        ('pet = ["cat", "dog"]', 'pet = "cat"', "words: 'pet' must be a list"),
        ('[words]\npet = ["cat", "dog"]', 'words = "cat"', "'words' must be a table"),
    ],
)
def test_a_malformed_list_is_refused_by_name(reload_from, old, new, says):
    """The file, the rule and what is wrong."""
    assert old in RULE
    with pytest.raises(RuleError, match=r"lint\.toml") as caught:
        reload_from(RULE.replace(old, new))
    assert says in str(caught.value)


def test_a_rule_may_stand_only_once(reload_from):
    """Ids are unique."""
    with pytest.raises(RuleError, match="N-X: stands twice"):
        reload_from(RULE + RULE.replace('[words]\npet = ["cat", "dog"]\n', ""))


def test_an_exception_over_two_sentences_is_of_anybody():
    """A name for what was told of bones in general; not of what "you" have told."""
    told = "When the front of a bone gives way, it takes on a wedge shape. This is a fracture."
    assert lint(told) == ()
    assert lint(told.replace("a bone", "your spine"))
    assert lint("This is a fracture.")


def test_exceptions_are_counted_too():
    """They are tried on texts of anybody, as the patterns are."""
    exceptions = [pattern for rule in RULES for pattern in rule.unless]
    assert exceptions
    assert all(ways(pattern.pattern) <= MOST_WAYS for pattern in exceptions)
