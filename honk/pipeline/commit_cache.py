"""Results about a commit, kept in the process: a commit never changes, so they stay true."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 64
"""So many answers are kept; those asked for longest ago go first."""


class CommitCache:
    """Answers by what was asked. For the running event loop only."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()

    async def ask(self, question: Hashable, find: Callable[[], Awaitable[T]]) -> T:
        """The answer to `question`, from `find` the first time; who asks meanwhile waits for it as well.

        What `find` raises is raised here and not kept.
        """
        known = self._known.get(question)
        if known is None:
            known = self._known[question] = asyncio.ensure_future(find())
        self._known.move_to_end(question)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        try:
            answer: T = await asyncio.shield(known)
        except BaseException:
            # also when only this one stops waiting: at worst the next one looks again
            self._known.pop(question, None)
            raise
        return answer
