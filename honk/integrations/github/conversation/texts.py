"""Every sentence that is said on GitHub only. Pure. What the flow says stands in `chat.words`.

Names and logins are written without an @: a sentence of ours calls nobody.
"""

from honk.core.phase import Phase


def resolve(number: int) -> str:
    """What a label, or a mention without words, asks for. The issue itself comes along as a quotation."""
    return f"Do what issue #{number} asks for; it is quoted below."


def quoted_issue(number: int, *, pull: bool) -> str:
    """Where a quotation comes from: the text at the top."""
    return f"{'pull request' if pull else 'issue'} #{number}"


def quoted_comment(number: int, *, pull: bool) -> str:
    """Where a quotation comes from: a comment."""
    return f"a comment under {quoted_issue(number, pull=pull)}"


def no_comments(number: int) -> str:
    """To the agent, in place of what was said before."""
    return f"What was said under #{number} before could not be read just now."


def stranger(repository: str) -> str:
    """Somebody without write access asked; said once in an issue."""
    return (
        f"Thank you, but only people with write access to {repository} can give me work, so nothing was started."
        " One of them can ask me here, with your words above as material."
    )


def unknown_repository(repository: str) -> str:
    """A mention where Honk is installed but was never told to work."""
    return f"I am here, but I do not work on {repository} yet: `honk repo add {repository}` makes it known to me."


def edited(name: str) -> str:
    """A comment that was found later, and changed before: it may be somebody else's words by now."""
    return (
        f"This was changed before I came to read it, so I cannot tell that these are your words. Say it again in a new"
        f" comment that mentions `{name}`; nothing was started."
    )


def own_branch(branch: str) -> str:
    """Asked under a pull request that is not Honk's."""
    return (
        f"I work on a branch of my own, from `{branch or 'the default branch'}`, and open a pull request of my own;"
        " this one stays as it is."
    )


def before(phase: Phase, pull: str) -> str:
    """Where a quotation comes from: what was asked for here before. `pull` is its pull request, empty for none."""
    return f"what was asked for here before, now {phase.replace('_', ' ')}" + (f", {pull}" if pull else "")


def earlier() -> str:
    """A word that does not fit the last change of a place that has had others."""
    return (
        "Here that is about the last thing that was asked for; what came before is spoken to on its own pull request."
    )


def no_session() -> str:
    """A word to a session, where there is none."""
    return (
        "Nothing of mine is here yet that this could be about. Say it in the issue or the pull request that you mean."
    )


def heard(word: str) -> str:
    """A word that is being carried out, where nothing else says so."""
    return f"Heard: {word}."


def approved(name: str, head: str) -> str:
    """An approval, where nothing else says so."""
    return f"Approved by {name}: {head[:10]}."


def look_first(mention: str) -> str:
    """Merge by word, and something was flagged; the list of it follows."""
    return f"Not merged yet. Look at this first, then say `@{mention} merge looked`:"


def helps(mention: str, label: str) -> str:
    """What can be said to Honk."""
    by_label = f" or put the label `{label}` on an issue" if label else ""
    rows = (
        f"- **Ask for a change:** `@{mention} …` in an issue{by_label}.",
        f"- **Ask for something different:** `@{mention} …` there or in the pull request, or review it: all comments of"
        " one review are one turn.",
        f"- **Words by themselves:** `@{mention} merge` · `approve` · `stop` · `rollback` · `go on` · `status`"
        " · `help`",
        "- Only people with write access are obeyed; everybody's words are read.",
    )
    return "\n".join(rows)


def on_it(repository: str) -> str:
    """The first line of a turn."""
    return f"**On it**, in {repository}." if repository else "**On it.**"


def waits() -> str:
    """A turn that another one is before."""
    return "Queued: I begin when the turn before it has ended."


STAGES = {
    Phase.INTAKE: "Looking at what is needed.",
    Phase.PREPARE: "Preparing a workspace.",
    Phase.WORK: "The agent is at work.",
    Phase.CHECK: "Checking the result.",
    Phase.PROPOSE: "Opening the pull request.",
    Phase.PREVIEW: "Building the preview.",
    Phase.MERGE: "Testing it together with the base branch as it is now.",
    Phase.DEPLOY: "Deploying.",
    Phase.WATCH: "Watching its health.",
    Phase.ROLLBACK: "Taking it back.",
}
"""What is going on, while something is."""


