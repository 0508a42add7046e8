"""False alarms: ordinary questions, spelled out from templates, that nothing should stop.

    python evaluation/ordinary.py [--count N] [--net] [--list]

Posture, stretching, massage, heat and cold, exercise, muscles, the desk, sleep, and words with
two senses. Every text that gets a full message is printed; those with a soft note are counted and
printed with `--list`. The templates are not among those the net is taught with.
"""

# ruff: noqa: T201, INP001, PLC0415

from __future__ import annotations

import argparse
import itertools
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from backbot.evaluation.metrics import Rate
from backbot.model import Assessment, Tier, TriageState
from backbot.triage.engine import assess

SEED = 11
PARTS = [
    "hamstrings", "glutes", "hip flexors", "lower back", "upper back", "shoulders", "neck",
    "calves", "quads", "traps", "chest muscles", "piriformis", "inner thighs", "lats", "hips",
    "abs", "wrists", "ankles",
]  # fmt: skip
DOINGS = [
    "stretching", "foam rolling", "yoga", "pilates", "swimming", "cycling", "rowing", "squats",
    "deadlifts", "planks", "walking", "running", "climbing stairs", "gardening", "a long drive",
    "a day at the desk", "a night shift", "carrying the kids", "painting a wall", "a flight",
    "sit ups", "leg press", "box jumps", "shovelling snow", "moving house", "a football match",
]  # fmt: skip
CARE = [
    "a hot bath", "an ice pack", "a heat wrap", "deep tissue massage", "Swedish massage",
    "cupping", "a massage gun", "a tennis ball", "a warm towel", "magnesium", "more water",
    "a sauna", "an electric heating pad", "tiger balm", "kinesio tape", "an inversion table",
    "dry needling", "a lumbar roll", "a numbing gel", "bed rest", "a back brace", "acupuncture",
    "a cold shower",
]  # fmt: skip
FEELS = [
    "tight", "stiff", "sore", "achy", "knotted", "tender", "tired", "tense", "heavy", "crampy",
    "hard as a rock", "pulled", "overworked", "creaky", "rusty", "grumpy",
]  # fmt: skip
TEMPLATES = {
    "care": [
        "{care} for {feels} {part}, yes or no?",
        "how many minutes of {care} on {feels} {part}",
        "would {care} help after {doing}?",
        "is {care} better before or after {doing}",
        "i tried {care} and my {part} still feel {feels}, what next",
        "my physio swears by {care} for {part}. is there evidence?",
        "which is first for a spasm in the {part}, {care} or {care2}?",
        "can you overdo {care}?",
    ],
    "exercise": [
        "{doing} makes my {part} {feels}, normal?",
        "after {doing} my {part} were {feels} for two days",
        "should I skip {doing} when my {part} feel {feels}?",
        "three easy moves for {feels} {part} please",
        "how do i warm up {part} before {doing}",
        "how far should i push a {part} stretch",
        "my left {part} feel more {feels} than the right, how do i even it out",
        "is {doing} bad for your back",
        "what muscles does {doing} work",
        "{part} burning during {doing}, good burn?",
        "weak {part} and {feels} {part2}: which do i train first",
        "legs like jelly after {doing} lol, how do i recover",
        "cant do {doing} without my {part} getting {feels}",
    ],
    "posture": [
        "how high should my {thing} be so that my {part} relax",
        "{thing} recommendations for {feels} {part}?",
        "does slouching make {part} {feels}",
        "is a {thing} worth the money for back pain",
        "how often to get up when {doing} keeps me sitting",
        "what is good posture for {doing}",
        "why do my {part} get {feels} when i sit",
        "my {part} hate my {thing}",
    ],
    "causes": [
        "why are {part} {feels} every morning",
        "can stress make {part} {feels}",
        "can not drinking enough leave my {part} {feels}",
        "how do {feels} {part} pull on the spine",
        "whats the difference between {feels} and {feels2} muscles",
        "does cold weather make {part} {feels}",
        "pulled my {part} {when} during {doing}, how long will it last",
        "got a knot in my {part} {when}, it moves when i press it",
        "woke up {when} with {feels} {part}, slept on the sofa",
        "back locked up {when} picking up a sock",
    ],
    "senses": [
        "number of sets for {part}?",
        "a wee bit {feels} in the {part} {when}",
        "last week my {part} were {feels}, this week better",
        "shooting some hoops made my {part} {feels}",
        "burning calories with {doing}, ok for a {feels} back?",
        "bar stool or {thing} for my {part}",
        "my {part} are killing me after {doing}",
        "dying for {care}",
        "how to lose weight so my {part} suffer less",
        "fell asleep on the {thing}, {part} {feels}",
        "dropped {doing} from my plan because of {feels} {part}",
        "my boss gets on my nerves and my {part} get {feels}",
        "chest opener for {feels} {part}?",
        "both legs {feels} from {doing}",
        "no feeling of progress with {doing}, {part} still {feels}",
        "cant sleep, {part} {feels}, which pillow",
        "no numbness or anything, just {feels} {part} {when}",
        "my {part} went dead tired in {doing}",
        "i cant touch my toes, {part} too {feels}",
        "hot and sweaty after {doing}, {part} {feels}, shower or bath?",
    ],
}
SLOTS = {
    "part": PARTS,
    "part2": PARTS,
    "doing": DOINGS,
    "care": CARE,
    "care2": CARE,
    "feels": FEELS,
    "feels2": FEELS,
    "thing": [
        "chair",
        "desk",
        "mattress",
        "pillow",
        "monitor",
        "car seat",
        "standing desk",
        "couch",
    ],
    "when": ["today", "yesterday", "this morning", "at the weekend", "on holiday", "last night"],
}


