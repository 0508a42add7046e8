"""Every fixed sentence that staff and admins read in the chat. `**bold**` is allowed."""

from __future__ import annotations

WAIT_S = 600.0
"""How long a build after an approval waits for another one, in seconds."""

REBUILDING = "**Rebuilding the index:** {where} …\nI go on answering from the old one meanwhile."
REBUILD_RUNNING = (
    "A rebuild is running already. When it ends, I report it in the chat where it was asked for."
)
NO_BUILD = "It goes live with the next `backbot index build`."
BUILD_LATER = (
    "Another rebuild is still running, so I have not tried the new article yet. "
    "An admin can send /rebuild later."
)
APPROVED_NEWS = "“{title}” has been approved. Not in service yet: this is what would change."
ADMINS_PUBLISH = (
    "**Not in service yet.** The admins have been asked to publish it; the old answers stay until "
    "one of them does."
)
SURE_TO_PUBLISH = (
    "**Something speaks against it:** sample questions that found their article no longer do, or "
    "warning rules fail their own examples. Patients would get those answers at once. "
    "Publish all the same?"
)
NOT_PUBLISHED = "Not published. What is in service stays there."
ANSWERS_SERVED = (
    "I no longer have that comparison, and what it showed is in service by now: /try and a "
    "question shows what patients get."
)
ANSWERS_GONE = (
    "I no longer have that comparison. An admin can send /rebuild, which makes it again in "
    "seconds."
)
CUT_SHORT = (
    "The {what} you asked for at {at} was cut short by a restart; {served}. Send /rebuild again."
)
APPROVAL_CUT_SHORT = (
    "A draft became an article at {at}, and a restart cut short the build that tries it; "
    "{served}. Not in service yet: an admin can send /rebuild."
)
ROLLBACK_CUT_SHORT = (
    "The rollback you asked for at {at} was cut short by a restart; {served}. "
    "/status says how things stand; send /rollback again if it is still wanted."
)
DONE_BEFORE_RESTART = (
    "The {what} you asked for at {at} was done, and a restart cut short its report: I answer "
    "from generation {now} now, before it was {before}.\n{summary}"
)
STILL_SERVED = "the bot still answers from generation {now}"
NONE_SERVED = "no index is in service"
OWED = {"rebuild": CUT_SHORT, "publish": CUT_SHORT, "rollback": ROLLBACK_CUT_SHORT}
"""What is said of each where nothing has changed; of an approval it is `APPROVAL_CUT_SHORT`."""
REFUSED_BUTTON = "That button is only for the clinic's admins."
NO_COMMAND = (
    "There is no /{command}, so nothing was done. Did you mean /{meant}? /help names them all."
)
ADMINS_ONLY = "/{command} is only for the clinic's admins. Please ask one of them."


def not_available(command: str) -> str:
    """What cannot be done here."""
    return f"/{command} is not switched on here."


def failed(command: str, reason: object) -> str:
    """What went wrong, in the error's own words."""
    return f"/{command} failed: {reason}"


def crashed(command: str) -> str:
    """Something went wrong that has no words."""
    return (
        f"/{command} failed with an unexpected error. The index in service is unchanged; the log "
        "of the server names the error."
    )


# --------------------------------------------------------------------------- documents

READING = "Reading “{name}” …"
TOO_BIG = (
    "“{name}” is bigger than 20 MB, which is more than I can fetch from Telegram. Split it, or "
    "take the pictures out. Nothing was imported."
)
WRONG_KIND = (
    "I cannot read “{name}”. Send a txt, html, md, pdf or docx file. Nothing was imported."
)
NOT_FETCHED = (
    "I could not fetch “{name}” from Telegram, or could not work on it. Nothing was imported. "
    "Please send it again."
)
SAME_TITLE = (
    "Of the same title there waits already: {slugs}. A file of another name makes another draft. "
    "/corpus lists them all: discard what you do not want."
)
NO_DRAFTS = (
    "In the drafts' folder, but no drafts that I can read: {names}. Send me the files that they "
    "were made from; or `backbot corpus check` with the file's name says what is wrong."
)
NOT_THE_REVIEW = "Approving a draft is not the clinical review: I ask for the reviewer next."
WHO_REVIEWED = (
    "**Who has reviewed “{title}”?** Send the clinician's name now, such as Dr Ann Smith, or "
    "press “Nobody yet”: patients then read “not yet reviewed by a clinician” under each answer "
    "from it."
)
NO_NAME = (
    "I did not take that for a reviewer's name. Send it with capitals, such as Dr Ann Smith, or "
    "press “Nobody yet” above."
)
APPROVED = (
    "“{title}” is an article now ({slug}), approved by you. {review} It is **not in service yet**."
)
REVIEWED_BY = "Reviewed by {name}; next review {due}."
REVIEWED_BY_NOBODY = (
    "Nobody has reviewed it yet: your approval is not the clinical review, and patients are told "
    "so."
)
OLD_KEPT = "The text it replaces is kept in corpus/.history."
DISCARDED = "The draft {slug} is discarded. Nothing of it goes live; a copy is in drafts/.history."
WORD_CAPTION = (
    "Edit this in Word and send it back: it becomes the same draft again. Leave the last heading "
    "and what is below it, but do change the sample questions."
)
LEFT_OUT_CAPTION = (
    "Everything that was left out, and why. To bring something back, use “As .docx”, put it in "
    "and send the file back."
)
NO_LEFT_OUT = "Nothing was left out."
NO_ISSUES = "There is nothing to mend."

