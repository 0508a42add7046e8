"""Make the tables in docs/privacy.md anew from the database's schema.

Run it after a change of `src/backbot/state/schema.py`; a test fails where it was forgotten.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from backbot.state.privacy import refreshed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "privacy.md"


def main() -> None:
    """Write the page."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
