"""Words and distances that more than one test of context asks for; the others stand beside it."""

from __future__ import annotations

from backbot.triage.text import words_of

WINDOW = 40  # tokens around a sign beyond which nothing says how it is spoken of
LEADING = 3  # tokens before a sign that a message begins with
LONGEST_CUE = 6  # tokens of a cue such as "if I were to get"

# ---------------------------------------------------------------------- people

PERSON_WORDS = words_of("i im ive id me my mine myself")
THEIRS = words_of(
    "he she they him her them his their someone somebody people person man woman guy bloke girl "
    "who patient patients character hero heroine"
)

# ---------------------------------------------------------------------- what is said of a sign

DENIALS = words_of(
    "no not without dont doesnt didnt wont never nothing cant cannot hardly barely scarcely "
    "havent hasnt isnt arent wasnt werent none unable zero aint couldnt"
)
ABLE = words_of("can could able feel felt know tell cant couldnt")
STATED = words_of("is are has feels gone went wont cant couldnt stopped")
# What shows that a sign is told in a clause of its own, behind what was denied.
FINITE = words_of(
    "is are has have feels feel goes going gone went wont cant keeps keep got gets stopped "
    "wetting leaking peeing pooing pissing soiling dribbling losing wets leaks"
)
OR = words_of("or nor")
TURNS = words_of("but now however")
STILL_TOLD = words_of("now today again still yesterday but since lately tonight started")
READS = words_of("read reading saw seen watched googled heard learnt learned")

# ---------------------------------------------------------------------- questions and terms

QUESTION_OPENERS = words_of("can could does do did will would may might is are was should")
OPENERS = QUESTION_OPENERS | words_of("how what why when which who where")
TERMS = words_of(
    "incontinence numbness tingling weakness retention paralysis anaesthesia paraesthesia "
    "neuropathy footdrop foot drop"
)
# "what does saddle numbness mean": words of leaflets, not of whoever has it.
MEDICAL = TERMS | words_of(
    "saddle urinary faecal fecal bowel bladder the area loss of control problems dysfunction in "
    "and or is are a being incontinent have has"
)

# ---------------------------------------------------------------------- word classes of signs

# Of what a list of denials is made: "no fever, chills"; "not urgent, pads are wet" denies no
# sign, so its comma ends it.
DENIED_SIGNS = (
    "numb", "tingle", "weak", "weak_noun", "electric", "burn", "pain", "back", "leg", "arm",
    "saddle", "leg_both", "buttock", "trunk", "bladder_word", "pee", "poo", "fever", "trauma",
    "minor_fall", "cancer", "weight_loss", "gait", "chest", "loss", "lost_control", "toilet",
    "soaked", "leak", "chest_feel", "belly", "urge", "erection", "sharp", "odd", "odd_feel",
    "steroids", "lump", "stopped", "droop", "speaking", "after_exercise", "night", "thinner",
    "immune", "procedure",
)  # fmt: skip
SIGNS_IN_LISTS = (*DENIED_SIGNS, "diagnosis")
