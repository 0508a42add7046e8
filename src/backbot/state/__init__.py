"""The state room: what outlives a turn or the process, behind the ports of `ports.py`.

memory.py          conversations that end with the process (the terminal chat)
conversations.py   conversations that outlive it, on the database, served from memory
inbox.py           updates that were taken and are not answered yet
reports.py         reports that staff are owed, whatever restarts
records.py         audit, withdrawals, approvals, feedback, unanswered questions, counters
database.py        one database, one thread of its own; opened, migrated, examined
engine.py          what a kind of database must do; its tables    sqlite.py   postgresql.py
schema.py          the tables; each column with purpose, period and reader (docs/privacy.md)
migrations/        how a database came to that schema, step by step
codec.py           Conversation ⇄ bytes        cipher.py   bytes ⇄ encrypted bytes
reseal.py          what is stored, encrypted with a new key
carry.py           everything from one database into another
merge.py           two memories of one person → one        scrub.py   personal details out
withdrawn.py       the withdrawn slugs as a small file, for when the database cannot be read
"""
