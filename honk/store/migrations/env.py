"""What Alembic runs: the migrations, over the connection and in the transaction that `honk.store.database` gives it."""

from alembic import context

from honk.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    transactional_ddl=True,
)
context.run_migrations()
