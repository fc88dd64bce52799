"""What Honk answers to people in Slack, to one person alone or in a thread. Pure.

Sentences that every chat shares are in `honk.conversation.texts`; those on the messages about turns and orders in
`messages/message_texts.py`. Arguments are finished markup where a function says so, and plain words otherwise.
"""

from collections.abc import Iterable

from honk.core.errors import HonkError

FILES_ONLY = "Do what the attached files show or say."
"""The request, when a message has files and no text."""

UNKNOWN_PERSON = "Slack cannot say who you are at the moment, so nothing was started. Try again in a minute."
APPROVED = "Your approval of the current version of the change is recorded."
NO_SESSIONS = "No change is in progress in this channel. Mention me with a sentence to start one."
UNBOUND = "This channel is no longer bound to a repository."
NO_REPOSITORIES = "I know no repository yet. Add one with `honk repo add PATH_OR_URL`."
DELETED = "The message that asked for this was deleted. I am still working on it: press Stop if it should not be done."
ASK_TITLE = "Ask for changes"
"""The title of the window in which changes are asked for; at most 24 characters."""

ASK_LABEL = "What should be different?"
UNKNOWN_BUTTON = "I do not recognise this button any more. Reply with what you want; `help` lists the commands."


def empty_mention(name: str) -> str:
    return (
        f"Say in a sentence what should change, for example: “@{name} the playlist page crashes when it is empty”."
        f" `/honk help` lists the commands."
    )


def help_text(name: str, reaction: str) -> str:
    """All ways to ask and to command, as markup. `reaction` is the emoji's name, empty for none."""
    by_reaction = f" or add :{reaction}: to it" if reaction else ""
    return "\n".join(
        (
            f"*Ask for a change:* mention @{name} with a sentence, here or in a thread, or write to me directly."
            f" For a message that is there already, choose “Honk: do this” in its menu{by_reaction}.",
            "*In the thread of a change* every reply is the next turn. Begin with `(aside)` to talk to each other.",
            "*Commands, like the buttons:* `merge` · `approve` · `stop` · `rollback` · `go on` · `status` · `help`",
            "*This channel's repository:* `/honk bind NAME` · `/honk bind` shows it · `/honk unbind` · `/honk repos`",
        )
    )


def welcome(name: str) -> str:
    return (
        "Describe a change in a sentence and get the new version of your app in the same thread. Reply *merge* to"
        f" deploy it; one button rolls it back.\n\nMention @{name} in a channel, or write in *Messages* above."
    )


def guest(name: str) -> str:
    return f"{name}, guests cannot give me work in this workspace, so nothing was started. Ask a member to request it."


def external(name: str) -> str:
    return (
        f"{name}, you are in this channel from another workspace, and only members of this one can give me work,"
        " so nothing was started. Ask one of them to request it."
    )


def over(phase: str) -> str:
    return (
        f"This thread's change is {phase.replace('_', ' ')}, so nothing was started."
        " Mention me in a new message of the channel to ask for something else."
    )


def no_session(command: str) -> str:
    return (
        f"There is no change in this thread to {command}. Reply `{command}` in the thread of the change that you mean."
    )


def look_first(reasons: Iterable[str]) -> str:
    """The answer to `merge` when something was flagged. `reasons` are markup."""
    rows = "\n".join(f"• {reason}" for reason in reasons)
    return f"Not merged yet. Please look at this first:\n{rows}\nThen reply `merge looked`, or press Merge."


def status(phase: str, repo: str, cost: str, link: str) -> str:
    """One session's state, from markup."""
    about = f" in {repo}" if repo else ""
    return f"This change{about}: *{phase.replace('_', ' ')}*. It has cost {cost}. {link}".strip()


def bound(repo: str) -> str:
    """The answer to `/honk bind NAME`. `repo` is markup."""
    return f"Requests in this channel are about {repo} from now on, unless they name another repository."


def binding(repo: str) -> str:
    """The answer to `/honk bind`. `repo` is markup, empty for none."""
    if repo:
        return f"Requests in this channel are about {repo}, unless they name another. `/honk unbind` ends that."
    return "This channel is bound to no repository. `/honk bind NAME` binds it; `/honk repos` lists the names."


def asks(name: str, text: str) -> str:
    """The message that a slash command posts in the channel, from markup."""
    return f"*{name} asks:* {text}"


def invite(name: str) -> str:
    return f"I am not in this channel, so nothing was started. Write `/invite @{name}` and try again."


def edited(waiting: bool) -> str:
    """A message was edited after it had become a turn. `waiting`: work on the turn has not begun."""
    state = "queued" if waiting else "started"
    return (
        f"You edited a message that I had already {state}. I still follow its first version."
        " Reply with what should be different, or stop me and ask again."
    )


def too_large(name: str, size: int, most_mb: int) -> str:
    """For the agent, in place of a file. `size` in bytes."""
    return f"The file {name} ({size:,} bytes) was not fetched: it is larger than {most_mb} MB."


def not_fetched(name: str, why: str) -> str:
    """For the agent, in place of a file."""
    return f"The file {name} could not be fetched ({why})."


def no_thread(why: str) -> str:
    """For the agent, in place of the messages above a request."""
    return f"The messages above in this thread could not be read ({why})."


def no_linked(why: str) -> str:
    """For the agent, in place of a message that the request links to."""
    return f"A message that the request links to could not be read ({why})."


def failed(error: Exception) -> str:
    kind = error if isinstance(error, HonkError) else type(error).__name__
    return f"That did not work ({kind}). Nothing was lost: try again in a minute."
