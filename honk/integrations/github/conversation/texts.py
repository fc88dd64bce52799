"""The sentences that only GitHub shows. Pure. Those that every surface shows are in `conversation.texts`.

Names and logins are written without an @, so that nobody is notified.
"""

from collections.abc import Mapping

from honk.conversation.next_steps import Step, next_steps, sentence
from honk.core.phase import Phase


def resolve(number: int) -> str:
    """The request of a label, or of a mention without words. The issue itself comes along as a quotation."""
    return f"Do what issue #{number} asks for; it is quoted below."


def quoted_issue(number: int, *, pull: bool) -> str:
    """The source of a quotation: the text of the issue or pull request."""
    return f"{'pull request' if pull else 'issue'} #{number}"


def quoted_comment(number: int, *, pull: bool) -> str:
    """The source of a quotation: a comment."""
    return f"a comment under {quoted_issue(number, pull=pull)}"


def no_comments(number: int) -> str:
    """For the agent, in place of the earlier comments."""
    return f"The earlier comments under #{number} could not be read."


def stranger(repository: str) -> str:
    """Somebody without write access asked; written once in an issue."""
    return (
        f"You may not change {repository} yet, so nothing was started. Somebody with write access can ask me here; I"
        " read your comment as background then."
    )


def unknown_repository(repository: str) -> str:
    """A mention where Honk is installed but was never told to work."""
    return f"I do not work on {repository} yet. The person who runs Honk can add it: `honk repo add {repository}`."


def edited(name: str) -> str:
    """A comment that was edited before Honk read it: the words may be somebody else's by now."""
    return (
        f"This comment was edited before I read it, so I cannot tell whether the words are yours, and nothing was"
        f" started. Write it again in a new comment that mentions `{name}`."
    )


def own_branch(branch: str) -> str:
    """A request under a pull request that is not Honk's."""
    return (
        f"I work on my own branch, from `{branch or 'the default branch'}`, and open my own pull request. This one"
        " stays unchanged."
    )


def before(phase: Phase, pull: str) -> str:
    """The source of a quotation: the earlier request here. `pull` is its pull request, empty for none."""
    return f"the earlier request here, now {phase.replace('_', ' ')}" + (f", {pull}" if pull else "")


def earlier() -> str:
    """A command that does not fit the last change of a thread that has had others."""
    return "Commands here are about the last request. For an earlier one, write on its own pull request."


def no_session() -> str:
    """A command in a thread without a session."""
    return "I have not done anything here yet. Write this in the issue or pull request that you mean."


def command_received(word: str) -> str:
    """A command is being carried out, where no reaction can show it."""
    return f"Command received: {word}."


def approved(name: str, head: str) -> str:
    """An approval, where no reaction can show it."""
    return f"Approved by {name}: {head[:10]}."


def look_first(mention: str) -> str:
    """A command to merge a change with findings; the list of them follows."""
    return f"Not merged yet. Look at these findings, then write `@{mention} merge looked`:"


def helps(mention: str, label: str) -> str:
    """All commands."""
    by_label = f" or put the label `{label}` on an issue" if label else ""
    rows = (
        f"- **Ask for a change:** `@{mention} …` in an issue{by_label}.",
        f"- **Ask for something different:** `@{mention} …` there or in the pull request, or review it: all comments of"
        " one review are one request.",
        f"- **Commands:** `@{mention} merge` · `approve` · `stop` · `rollback` · `go on` · `status` · `help`",
        "- I act only for people with write access; I read everybody's comments.",
    )
    return "\n".join(rows)


def on_it(repository: str) -> str:
    """The first line of a turn."""
    return f"**Working**, in {repository}." if repository else "**Working.**"


def waits() -> str:
    """A turn that another one is before."""
    return "Queued: I begin when the turn before it has ended."


