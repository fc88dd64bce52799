"""The agent's turn: sealed in, metered, and not let go while a verifier is red."""

import asyncio
from dataclasses import replace

from honk.agents import prompt
from honk.agents.base import AgentOutcome, AgentTask, VerifyAnswer
from honk.conversation import texts
from honk.core import events
from honk.core.errors import HonkError, Unavailable, WorkFailed
from honk.core.job import Job
from honk.core.phase import Phase
from honk.core.verdict import green
from honk.git import mirror
from honk.pipeline import (
    agent_task,
    attachments,
    page_looks,
    repo_rules,
    sandbox_jobs,
    session_change,
)
from honk.pipeline.branches import foreign_commits, rewritten_base
from honk.pipeline.context import StageContext
from honk.pipeline.page_looks import PageLooks
from honk.pipeline.repo_rules import Plan
from honk.pipeline.sandbox_jobs import Budget, GatewayConnection
from honk.pipeline.session_change import Captured
from honk.pipeline.stages import prepare
from honk.pipeline.verification import examination, measuring
from honk.pipeline.verification.judging import Judge
from honk.verify import base_tests, verify_tool
from honk.verify.new_tests import NewTests
from honk.workspaces.base import Workspace


class Gate:
    """Verifiers and guard as the agent meets them: a tool that it may call, and the door that it must pass.

    A tree that was examined is not examined again: the verdicts belong to exactly its files.
    """

    def __init__(self, ctx: StageContext, plan: Plan, workspace: Workspace) -> None:
        self._ctx = ctx
        self._plan = plan
        self._workspace = workspace
        self._rounds = 0
        self._refusals = 0
        self._judge = Judge(ctx, plan)
        self._asked_about_tests = False
        self._noted: set[str] = set()
        self._asked_for_proof = False
        self._asked_for_tests = False
        self._proof: tuple[str, NewTests | None] = ("", None)
        self._one_at_a_time = asyncio.Lock()  # an agent may call its tools side by side

    async def verify(self) -> VerifyAnswer:
        """The `verify` tool: all verifiers on the tree as it is now."""
        try:
            captured = await session_change.capture(self._ctx, self._workspace)
        except WorkFailed as error:
            return VerifyAnswer(False, str(error))
        answer = self._report(await self._examine(captured, "agent"))
        return VerifyAnswer(answer.ok, "\n\n".join((answer.text, *captured.warnings)))

    async def leave(self) -> str:
        """The agent wants to end its turn: empty lets it go, a text sends it back with what is red.

        It is sent back at most `max_rounds` times; after that the check stage has the last word.
        """
        left = self._plan.file.agent.max_rounds - self._refusals - 1
        try:
            captured = await session_change.capture(self._ctx, self._workspace)
        except WorkFailed as error:
            return self._back(prompt.cannot_be_committed(str(error), left))
        if captured.empty:
            return ""
        examined = await self._examine(captured, "gate")
        if examined.ok:
            if question := self._asks_about_tests(examined):
                return question
            if question := await self._asks_for_proof(captured.tree, examined):
                return question
            if question := await self._asks_for_tests(captured.tree, examined):
                return question
            await self._note(examined.notes)
            return self._back(await self._judge.objection(captured.tree, examined.verdicts))
        parts = [] if green(examined.verdicts) else [prompt.verifiers_failed(examined.verdicts, left)]
        if stops := [finding for finding in examined.findings if finding.severity == "block"]:
            parts.append(prompt.guard_blocked(stops, left))
        return self._back("\n\n".join((*parts, *captured.warnings)))

    def _asks_about_tests(self, examined: examination.Examined) -> str:
        """Once a turn: the expectations of tests that the change alters and that the request does not explain."""
        unexplained = base_tests.not_asked(examined.findings)
        if self._asked_about_tests or not unexplained:
            return ""
        self._asked_about_tests = True
        return prompt.expectations_changed(unexplained)

    async def _asks_for_proof(self, tree: str, examined: examination.Examined) -> str:
        """Once a turn: new and changed tests of a fix that all pass without it. What stays so is noted for people."""
        if self._proof[0] != tree:
            found = await examination.new_tests_over_base(self._ctx, self._plan, tree, examined.verdicts)
            self._proof = (tree, found)
        proof = self._proof[1]
        if proof is None or not proof.note:
            return ""
        if proof.prove_nothing and not self._asked_for_proof:
            self._asked_for_proof = True
            return prompt.tests_prove_nothing(proof.passing)
        await self._ctx.record(events.NoteAdded(proof.note), proof.note)
        return ""

    async def _asks_for_tests(self, tree: str, examined: examination.Examined) -> str:
        """Once a turn: changed lines that no test executes, and faults that none notices. The evidence has both."""
        found = await measuring.measure(self._ctx, self._plan, tree, examined.verdicts)
        if self._asked_for_tests or not found.weak:
            return ""
        self._asked_for_tests = True
        return prompt.tests_are_weak(found.notes)

    async def _note(self, notes: tuple[str, ...]) -> None:
        """Tell people each of `notes` once a turn."""
        for note in notes:
            if note not in self._noted:
                self._noted.add(note)
                await self._ctx.record(events.NoteAdded(note), note)

    def _back(self, text: str) -> str:
        """Send the agent back with `text`, unless it is empty or that was done often enough."""
        if not text or self._refusals >= self._plan.file.agent.max_rounds:
            return ""
        self._refusals += 1
        return text

    async def _examine(self, captured: Captured, by: str) -> examination.Examined:
        async with self._one_at_a_time:
            session = self._ctx.session
            if session.verified_tree == captured.tree:
                return examination.Examined(session.verdicts, session.guard)
            examined = await examination.examine(self._ctx, self._plan, captured.tree)
            self._rounds += 1
            await self._ctx.record(
                events.Verified(self._rounds, by, captured.tree, examined.verdicts, examined.findings)
            )
            return examined

    def _report(self, examined: examination.Examined) -> VerifyAnswer:
        ok, text = verify_tool.report(examined.verdicts, examined.findings)
        return VerifyAnswer(ok, text)