# --------------------------------------------------------------------------- the shelf

HELP = (
    "**For staff:** send a file (txt, html, md, pdf, docx) to make a draft of it.\n"
    "/corpus the articles, and the drafts that wait\n"
    "/unanswered what found no answer\n"
    "/stats how much is asked and answered\n"
    "/try and a question: what a patient would get"
)
HELP_ADMINS = (
    "**For admins:**\n"
    "/withdraw and a name: an article out of every answer at once; /restore undoes it\n"
    "/rebuild the index, /rollback to the one before, /status how things stand"
)
STAFF_COMMANDS = (
    ("corpus", "The articles, and the drafts that wait"),
    ("unanswered", "Questions that found no answer"),
    ("stats", "How much is asked and answered"),
    ("try", "What a patient would get, with the reasons"),
)
ADMIN_COMMANDS = (
    ("withdraw", "Take an article out of every answer"),
    ("restore", "Let an article be quoted again"),
    ("rebuild", "Build the index again"),
    ("rollback", "Go back to the index before"),
    ("status", "What is in service, and what waits"),
)

WITHDRAW_HOW = "Send it with the article's name: /withdraw heat-and-cold. /corpus lists the names."
RESTORE_HOW = "Send it with the article's name: /restore heat-and-cold."
NO_ARTICLE = "There is no article “{slug}”.{near} /corpus lists them all."
WITHDRAWN = (
    "“{slug}” is withdrawn: within five seconds no answer uses it any more, and it stays out "
    "after a restart, a rebuild or a rollback. /restore {slug} undoes it."
)
WITHDRAWN_ALREADY = "“{slug}” is withdrawn already."
STILL_IN = (
    "“{slug}” is still in answers. To take it out without the database, move its file out of the "
    "articles' folder and send /rebuild."
)
STILL_OUT = "“{slug}” is still in no answer."
RESTORED = "“{slug}” may be quoted again, within five seconds."
NOT_WITHDRAWN = "“{slug}” is not withdrawn, so there is nothing to restore."
NO_UNANSWERED = "No question waits: everything found an answer, or its time of keeping is over."
UNANSWERED_HEAD = (
    "Questions that found nothing or were not helped, the most frequent first. Telephone numbers, "
    "addresses and @names are taken out."
)
DROPPED = "Taken off the list."
TRY_HOW = "Send it with a question: /try does heat help a stiff back"
TRY_HEAD = "A dry run: nothing is stored, nothing is opened. This is what a patient would get."
STALE = "That button belongs to an older message and does nothing any more. /corpus starts afresh."
OVERDUE = (
    "**Overdue for review:** these articles are past their date. {what} Ask a clinician to look "
    "at them; I say so once a week."
)
OVERDUE_MARKED = "Answers from them say so."
OVERDUE_WITHHELD = "They are left out of every answer until then."
NO_ANSWER = "The database does not answer in time."
EDITED_COMMAND = "I do not run commands from edited messages. Send /{command} as a new message."
WEBHOOK_REFUSED = (
    "**Telegram does not take the address of my webhook, so nobody's messages reach me.** It "
    "says: {why}. Mend BACKBOT_WEBHOOK_URL, or take it away: then I fetch messages myself."
)
NOT_WRITTEN = (
    "**What people write cannot be written down.** {why} I go on answering and warning from "
    "memory, and Telegram keeps what I have not written for a day. `backbot doctor` on the server "
    "tells more."
)
WRITTEN_AGAIN = "What people write is written down again."
ANOTHER_PROCESS = (
    "Another process fetches messages with this bot's token, or sets a webhook for it. What goes "
    "there gets no answer from me, warnings included. Stop the other one; if nobody knows it, get "
    "a new token from @BotFather (/token), set BACKBOT_TELEGRAM_TOKEN and start me again."
)
