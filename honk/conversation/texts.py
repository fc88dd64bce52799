"""Every sentence that the flow says to a person, in one place. Pure.

Each says what happened and what to do next, and blames nobody. Errors that belong to one part of the machine are worded
where they are raised (`core.errors`); what the flow itself has to say is worded here.
"""

from collections.abc import Iterable, Sequence

from honk.core.verdict import Finding, Verdict


def empty_request() -> str:
    """Somebody said nothing."""
    return (
        "The request is empty. Say in a sentence what should change, for example: the playlist page crashes when empty."
    )


def unreadable_request() -> str:
    """Somebody's terminal speaks another encoding."""
    return "The request is not readable text: it holds bytes that are not UTF-8. Say it again from a UTF-8 terminal."


def long_request(length: int, most: int) -> str:
    """Somebody pasted a book."""
    return (
        f"The request has {length:,} characters, the most is {most:,}. Put the long part into a file of the repository"
        " and say where it is."
    )


def still_working(phase: str) -> str:
    """A word that must wait."""
    return f"Not now: I am still at it ({phase.replace('_', ' ')}). Say it again when this is done, or cancel it first."


def nothing_to_cancel(phase: str) -> str:
    """Cancel while nothing runs."""
    return f"Nothing is running that could be stopped (the session is at: {phase.replace('_', ' ')})."


def refused(reason: str) -> str:
    """Policy said no."""
    return f"Not done. {reason}"


def no_repositories() -> str:
    """Intake: nothing to work on."""
    return "I know no repository yet. Add one with `honk repo add PATH_OR_URL`, then say it again."


def which_repository() -> str:
    """Intake: the request fits several repositories, or none by name."""
    return "Which repository is this about?"


def not_a_choice(answer: str) -> str:
    """Intake: the answer names none of the repositories."""
    return f"I know no repository “{_short(answer, 60)}”. Which of these is it?"


def may_not_write(name: str, repo: str) -> str:
    """Intake: the person could not push this themselves."""
    return f"{name} has no write access to {repo}, so nothing was started. Ask its owner for access, then say it again."


def unknown_agent(kind: str, known: Iterable[str]) -> str:
    """Intake: `[agent] kind` or --agent names none."""
    return f"There is no agent “{kind}”. Known here: {', '.join(sorted(known))}."


def key_refused(base_url: str) -> str:
    """Intake: the model's service does not take the credential."""
    return f"The model's service at {base_url} refuses the key. Check ANTHROPIC_API_KEY, then reply; nothing is lost."


def key_missing() -> str:
    """Intake: there is no credential at all."""
    return "There is no key for the model. Set ANTHROPIC_API_KEY and start Honk again; `honk demo` needs none."


def setup_failed(command: str, excerpt: str) -> str:
    """Prepare: the base branch does not set up."""
    return (
        f"The set-up command `{command}` fails on the base branch, so the agent was not started. Mend it (or"
        f" [setup] run in honk.toml), then reply to go on.\n{excerpt}"
    )


def interrupted() -> str:
    """To the agent, after the worker was killed in the middle of its turn."""
    return (
        "Your turn was interrupted by a restart of the machine. Your files are as you left them."
        " Look at where you are and finish the request."
    )


def go_on() -> str:
    """To the agent, after a pause."""
    return "Go on where you stopped."


def changed_nothing(summary: str) -> str:
    """Check: the agent ended its turn without a change."""
    said = f" It said: “{_short(summary, 600)}”" if summary else ""
    return f"The agent changed nothing, so there is nothing to propose.{said} Reply with more detail to try again."


def still_red(verdicts: Iterable[Verdict], rounds: int) -> str:
    """Check: the gate's last word."""
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return (
        f"Still red after {rounds} round{'s' if rounds != 1 else ''}: {names}. Nothing was proposed; the work is kept."
        " Reply with a hint to go on."
    )


def unfit(reason: str) -> str:
    """Check: there is something in the tree that cannot be part of any change."""
    return f"Nothing was proposed: {reason} The work is kept; reply to have it changed."


