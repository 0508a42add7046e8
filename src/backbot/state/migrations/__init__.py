"""The steps from an empty database to the newest, run by Alembic when a database is opened."""
