"""News as server-sent events: a browser that lost the connection asks for what came after the last it saw."""

import json
import re
from collections.abc import AsyncIterator

from honk.storage.store import Store
from honk.web import presenters
from honk.web.templating import Templates
from honk.web.timelines import Timelines

BEAT_SECONDS = 15.0
"""How long a stream may be silent: proxies and phones drop a connection on which nothing moves."""

RETRY_MS = 1500

HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
MEDIA_TYPE = "text/event-stream"

_BREAK = re.compile(r"\r\n|\r|\n")


def event(kind: str, data: str, number: int | None = None) -> str:
    """One event. A line break of any kind in `data` stays a line break and cannot end the field."""
    name = "" if number is None else f"id: {number}\n"
    rows = "".join(f"data: {row}\n" for row in _BREAK.split(data))
    return f"event: {kind}\n{name}{rows}\n"


async def thread(
    store: Store, timelines: Timelines, templates: Templates, session: str, after: int
) -> AsyncIterator[bytes]:
    """The thread of `session` behind event `after`, for as long as somebody listens.

    `line` carries an entry as HTML, `now` what the session is after it; the page then fetches what else has changed.
    """
    yield f"retry: {RETRY_MS}\n\n".encode()
    while True:
        now = await store.session(session)
        timeline = await timelines.read(session)
        last = timeline.seq
        for item, each in timeline.entries(after):
            if (entry := presenters.entry(item, each, timeline.began)) is not None:
                html = templates.text("line.html", entry=entry)
                yield event("line", html, each.seq).encode(errors="replace")
        if last > after:
            after = last
            yield event("now", json.dumps({"phase": now.phase, "mood": presenters.mood(now)}), after).encode()
        if not await store.wait(session, after, BEAT_SECONDS):
            yield b": still here\n\n"


async def all_sessions(store: Store) -> AsyncIterator[bytes]:
    """Tells that some session has news, for the list of them."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    async with store.subscribe() as news:
        while True:
            changed = await news.changed(BEAT_SECONDS)
            yield event("changed", " ".join(changed)).encode() if changed else b": still here\n\n"
