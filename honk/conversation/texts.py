"""The sentences that the pipeline and the service say to people. Pure.

Each says what happened, what it means, and what to do next. Errors of one package are worded where they are raised
(`core.errors`).
"""

from collections.abc import Iterable, Sequence

from honk.core.phase import Phase
from honk.core.verdict import NOTHING_CHECKED, Finding, Verdict


def empty_request() -> str:
    return (
        "The request is empty. Write in a sentence what should change, for example: the playlist page crashes when it"
        " is empty."
    )


def unreadable_request() -> str:
    return "The request is not readable text: it holds bytes that are not UTF-8. Send it again from a UTF-8 terminal."


def long_request(length: int, most: int) -> str:
    """Service: a message that is too long. Lengths in characters."""
    return (
        f"The request has {length:,} characters, the most is {most:,}. Put the long part into a file of the repository"
        " and write where it is."
    )


def still_working(phase: str) -> str:
    return (
        f"Not started: Honk is still working on this session ({phase.replace('_', ' ')}). Send it again when that is"
        " done, or cancel that first."
    )


def nothing_to_cancel(phase: str) -> str:
    return f"There is nothing to stop: the session is in phase {phase.replace('_', ' ')}."


def refused(reason: str) -> str:
    return f"Not done. {reason}"


def no_repositories() -> str:
    return "Honk knows no repository yet. Add one with `honk repo add PATH_OR_URL`, then send the request again."


def which_repository() -> str:
    return "Which repository is this about?"


def not_a_choice(answer: str) -> str:
    return f"Honk knows no repository “{_short(answer, 60)}”. Which of these is it?"


def may_not_write(repo: str) -> str:
    return f"You may not change {repo} yet, so nothing was started. Ask its owner for write access, then try again."


def unknown_agent(kind: str, known: Iterable[str]) -> str:
    """Intake: `[agent] kind` or --agent names none."""
    return f"There is no agent “{kind}”. Known here: {', '.join(sorted(known))}."


def key_refused(base_url: str) -> str:
    return f"The model's service at {base_url} refuses the key. Check ANTHROPIC_API_KEY, then reply; nothing is lost."


def key_missing() -> str:
    return "There is no key for the model. Set ANTHROPIC_API_KEY and start Honk again; `honk demo` needs none."


def branch_blocked(branch: str, blocking: str) -> str:
    """Prepare: git cannot keep the session's branch beside an existing one."""
    return (
        f"The repository has a branch `{blocking}`, and git cannot keep a branch `{branch}` beside it. Rename"
        f" `{blocking}`, then reply to continue."
    )


def setup_failed(command: str, excerpt: str) -> str:
    return (
        f"The set-up command `{command}` fails on the base branch, so the agent was not started. Fix it (or"
        f" [setup] run in honk.toml), then reply to continue.\n{excerpt}"
    )


def set_up_edits(paths: Sequence[str]) -> str:
    """Set-up changed files that git tracks."""
    return (
        f"Set-up changed {named(paths)}, which git tracks. Agent and checks work on the files as set-up"
        " left them. What set-up wrote is not part of the change, unless the agent edits the same file."
    )


def agent_works(kind: str, *, resumed: bool) -> str:
    name = {"claude": "Claude Code"}.get(kind, kind)
    return f"{name} {'continues' if resumed else 'is working'}."


def interrupted() -> str:
    """To the agent, after the worker was killed in the middle of its turn."""
    return (
        "Your turn was interrupted by a restart of the machine. Your files are as you left them."
        " Look at the state of your work and finish the request."
    )


def changed_nothing(summary: str) -> str:
    if asks(summary):
        return f"A question: {_short(summary, 600)} Reply here."
    said = f" It wrote: “{_short(summary, 600)}”" if summary else ""
    return f"The agent changed nothing, so there is nothing to propose.{said} Reply with more detail to try again."


def asks(summary: str) -> bool:
    return summary.rstrip().endswith("?")


def still_red(verdicts: Iterable[Verdict], rounds: int) -> str:
    names = ", ".join(
        f"{verdict.name} (unknown)" if verdict.state == "unknown" else verdict.name
        for verdict in verdicts
        if verdict.blames
    )
    return (
        f"Still red after {rounds} round{'s' if rounds != 1 else ''}: {names}. Nothing was proposed; the work is kept."
        " Reply with a hint to go on."
    )


def unfit(reason: str) -> str:
    return f"Nothing was proposed: {reason} The work is kept; reply to have it fixed."


def guard_blocks(findings: Iterable[Finding]) -> str:
    stops = [finding for finding in findings if finding.severity == "block"]
    rows = "; ".join(f"{_where(finding)}: {finding.reason.rstrip('.')}" for finding in stops)
    return f"Not proposed, because a guard rule forbids it: {rows}. Reply to have it fixed."


def agent_failed(error: str) -> str:
    return f"{_sentence(error)} The work so far is kept; reply to continue from there."


def budget_reached(usd: float, limit: float) -> str:
    return (
        f"Paused: this session has cost {money(usd)} of {money(limit)}. The work is kept."
        f" Reply “go on” to allow another {money(limit)}."
    )


def cancelled() -> str:
    return "Stopped, as requested. The work so far is kept; reply to continue from there."


def broke(error: BaseException) -> str:
    kind = type(error).__name__
    return (
        f"Something went wrong inside Honk ({kind}: {_short(str(error), 300)}). The work is kept; reply to try again."
        " The full trace is in the worker's log."
    )


