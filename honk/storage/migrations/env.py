"""What Alembic runs: the migrations, over the connection in the transaction that `honk.storage.database` opens."""

from alembic import context

from honk.storage import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    transactional_ddl=True,
)
context.run_migrations()