def guard_blocks(findings: Iterable[Finding]) -> str:
    """Check: a guard rule says no."""
    stops = [finding for finding in findings if finding.severity == "block"]
    rows = "; ".join(f"{_where(finding)}: {finding.reason.rstrip('.')}" for finding in stops)
    return f"Not proposed, a guard rule says no: {rows}. Reply to have it changed."


def agent_failed(error: str) -> str:
    """Work: the agent's program or its model failed."""
    return f"{_sentence(error)} The work so far is kept; reply to go on from there."


def budget_reached(usd: float, limit: float) -> str:
    """Work: paused."""
    return (
        f"Paused: this session has cost {money(usd)} of {money(limit)}. The work is kept."
        f" Reply “go on” to allow another {money(limit)}."
    )


def cancelled() -> str:
    """A person stopped the turn."""
    return "Stopped, as asked. The work so far is kept; reply to go on from there."


def broke(error: BaseException) -> str:
    """Honk itself has a fault."""
    kind = type(error).__name__
    return (
        f"Something went wrong inside Honk ({kind}: {_short(str(error), 300)}). The work is kept; reply to try again."
        " The full trace is in the worker's log."
    )


def no_preview() -> str:
    """Somebody opens a preview before there is a change."""
    return "There is no preview yet: no change has been proposed in this session."


def no_before(reason: str) -> str:
    """Preview: the base does not come up."""
    return f"No picture of how it was before: {reason}"


def build_failed(output: str) -> str:
    """Preview: `[preview] build`."""
    return f"The preview's build command failed: {_short(output[-600:], 300)}"


def moved_by_others(branch: str) -> str:
    """Propose: somebody else pushed to Honk's branch."""
    return f"Somebody else has pushed to {branch}. Their work is kept and mine too; reply to build on theirs."


def asked_in_private() -> str:
    """The pull request: what was asked is not for everybody who can read the repository."""
    return "(asked in a private conversation)"


def where_it_was_asked() -> str:
    """The pull request: the way back to the thread."""
    return "Where it was asked"


def session_page() -> str:
    """The pull request: the session's page."""
    return "The whole session, with previews and pictures"


def try_it() -> str:
    """The pull request: the running preview. Its link is signed for a while."""
    return "Try it (the link works for a while; the session's page has a new one)"


def picture(path: str, when: str) -> str:
    """The pull request: a screenshot."""
    return f"Picture of {_linked(path)}, {when}"


def look_the_same(paths: Sequence[str]) -> str:
    """The pull request: pages that the change leaves as they were; empty for none."""
    return f"Looks as before: {', '.join(map(_linked, paths))}." if paths else ""


def download(name: str) -> str:
    """The pull request: a built file."""
    return f"Download {_linked(name)}"


def nothing_to_merge() -> str:
    """Merge asked before there is anything."""
    return "There is nothing to merge yet: no change has been proposed."


def already_merged(sha: str) -> str:
    """Merge asked twice."""
    return f"Already merged as {sha[:10]}."


def stale_merge(shown: str, now: str) -> str:
    """Merge asked for a head that is not the present one."""
    return f"The change has moved from {shown[:10]} to {now[:10]} since it was shown. Look at it again, then merge."


def refused_by_policy(why: str) -> str:
    """Merge: policy."""
    return f"Not merged. {why}"


def red_with_base(base_branch: str, verdicts: Iterable[Verdict]) -> str:
    """Merge: green alone, red together with what the base has become."""
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return f"Not merged: {base_branch} has moved on, and together with it {names} is red. Reply to have it mended."


def conflict_prompt(base_branch: str, paths: Iterable[str]) -> str:
    """To the agent: resolve a conflict."""
    return (
        f"The branch {base_branch} has moved on and conflicts with your change. I have merged it into your workspace;"
        f" these files hold conflict markers: {', '.join(paths)}. Resolve them so that both sides' intent is kept,"
        " remove all markers, then verify."
    )


