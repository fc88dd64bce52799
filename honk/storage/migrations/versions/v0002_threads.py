"""Threads of chat surfaces, what was posted there, the repositories of channels, and what repositories are about."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add three tables and a column."""
    op.add_column("repos", sa.Column("about", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "threads",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("session", sa.Text, sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
        sa.CheckConstraint("place <> ''", name="somewhere"),
    )
    op.create_index(op.f("ix_threads_session"), "threads", ["session"])
    op.create_table(
        "posts",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "bindings",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
    )
