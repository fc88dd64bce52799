"""What 300 sessions leave on the disk is bounded (docs/design.md, section 4)."""

import os

import pytest

from honk import app
from honk.core import events
from honk.core.delivery import Artifact, Preview
from honk.core.mounted_tree import location
from honk.core.phase import Phase
from honk.git import change, commits
from honk.pipeline.context import StageContext
from honk.pipeline.stages import prepare
from honk.retention.base import size_of
from honk.service import HonkService
from honk.workspaces import workspace_record
from tests.story.conftest import ADA, APP, Installation

DAY = 86_400.0
SESSIONS = 300
REPOSITORY = 5_000_000
SNAPSHOTS = 30_000_000
CHANGE = 10_000
BOUND = SNAPSHOTS + 3 * REPOSITORY + SESSIONS * (CHANGE + 50_000)
"""As docs/design.md states it: warm snapshots, a mirror and two deploys, and each session's commits and records."""

ENDS = (Phase.LIVE, Phase.LIVE, Phase.FAILED, Phase.CANCELLED, Phase.CLOSED, Phase.REVIEW)


@pytest.mark.long
@pytest.mark.timeout(900)  # some 20 processes of git for each session
async def test_the_state_of_300_sessions_is_bounded(installation: Installation) -> None:
    installation.tune("workspace", keep_gb=SNAPSHOTS / 1e9)
    installation.repository("large", {**APP, **{f"data/{number}": os.urandom(50_000) for number in range(100)}})
    home = installation.settings.home
    async with app.open_app(installation.settings, base_url="", working=False, clock=installation.clock) as honk:
        await honk.add_repo(str(installation.root / "large.git"))
        for number in range(SESSIONS):
            if number % 10 == 0:
                installation.push("large", "notes.txt", f"{number}\n")  # each new base is a new snapshot
            await session(honk, number)
        before = size_of(home)
        assert before > 4 * BOUND, "without collection the state is far above the bound"
        installation.later = 20 * DAY  # the files of the sessions go, transcripts and builds stay
        await honk.collect()
        within_a_month = size_of(home)
        installation.later = 120 * DAY
        await session(honk, SESSIONS)  # the repository is still in use
        await honk.collect()
        sizes = {path.name: size_of(path) for path in home.iterdir()}
        assert size_of(home) < BOUND, (before, within_a_month, sizes)


async def session(honk: HonkService, number: int) -> None:
    """A session that leaves what the pipeline leaves: workspace, homes, scratch trees, a commit, a build, exchanges, a
    deploy; all but the agent's work is done by the pipeline's own parts."""
    store, name = honk.services.store, f"s{number:03d}"
    await store.start(name, events.TurnRequested(1, f"change {number}", ADA))
    await store.record(name, events.RepoChosen("large", "the only one I know"))
    ctx = await StageContext.opened(honk.services, name, "turn-1", 1)
    if number % 10 == 0:
        await ctx.forge.fetch(ctx.repo, ctx.mirror)
    await prepare.run(ctx)
    found = workspace_record.read(ctx.directory / "workspace")
    assert found is not None
    workspace = await honk.services.workspaces.fork(found, name)
    scratch = await honk.services.workspaces.fork(found, f"{name}-preview")
    upper = ctx.directory / "workspace" / "upper"
    change_of = upper if upper.is_dir() else location(workspace.tree)
    (change_of / "made.bin").write_bytes(os.urandom(CHANGE))
    (scratch.home / "cache").write_bytes(os.urandom(100_000))
    for path, size in {
        "home/.claude/projects/p/c.jsonl": 30_000,
        "home/.cache/x": 100_000,
        "verify-home/cache": 100_000,
        "preview-home/cache": 100_000,
        "exchanges/model.jsonl": 50_000,
    }.items():
        (ctx.directory / path).parent.mkdir(parents=True, exist_ok=True)
        (ctx.directory / path).write_bytes(os.urandom(size))
    captured = await change.capture(ctx.mirror, workspace.tree, workspace.baseline)
    head = await commits.commit(
        ctx.mirror, captured.tree, (found.commit,), author=ADA, committer=ADA, message="change\n"
    )
    end = ENDS[number % len(ENDS)]
    if end not in (Phase.FAILED, Phase.CANCELLED):
        await ctx.forge.push(ctx.repo, ctx.mirror, f"honk/{name}", head, "")
    sha256 = await honk.services.blobs.put(os.urandom(100_000), "artifact")
    await ctx.record(events.PreviewReady(Preview(artifacts=(Artifact("app.zip", sha256, 100_000),))))
    if number % 10 == 0:
        deploy = honk.services.home / "deploys" / "large" / head
        deploy.mkdir(parents=True)
        (deploy / "all.bin").write_bytes(os.urandom(REPOSITORY))
        deploy.with_suffix(".log").write_bytes(os.urandom(100_000))
    await ctx.record(events.TurnEnded(1, Phase.REVIEW))
    await ctx.record(events.PhaseEntered(end))
