"""DBOS's records of runs that ended: what the stages did is in the session's log, and nobody resumes them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from dbos import DBOSClient

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable

ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
AT_ONCE = 1_000
"""Records removed in one transaction; the next collection removes the next ones."""

T = TypeVar("T")


async def find(services: Services) -> list[Removable]:
    """The oldest of them as one entry."""
    if not services.engine_url:
        return []
    before = datetime.fromtimestamp(services.clock() - services.retention.file_days * DAY, UTC).isoformat()

    def ended(client: DBOSClient) -> list[str]:
        rows = client.list_workflows(
            status=ENDED, completed_before=before, limit=AT_ONCE, load_input=False, load_output=False
        )
        return [row.workflow_id for row in rows]

    if not await asyncio.to_thread(_has_records, services.engine_url):
        return []
    found = await asyncio.to_thread(_with_client, services.engine_url, ended)

    async def remove() -> bool:
        await asyncio.to_thread(
            _with_client, services.engine_url, lambda client: client.delete_workflows(found, delete_children=True)
        )
        return True

    return [Removable(Removal("runs", f"{len(found)} finished runs", 0), remove)] if found else []


def _has_records(url: str) -> bool:
    """Whether a worker has ever run here: the first one makes DBOS's tables."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        schema = None
        if not parsed.database or not Path(parsed.database).exists():
            return False
    else:
        parsed, schema = parsed.set(drivername="postgresql+psycopg"), "dbos"
    engine = sa.create_engine(parsed)
    try:
        return sa.inspect(engine).has_table("workflow_status", schema=schema)
    finally:
        engine.dispose()


def _with_client(url: str, ask: Callable[[DBOSClient], T]) -> T:
    client = DBOSClient(system_database_url=url, retry_connection_errors=False)
    try:
        return ask(client)
    finally:
        client.destroy()
