"""Messages of the pipeline about the forge's checks, builds and deployments. Pure.

All other messages are in `honk.conversation.texts`.
"""

from collections.abc import Iterable

from honk.conversation.event_lines import clip


def checks_again(names: Iterable[str]) -> str:
    """Review: red on the forge, for the first time."""
    return f"Red on the forge: {_quoted(names)}. Running that once more, to tell a flaky check from a broken change."


def checks_late(names: Iterable[str], minutes: float) -> str:
    """Review: the forge's checks do not end, or do not begin."""
    what = _quoted(names)
    which = f"{what} has no result" if what else "no check of the forge has begun"
    return (
        f"After {minutes:.0f} minutes {which}. I go on looking; see on the pull request whether something waits there"
        " for a person. Merge is possible as soon as the forge allows it."
    )


def checks_unclear(names: Iterable[str]) -> str:
    """Review: red on the forge, and not done yet on the base branch."""
    return (
        f"Red on the forge: {_quoted(names)}. It still runs on the base branch, so whether this change is to blame is"
        " not known yet; I wait for that."
    )


def checks_unseen(why: str) -> str:
    """Review: the forge does not show its checks."""
    return f"I cannot see the forge's checks, so they count as unknown: {why}"


def checks_for_a_person(names: Iterable[str], rounds: int) -> str:
    """Review: red on the forge, and the agent has had its rounds."""
    tried = f" after {rounds} round{'' if rounds == 1 else 's'} of the agent" if rounds else ""
    return (
        f"Still red on the forge{tried}: {_quoted(names)}. It is yours now: reply with a hint to have it tried once"
        " more, or look at the log that the check links to."
    )


def ready_for_review(number: int) -> str:
    """Review: green on the forge."""
    return f"The forge's checks are done; pull request #{number} is no draft any more."


def put_out_of_queue(number: int, url: str) -> str:
    """Merge: the forge's queue has tested it with others, and does not merge it."""
    return f"The merge queue has put #{number} out again; {url} says why."


def landed_untested(sha: str, branch: str, onto: str) -> str:
    """Merge: the base moved in the very moment, or somebody merged it on the forge."""
    return (
        f"Merged on the forge as {sha[:10]}, but not with the files that were tested: {branch} was at {onto[:10]} by"
        " then. I have deployed nothing, and test what is there now."
    )


def landed_red(sha: str, branch: str, names: Iterable[str]) -> str:
    """Merge: what is on the base after such a merge is red."""
    return (
        f"It is merged on the forge as {sha[:10]}, and not deployed by me: together with what else came onto {branch},"
        f" {', '.join(names)} is red. “merge” tests what {branch} is then and deploys that; “roll back” takes this"
        " change out of it again."
    )


def reverted_untested(sha: str, branch: str) -> str:
    """Rollback: the base moved in the very moment."""
    return (
        f"The revert is merged as {sha[:10]}, but {branch} moved in the same moment: what is there now was not tested"
        " together. It goes live all the same, since this change is to be out of it."
    )


def no_run(workflow: str) -> str:
    """Review: `[preview] workflow` names a workflow that did not run for this head."""
    return f"{workflow} has not run for this commit, so it built nothing; does it listen to pushes of every branch?"


def built_nothing(workflow: str, url: str) -> str:
    """Review: `[preview] workflow` kept no files."""
    return f"{workflow} has kept no artifacts: {url}"


def build_red(workflow: str, url: str) -> str:
    """Review: `[preview] workflow` failed."""
    return f"{workflow} failed, so there is nothing of it to try: {url}"


def revert_waits(why: str) -> str:
    """Rollback: the forge's own rules hold for a revert too."""
    return f"The revert is a pull request of its own and waits for its checks. {why}"


def reverted_by(number: int, url: str) -> str:
    """Rollback: on a forge where that takes a pull request."""
    return f"Reverted by pull request #{number}: {url}"


def revert_refused(why: str) -> str:
    """Rollback: the forge does not merge the revert."""
    return (
        f"Not rolled back: {why.rstrip('.')}. Merge the revert there, or say “roll back” again when it can be merged."
    )


def deployment_followed(where: str, url: str) -> str:
    """Deploy: somebody else does it."""
    return f"The forge deploys it to {where or 'production'}" + (f": {url}" if url else ".")


def deployment_unknown(sha: str, where: str, url: str, seconds: float) -> str:
    """Deploy: the forge's deployment does not end."""
    at = f" ({url})" if url else ""
    return (
        f"Merged as {sha[:10]}, but after {seconds / 60:.0f} minutes the deployment to {where or 'production'}{at} has"
        " not ended, so I cannot say whether it is live. Look there; “roll back” takes it back."
    )


def no_deployment(sha: str, workflow: str) -> str:
    """Deploy: `[deploy] workflow` did not start."""
    return (
        f"Merged as {sha[:10]}, but {workflow} has not run for it, so it is not deployed. Start it by hand, or say in"
        " honk.toml how this repository is deployed."
    )


def _quoted(names: Iterable[str]) -> str:
    """Names that strangers gave."""
    some = [f"“{clip(name, 60)}”" for name in names]
    return ", ".join(some[:5]) + (f" and {len(some) - 5} more" if len(some) > 5 else "")
