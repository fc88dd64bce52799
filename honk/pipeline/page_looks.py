"""The agent's `look` tool: a page of the app as the workspace is now, served as a preview is and opened in a browser.

The app runs in a sandbox of its own, in a copy of the workspace, and the browser reaches nothing but the app.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
from playwright.async_api import Browser

from honk.agents.base import LookAnswer
from honk.conversation import texts
from honk.core import events
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.honk_toml import PreviewSettings
from honk.git import checkout
from honk.pipeline import sandbox_jobs, scratch_trees, session_change
from honk.pipeline.context import StageContext
from honk.pipeline.repo_rules import Plan
from honk.pipeline.stages import prepare
from honk.previews import browser, page_view
from honk.previews.browser_pages import Screen
from honk.previews.page_view import PageView
from honk.previews.previews import PreviewFailed
from honk.workspaces.base import Workspace

MOST_LOOKS = 30
"""Looks in one turn."""

LONGEST_PAGE = 500
"""Characters of a page's path."""

DEVICES = {
    "phone": Screen(390, 844, 1, is_mobile=True, screens=2),
    "desktop": Screen(1280, 800, 1, is_mobile=False, screens=2),
}
"""Claude Code scales down pictures of more than 2000 pixels."""


@asynccontextmanager
async def page_looks(ctx: StageContext, plan: Plan, workspace: Workspace) -> AsyncIterator["PageLooks | None"]:
    """The tool for one turn; None where the repository has nothing to serve. App and browser end with the block."""
    if not plan.file.preview.serve:
        yield None
        return
    async with AsyncExitStack() as resources:
        looks = PageLooks(ctx, plan, workspace, resources)
        resources.push_async_callback(looks.close_app)
        yield looks


class PageLooks:
    """Serves the workspace's present tree and looks at its pages, one at a time. The app keeps running while the tree
    stays the same."""

    def __init__(self, ctx: StageContext, plan: Plan, workspace: Workspace, resources: AsyncExitStack) -> None:
        self._ctx = ctx
        self._plan = plan
        self._workspace = workspace
        self._resources = resources
        self._browser: Browser | None = None
        self._served_tree = ""
        self._looks = 0
        self._one_at_a_time = asyncio.Lock()

    async def look(self, page: str, device: str) -> LookAnswer:
        """The page with its picture and problems; a text that says why, where it cannot be shown."""
        async with self._one_at_a_time:
            try:
                seen = await self._view(page, device)
            except HonkError as error:
                await self._ctx.record(events.PageViewed(page[:LONGEST_PAGE], device, problem=str(error)))
                log = error.log if isinstance(error, PreviewFailed) else ""
                return LookAnswer("\n".join([str(error), *(f"    {line}" for line in log.splitlines())]))
            sha256 = await self._ctx.services.blobs.put(seen.png, "screenshot")
            url = self._ctx.services.addresses.file(self._ctx.id, sha256)
            await self._ctx.record(
                events.PageViewed(page, device, sha256, url, seen.console_errors, seen.failed_requests)
            )
            return LookAnswer(_text(page, device, seen), seen.png)

    async def close_app(self) -> None:
        """Stop the app and remove its tree."""
        await self._ctx.services.previews.close(self._name)
        await self._ctx.services.workspaces.discard(self._name)

    @property
    def _name(self) -> str:
        return f"{self._ctx.id}-look"

    async def _view(self, page: str, device: str) -> PageView:
        if device not in DEVICES:
            raise UsageError(f"There is no device `{device[:40]}`; use phone or desktop.")
        if not page.startswith("/") or len(page) > LONGEST_PAGE or not page.isprintable():
            raise UsageError(f"A page is a path of at most {LONGEST_PAGE} characters that begins with `/`.")
        if self._looks >= MOST_LOOKS:
            raise WorkFailed(f"This turn has looked at pages {MOST_LOOKS} times, which is the limit.")
        self._looks += 1
        socket = await self._serve()
        if self._browser is None:
            self._browser = await self._resources.enter_async_context(browser.launched())
        return await page_view.view(self._browser, socket, page, DEVICES[device])

    async def _serve(self) -> Path:
        """The socket of the app, started with the workspace's files as they are now. Raises what a preview raises."""
        ctx, settings = self._ctx, self._plan.file.preview
        tree = (await session_change.capture(ctx, self._workspace)).tree
        running = ctx.services.previews.socket(self._name)
        if running is None or tree != self._served_tree:
            await self._start(settings, tree)
            self._served_tree = tree
        socket = ctx.services.previews.socket(self._name)
        if socket is None:
            raise WorkFailed(texts.no_preview())
        return socket

    async def _start(self, settings: PreviewSettings, tree: str) -> None:
        ctx = self._ctx
        await self.close_app()
        snapshot = await prepare.snapshot_at(ctx, self._plan)
        forked = await ctx.services.workspaces.fork(snapshot, self._name)
        await checkout.switch(ctx.mirror, forked.baseline.commit, tree, forked.tree)
        job = sandbox_jobs.lasting(
            scratch_trees.app(ctx, forked.tree, settings), self._plan.file.agent.max_minutes * 60
        )
        await ctx.services.previews.open(self._name, ctx.services.sandbox.start, job, ready=settings.ready)


def _text(page: str, device: str, seen: PageView) -> str:
    """What the picture does not show. The problems come from the app and are indented, so that they are not taken for
    text of ours."""
    rows = [f"{page} on a {device}: status {seen.status}."]
    if seen.status >= httpx2.codes.BAD_REQUEST:
        rows[0] += " This is an error page."
    for label, problems in (("Console errors", seen.console_errors), ("Failed requests", seen.failed_requests)):
        rows += [f"{label}:", *(f"    {line}" for line in problems)] if problems else [f"{label}: none."]
    return "\n".join(rows)
