"""Looks at a repository for the first time: what was found and why, set-up, and every check on its files."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console as Terminal
from rich.text import Text

from honk.cli import detection_lines, local_inspector
from honk.conversation import event_lines
from honk.core.errors import Unavailable
from honk.core.verdict import Verdict
from honk.git import command, external_checkout
from honk.pipeline.repo_config import Plan
from honk.pipeline.verification import local_verify
from honk.pipeline.verification.local_verify import Inspection
from honk.settings import Settings

_STYLES = {"passed": "green", "failed": "red"}


async def check(settings: Settings, path: Path, terminal: Terminal) -> tuple[Plan, Inspection]:
    """Show and run everything for the checkout at `path`, and say which failures come from the environment.

    Raises UsageError for a path that is no checkout, Unavailable where no sandbox works.
    """
    plan = await local_verify.plan_of(path, Path(tempfile.gettempdir()))
    terminal.print(Text(detection_lines.explanation(plan)))

    def tell(verdict: Verdict) -> None:
        line = f"{event_lines.mark(verdict)} {verdict.name}  {event_lines.seconds(verdict.seconds)}"
        terminal.print(Text(line, style=_STYLES.get(str(verdict.state), "yellow")))

    async with local_inspector.opened(settings, tell) as inspector:
        found = await inspector.inspect(path)
    terminal.print(Text(summary(found)))
    return plan, found


def summary(found: Inspection) -> str:
    """What failed because of the environment, apart from what is red."""
    lines = []
    for run in found.setup:
        if not run.ok:
            lines += ["Set-up failed, so nothing was checked:", f"  {run.command}", f"  {run.excerpt}"]
    environment = [verdict for verdict in found.verdicts if not verdict.ok and verdict.note]
    red = [verdict for verdict in found.verdicts if not verdict.ok and not verdict.note]
    if environment:
        lines.append("Because of the environment:")
        lines += [f"  {verdict.name}: {verdict.note}" for verdict in environment]
    if red:
        lines.append("Red on these files already (Honk does not blame changes for it):")
        for verdict in red:
            lines += [
                f"  {verdict.name}: {verdict.command}",
                *(f"    {line}" for line in event_lines.excerpt(verdict)[:5]),
            ]
    if not lines and found.verdicts:
        lines.append("All checks pass.")
    return "\n".join(lines)


@asynccontextmanager
async def checkout(address: str) -> AsyncIterator[Path]:
    """The checkout at `address`, or a clone of the repository there while the block lasts.

    Raises Unavailable where it cannot be cloned without a credential.
    """
    if await asyncio.to_thread(is_checkout, address):
        yield await external_checkout.top(Path(address))
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        at = Path(directory) / "checkout"
        done = await command.run_remote(None, "clone", "--quiet", "--depth=1", address, str(at))
        if done.exit:
            raise Unavailable(f"{address} cannot be cloned from here: check it out and run `honk init PATH`.")
        yield at


def is_checkout(address: str) -> bool:
    """Whether the address is a folder in which somebody works, and no bare repository or URL."""
    return (Path(address) / ".git").exists()
