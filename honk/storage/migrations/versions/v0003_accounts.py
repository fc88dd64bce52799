"""People's accounts on forges, and the numbers by which forges know their repositories."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "accounts",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("forge", sa.Text, primary_key=True),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.CheckConstraint("person <> ''", name="somebody"),
        sa.CheckConstraint("account > 0", name="numbered"),
    )
    op.create_table(
        "addresses",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("forge", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.CheckConstraint("number > 0", name="numbered"),
    )
