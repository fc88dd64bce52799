"""Every sentence that is said in Slack only. Pure. What the flow says stands in `chat.words`."""

from collections.abc import Iterable

from honk.core.errors import HonkError


def empty_mention(name: str) -> str:
    """Somebody mentioned Honk and said nothing."""
    return (
        f"Yes? Say in a sentence what should change, for example: “@{name} the playlist page crashes when it is empty”."
        f" `/honk help` says what else there is."
    )


def files_only() -> str:
    """A request that is nothing but attached files, in words."""
    return "Do what the attached files show or say."


def help_text(name: str, reaction: str) -> str:
    """What can be said to Honk."""
    by_reaction = f" or add :{reaction}: to it" if reaction else ""
    return "\n".join(
        (
            f"*Ask for a change:* mention @{name} with a sentence, here or in a thread, or write to me directly."
            f" For a message that is there already, choose “Honk: do this” in its menu{by_reaction}.",
            "*In the thread of a change* every reply is the next turn. Begin with `(aside)` to talk among yourselves.",
            "*Words that work like buttons:* `merge` · `approve` · `stop` · `rollback` · `go on` · `status` · `help`",
            "*This channel's repository:* `/honk bind NAME` · `/honk bind` shows it · `/honk unbind` · `/honk repos`",
        )
    )


def welcome(name: str) -> str:
    """On Honk's own page in Slack."""
    return (
        f"Write a sentence, get the new version of your app in the same thread. Say *merge*, and it is in production,"
        f" watched, with a one-tap way back.\n\nMention @{name} in a channel, or write in *Messages* above."
    )


def guest(name: str) -> str:
    """Somebody who is a guest here."""
    return f"{name}, guests cannot give me work in this workspace. Ask a member to say it; nothing was started."


def external(name: str) -> str:
    """Somebody of another workspace, by Slack Connect."""
    return (
        f"{name}, you are in this channel from another workspace, and only members of this one can give me work."
        " Ask one of them to say it; nothing was started."
    )


def unknown_person() -> str:
    """Slack does not say who it is."""
    return "Slack does not tell me who you are just now, so nothing was started. Say it again in a minute."


def over(phase: str) -> str:
    """A reply in the thread of a session that takes no more turns."""
    return (
        f"This thread's change is {phase.replace('_', ' ')}, so nothing was started."
        " Mention me in a new message of the channel to ask for something else."
    )


def no_session(word: str) -> str:
    """A word to a session, where there is none."""
    return f"There is no change in this thread to {word}. Say `{word}` in the thread of the one that you mean."


def look_first(reasons: Iterable[str]) -> str:
    """Merge by word, and something was flagged."""
    rows = "\n".join(f"• {reason}" for reason in reasons)
    return f"Not merged yet: look at this first.\n{rows}\nThen say `merge looked`, or press Merge."


def approved() -> str:
    """An approval was recorded."""
    return "Your approval of the change as it is now is recorded."


def status(phase: str, repo: str, cost: str, link: str) -> str:
    """Where a session is. `link` is markup."""
    about = f" on {repo}" if repo else ""
    return f"This change{about} is at: *{phase.replace('_', ' ')}*, and has cost {cost}. {link}".strip()


def nothing_here() -> str:
    """Status, where there is nothing."""
    return "Nothing is under way in this channel. Mention me with a sentence to begin."


def sessions(rows: Iterable[str]) -> str:
    """Status of a channel. Rows are markup."""
    return "\n".join(rows)


def bound(repo: str) -> str:
    """A channel's repository was set. `repo` is markup."""
    return f"Requests in this channel are about {repo} from now on, unless they name another repository."


def binding(repo: str) -> str:
    """A channel's repository, as markup; empty for none."""
    if repo:
        return f"Requests in this channel are about {repo}, unless they name another. `/honk unbind` ends that."
    return "This channel is bound to no repository. `/honk bind NAME` binds it; `/honk repos` lists the names."


def unbound() -> str:
    """A channel's repository was taken away."""
    return "This channel is bound to no repository any more."


def repositories(names: Iterable[str]) -> str:
    """All repositories. Names are markup."""
    rows = list(names)
    return "\n".join(rows) if rows else "I know no repository yet. Add one with `honk repo add PATH_OR_URL`."


def asks(name: str, text: str) -> str:
    """The message that a slash command leaves in the channel. Both are markup."""
    return f"*{name} asks:* {text}"


def invite(name: str) -> str:
    """A slash command where Honk is not."""
    return f"I am not in this channel. Say `/invite @{name}`, then say it again; nothing was started."


def edited(waiting: bool) -> str:
    """A message was changed after it had become a turn."""
    state = "taken in" if waiting else "begun on"
    return (
        f"You edited a message that I had {state} already: I go by what it said first."
        " Reply with what should be different, or stop me and say it anew."
    )


def deleted() -> str:
    """A message was deleted while its turn runs."""
    return "The message that asked for this was deleted. I am still at it; press Stop if it should not be done."


def too_large(name: str, size: int, most_mb: int) -> str:
    """To the agent, in place of a file. `size` in bytes."""
    return f"The file {name} ({size:,} bytes) was not fetched: it is larger than {most_mb} MB."


def not_fetched(name: str, why: str) -> str:
    """To the agent, in place of a file."""
    return f"The file {name} could not be fetched ({why})."


def no_thread(why: str) -> str:
    """To the agent, in place of the talk above."""
    return f"What was said above in this thread could not be read ({why})."


def no_linked(why: str) -> str:
    """To the agent, in place of a message that the request links to."""
    return f"A message that the request links to could not be read ({why})."


def ask_title() -> str:
    """The title of the window in which changes are asked for; at most 24 characters."""
    return "Ask for changes"


def ask_label() -> str:
    """What the field in it is for."""
    return "What should be different?"


def try_again() -> str:
    """What the button Try again says to the session."""
    return "Try again."


def go_on() -> str:
    """What the button Go on says to the session."""
    return "Go on."


def unreadable_press() -> str:
    """A button of an older version, or of nobody's."""
    return "I do not know this button any more. Say in the thread what you want; `help` lists the words."


def broke(error: Exception) -> str:
    """Honk itself has a fault."""
    kind = error if isinstance(error, HonkError) else type(error).__name__
    return f"That did not work ({kind}). Nothing was lost; say it again in a minute."