def no_preview() -> str:
    return "There is no preview yet: no change has been proposed in this session."


def no_before(reason: str) -> str:
    return f"There is no screenshot of the version before: {reason}"


def build_failed(output: str) -> str:
    """Preview: `[preview] build`."""
    return f"The preview's build command failed: {_short(output[-600:], 300)}"


def asked_in_private() -> str:
    return "(requested in a private conversation)"


def where_it_was_asked() -> str:
    return "The conversation with the request"


def session_page() -> str:
    return "Open the full session"


def try_it() -> str:
    return "Try it (this link expires; the session's page has a new one)"


def picture(path: str, when: str) -> str:
    return f"Screenshot of {linked(path)}, {when}"


def look_the_same(paths: Sequence[str]) -> str:
    return f"Unchanged pages: {', '.join(map(linked, paths))}." if paths else ""


def download(name: str) -> str:
    return f"Download {linked(name)}"


def nothing_to_merge() -> str:
    return "There is nothing to merge yet: no change has been proposed."


def already_merged(sha: str) -> str:
    return f"Already merged as {sha[:10]}."


def stale_merge(shown: str, now: str) -> str:
    return f"The change has moved from {shown[:10]} to {now[:10]} since it was shown. Look at it again, then merge."


def refused_by_policy(why: str) -> str:
    return f"Not merged. {why}"


def red_with_base(base_branch: str, verdicts: Iterable[Verdict]) -> str:
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return f"Not merged: {base_branch} has new commits, and together with them {names} is red. Reply to have it fixed."


def merged_other(head: str, verified: str) -> str:
    return f"What was merged ({head[:10]}) is not what I verified ({verified[:10]}): somebody pushed in between."


def nothing_to_roll_back() -> str:
    return "There is nothing to roll back: this session's change is not merged."


def already_rolled_back(sha: str) -> str:
    return f"Already rolled back by {sha[:10]}."


def rollback_conflict(paths: Iterable[str]) -> str:
    return (
        f"The change cannot be reverted by itself: later commits touch the same lines in {', '.join(paths)}."
        " Ask for it in a new request, in which the agent sees both."
    )


def rollback_red(verdicts: Iterable[Verdict]) -> str:
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return f"Not rolled back: without this change {names} is red on the base branch. Ask for it in a new request."


def red_as_before(verdicts: Iterable[Verdict]) -> str:
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return f"Without this change {names} is red, as it was before the change. The rollback continues."


def rollback_not_deployed(sha: str) -> str:
    return f"The branch is rolled back by {sha[:10]}, but that deploy failed: check production now."


def production_back(ok: bool, output: str) -> str:
    if ok:
        return "Production runs the version before again. Honk reverts the branch now."
    return f"The rollback command failed ({_short(output, 200)}). Honk reverts the branch and deploys that instead."


def deploys_with_base(paths: Iterable[str]) -> str:
    return (
        f"The deploy runs {named(paths)} as before this change, because nobody has confirmed the change of what the"
        " deploy runs. The next change will deploy with the new version: look at it before."
    )


def deploys_with_changed(paths: Iterable[str], person: str) -> str:
    return f"The deploy runs {named(paths)} as this change has it; {person} confirmed that."


def named(paths: Iterable[str]) -> str:
    listed = [f"`{path}`" for path in paths]
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return f"{', '.join(listed[:5])}{more}"


def deployed_meanwhile(sha: str, later: str) -> str:
    return f"{sha[:10]} is in production already, as part of {later[:10]}, which was deployed meanwhile."


def deploy_failed() -> str:
    return "the deploy failed"


def unhealthy(detail: str) -> str:
    return f"it was not healthy after the deploy ({_short(detail, 200)})" if detail else "it was not healthy"


def not_live(reason: str) -> str:
    return f"Rolled back: {reason}. Start a new request when you know why."


def asked_for(name: str) -> str:
    return f"requested by {name}"


def session_over(phase: str) -> str:
    return f"This session is over ({phase.replace('_', ' ')}). Start a new one with `honk ask`."


def unmatched(patterns: Sequence[str]) -> str:
    listed = ", ".join(f"`{pattern}`" for pattern in patterns)
    return f"Protected in honk.toml, but matching no file: {listed}."


NOT_VERIFIED = f"{NOTHING_CHECKED} Only the guard’s rules were applied."

PHASES = {
    Phase.INTAKE: "Looking at what is needed",
    Phase.PREPARE: "Preparing a workspace",
    Phase.WORK: "The agent is at work",
    Phase.CHECK: "Checking the change",
    Phase.PROPOSE: "Opening the pull request",
    Phase.PREVIEW: "Building the preview",
    Phase.MERGE: "Testing it together with the current base branch",
    Phase.DEPLOY: "Deploying",
    Phase.WATCH: "Watching its health",
    Phase.ROLLBACK: "Rolling it back",
}
"""What Honk is doing in each phase in which it works."""


def and_more(number: int, noun: str) -> str:
    """The end of a list that was cut: `and 3 more files`."""
    return f"and {number} more {noun}{'' if number == 1 else 's'}"


def money(usd: float) -> str:
    """Dollars: two places, four below a cent."""
    return f"${usd:.2f}" if usd >= 0.01 or usd == 0 else f"${usd:.4f}"


def _where(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


def _short(text: str, longest: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def linked(text: str) -> str:
    """Untrusted text as the text of a Markdown link: it ends no link and begins none."""
    return _short("".join(char for char in text if char not in "[]()<>`\\!"), 80)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
