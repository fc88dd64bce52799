"""The sentences that only GitHub shows. Pure. Those of all integrations are in `honk.conversation.texts`.

Names and logins are written without an @, so that nobody is notified.
"""

from collections.abc import Mapping

from honk.conversation.next_steps import Step, next_steps, sentence
from honk.core.phase import Phase


def do_issue(number: int) -> str:
    return f"Do what issue #{number} asks for; it is quoted below."


def quoted_issue(number: int, *, pull: bool) -> str:
    return f"{'pull request' if pull else 'issue'} #{number}"


def quoted_comment(number: int, *, pull: bool) -> str:
    return f"a comment under {quoted_issue(number, pull=pull)}"


def no_comments(number: int) -> str:
    """For the agent, in place of the earlier comments."""
    return f"The earlier comments under #{number} could not be read."


def no_write_access(repository: str) -> str:
    return (
        f"You may not change {repository} yet, so nothing was started. Somebody with write access can ask me here; I"
        " read your comment as background then."
    )


def unknown_repository(repository: str) -> str:
    """A mention where Honk is installed but the repository was not added."""
    return f"I do not work on {repository} yet. The person who runs Honk can add it: `honk repo add {repository}`."


def edited(name: str) -> str:
    return (
        f"This comment was edited before I read it, so I cannot tell whether the words are yours, and nothing was"
        f" started. Write it again in a new comment that mentions `{name}`."
    )


def own_branch(branch: str) -> str:
    return (
        f"I work on my own branch, from `{branch or 'the default branch'}`, and open my own pull request. This one"
        " stays unchanged."
    )


def earlier_request(phase: Phase, pull: str) -> str:
    """The source of a quotation: the earlier request here. `pull` is its pull request, empty for none."""
    return f"the earlier request here, now {phase.replace('_', ' ')}" + (f", {pull}" if pull else "")


ONLY_LAST_REQUEST = "Commands here are about the last request. For an earlier one, write on its own pull request."
"""A command that does not fit the last change of a thread that has had others."""


NO_SESSION = "I have not done anything here yet. Write this in the issue or pull request that you mean."
"""A command in a thread without a session."""


def command_received(word: str) -> str:
    return f"Command received: {word}."


def approved(name: str, head: str) -> str:
    return f"Approved by {name}: {head[:10]}."


def look_first(mention: str) -> str:
    return f"Not merged yet. Look at these findings, then write `@{mention} merge looked`:"


def help_text(mention: str, label: str) -> str:
    by_label = f" or put the label `{label}` on an issue" if label else ""
    rows = (
        f"- **Ask for a change:** `@{mention} …` in an issue{by_label}.",
        f"- **Ask for something different:** `@{mention} …` there or in the pull request, or review it: all comments of"
        " one review are one request.",
        f"- **Commands:** `@{mention} merge` · `approve` · `stop` · `rollback` · `go on` · `status` · `help`",
        "- I act only for people with write access; I read everybody's comments.",
    )
    return "\n".join(rows)


def working(repository: str) -> str:
    return f"**Working**, in {repository}." if repository else "**Working.**"


QUEUED = "Queued: I begin when the turn before it has ended."
"""A turn that another one is before."""


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
    return sentence(next_steps(phase, flagged=flagged, untested=untested), _STEPS, "; ").format(mention)


def look_at(pull: str) -> str:
    """Above the guard's findings. `pull` is the address of the pull request, empty for none."""
    return f"**Please look at** this in [the diff]({pull}/files):" if pull else "**Please look at:**"


SUPERSEDED = "A later request continued from here; this is the state before it."
"""Under the evidence of a turn that was not the last."""


def asked_at(link: str) -> str:
    """On the pull request: where the change was requested. An empty `link`: somewhere private."""
    return f"Requested [here]({link})." if link else "Requested in a private place."


def changed(path: str, head: str) -> str:
    """The reply to a review comment whose file was changed. `path` is markup."""
    return f"Changed {path} in {head[:10]}."


def unchanged(path: str, link: str) -> str:
    """The reply to a review comment whose file was not changed. `path` is markup."""
    why = f" [My summary]({link}) may say why." if link else ""
    return f"{path} is unchanged.{why}"


def not_done(error: str) -> str:
    """The reply to a review comment whose turn failed. `error` is markup."""
    return f"Not done: {error}"


def closed_by(name: str, number: int) -> str:
    return (
        f"{name} closed pull request #{number} on GitHub, so this session is closed. Reopen #{number} on GitHub to"
        " continue."
    )


def reopened(number: int) -> str:
    return f"Pull request #{number} was reopened on GitHub, so this session continues."


def merged_by(name: str, number: int) -> str:
    return f"{name} merged pull request #{number} on GitHub. I take it from there."


SOMEBODY = "Somebody"
"""An account that GitHub does not name."""


def renamed(old: str, new: str) -> str:
    return f"The repository {old} was renamed to {new} on GitHub. Nothing else changes."


def archived(name: str) -> str:
    return f"{name} was archived on GitHub and takes no changes. Work so far is kept; unarchive it to continue."


def unarchived(name: str) -> str:
    return f"{name} takes changes again."


def made_private(name: str) -> str:
    return f"{name} is private on GitHub now."


def made_public(name: str) -> str:
    return f"{name} is public on GitHub now: everybody can read what is written there."


def access_lost(why: str) -> str:
    """Honk has lost access to the repository. `why` is an error's text."""
    return f"I have no access to the repository any more. {why} Work so far is kept."


def access_restored(name: str) -> str:
    return f"I have access to {name} again."


def cannot_answer(thread: str, why: str, answer: str) -> str:
    """An answer cannot be written where it was asked for. `why` is an error's text."""
    return f"I cannot answer in {thread}: {why} The answer is: {answer}"


def answer_elsewhere(link: str, text: str) -> str:
    """The same answer in another place. `text` is markup."""
    return f"An answer to [this comment]({link}), where I may not write:\n\n{text}"


def cannot_write(thread: str, why: str) -> str:
    """A comment cannot be written. `why` is an error's text."""
    return f"I cannot write in {thread}: {why}"
