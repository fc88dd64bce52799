"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SECONDS = sa.Float(53)


def upgrade() -> None:
    """Create everything."""
    _sessions()
    _pulls()
    _coordination()
    op.create_table(
        "repos",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("forge", sa.Text, nullable=False),
        sa.Column("default_branch", sa.Text, nullable=False),
        sa.CheckConstraint("name <> ''", name="named"),
    )
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created", SECONDS, nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name="hashed"),
        sa.CheckConstraint("size >= 0", name="sized"),
    )
    op.create_index(op.f("ix_blobs_created"), "blobs", ["created"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("created", SECONDS, nullable=False),
        sa.Column("updated", SECONDS, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("projection", sa.JSON, nullable=False),
        sa.CheckConstraint("id <> ''", name="named"),
        sa.CheckConstraint("seq > 0", name="has_events"),
    )
    op.create_index(op.f("ix_sessions_updated"), "sessions", ["updated"])
    op.create_index(op.f("ix_sessions_phase"), "sessions", ["phase"])
    op.create_table(
        "turns",
        sa.Column("session", sa.Text, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("claim", sa.Text, unique=True),
        sa.Column("asked", SECONDS, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.CheckConstraint("number > 0", name="counted"),
    )
    waiting = sa.text("outcome IS NULL")
    op.create_index("ix_turns_open", "turns", ["session", "number"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "events",
        sa.Column("session", sa.Text, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", SECONDS, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("key", sa.Text),
        sa.UniqueConstraint("session", "key"),
        sa.CheckConstraint("seq > 0", name="counted"),
    )


def _pulls() -> None:
    op.create_table(
        "pulls",
        sa.Column("repo", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("session", sa.Text, nullable=False, unique=True),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("base_branch", sa.Text, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("merged_sha", sa.Text, nullable=False),
        sa.Column("created", SECONDS, nullable=False),
        sa.Column("updated", SECONDS, nullable=False),
        sa.CheckConstraint("number > 0", name="counted"),
        sa.CheckConstraint("branch <> base_branch", name="leads_somewhere"),
        sa.CheckConstraint("head <> ''", name="has_head"),
        sa.CheckConstraint("state IN ('draft', 'open', 'merged', 'closed')", name="state"),
        sa.CheckConstraint("(state = 'merged') = (merged_sha <> '')", name="merged_to"),
    )
    open_ones = sa.text("state IN ('draft', 'open')")
    op.create_index(
        "uq_pulls_open_branch",
        "pulls",
        ["repo", "branch"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    op.create_table(
        "approvals",
        sa.Column("repo", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("head", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("at", SECONDS, nullable=False),
        sa.ForeignKeyConstraint(["repo", "number"], ["pulls.repo", "pulls.number"], ondelete="CASCADE"),
    )


def _coordination() -> None:
    op.create_table(
        "claims",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("at", SECONDS, nullable=False),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started", SECONDS, nullable=False),
        sa.Column("beat", SECONDS, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", SECONDS, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.CheckConstraint("token > 0", name="counted"),
    )
