"""The JSON objects that commands print."""

from __future__ import annotations

from typing import Any

from backbot.model import Assessment, Citation, Finding, Hit, Reply

_SCORE_DIGITS = 4


def reply_as_json(reply: Reply) -> dict[str, Any]:
    """A reply in the shape of `ask --json`."""
    return {
        "question": reply.question,
        "answered": reply.kind == "answer",
        "kind": reply.kind,
        "tier": reply.tier.label,
        "escalation": _escalation(reply),
        "answer": reply.answer.text,
        "citations": [_citation(citation) for citation in reply.answer.citations],
        "passages": [_passage(hit) for hit in reply.answer.hits],
        "generation": reply.generation,
        "elapsed_ms": round(reply.elapsed_ms, 2),
    }


def assessment_as_json(assessment: Assessment) -> dict[str, Any]:
    """An assessment in the shape of `triage --json`."""
    return {
        "tier": assessment.tier.label,
        "template": assessment.template,
        "note": assessment.note,
        "findings": [_finding(finding) for finding in assessment.findings],
        "language": assessment.language,
    }


def _escalation(reply: Reply) -> dict[str, Any] | None:
    """What is said first, and the safety-net note; None where there is neither."""
    said = [reply.escalation.text] if reply.escalation else []
    if reply.note:
        said.append(reply.note)
    if not said:
        return None
    findings = reply.assessment.findings if reply.assessment else ()
    return {"text": "\n\n".join(said), "findings": [_finding(finding) for finding in findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "concept": finding.concept,
        "span": finding.span,
        "start": finding.start,
        "end": finding.end,
        "status": str(finding.status),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "article": citation.article,
        "title": citation.title,
        "section": citation.section,
        "quote": citation.quote,
        "sources": list(citation.sources),
        "review": citation.review,
    }


def _passage(hit: Hit) -> dict[str, Any]:
    return {
        "text": hit.passage.text,
        "article": hit.passage.article,
        "section": hit.passage.section,
        "score": round(hit.score, _SCORE_DIGITS),
    }
