"""What a token may push beyond what it may write: files of workflows need a permission of their own."""

from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.state.accounts import Token
from honk_simulators.github.state.repositories import Repository

WORKFLOWS = ".github/workflows/"


def allowed(token: Token) -> bool:
    """Whether a token may push workflow files."""
    if token.kind == "session":
        return True
    if token.kind == "classic":
        return "workflow" in token.scopes
    return (token.permissions or {}).get("workflows") == "write"


def refusal(token: Token, path: str) -> str:
    """The sentence that GitHub refuses with."""
    what = {"installation": "a GitHub App", "user-to-server": "a GitHub App", "classic": "an OAuth App"}
    who = what.get(token.kind, "a Personal Access Token")
    need = "`workflow` scope" if token.kind == "classic" else "`workflows` permission"
    return f"refusing to allow {who} to create or update workflow `{path}` without {need}"


async def check(token: Token, repo: Repository, base: str | None, head: str) -> None:
    """Raises Refusal (403) when a merge would change workflow files and the token may not."""
    if base is None or allowed(token):
        return
    common = await git.merge_base(repo.git_dir, base, head)
    for path in await git.names(repo.git_dir, common or git.EMPTY_TREE, head):
        if path.startswith(WORKFLOWS):
            raise GitHubRefusal(403, refusal(token, path))
