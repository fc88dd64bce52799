"""The agent's program alone, in a ready checkout, as somebody would start it by hand: `claude -p "…"`."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bench import repository, scripted_model
from bench.scripted_model import StandIn
from honk import process
from honk.agents import claude


@dataclass(frozen=True)
class Run:
    """When it began, and when it had ended (seconds since the epoch)."""

    began: float
    ended: float


class Bare:
    """A checkout at `path`, and the program with a home of its own beside it."""

    def __init__(self, origin: Path, path: Path, model: StandIn) -> None:
        self._path = path
        self._home = path.with_name(f"{path.name}-home")
        self._home.mkdir()
        self._model = model
        repository.git("clone", "--quiet", str(origin), str(path))

    async def run(self) -> Run:
        """Do the task once, in a checkout that is put back before."""
        await asyncio.to_thread(repository.git, "checkout", "--quiet", "--", ".", at=self._path)
        program = claude.bundled()
        assert program is not None
        argv = (
            *(str(program), "-p", scripted_model.prompt(str(self._path))),
            *("--permission-mode", "bypassPermissions", "--tools", ",".join(claude.TOOLS)),
        )
        env = {
            **claude.ENVIRONMENT,
            "ANTHROPIC_API_KEY": scripted_model.KEY,
            "ANTHROPIC_BASE_URL": self._model.url,
            "HOME": str(self._home),
        }
        began = time.time()
        done = await process.run(argv, cwd=self._path, env=process.environment(env))
        assert done.ok, done.text + done.stderr.decode()
        return Run(began, time.time())