def next_step(phase: Phase, mention: str, *, flagged: bool, untested: bool = False) -> str:
    """What people can do now. Empty where there is nothing to do but wait."""
    match phase:
        case Phase.LIVE if untested:
            return (
                f"`@{mention} merge` tests the branch as it is then, and deploys it; `@{mention} rollback` takes this"
                " change out of it."
            )
        case Phase.REVIEW:
            merge = f"`@{mention} merge looked`" if flagged else f"`@{mention} merge`"
            return (
                f"{merge} merges exactly this, tested with the base branch as it is then; `@{mention} …` or a review"
                " changes it."
            )
        case Phase.LIVE:
            return f"`@{mention} rollback` takes it back; `@{mention} …` asks for something else."
        case Phase.PAUSED:
            return f"`@{mention} go on` allows as much again."
        case Phase.ASKING:
            return f"Answer with `@{mention} …`."
        case Phase.FAILED | Phase.CANCELLED:
            return f"`@{mention} …` goes on from there."
        case Phase.ROLLED_BACK | Phase.CLOSED:
            return f"`@{mention} …` asks for something else."
        case _:
            return ""


def checks(rows: str) -> str:
    """What GitHub's own checks say. `rows` is markup."""
    return f"**GitHub's checks:** {rows}"


def more_checks(green: int, others: int) -> list[str]:
    """Checks that are counted, not named."""
    return [f"{others} more that are not"] * bool(others) + [f"✓ {green} green"] * bool(green)


def look_at(pull: str) -> str:
    """Above what the guard found. `pull` is the address of the pull request, empty for none."""
    return f"**Please look at** this in [the diff]({pull}/files):" if pull else "**Please look at:**"


def newer() -> str:
    """Under the evidence of a turn, once another one has come."""
    return "A later turn goes on from here; this is how it was then."


def asked_at(link: str) -> str:
    """On the pull request: where it was asked. Empty: where the readers of this are not."""
    return f"Asked for [here]({link})." if link else "Asked for elsewhere."


def addressed(path: str, head: str) -> str:
    """The answer to a remark whose file was changed. `path` is markup."""
    return f"Changed {path} in {head[:10]}."


def left(path: str, link: str) -> str:
    """The answer to a remark whose file was not changed. `path` is markup."""
    why = f" [What I did]({link}) says why, if I know." if link else ""
    return f"{path} is as it was after this turn.{why}"


def not_done(error: str) -> str:
    """The answer to a remark when its turn did not end well. `error` is markup."""
    return f"Not done: {error}"


def closed_by(name: str, number: int) -> str:
    """Somebody closed the pull request: to the thread."""
    return f"{name} closed pull request #{number} on GitHub, so this session is closed. Opened again there, it goes on."


def reopened(number: int) -> str:
    """Somebody opened it again."""
    return f"Pull request #{number} was opened again on GitHub; this goes on where it was."


def merged_by(name: str, number: int) -> str:
    """Somebody merged it on GitHub, which is a word to merge like any other."""
    return f"{name} merged pull request #{number} on GitHub. I take it from there."


def somebody() -> str:
    """Whom GitHub does not name."""
    return "Somebody"


def renamed(old: str, new: str) -> str:
    """The repository has another name."""
    return f"The repository {old} is called {new} on GitHub now. Nothing else changes."


def archived(name: str) -> str:
    """The repository takes no changes."""
    return f"{name} was archived on GitHub and takes no changes. What was done is kept; unarchive it to go on."


def unarchived(name: str) -> str:
    """It takes changes again."""
    return f"{name} takes changes again."


def privatised(name: str) -> str:
    """The repository is not for everybody any more."""
    return f"{name} is private on GitHub now."


def published(name: str) -> str:
    """The repository is for everybody."""
    return f"{name} is public on GitHub now: what is said there can be read by everybody."


def gone(why: str) -> str:
    """We see the repository no longer. `why` is an error's text."""
    return f"I cannot reach the repository any more. {why} What was done is kept here."


def back(name: str) -> str:
    """We see it again."""
    return f"{name} can be reached again."


def cannot_answer(place: str, why: str, answer: str) -> str:
    """An answer cannot be given where it was asked for. `why` is an error's text."""
    return f"I cannot answer in {place}: {why} The answer is: {answer}"


def said_elsewhere(link: str, text: str) -> str:
    """The same answer where it can be given. `text` is markup."""
    return f"To [what was said there]({link}), where I may not answer:\n\n{text}"


def cannot_say(place: str, why: str) -> str:
    """A comment cannot be written. `why` is an error's text."""
    return f"I cannot say this in {place}: {why}"
