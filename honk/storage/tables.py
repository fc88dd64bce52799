"""The tables, as they are after all migrations (`tests/storage/test_schema.py` proves it, on both databases).

    repos                                   what Honk knows of the outside
    sessions ─┬─ turns                      one thread; one message each
              └─ events                     the append-only truth; `sessions.projection` is its fold
    pulls ───── approvals                   the local forge
    threads ─── posts                       where a session is shown, and what was posted there
    bindings                                which repository a channel is about
    accounts  addresses                     who people are on forges, and what forges call repositories
    cursors                                 how far the news of a forge has been read
    claims  leases  workers                 who may do what, and who is alive
    blobs                                   index of the content-addressed files

What must never happen is forbidden here, by keys and CHECKs, not only in the code that writes. All times are seconds
since the epoch (UTC).
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
    # What it is, in a few words; last, because it came later.
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
    # The number of its last event. Its row lock is what keeps the numbers of a session without gaps.
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
    # The message that caused it: however often that is delivered, it is one turn.
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
)

threads = sa.Table(
    "threads",
    metadata,
    # A thread on a surface: `slack:T1/C2/1700000000.000100`. It belongs to one session, which may have several.
    sa.Column("place", Words, primary_key=True),
    sa.Column("session", sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.CheckConstraint("place <> ''", name="somewhere"),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("place", Words, primary_key=True),
    sa.Column("key", Words, primary_key=True),
    # What the surface calls it; empty from before it is sent until the answer is there.
    sa.Column("ref", Words, nullable=False),
    # Of what was last shown: the same again needs no call.
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", Seconds, nullable=False),
)

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("place", Words, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("person", Words, primary_key=True),
    sa.Column("forge", sa.Text, primary_key=True),
    # The forge's own number for them. Logins change hands; this is never given to anybody else.
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("login", Words, nullable=False),
    # Sealed by who writes it; the database never sees the secret itself.
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("at", Seconds, nullable=False),
    sa.CheckConstraint("person <> ''", name="somebody"),
    sa.CheckConstraint("account > 0", name="numbered"),
)

addresses = sa.Table(
    "addresses",
    metadata,
    # Where a repository is or was: one that was renamed has several.
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
    # Grows each time the lease is taken anew, so that a holder who slept through its end is told apart.
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
