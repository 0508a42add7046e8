"""What Alembic runs: the steps, on the connection and in the transaction of `database.py`."""

from alembic import context

from backbot.state.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # one transaction for all steps: stopped half way, none was done
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
