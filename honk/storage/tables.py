"""The tables, as they are after all migrations (`tests/storage/test_schema.py` compares them on both databases).

    repos                                   the repositories that Honk knows
    sessions ─┬─ turns                      one session; one message each
              └─ events                     the append-only log; `sessions.projection` is its fold
    pulls ───── approvals                   pull requests of the local forge
    threads     posts                       threads where sessions are shown, and the messages posted there
    bindings                                which repository a channel is about
    accounts    addresses                   people's accounts on forges; former and present addresses of repositories
    cursors                                 how far an integration has read a forge's events
    claims      leases     workers          deliveries taken in once, locks, and heartbeats of workers
    blobs                                   index of the content-addressed files

Keys and CHECKs forbid what must never happen, independently of the code that writes. All times are seconds since the
epoch (UTC).
"""

import re

import sqlalchemy as sa

from honk.core.repo import PullState

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Words(sa.types.TypeDecorator[str]):
    """Text that people or agents wrote. What no database takes (NUL, lone surrogates) becomes U+FFFD on the way in."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Clean `value`."""
        if value is None:
            return None
        return _UNSTORABLE.sub("\ufffd", value)


Seconds = sa.Float(53)

PULL_STATES: tuple[PullState, ...] = ("draft", "open", "merged", "closed")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index over the rows for which `where` holds."""
    only = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

repos = sa.Table(
    "repos",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False, unique=True),
    sa.Column("forge", sa.Text, nullable=False),
    sa.Column("default_branch", sa.Text, nullable=False),
    sa.CheckConstraint("name <> ''", name="named"),
    # A short description. The last column, because a migration added it.
    sa.Column("about", Words, nullable=False, server_default=""),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repo", Words, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("requester", Words, nullable=False),
    sa.Column("created", Seconds, nullable=False),
    sa.Column("updated", Seconds, nullable=False),
    # The number of the last event. Locking this row keeps the numbers of a session's events without gaps.
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("projection", sa.JSON, nullable=False),
    sa.CheckConstraint("id <> ''", name="named"),
    sa.CheckConstraint("seq > 0", name="has_events"),
    sa.Index(None, "updated"),
    sa.Index(None, "phase"),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("session", sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # Names the message that began the turn: delivered again, it begins no second turn.
    sa.Column("claim", Words, unique=True),
    sa.Column("asked", Seconds, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.CheckConstraint("number > 0", name="counted"),
    _partial("ix_turns_open", "session", "number", where="outcome IS NULL"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("session", sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Seconds, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # JSON, not JSONB: only the former takes every string that an agent can print.
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("key", Words),
    sa.UniqueConstraint("session", "key"),
    sa.CheckConstraint("seq > 0", name="counted"),
    # Questions by kind (the last verdicts, the attachments of a turn) read only the events of that kind.
    sa.Index(None, "session", "kind", "seq"),
)

threads = sa.Table(
    "threads",
    metadata,
    # A thread of an integration: `slack:T1/C2/1700000000.000100`. It belongs to one session, which may have several.
    sa.Column("thread", Words, primary_key=True),
    sa.Column("session", sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.CheckConstraint("thread <> ''", name="somewhere"),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("thread", Words, primary_key=True),
    sa.Column("key", Words, primary_key=True),
    # The integration's id of the message; empty while it is being sent.
    sa.Column("ref", Words, nullable=False),
    # Hash of the rendered message; an unchanged hash means that no edit is sent.
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", Seconds, nullable=False),
)

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("channel", Words, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("person", Words, primary_key=True),
    sa.Column("forge", sa.Text, primary_key=True),
    # The forge's number of the account. A login can pass to another person, the number cannot.
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("login", Words, nullable=False),
    # Encrypted before it is written (token_encryption).
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("at", Seconds, nullable=False),
    sa.CheckConstraint("person <> ''", name="somebody"),
    sa.CheckConstraint("account > 0", name="numbered"),
)

addresses = sa.Table(
    "addresses",
    metadata,
    # A present or former address; a renamed repository has several.
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("forge", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.CheckConstraint("number > 0", name="numbered"),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", Words, nullable=False),
    sa.CheckConstraint("name <> ''", name="named"),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("key", Words, primary_key=True),
    sa.Column("holder", Words, nullable=False),
    sa.Column("at", Seconds, nullable=False),
)

pulls = sa.Table(
    "pulls",
    metadata,
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("session", sa.Text, nullable=False, unique=True),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("base_branch", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Column("author", Words, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("merged_sha", sa.Text, nullable=False),
    sa.Column("created", Seconds, nullable=False),
    sa.Column("updated", Seconds, nullable=False),
    sa.CheckConstraint("number > 0", name="counted"),
    sa.CheckConstraint("branch <> base_branch", name="leads_somewhere"),
    sa.CheckConstraint("head <> ''", name="has_head"),
    sa.CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in PULL_STATES)), name="state"),
    sa.CheckConstraint("(state = 'merged') = (merged_sha <> '')", name="merged_to"),
    _partial("uq_pulls_open_branch", "repo", "branch", where="state IN ('draft', 'open')", unique=True),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("head", sa.Text, primary_key=True),
    sa.Column("person", Words, primary_key=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("email", Words, nullable=False),
    sa.Column("at", Seconds, nullable=False),
    sa.ForeignKeyConstraint(["repo", "number"], ["pulls.repo", "pulls.number"], ondelete="CASCADE"),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", Seconds, nullable=False),
    sa.Column("beat", Seconds, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", Seconds, nullable=False),
    # Grows with each new holder, so that a holder whose lease has expired is recognized.
    sa.Column("token", sa.Integer, nullable=False),
    sa.CheckConstraint("token > 0", name="counted"),
)

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("created", Seconds, nullable=False),
    sa.CheckConstraint("length(sha256) = 64", name="hashed"),
    sa.CheckConstraint("size >= 0", name="sized"),
    sa.Index(None, "created"),
)