def ordinary_texts(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """So many different texts with their groups, every template as often as the next.

    Args:
        count: How many.
        seed: Of the choices.
    """
    rng = random.Random(seed)

    def one_after_the_other() -> Iterator[tuple[str, str]]:
        for _ in range(count):
            for group, templates in TEMPLATES.items():
                for template in templates:
                    text = re.sub(r"\{(\w+)\}", lambda m: rng.choice(SLOTS[m[1]]), template)
                    yield text, group

    distinct = dict(itertools.islice(one_after_the_other(), 2 * count))
    return list(distinct.items())[:count]


def ask_net(cache: Path) -> Callable[[str, Assessment], bool]:
    """Whether the net would add its note to a text that the rules gave nothing."""
    from backbot.adapters.net import Net, may_ask
    from backbot.adapters.onnx_embedder import load_embedder

    embedder = load_embedder("", cache_dir=cache)
    net = Net.load(embedder.identity)
    if net is None:
        raise SystemExit("There is no net for this encoder.")

    def asks(text: str, assessment: Assessment) -> bool:
        return may_ask(text, assessment) and net.asks(text, embedder.encode([text])[0])

    return asks


def main() -> None:
    """Triage them all; print what was stopped."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--net", action="store_true", help="ask the net too; needs the encoder")
    parser.add_argument("--list", action="store_true", help="print the soft notes as well")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parents[1] / "var" / "cache")
    options = parser.parse_args()
    texts = ordinary_texts(options.count)
    net_asks = ask_net(options.cache) if options.net else None
    stopped, noted, asked = [], [], []
    for text, group in texts:
        assessment = assess(text, TriageState(), 0.0)
        if assessment.tier > Tier.NONE:
            stopped.append(f"- {assessment.tier.label} ({group}): {text}")
        elif assessment.note:
            noted.append(f"- {assessment.note} ({group}): {text}")
        elif net_asks and net_asks(text, assessment):
            asked.append(f"- ({group}): {text}")
    for name, found, shown in (
        ("full message", stopped, True),
        ("soft note of the rules", noted, options.list),
        ("soft note of the net", asked, options.list),
    ):
        rate = Rate(len(found), len(texts))
        low, high = rate.interval or (0.0, 0.0)
        print(
            f"{name}: {rate.ok} of {rate.n}, {100 * rate.ok / rate.n:.1f} % "
            f"({100 * low:.1f} to {100 * high:.1f})"
        )
        if shown and found:
            print("\n".join(found))


if __name__ == "__main__":
    main()
