"""`python -m backbot` is the same as the `backbot` command."""

from backbot.cli import console

if __name__ == "__main__":
    console()
