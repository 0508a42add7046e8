"""Drafts and approvals without any chat: nothing is lost, and nothing happens unnoted."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import pypdf
import pytest

from backbot.corpus.reader import read_article, read_corpus
from backbot.editorial import Editor, NoDraftError, approve_draft, cluster
from backbot.editorial.articles import next_review, write_whole
from backbot.editorial.pictures import pictures_in
from backbot.editorial.wordfile import from_word, to_word
from backbot.errors import CorpusError, ImportRefusedError, StateError
from backbot.model import UnansweredQuestion
from backbot.state.cipher import Cipher
from backbot.state.database import Database
from backbot.state.records import DatabaseRecords
from backbot.state.withdrawn import WithdrawnFile
from backbot.triage.lint import lint
from fakes import HashEmbedder
from importing.makers import pdf, word, zip_bomb
from small_corpus import DESK, write_corpus

PROJECT = Path(__file__).resolve().parents[1]
TODAY = date(2026, 11, 22)
TEXT = (
    "A firm pillow under the knees takes the load off the lower back. Side sleepers put it between "
    "the knees instead, and change it when it has gone flat."
)


@pytest.fixture
def records(tmp_path):
    """Real records on a database of their own."""
    database = Database(f"sqlite:///{tmp_path}/b.db")
    yield DatabaseRecords(database, Cipher.of(""), WithdrawnFile(tmp_path / "w.json"), 3600.0)
    database.close()


@pytest.fixture
def corpus(tmp_path):
    """Three articles."""
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def editor(tmp_path, corpus, records):
    """Over that corpus, with no draft yet."""
    return Editor(lambda: corpus, tmp_path / "drafts", records, today=lambda: TODAY, lint=lint)


def file_of(folder: Path, name: str = "pillows.txt", text: str = TEXT, title: str = "Pillows"):
    """A raw file."""
    path = folder / name
    path.write_text(f"{title}\n\n{text}\n", "utf-8")
    return path


# --------------------------------------------------------------------------- approving


def test_an_approval_keeps_the_old_article_and_is_noted(corpus, tmp_path, records):
    """The new text is in place whole, the old one in `.history`, the draft is gone."""
    draft = tmp_path / "desk.md"
    draft.write_text(DESK + "\nStand up often.\n", "utf-8")
    done = approve_draft(draft, corpus, records, "7", replacing=True)
    assert done.path.read_text("utf-8").endswith("Stand up often.\n")
    assert done.kept is not None
    assert done.kept.read_text("utf-8") == DESK
    assert not draft.exists()
    assert [(a.slug, a.by) for a in records.approvals()] == [("desk", "7")]
    assert len(read_corpus(corpus)) == 3


def test_an_approval_that_cannot_be_noted_is_not_done(corpus, tmp_path, records):
    """The audit log is refused: article and draft are as they were, and no half file is left."""
    records.audit("1", "first")
    connection = sqlite3.connect(tmp_path / "b.db")
    connection.execute("DROP TABLE approvals")
    connection.commit()
    connection.close()
    draft = tmp_path / "desk.md"
    draft.write_text(DESK + "\nStand up often.\n", "utf-8")
    with pytest.raises(StateError, match=r"desk\.md was not approved and stays a draft"):
        approve_draft(draft, corpus, records, "7", replacing=True)
    assert draft.exists()
    assert (corpus / "desk.md").read_text("utf-8") == DESK
    assert not list(corpus.glob(".part-*"))


def test_an_article_is_not_replaced_unasked(corpus, tmp_path, records):
    """The name is taken by another text."""
    draft = tmp_path / "desk.md"
    draft.write_text(DESK + "\nStand up often.\n", "utf-8")
    with pytest.raises(CorpusError, match="says something else"):
        approve_draft(draft, corpus, records, "7")
    assert records.audit_log() == ()


@pytest.mark.parametrize(("reviewer", "on"), [("Dr Ann Smith", TODAY), ("", None)])
def test_the_reviewer_is_named_apart_from_the_approver(editor, tmp_path, corpus, reviewer, on):
    """With a name the dates are set, without one the article stays unreviewed."""
    preview = editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    done = editor.approve(preview.draft_id, "7", reviewer=reviewer)
    meta = read_article(done.path).meta
    assert (meta.reviewed_by, meta.reviewed_on) == (reviewer, on)
    assert meta.review_due == (date(2028, 11, 22) if reviewer else None)


def test_the_next_review_of_a_leap_day_exists():
    """Two years after 29 February is the 28th."""
    assert next_review(date(2028, 2, 29)) == date(2030, 2, 28)


# --------------------------------------------------------------------------- drafts


def test_the_same_file_again_is_the_same_draft_and_the_old_text_is_kept(editor, tmp_path):
    """One draft; what it said before is in `.history`; the old id is refused."""
    first = editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    again = editor.take_in(file_of(tmp_path, text=TEXT + " Wash it too."), "pillows.txt", "7")
    assert [draft_id for draft_id, _ in editor.waiting()] == [again.draft_id]
    with pytest.raises(NoDraftError, match="has changed since"):
        editor.approve(first.draft_id, "7")
    assert len(list((tmp_path / "drafts" / ".history").iterdir())) == 1


def test_another_file_of_the_same_title_is_another_draft(editor, tmp_path):
    """Neither takes the other's place; staff see that there are two, and which is which."""
    first = editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    assert first.others == ()
    other = file_of(tmp_path, "other.txt", TEXT.replace("firm", "soft"))
    second = editor.take_in(other, "other.txt", "7")
    assert second.meta.slug == "pillows-2"
    assert second.others == ("pillows",)
    assert editor.count() == 2
    assert set(editor.waiting()) == {(first.draft_id, "pillows"), (second.draft_id, "pillows-2")}


