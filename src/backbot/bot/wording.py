"""Every fixed sentence of the chat that is not the assistant's own. `**bold**` is allowed.

`tongues.toml` has them in other languages.
"""

from __future__ import annotations

# Said only where even the assistant's own safety sentence cannot be had.
LAST_RESORT = (
    "Something went wrong on my side and I cannot answer now. If you are worried about how you "
    "feel, please call your local emergency number or your clinic. Do not wait for me."
)
DICTATION = "Tip: the microphone on your phone's keyboard types what you say."
AGO_MINUTES = "{n} minutes"
AGO_HOURS = "{n} hours"
SENT_WHILE_AWAY = (
    "You sent this {ago} ago, while I was away. If something has changed since, please tell me."
)
TOO_FAST = (
    "You are writing faster than I can answer, so I leave some of your messages without an "
    "answer. I still look for warning signs in each of them."
)
BUTTON_MORE = "More"
BUTTON_HELPFUL = "Helpful"
BUTTON_NOT_HELPFUL = "Not helpful"
BUTTON_CONSENT = "The clinic's staff may see this question"
I_READ = "I read: {signs}"
BUTTON_MISREAD = "Not what I meant"
MISREAD_NOTED = (
    "Thank you, I have noted that for the people who review my rules. I cannot judge it myself, "
    "so please still do what the message above says if there is any chance that it fits."
)
STALE_BUTTON = (
    "That button belongs to an older message, and I no longer have what it pointed to. "
    "Please type your question, or send /topics to see what I can talk about."
)
THANKS_FOR_PRAISE = "Thank you, I am glad that helped."
CONSENTED = (
    "Thank you. The clinic's staff may now see that question, without your name, for up to 180 "
    "days, to write better articles. Nobody will reply to it here. /forget takes it back."
)
CONSENT_GONE = "I no longer have that question, so there is nothing for the staff to see."
MORE_HIDDEN = "The clinic has taken that article out for now, so I have nothing more to show."
NO_MORE = "That is all the articles say on this. Send /topics to see what else they cover."
MORE_WITHHELD = (
    "There is a warning in this chat that comes first, so I am not adding to that answer now. "
    "Please do what the warning says; /emergency shows the number to call."
)
THANKS_FOR_TELLING = (
    "Thank you for telling me. Other words may find a better article, and /topics shows what "
    "I can talk about. If something is new, worse or worrying, please speak to a clinician."
)
ANSWER_REPLACED = (
    "You changed your question, so this answer no longer counts. Please read my newest message."
)
WHICH_COUNTRY = (
    "Which country is the person in pain in? That decides which number I name. Just send its "
    "name or its code: India or IN."
)
COUNTRY_NOW = "I now name this emergency number ({name}):\n☎️ {number}"
COUNTRY_UNKNOWN = (
    "I don't know the emergency number of that country, so nothing has changed. "
    "Please look it up now, before you need it. You can send a name or a code: India or IN."
)
MY_DATA = (
    "**What I keep about this chat**, in full in the file:\n"
    "- Messages of yours kept for follow-up questions: {turns}\n"
    "- Warning signs you told me about that are still open: {signs}\n"
    "- Which of your recent messages I answered with which of mine: numbers only, no text\n"
    "- Questions of yours that I could not answer, for the clinic's staff: {questions}\n\n"
    "Your words are kept for {hours} hours after your last message, open warnings and your "
    "country for 7 days, questions that you let staff see for 180 days. "
    "/forget deletes it now."
)
NO_FILE = "Telegram has not taken the file. Please ask me for it again later."
NOT_ENCRYPTED = (
    "But no encryption key is set here yet: what you write stands readable on that disk until I "
    "have answered it."
)
IN_PRIVATE = "That works in a private chat only: t.me/{bot}"
GROUP_INTRO = (
    "I answer questions about back pain where somebody mentions me or replies to a message of "
    "mine. I am a program, not a person, and not for emergencies. Whatever is personal is better "
    "asked in private: t.me/{bot}"
)
GROUP_WARNING = "Please talk to me in private: t.me/{bot}"
GROUP = "I only answer in a private chat. Please open one with me and ask there."

# Registered with Telegram for groups, where they are on: what may be said before others.
GROUP_COMMANDS = ("help", "emergency", "sources", "privacy", "forget")

# Registered with Telegram for everyone, in this order.
COMMANDS: tuple[tuple[str, str], ...] = (
    ("start", "What this bot is, and is not"),
    ("help", "How to ask"),
    ("topics", "What I can talk about"),
    ("emergency", "When to get help at once, and the number"),
    ("sources", "Where the articles come from"),
    ("country", "Which emergency number I use"),
    ("privacy", "What is kept, and for how long"),
    ("mydata", "What I keep about this chat"),
    ("forget", "Delete what I keep about this chat"),
)