async def _agent_turn(
    ctx: StageContext, plan: Plan, workspace: Workspace, gateway_sockets: GatewayConnection
) -> AgentOutcome:
    session, settings = ctx.session, plan.file.agent
    agent = ctx.services.agents[session.agent or settings.kind]
    gate = Gate(ctx, plan, workspace)
    job = sandbox_jobs.job(ctx, workspace.tree, home=workspace.home, gateway_sockets=gateway_sockets.directory)
    job = replace(sandbox_jobs.lasting(job, settings.max_minutes * 60.0), readonly=await attachments.files(ctx))
    async with page_looks.page_looks(ctx, plan, workspace) as looks:
        return await agent.work(await _task(ctx, plan, gate, job, looks, workspace.snapshot.edited))


async def _task(
    ctx: StageContext, plan: Plan, gate: Gate, job: Job, looks: PageLooks | None, edited: tuple[str, ...]
) -> AgentTask:
    notes = await agent_task.notes(ctx, plan.commit)
    return AgentTask(
        prompt=await agent_task.message(ctx),
        instructions=prompt.instructions(notes, can_look=looks is not None, edited=edited),
        job=job,
        launch=ctx.services.sandbox.launcher,
        conversation=ctx.session.conversation,
        model=plan.file.agent.model,
        verify=gate.verify,
        gate=gate.leave,
        tell=ctx.record,
        recap=agent_task.recap(ctx),
        minutes=plan.file.agent.max_minutes,
        look=looks.look if looks is not None else None,
    )


async def run(ctx: StageContext) -> Phase:
    """To check; or to paused, when the budget is reached. Executed again after a crash, the conversation goes on."""
    plan = await repo_rules.plan(ctx, await repo_rules.base_of(ctx))
    workspace = await prepare.workspace(ctx, await prepare.snapshot_at(ctx, plan))
    await foreign_commits.take_in(ctx, workspace)
    tip = await mirror.head(ctx.mirror, ctx.session.change.base_branch)
    if (moved := await rewritten_base.find(ctx, tip)) is not None:
        await rewritten_base.note(ctx, moved)
    await session_change.lay_out_conflict(ctx, workspace)
    plan = await repo_rules.plan(ctx, await repo_rules.base_of(ctx))
    budget = Budget(ctx, plan.file.agent.max_usd)
    async with sandbox_jobs.gateway_sockets(ctx, "work", allow=plan.file.egress.work, budget=budget) as gateway_sockets:
        outcome = await _agent_turn(ctx, plan, workspace, gateway_sockets)
    if budget.reached and outcome.ending != "done":
        await ctx.record(events.BudgetReached(ctx.session.cost.usd, budget.limit), "budget")
        return Phase.PAUSED
    if outcome.ending != "done":
        raise _failure(ctx, outcome, gateway_sockets.trouble)
    await ctx.record(events.AgentEnded(outcome.summary), "agent-ended")
    return Phase.CHECK


def _failure(ctx: StageContext, outcome: AgentOutcome, trouble: str) -> HonkError:
    """Whose failure it was. Of the model's service the gateway knows more than the agent's program says."""
    if outcome.ending != "failed" or not trouble:
        return WorkFailed(texts.agent_failed(outcome.error))
    if ctx.services.gateway.credential_refused:
        return Unavailable(texts.key_refused(ctx.services.credential.base_url))
    return Unavailable(texts.agent_failed(trouble))
