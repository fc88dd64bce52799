"""Posts a message once, and edits it afterwards: what every integration does in the same order.

The store notes that a message is about to be posted before it is posted, and its reference afterwards. When the second
note is missing, because the answer was lost or the process crashed, the thread is searched before it is posted again.
"""

from collections.abc import Callable
from typing import Protocol

from honk.storage.threads import Post, Threads


class MessageCalls(Protocol):
    """The calls that show one message. A reference is the service's name for a message. All raise Unavailable when it
    can be tried again, and other errors when the service refuses."""

    async def find(self, post: Post) -> str:
        """The reference of the message, if it was posted just before a crash; otherwise empty."""

    async def post(self) -> str:
        """Post the message. Returns its reference."""

    async def edit(self, ref: str) -> str:
        """Let the posted message show the new state. Returns the reference of the message that shows it now."""


async def show(
    threads: Threads,
    thread: str,
    key: str,
    digest: str,
    message: MessageCalls,
    may_post: Callable[[], bool] = lambda: True,
) -> str:
    """Let `thread` show `message` under `key`, and note `digest`. Returns the message's reference.

    `may_post` is asked before a message is posted that another process may have posted; when it says no, nothing is
    done and the reference is empty.
    """
    post = await threads.post(thread, key)
    if post is None and not await threads.begin(thread, key):
        post = await threads.post(thread, key)
    ref = "" if post is None else post.ref or await message.find(post)
    if ref:
        ref = await message.edit(ref)
    elif post is None or may_post():
        ref = await message.post()
    else:
        return ""
    await threads.sent(thread, key, ref, digest)
    return ref
