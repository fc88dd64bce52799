"""Brings the tables of a database up to date, with Alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from honk.core.errors import UsageError
from honk.storage import migrations


def to_latest(connection: sa.Connection) -> None:
    """Run the migrations that are missing, in the caller's transaction.

    Raises UsageError for a database that a newer Honk wrote.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known:
        raise UsageError(
            f"The database was written by a newer Honk (schema {found}, this one knows {known[0]}); "
            "upgrade Honk, or point HONK_DATABASE_URL to another database."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
