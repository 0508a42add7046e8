"""The bot room: Telegram updates in, messages out. No clinical decision is made here."""
