"""Which repository, may this person, and is everything there? Asked before the work, never after an hour of it."""

import re
from collections.abc import Sequence

from honk.conversation import texts
from honk.core import events, repo_matching
from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.core.session import Session
from honk.pipeline import attachments, repo_rules
from honk.pipeline.context import StageContext


async def run(ctx: StageContext) -> Phase:
    """To prepare; or to asking, when the repository is unclear: Honk asks back and never guesses."""
    if ctx.session.ship.merged_sha:
        return await _too_late(ctx)
    if not ctx.session.repo and not await _choose(ctx):
        return Phase.ASKING
    repo, forge = ctx.repo, ctx.forge
    if not await forge.may_write(repo, ctx.principal):
        raise WorkFailed(texts.may_not_write(repo.name))
    newest = await forge.fetch(repo, ctx.mirror)
    settings = await repo_rules.at(ctx, ctx.session.change.base or newest)
    await _machine_is_ready(ctx, ctx.session.agent or settings.agent.kind)
    return Phase.PREPARE


async def _too_late(ctx: StageContext) -> Phase:
    """The message came in just when the change was being merged: its branch takes no more turns."""
    phase = Phase.ROLLED_BACK if ctx.session.ship.reverted_sha else Phase.LIVE
    await ctx.record(events.NoteAdded(texts.session_over(phase), bad=True), "too-late")
    return phase


async def _choose(ctx: StageContext) -> bool:
    """Record the repository if the words name exactly one; otherwise the question."""
    repos = await ctx.services.store.repos()
    if not repos:
        raise WorkFailed(texts.no_repositories())
    session = ctx.session
    here = (await attachments.contexts(ctx))[ctx.number].repo
    chosen, why = choose(session, ctx.turn.text, repos, here)
    if chosen:
        await ctx.record(events.RepoChosen(chosen, why), "repo")
        return True
    asked_before = session.turns[0].number != ctx.number
    text = texts.not_a_choice(ctx.turn.text) if asked_before else texts.which_repository()
    # the numbers of an answer are those of the question that was asked last
    await ctx.record(events.QuestionAsked(text, likely(session.request, repos)), "question")
    return False


def choose(session: Session, text: str, repos: Sequence[Repo], here: str = "") -> tuple[str, str]:
    """The repository that `text` means, and how we know; empty strings when it is not clear.

    In this order: the only one there is, an answer to our question (which may be a choice's number), a name in the
    text, the place's own repository (`here`), the one catalogue entry whose words the text uses.
    """
    names = [repo.name for repo in repos]
    if len(names) == 1:
        return names[0], "the only one I know"
    if session.question is not None or len(session.turns) > 1:
        answer = text.strip().rstrip(".").lower()
        choices = session.question.choices if session.question else likely(session.request, repos)
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1], "as you said"
    named = [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE)]
    if named:
        return (named[0], "you named it") if len(named) == 1 else ("", "")
    if here in names:
        return here, "this channel's repository"
    found = repo_matching.match(text, repos)
    return (found, "by what its entry in the catalogue says") if found else ("", "")


def likely(text: str, repos: Sequence[Repo]) -> tuple[str, ...]:
    """All repositories, those first whose catalogue entries have most in common with `text`."""
    return repo_matching.ranked(text, repos)


async def _machine_is_ready(ctx: StageContext, kind: str) -> None:
    """Raise the reason and the remedy for whatever the work would lack."""
    services = ctx.services
    if kind not in services.agents:
        raise UsageError(texts.unknown_agent(kind, services.agents))
    for problem in (
        await services.sandbox.problem(),
        await services.workspaces.problem(),
        services.agents[kind].problem(),
    ):
        if problem:
            raise Unavailable(problem)
    if not services.agents[kind].needs_model:
        return
    if not services.credential:
        raise Unavailable(texts.key_missing())
    if not await services.gateway.accepts_key():
        raise Unavailable(texts.key_refused(services.credential.base_url))
