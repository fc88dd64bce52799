"""An index for questions by the kind of an event; columns named for what they hold."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add one index and rename three columns. Workers of the last version must be stopped before this migration."""
    op.create_index("ix_events_session_kind_seq", "events", ["session", "kind", "seq"])
    op.alter_column("threads", "place", new_column_name="thread")
    op.alter_column("posts", "place", new_column_name="thread")
    op.alter_column("bindings", "place", new_column_name="channel")
