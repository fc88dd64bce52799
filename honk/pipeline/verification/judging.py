"""Asks the judge about a change, and keeps its answer. Without `[judge] model` on the base branch nothing is asked."""

from honk.agents import judge
from honk.core import events
from honk.core.errors import HonkError
from honk.core.verdict import Judgement, Verdict
from honk.gateway import model_call
from honk.git import diff
from honk.pipeline.context import StageContext
from honk.pipeline.repo_rules import Plan
from honk.pipeline.sandbox_jobs import Budget


class Judge:
    """The judge of one turn. It is asked about each tree once, and sends the agent back at most once."""

    def __init__(self, ctx: StageContext, plan: Plan) -> None:
        self._ctx = ctx
        self._plan = plan
        self._answers: dict[str, Judgement] = {}
        self._sent_back = False

    async def objection(self, tree: str, verdicts: tuple[Verdict, ...]) -> str:
        """A text that sends the agent back; empty when the judge has no objection, was heard before, or is not
        asked."""
        if not self._plan.file.judge.model:
            return ""
        answer = self._answers.get(tree) or await self._ask(tree, verdicts)
        self._answers[tree] = answer
        if not answer.objects or self._sent_back:
            return ""
        self._sent_back = True
        return judge.sent_back(answer)

    async def _ask(self, tree: str, verdicts: tuple[Verdict, ...]) -> Judgement:
        ctx = self._ctx
        difference = await diff.read(ctx.mirror, self._plan.commit, tree)
        body = judge.request(self._plan.file.judge.model, ctx.session.requests, difference, verdicts)
        budget = Budget(ctx, self._plan.file.agent.max_usd)
        try:
            answer = judge.read(await model_call.message(ctx.services.gateway.upstream, budget, body))
        except HonkError as error:
            answer = Judgement("unknown", (str(error),), self._plan.file.judge.model)
        await ctx.record(events.Judged(ctx.number, tree, answer))
        return answer
