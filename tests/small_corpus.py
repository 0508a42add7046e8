"""Three short articles, enough to build a real index from in a second or two."""

from __future__ import annotations

from pathlib import Path

HAMSTRINGS = """---
title: Tight hamstrings
slug: tight-hamstrings
language: en
summary: How tight hamstrings pull on the lower back.
sources:
  - title: Muscles and the back
    publisher: Example Press
    author: A. Writer
tags: [hamstrings]
reviewed_by: ""
questions:
  - Why do tight hamstrings hurt my back?
  - How do I stretch my hamstrings?
---
# Tight hamstrings

## Why tight hamstrings hurt the back

Tight hamstrings pull on the pelvis and flatten the lower back. The muscles of the lower back then
work harder, and they begin to ache.

## How to stretch the hamstrings

Stretch both hamstrings gently every day:

1. Lie on your back with one knee bent.
2. Lift the other leg until you feel a light pull.
3. Hold for 30 seconds and change sides.
"""

HEAT = """---
title: Heat and cold
slug: heat-and-cold
language: en
summary: When a warm pack helps and when a cold pack does.
sources:
  - publisher: Example Press
tags: [heat, cold]
reviewed_by: Dr Ada Example
reviewed_on: 2026-01-10
review_due: 2999-01-01
questions:
  - Should I use heat or ice on my back?
---
# Heat and cold

## Heat

A warm pack relaxes stiff back muscles. Use it for 15 to 20 minutes.

## Cold

A cold pack calms a fresh strain in the first two days. Never put ice on bare skin.
"""

DESK = """---
title: Sitting at a desk
slug: desk
language: en
summary: How to sit so that the back does not stiffen.
sources: []
tags: [desk]
reviewed_by: ""
questions:
  - How should I sit at my desk?
---
# Sitting at a desk

## The chair

Set the chair so that your feet stand flat on the floor. Keep the screen at eye level.

## Breaks

Get up from the desk every 30 minutes and walk for a minute.
"""

ARTICLES = {"tight-hamstrings.md": HAMSTRINGS, "heat-and-cold.md": HEAT, "desk.md": DESK}


def write_corpus(folder: Path) -> Path:
    """The three articles in a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
