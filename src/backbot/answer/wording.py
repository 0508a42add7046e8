"""Every fixed sentence a person can read that is no escalation message, in one place."""

from __future__ import annotations

from typing import Final

NOT_REVIEWED: Final = "not yet reviewed by a clinician"

DECLINED: Final = "I have nothing on that in my articles, so I would rather not guess."
_MEDICINE: Final = (
    "I can't advise on medicines, doses or prescriptions. Please ask a pharmacist or {clinic}."
)
_ONLY_QUESTIONS: Final = "I only answer questions about back pain from my articles."
DECLINED_BY_TOPIC: Final = {
    "medicine": _MEDICINE,
    "supplement": "My articles do not cover food, body weight, supplements, alcohol or smoking.",
    "procedure": (
        "My articles do not cover that operation, scan or treatment. Please ask {clinic} what "
        "would suit you."
    ),
    "product": "My articles do not cover products, aids or brands.",
    "condition": (
        "My articles are about back pain and tight muscles only, and not about that illness or "
        "that part of the body. Please ask {clinic}."
    ),
    "pregnancy": (
        "My articles do not cover pregnancy or the time after a birth. Please ask your midwife or "
        "{clinic}."
    ),
    "activity": "My articles do not cover that activity or position.",
    "sleep": "My articles do not say how to lie or sleep with back pain.",
    "service": _ONLY_QUESTIONS,
}
DECLINED_REQUESTS: Final = {
    "medicine": _MEDICINE,
    "diagnosis": (
        "I can't say what you have: that takes somebody who can examine you. Please ask {clinic}."
    ),
    "decision": (
        "Whether somebody should have a treatment is for them and the clinician who knows them to "
        "decide. I can't judge that; {clinic} can talk it through."
    ),
    "instructions": _ONLY_QUESTIONS,
    "service": (
        "I can't help with appointments, sick notes, prices or opening hours. Please ask {clinic}."
    ),
    "operated": (
        "I can't say what is safe after an operation. Please ask those who operated or treat you, "
        "or {clinic}."
    ),
    "outlook": (
        "I can't say how your back will be in time: that takes somebody who can examine you. "
        "Please tell {clinic} what you are afraid of."
    ),
}
TOLD: Final = (
    "Thank you for telling me. What would you like to know? Tell me where it hurts, or ask a "
    "question, for example: what can I do when my back hurts?"
)
CLOSEST: Final = "My articles may not answer that. The closest topics I have are:"
FOR_A_BACK: Final = "What I have for a back that hurts:"
ON_THE_TOPIC: Final = "What I have on the topic:"
THE_CLINIC: Final = "the clinic"
OPENS: Final = "It opens {when}."
DIFFERENT_FIGURES: Final = "My articles give different figures:"
NO_FIGURE: Final = "ℹ️ I found no time or number for that in my articles."
TRY_ASKING: Final = "You could ask, for example:"
NO_INDEX: Final = (
    "I can't reach my articles just now, so I can't answer questions. Warning signs are still "
    "checked in everything you write."
)
EMPTY: Final = "Please type your question about back pain in words, and I will look it up."
SUPPRESSED: Final = (
    "I am leaving out exercises, stretches and hands-on treatment until you have spoken to a "
    "clinician."
)
ONLY_ENGLISH: Final = "I can only answer in English for now."

START: Final = (
    "**Hello. I answer questions about back pain, automatically, in the words of the clinic's "
    "articles.**\n"
    "I am a program, not a person, and nobody reads along. I am not for emergencies: in an "
    "emergency call {emergency_number}.\n"
    "I cannot examine you or say what you have.{test_version}\n"
    "Just type your question. /help shows what else I can do."
)
TEST_VERSION: Final = (
    " This is a test version: its articles and warning rules have not been reviewed by a "
    "clinician yet."
)
HELP: Final = (
    "Type a question about back pain in your own words, for example: why do tight hamstrings "
    "hurt my back?\n"
    "I answer with sentences from the articles and name the source, or I say that I have "
    "nothing on it.\n"
    "If what you write sounds like a nerve may be involved, I say first what to do.\n"
    "/topics what I can talk about\n"
    "/sources where it comes from\n"
    "/emergency warning signs and the number to call\n"
    "/country where the person in pain is, so that I name the right number\n"
    "/privacy what is kept, /mydata to see it, /forget to delete it"
)
PRIVACY: Final = (
    "**What is kept:** your last messages for {hours} hours, so that follow-up questions work; "
    "that a warning is open, and the country you named, for 7 days, so that no warning is "
    "forgotten. "
    "It stays on the clinic's own computer; your words are written to its disk only encrypted. A "
    "question I could not answer may be shown to the clinic's staff, without names or numbers. "
    "Nothing is sent to anyone else, and no message text is written to the logs.\n"
    "Telegram itself can read bot chats: they are not end-to-end encrypted.\n"
    "/mydata shows what I have, /forget deletes it at once."
)
FORGOTTEN: Final = "Done. I have deleted what I kept about this chat."
NOT_ALLOWED: Final = "That command is only for the clinic's staff."
NOTHING_YET: Final = "There is nothing here yet."
TOPICS_INTRO: Final = "I can answer questions about these topics:"
FLOOD: Final = "You are writing faster than I can answer. Please give me a moment."

GREETING: Final = "Hello! Ask me anything about back pain, tight muscles or stretching."
THANKS: Final = "You're welcome. I hope your back feels better soon."
HOW_ARE_YOU: Final = (
    "Thank you for asking. I'm a program, so I'm always the same. How can I help with your back?"
)
WHO: Final = (
    "I'm an automated assistant that answers back-pain questions in the words of the clinic's "
    "articles. I am not a person and not for emergencies. /topics shows what you can ask about."
)
NEED_HELP: Final = (
    "I'm a program, and nobody reads along. If this is an emergency, don't wait for me: call "
    "{emergency_number} now.\n"
    "Otherwise tell me in a few words what is wrong, or ask a question about your back. /help "
    "shows what I can do."
)
STOP: Final = (
    "I only write when you write to me, so there is nothing to stop. /forget deletes what I "
    "remember of this chat."
)
BYE: Final = "Take care, and goodbye."
OKAY: Final = "All right. Ask me whenever you have another question about your back."
YES: Final = "All right. What would you like to know about your back?"
HUMAN: Final = (
    "I'm a program, and nobody reads along. To talk to a person, please turn to {clinic}. In an "
    "emergency call {emergency_number}."
)
SOURCE: Final = (
    "I answer in the words of the clinic's articles. Under each answer stands where it comes "
    "from: the number in the text, like [1], is the number of its source.\n"
    "/sources lists all the articles and what they are based on."
)
SIMPLER: Final = (
    "I can only quote my articles, so I can't put them in other words. A short question about one "
    "thing gets a shorter answer, for example: what is a muscle spasm?\n"
    "/topics shows what you can ask about."
)
REPEATED: Final = (
    "Sorry for saying it again: that is what I have on it. Try asking about one thing, such as "
    "rest, heat, a stretch or when to see somebody.\n"
    "/topics shows what you can ask about."
)
USELESS: Final = (
    "I'm sorry that I was of no help. I can only quote my articles. Please try again with one "
    "short question, for example: what can I do when my back hurts? /topics shows what you can "
    "ask about.\n"
    "For anything else, please ask {clinic}."
)
BETTER: Final = "I'm glad to hear that. If you like, ask me how to keep the pain from coming back."
BETTER_BUT_WARNED: Final = (
    "I'm glad to hear that. Please have it checked all the same, as I said before."
)