def test_files_beside_the_drafts_that_are_none_are_named(editor, tmp_path):
    """A page that was dropped there, and a draft that an editor has damaged; no others."""
    assert editor.unread() == ()
    editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    assert editor.unread() == ()
    (tmp_path / "drafts" / "page.html").write_text("<p>Pillows</p>")
    (tmp_path / "drafts" / "broken.md").write_text("no front matter")
    assert editor.unread() == ("broken.md", "page.html")
    assert len(editor.waiting()) == 1


def test_nearly_the_same_text_is_taken_for_a_new_version(editor, tmp_path, corpus):
    """Under another title; replacing keeps slug, tags and sample questions of the old one."""
    body = read_article(corpus / "desk.md").body.partition("# Sitting at a desk")[2]
    path = file_of(tmp_path, "chair.md", body.replace("30 minutes", "20 minutes"), "# Chairs")
    preview = editor.take_in(path, "chair.md", "7")
    assert preview.twin is not None
    assert (preview.twin.slug, preview.twin.same_name) == ("desk", False)
    assert not [i for i in preview.issues if i.kind == "repeat"]
    done = editor.approve(preview.draft_id, "7", instead_of="desk")
    assert done.path.name == "desk.md"
    assert "How should I sit at my desk?" in done.meta.questions
    assert done.meta.tags == ("desk",)
    assert done.meta.title == "Chairs"


def test_keeping_both_gives_the_new_one_a_name_of_its_own(editor, tmp_path, corpus):
    """The article that was there is untouched."""
    path = file_of(tmp_path, "desk.txt", TEXT, "Desk")
    preview = editor.take_in(path, "desk.txt", "7")
    assert preview.twin is not None
    assert preview.twin.same_name
    assert editor.approve(preview.draft_id, "7", new=True).meta.slug == "desk-2"
    assert (corpus / "desk.md").read_text("utf-8") == DESK
    assert len(read_corpus(corpus)) == 4


def test_an_article_that_comes_again_is_known_for_the_same(editor, tmp_path):
    """Whoever sends it need not compare it word by word."""
    first = editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    editor.approve(first.draft_id, "7")
    for text, same in ((TEXT, True), (TEXT + " Wash it too.", False)):
        again = editor.take_in(file_of(tmp_path, text=text), "pillows.txt", "7")
        assert again.twin is not None
        assert (again.twin.same_name, again.twin.same_text) == (True, same)


def test_an_article_that_a_patient_must_never_read_is_named_in_the_preview(editor, tmp_path):
    """The never-say list is an error to mend."""
    text = f"{TEXT} Take 400 mg of ibuprofen three times a day."
    preview = editor.take_in(file_of(tmp_path, text=text), "pillows.txt", "7")
    assert [i.severity for i in preview.issues if i.kind == "never-say"] == ["error"]


def test_a_discarded_draft_is_kept_aside_and_noted(editor, tmp_path, records):
    """It waits no more; the audit log tells who."""
    preview = editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    editor.discard(preview.draft_id, "8")
    assert editor.waiting() == ()
    with pytest.raises(NoDraftError, match="discarded already, by 8"):
        editor.approve(preview.draft_id, "7")
    (kept,) = (tmp_path / "drafts" / ".history").iterdir()
    assert "firm pillow" in kept.read_text("utf-8")


def test_a_draft_decided_on_while_it_is_looked_at_is_gone(editor, tmp_path, monkeypatch):
    """Two people press at once: the slower one is told what became of it, whenever it went."""
    preview = editor.take_in(file_of(tmp_path), "pillows.txt", "7")
    files = editor._files()
    editor.discard(preview.draft_id, "8")
    with monkeypatch.context() as patched:
        patched.setattr(Editor, "_files", lambda _self: files)
        with pytest.raises(NoDraftError, match="discarded already, by 8"):
            editor.preview(preview.draft_id)
    with monkeypatch.context() as patched:
        patched.setattr(Editor, "_find", lambda _self, _draft: files[0])
        with pytest.raises(NoDraftError, match="discarded already, by 8"):
            editor.preview(preview.draft_id)


def test_a_file_that_is_no_article_leaves_nothing(editor, tmp_path):
    """Refused by name; no draft, no folder."""
    path = tmp_path / "upload.docx"
    path.write_bytes(zip_bomb())
    with pytest.raises(ImportRefusedError, match=r"^bomb\.docx was not imported: it would unpack"):
        editor.take_in(path, "bomb.docx", "7")
    assert not (tmp_path / "drafts").exists()


