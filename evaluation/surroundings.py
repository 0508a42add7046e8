"""What stands around a message costs: signs still found among harmless other words.

    python evaluation/surroundings.py [--most N] [--worst N]

Takes the messages with a sign of the development set and the tune parts whose sign is found as
typed, puts each into surroundings that say nothing against it (a greeting, a back that was bad for
years, what a relative had, a question behind it), and counts how many keep their tier. What the
same words do to ordinary messages stands beside it.
"""

# ruff: noqa: T201, INP001, PLR2004

from __future__ import annotations

import argparse
import random

from noise import SEED, messages, share, tier_of

from backbot.model import Tier

LONGEST = 22  # words of a message: who writes more brings surroundings of their own
SURROUNDINGS = {
    "who writes": ("hi, {}", "hello doctor. {}", "im 34 and {}", "quick one: {}", "so {}"),
    "doubt": (
        "i think {}", "not sure but {}", "i feel ok but {}", "i dont want to bother anyone but {}",
        "my husband thinks its nothing but {}", "{}, maybe from sitting too long",
    ),
    "a question": (
        "{} is that normal", "{} should i be worried?", "{}. what could it be", "{}, any advice?",
        "{}. can i still exercise", "{} please help",
    ),
    "nothing else": ("{}. no fever", "{}. no injury", "no pain but {}", "{} but no pain"),
    "an old back": (
        "had back pain for years, {}", "had back pain for years and {}",
        "my back has always been bad but {}", "bad back since 2015, {}",
        "{}. my back has been bad for years", "my back pain has been the same for years. {}",
    ),
    "another time": (
        "i had an mri in 2019. {}", "i had this before and it went away. {}",
        "{}. it went away last time", "{}. it happened last year too",
        "10 years ago i broke my arm. {}",
    ),
    "when": (
        "{} since this morning", "{} for 2 days", "{} sometimes", "{} mostly at night",
        "{} when i sit", "it started yesterday, {}",
    ),
    "what came before": (
        "{} after the gym", "{} after a long drive", "i was lifting boxes and {}",
        "my doctor said to rest but {}",
    ),
    "somebody else": ("my mum had a slipped disc. {}", "{}. my dad had cancer and my back hurts"),
    "how it is put": (
        "{} lol", "{} and im scared", "idk {}", "{}!!", "{}...", "my back hurts and {}",
    ),
}  # fmt: skip


def framed(text: str, frame: str) -> str:
    """A message in its surroundings, as one would go on writing."""
    bare = text.rstrip(" .!?")
    return frame.format(bare if frame.startswith("{") else bare[0].lower() + bare[1:])


def main() -> None:
    """Print what is kept by kind of surroundings, and losses of each."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--most", type=int, default=400, help="messages of each sort at the most")
    parser.add_argument("--worst", type=int, default=4, help="examples shown for each kind")
    options = parser.parse_args()
    signs, plain = messages()
    rng = random.Random(SEED)
    signs = [row for row in signs if 3 <= len(row[0].split()) <= LONGEST]
    plain = [text for text in plain if 3 <= len(text.split()) <= LONGEST]
    signs = rng.sample(signs, min(options.most, len(signs)))
    plain = rng.sample(plain, min(options.most, len(plain)))
    print(f"{len(signs)} messages with a sign, {len(plain)} ordinary ones, seed {SEED}")
    heads = ("tier not lower", "emergency kept", "ordinary left alone")
    print(f"{'surroundings':20s} " + " ".join(f"{head:>20s}" for head in heads))
    lost: dict[str, list[str]] = {}
    for kind, frames in SURROUNDINGS.items():
        kept, emergencies, alone = [], [], []
        lost[kind] = []
        for text, tier in signs:
            for told in (framed(text, frame) for frame in frames):
                now = tier_of(told)
                kept.append(now >= tier)
                if tier is Tier.EMERGENCY:
                    emergencies.append(now is tier)
                if now < tier:
                    lost[kind].append(f"{tier.label} -> {now.label}: {told}")
        for text in plain:
            alone += [tier_of(framed(text, frame)) < Tier.URGENT for frame in frames]
        print(f"{kind:20s} " + " ".join(f"{share(f):>20s}" for f in (kept, emergencies, alone)))
    for kind, lines in lost.items():
        if lines and options.worst:
            print(f"\n{kind}: {len(lines)} got less")
            print("\n".join(f"- {line}" for line in lines[: options.worst]))


if __name__ == "__main__":
    main()
