"""What the rule sets of a branch ask for, and which pull requests a commit came with."""

from honk.testing.github.call import Answer, Call, Route
from honk.testing.github.shapes import issues as shapes


async def of_branch(call: Call) -> Answer:
    """None: repositories here have branch protection, and no rule sets."""
    return call.page((), lambda rule: rule)


async def pulls_of_commit(call: Call) -> Answer:
    """Those that brought it to its branch, or want to."""
    sha = call.path["commit_sha"]
    items = [
        each
        for each in call.repo.issues.values()
        if each.pull and sha in (each.pull.head_sha, each.pull.merge_commit_sha)
    ]
    return call.page(items, lambda each: shapes.pull(call.state, call.repo, each))


ROUTES = (
    Route("GET /repos/{owner}/{repo}/rules/branches/{branch}", of_branch),
    Route("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", pulls_of_commit, "pull_requests:read"),
)
