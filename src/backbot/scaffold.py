"""`backbot init`: a clinic's own folder, with the articles to start from and the settings."""

from __future__ import annotations

import shutil
from pathlib import Path

from backbot import packaged
from backbot.errors import BackbotError, UsageError

# Whoever reads .env can send messages as the clinic's bot.
_OWNER_ONLY = 0o600

_README = """\
# Our backbot folder

The bot answers in the sentences of the articles in `corpus/`, and cites them. Run every command
below in this folder: backbot then uses this `corpus/`, this `.env`, and keeps its index and its
database here.

**Not ready for patients until a clinician has reviewed the rules and the articles.**
`backbot doctor --go-live` lists what is missing.

## Three steps

1. Fill in `.env`: at least the clinic's name, telephone number and country, the bot's token from
   @BotFather, and a key of 32 characters or more of your own making (`BACKBOT_ENCRYPTION_KEY`:
   without it a restart forgets what people wrote). A line counts once the `#` before it is gone.
   Keep the file to yourselves, and a copy of the key elsewhere.
2. Build the index and ask something:

   ```
   backbot index build
   backbot ask "why do tight hamstrings hurt my back?"
   ```

3. Start the bot (on Telegram with a token, in the terminal without one):

   ```
   backbot start
   ```

After any change to the articles: `backbot corpus check`, then `backbot index build`.
"""


def init_folder(target: Path) -> tuple[Path, ...]:
    """Make a clinic's own folder: the packaged articles, a `.env` to fill in, a README.

    Args:
        target: Made with its parents where it is missing; must be empty where it exists.

    Returns:
        What was made: the corpus folder, `.env` and `README.md`.

    Raises:
        UsageError: The target is a file, or a folder with something in it. Nothing was written.
        BackbotError: The package has no articles, or the folder cannot be written.
    """
    corpus, env, readme = target / "corpus", target / ".env", target / "README.md"
    articles = packaged.corpus_folder()
    is_ours = False
    if not articles.is_dir():
        raise BackbotError(
            f"The articles that come with backbot are missing ({articles}). Install backbot again."
        )
    try:
        if target.exists() and not target.is_dir():
            raise UsageError(f"{target} is a file. Name a new folder, or an empty one.")
        if target.is_dir() and any(target.iterdir()):
            raise UsageError(f"{target} is not empty. Name a new folder, or an empty one.")
        is_ours = not target.exists()
        target.mkdir(parents=True, exist_ok=True)
        shutil.copytree(articles, corpus, copy_function=shutil.copyfile)
        env.touch(mode=_OWNER_ONLY)
        shutil.copyfile(packaged.env_example(), env)
        readme.write_text(_README, encoding="utf-8")
    except OSError as error:
        if is_ours:
            shutil.rmtree(target, ignore_errors=True)  # half a folder would be refused next time
        raise BackbotError(
            f"{error.filename or target} cannot be written: {_reason(error)}. Check the free "
            "space and that this user may write there."
        ) from error
    return corpus, env, readme


def _reason(error: OSError) -> str:
    """What the system says; where many files failed, of the first."""
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        return str(error.args[0][0][-1])
    return error.strerror or type(error).__name__
