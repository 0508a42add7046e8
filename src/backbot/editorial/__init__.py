"""What the clinic's staff do with articles: take files in, approve, discard; and what was asked.

Knows nothing of Telegram: the chat and the command line both call it.
"""

from backbot.editorial.articles import Approved, approve_draft
from backbot.editorial.drafts import Dropped, Editor, NoDraftError, Preview, Twin
from backbot.editorial.questions import Cluster, cluster

__all__ = [
    "Approved",
    "Cluster",
    "Dropped",
    "Editor",
    "NoDraftError",
    "Preview",
    "Twin",
    "approve_draft",
    "cluster",
]