_STEPS: Mapping[Step, str] = {
    "merge": "`@{0} merge` merges exactly this, tested with the current base branch",
    "merge looked": "`@{0} merge looked` merges exactly this, tested with the current base branch",
    "change": "`@{0} …` or a review asks for changes",
    "deploy": "`@{0} merge` tests the current branch and deploys it",
    "rollback": "`@{0} rollback` rolls it back",
    "new": "`@{0} …` asks for something else",
    "go on": "`@{0} go on` allows the same budget again",
    "answer": "answer with `@{0} …`",
    "try again": "`@{0} …` continues from here",
    "continue": "`@{0} …` continues from here",
}


def next_step(phase: Phase, mention: str, *, flagged: bool, untested: bool) -> str:
    """What people can do next; empty while they can only wait."""
    return sentence(next_steps(phase, flagged=flagged, untested=untested), _STEPS, "; ").format(mention)


def look_at(pull: str) -> str:
    """Above the guard's findings. `pull` is the address of the pull request, empty for none."""
    return f"**Please look at** this in [the diff]({pull}/files):" if pull else "**Please look at:**"


def newer() -> str:
    """Under the evidence of a turn that was not the last."""
    return "A later request continued from here; this is the state before it."


def asked_at(link: str) -> str:
    """On the pull request: where the change was requested. An empty `link`: somewhere private."""
    return f"Requested [here]({link})." if link else "Requested in a private place."


def addressed(path: str, head: str) -> str:
    """The reply to a review comment whose file was changed. `path` is markup."""
    return f"Changed {path} in {head[:10]}."


def left(path: str, link: str) -> str:
    """The reply to a review comment whose file was not changed. `path` is markup."""
    why = f" [My summary]({link}) may say why." if link else ""
    return f"{path} is unchanged.{why}"


def not_done(error: str) -> str:
    """The reply to a review comment whose turn failed. `error` is markup."""
    return f"Not done: {error}"


def closed_by(name: str, number: int) -> str:
    """Somebody closed the pull request."""
    return (
        f"{name} closed pull request #{number} on GitHub, so this session is closed. Reopen #{number} on GitHub to"
        " continue."
    )


def reopened(number: int) -> str:
    """Somebody reopened it."""
    return f"Pull request #{number} was reopened on GitHub, so this session continues."


def merged_by(name: str, number: int) -> str:
    """Somebody merged it on GitHub, which is a word to merge like any other."""
    return f"{name} merged pull request #{number} on GitHub. I take it from there."


def somebody() -> str:
    """An account that GitHub does not name."""
    return "Somebody"


def renamed(old: str, new: str) -> str:
    """The repository has another name."""
    return f"The repository {old} was renamed to {new} on GitHub. Nothing else changes."


def archived(name: str) -> str:
    """The repository takes no changes."""
    return f"{name} was archived on GitHub and takes no changes. Work so far is kept; unarchive it to continue."


def unarchived(name: str) -> str:
    """It takes changes again."""
    return f"{name} takes changes again."


def privatised(name: str) -> str:
    """The repository is not for everybody any more."""
    return f"{name} is private on GitHub now."


def published(name: str) -> str:
    """The repository is for everybody."""
    return f"{name} is public on GitHub now: everybody can read what is written there."


def gone(why: str) -> str:
    """Honk has lost access to the repository. `why` is an error's text."""
    return f"I have no access to the repository any more. {why} Work so far is kept."


def back(name: str) -> str:
    """Honk has access again."""
    return f"I have access to {name} again."


def cannot_answer(thread: str, why: str, answer: str) -> str:
    """An answer cannot be written where it was asked for. `why` is an error's text."""
    return f"I cannot answer in {thread}: {why} The answer is: {answer}"


def said_elsewhere(link: str, text: str) -> str:
    """The same answer in another place. `text` is markup."""
    return f"An answer to [this comment]({link}), where I may not write:\n\n{text}"


def cannot_say(thread: str, why: str) -> str:
    """A comment cannot be written. `why` is an error's text."""
    return f"I cannot write in {thread}: {why}"
