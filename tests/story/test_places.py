"""Places for work: who needs none, and whom nobody may keep waiting."""

import asyncio

from honk.client import Call
from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import ADA, Installation, read, say, shell, write

BETTER = 'def greet(name):\n    return "Hello, " + name.strip()\n'


async def test_the_way_back_does_not_wait_for_agents(installation: Installation) -> None:
    installation.tune("worker", turns=1)
    installation.scripts["strip the name"] = (read("greet.py"), write("greet.py", BETTER), say("Done."))
    installation.scripts["take your time"] = (shell("sleep 600"), say("Done."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("strip the name")
        await honk.command("merge", Call(session.id, ADA, head=session.change.head))
        session = await installation.quiet(session.id)
        assert session.phase == Phase.LIVE, session.error

        slow = await honk.ask("take your time", ADA)
        await installation.until(slow, lambda data: isinstance(data, events.AgentToolUsed))
        next_one = await honk.ask("strip the name", ADA)
        await honk.command("rollback", Call(session.id, ADA))
        session = await installation.quiet(session.id)
        assert session.phase == Phase.ROLLED_BACK, session.error
        store = honk.services.store
        assert (await store.session(slow.id)).phase == Phase.WORK, "which goes on"
        assert (await store.session(next_one.id)).turns[0].outcome is None, "there is one place for turns"
        await honk.command("cancel", Call(slow.id, ADA))
        async with asyncio.timeout(60):
            assert (await installation.quiet(next_one.id)).phase == Phase.REVIEW
