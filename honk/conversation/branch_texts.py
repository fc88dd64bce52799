"""Texts about the session's branch and its base: what others did to them, and conflicts."""

from collections.abc import Iterable, Sequence

from honk.conversation.texts import and_more, linked, named


def branch_deleted(branch: str) -> str:
    return f"Somebody deleted `{branch}` on the forge. Honk pushes it again with the change."


def branch_moved(branch: str, rows: Sequence[tuple[str, str, str]], conflicts: Sequence[str]) -> str:
    """Others moved the session's branch. `rows`: author, id and subject of each of their commits."""
    if not rows:
        what = f"Somebody moved `{branch}` back to an earlier commit."
    else:
        first = [f"{sha[:10]} “{linked(subject)}” by {linked(author)}" for author, sha, subject in rows[:5]]
        more = [and_more(len(rows) - 5, "commit")] if len(rows) > 5 else []
        what = f"Others pushed to `{branch}`: {'; '.join([*first, *more])}."
    if conflicts:
        return f"{what} That conflicts with work that is not pushed yet, in {named(conflicts)}; the agent resolves it."
    return f"{what} It is kept, and the work goes on from there."


def moved_since_shown() -> str:
    return (
        "Not merged yet: the branch is not what you were shown. It has been tested and proposed as it is now; look at"
        " it again, then merge."
    )


def foreign_conflict_prompt(paths: Iterable[str]) -> str:
    """To the agent: resolve a conflict with what others pushed to the session's branch."""
    return (
        f"Others pushed to your branch, and that conflicts with your work. These files hold conflict markers:"
        f" {', '.join(paths)}. Resolve them so that both sides' intent is kept, remove all markers, then verify."
    )


def merged_elsewhere(number: int) -> str:
    return (
        f"Pull request #{number} has been merged on the forge, so this session takes no more changes. Start a new one."
    )


def message_rewritten(refusal: str) -> str:
    reason = refusal.partition("`: ")[2] or refusal
    return f"The server refused the commit message ({linked(reason)}). Honk writes it as that rule wants."


def base_rewritten(base_branch: str, old: str, new: str, paths: Sequence[str]) -> str:
    """The base branch no longer contains the commit that the session started from."""
    after = f" It conflicts in {named(paths)}; the agent resolves that." if paths else ""
    return (
        f"`{base_branch}` was rewritten: {old[:10]}, from which this change started, is no longer part of it. A merge"
        f" would bring the removed commits back, so the change is moved onto {new[:10]} as one commit.{after}"
    )


def conflict_prompt(base_branch: str, paths: Iterable[str]) -> str:
    """To the agent: resolve a conflict."""
    return (
        f"The branch {base_branch} has new commits that conflict with your change. I have merged it into your"
        f" workspace; these files hold conflict markers: {', '.join(paths)}. Resolve them so that both sides'"
        " intent is kept, remove all markers, then verify."
    )


def conflict_again(base_branch: str, paths: Iterable[str]) -> str:
    return (
        f"Not merged: {base_branch} has new commits again and conflicts in {', '.join(paths)}. Reply to try once more."
    )


def conflict_first(base_branch: str, paths: Iterable[str]) -> str:
    return (
        f"{base_branch} has new commits and conflicts in {', '.join(paths)}. The agent resolves it; merge again"
        " afterwards."
    )