# --------------------------------------------------------------------------- Word


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "corpus").glob("[a-z]*.md")), ids=lambda path: path.stem
)
def test_an_article_survives_the_way_through_word(path):
    """Every word, heading, list and step, and the sample questions; none of it is judged."""
    article = read_article(path)
    back = from_word(to_word(article.meta, article.body))
    assert back is not None
    assert (back.slug, back.title) == (article.meta.slug, article.meta.title)
    assert back.questions == article.meta.questions
    heading = f"# {article.meta.title}\n"
    assert back.body.split() == article.body.replace(heading, "").split()


def test_a_word_file_of_somebody_elses_is_not_taken_for_a_draft():
    """It has not our last heading."""
    assert from_word(word([("Title", "Pillows"), ("Normal", TEXT)])) is None


def test_numbered_lists_begin_at_one_each(tmp_path):
    """In Word too, where a style alone would count on."""
    meta = replace(read_article(PROJECT / "corpus" / "hamstrings.md").meta, questions=())
    data = to_word(meta, "1. a\n2. b\n\nThen:\n\n1. c\n2. d\n")
    (tmp_path / "d.docx").write_bytes(data)
    lists = [
        p._p.pPr.numPr.numId.val
        for p in docx.Document(tmp_path / "d.docx").paragraphs
        if p.style.name == "List Number"
    ]
    assert lists[0] == lists[1] != lists[2] == lists[3]
    back = from_word(data)
    assert back is not None
    assert back.body == "1. a\n2. b\n\nThen:\n\n1. c\n2. d\n"


def test_a_word_file_cannot_name_a_draft_outside_the_folder(editor, tmp_path, corpus):
    """A path in the line that names the draft is no name: the file is read as any other."""
    document = docx.Document()
    for text in (TEXT, TEXT):
        document.add_paragraph(text)
    document.add_heading("For the clinic only: not shown to patients", 1)
    document.add_paragraph("Draft: ../corpus/desk")
    document.save(tmp_path / "evil.docx")
    editor.take_in(tmp_path / "evil.docx", "evil.docx", "7")
    assert (corpus / "desk.md").read_text("utf-8") == DESK
    assert all(path.parent == tmp_path / "drafts" for path in tmp_path.glob("drafts/*.md"))


# --------------------------------------------------------------------------- pictures, questions


def test_pictures_that_may_show_steps_are_named_and_logos_are_not(tmp_path):
    """By name, description or the heading above."""
    page = tmp_path / "p.html"
    page.write_text(
        "<html><body><img src='/logo.png' alt='Stretch clinic logo'><h2>How to stretch</h2>"
        "<img src='a/b/0815.jpg?w=3'><h2>Our team</h2><img src='team.jpg' alt='All of us'>"
        "</body></html>",
        "utf-8",
    )
    assert list(pictures_in(page)) == ["0815.jpg, after “How to stretch”"]


def test_pages_of_a_pdf_with_pictures_are_named_where_they_speak_of_steps(tmp_path):
    """By page and the line that says so; a page without pictures is not named."""
    text = [("Knee stretch, step by step", 14.0, 60.0, 700.0)]
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([text, text])))
    picture = pypdf.generic.StreamObject()
    numbers = {"/Width": 400, "/Height": 300, "/BitsPerComponent": 8}
    names = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": "/DeviceGray"}
    name, number = pypdf.generic.NameObject, pypdf.generic.NumberObject
    picture.update({name(key): number(value) for key, value in numbers.items()})
    picture.update({name(key): name(value) for key, value in names.items()})
    reference = writer._add_object(picture)
    drawn = pypdf.generic.DictionaryObject({name("/Im0"): reference})
    resources = writer.pages[1]["/Resources"].get_object()
    writer.pages[1][name("/Resources")] = pypdf.generic.DictionaryObject(
        {**resources, name("/XObject"): drawn}
    )
    writer.write(tmp_path / "p.pdf")
    assert list(pictures_in(tmp_path / "p.pdf")) == [
        "page 2: a picture, after “Knee stretch, step by step”"
    ]


def asked(*texts: str) -> list[UnansweredQuestion]:
    """Questions, newest first."""
    return [UnansweredQuestion(f"{n:016x}", text, -n) for n, text in enumerate(texts)]


def test_questions_of_the_same_words_are_one_group_most_frequent_first():
    """Order of words and small words do not matter."""
    groups = cluster(
        asked("can i swim", "Can I fly with back pain?", "with back pain can i fly", "i can fly")
    )
    assert [len(group.questions) for group in groups] == [2, 1, 1]
    assert groups[0].text == "Can I fly with back pain?"


def test_an_encoder_groups_questions_of_one_sense():
    """By cosine; the words alone would keep these apart."""
    questions = asked("swim swim swim swim swim pool", "swim swim swim swim swim lake shore")
    assert len(cluster(questions)) == 2
    assert len(cluster(questions, HashEmbedder().encode)) == 1


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    """Neither under the file's own name nor beside it."""

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CorpusError, match="No space left on device"):
        write_whole(tmp_path / "heat.md", b"text")
    assert list(tmp_path.iterdir()) == []