def conflict_again(base_branch: str, paths: Iterable[str]) -> str:
    """Merge: the second conflict in a row."""
    return (
        f"Not merged: {base_branch} has moved again and conflicts in {', '.join(paths)}. Reply when it is a good moment"
        " to try once more."
    )


def conflict_first(base_branch: str, paths: Iterable[str]) -> str:
    """Merge: the agent gets it back once."""
    return (
        f"{base_branch} has moved on and conflicts in {', '.join(paths)}. The agent is resolving it; merge again after."
    )


def merged_other(head: str, verified: str) -> str:
    """The pull request was merged on the forge with commits that Honk has not seen."""
    return f"What was merged ({head[:10]}) is not what I verified ({verified[:10]}): somebody pushed in between."


def nothing_to_roll_back() -> str:
    """Rollback asked before a merge."""
    return "There is nothing to roll back: this session's change is not merged."


def already_rolled_back(sha: str) -> str:
    """Rollback asked twice."""
    return f"Already rolled back by {sha[:10]}."


def rollback_conflict(paths: Iterable[str]) -> str:
    """Rollback: later changes stand on this one."""
    return (
        f"The change cannot be reverted by itself: later commits touch the same lines in {', '.join(paths)}."
        " Ask for it in a new request, which can look at both."
    )


def rollback_red(verdicts: Iterable[Verdict]) -> str:
    """Rollback: the base without the change is red."""
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return f"Not rolled back: without this change {names} is red on the base branch. Ask for it in a new request."


def red_as_before(verdicts: Iterable[Verdict]) -> str:
    """Rollback: the branch before the change was red."""
    names = ", ".join(verdict.name for verdict in verdicts if verdict.blames)
    return f"Without this change {names} is red, as it was before; going back to that all the same."


def rollback_not_deployed(sha: str) -> str:
    """Rollback: the branch is back, production may not be."""
    return f"The branch is rolled back by {sha[:10]}, but the deploy of that failed: look at production now."


def production_back(ok: bool, output: str) -> str:
    """Rollback: the quick way back, before the branch itself is reverted."""
    if ok:
        return "Production is back on the version before; reverting the branch now."
    return f"The rollback command failed ({_short(output, 200)}); reverting the branch and deploying that instead."


def deployed_meanwhile(sha: str, later: str) -> str:
    """Deploy: another session was quicker, with this change in it."""
    return f"{sha[:10]} is in production already, as part of {later[:10]}, which was deployed meanwhile."


def deploy_failed() -> str:
    """The reason of an automatic rollback."""
    return "the deploy failed"


def unhealthy(detail: str) -> str:
    """The reason of an automatic rollback."""
    return f"it was not healthy after the deploy ({_short(detail, 200)})" if detail else "it was not healthy"


def not_live(reason: str) -> str:
    """The end of a merge that was rolled back by Honk itself."""
    return f"Not live: {reason}, so it was taken back. Ask for it anew when you know why."


def asked_for(name: str) -> str:
    """The reason of a rollback by hand."""
    return f"{name} asked for it"


def session_over(phase: str) -> str:
    """A reply to a session that takes no more turns."""
    return f"This session is over ({phase.replace('_', ' ')}). Start a new one with `honk ask`."


def unmatched(patterns: Sequence[str]) -> str:
    """Protected patterns that match no file: nothing is claimed of them."""
    listed = ", ".join(f"`{pattern}`" for pattern in patterns)
    return f"Protected in honk.toml, but matching no file: {listed}."


def money(usd: float) -> str:
    """Dollars: two places, four below a cent."""
    return f"${usd:.2f}" if usd >= 0.01 or usd == 0 else f"${usd:.4f}"


def _where(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


def _short(text: str, longest: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def _linked(text: str) -> str:
    """Untrusted text as the text of a Markdown link: it ends no link and begins none."""
    return _short("".join(char for char in text if char not in "[]()<>`\\!"), 80)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
