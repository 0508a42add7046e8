"""The bot room: Telegram updates in, messages out. No clinical decision is made here.

Three modules put the others together, and name them: `app` (the transport), `handlers` (what an
update is answered with) and `admin` (the desk of staff).
"""
