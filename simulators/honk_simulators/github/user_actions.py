"""What people do in the browser. Each goes through the same door as a request, and can be refused as one."""

from collections.abc import Mapping, Sequence
from typing import Any

from honk_simulators.github import dispatch
from honk_simulators.github.auth import sign_in
from honk_simulators.github.branches import pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import NOTHING, Author
from honk_simulators.github.graphql import execution
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.rules import protections
from honk_simulators.github.state.accounts import GitHubAccount, Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository, covers


class UserActions:
    """People at work. Each method says who; what GitHub would refuse raises Refusal."""

    def __init__(self, state: GitHubState) -> None:
        self.state = state

    async def act(self, who: GitHubAccount, method: str, path: str, body: Any = None) -> Any:
        """Anything that the API can do, as somebody who is signed in. The JSON of the answer."""
        return await dispatch.act(self.state, Token("", "session", who), method, path, body)

    async def graphql(self, who: GitHubAccount, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The same over GraphQL: the data. Raises Refusal (422) with the errors."""
        given = {"query": query, "variables": dict(variables or {})}
        answered = (await execution.answer(self.state, Token("", "session", who), given)).data
        if answered.get("errors"):
            raise GitHubRefusal(422, "; ".join(each["message"] for each in answered["errors"]), answered["errors"])
        return answered["data"]

    async def issue(
        self, who: GitHubAccount, repo: Repository, title: str, body: str = "", labels: Sequence[str] = ()
    ) -> IssueRecord:
        """Open an issue."""
        given = {"title": title, "body": body, **({"labels": list(labels)} if labels else {})}
        made = await self.act(who, "POST", f"/repos/{repo.full_name}/issues", given)
        return repo.issues[made["number"]]

    async def pull_request(
        self,
        who: GitHubAccount,
        repo: Repository,
        head: str,
        title: str,
        *,
        base: str = "",
        body: str = "",
        draft: bool = False,
    ) -> IssueRecord:
        """Open a pull request."""
        given = {"title": title, "head": head, "base": base or repo.default_branch, "body": body, "draft": draft}
        made = await self.act(who, "POST", f"/repos/{repo.full_name}/pulls", given)
        return repo.issues[made["number"]]

    async def comment(self, who: GitHubAccount, repo: Repository, number: int, body: str) -> int:
        """Say something under an issue or pull request. The comment's id."""
        made = await self.act(who, "POST", f"/repos/{repo.full_name}/issues/{number}/comments", {"body": body})
        return int(made["id"])

    async def edit_issue(self, who: GitHubAccount, repo: Repository, number: int, body: str) -> None:
        """Change the text of an issue or pull request."""
        await self.act(who, "PATCH", f"/repos/{repo.full_name}/issues/{number}", {"body": body})

    async def edit_comment(self, who: GitHubAccount, repo: Repository, comment: int, body: str) -> None:
        """Say it differently."""
        await self.act(who, "PATCH", f"/repos/{repo.full_name}/issues/comments/{comment}", {"body": body})

    async def label(self, who: GitHubAccount, repo: Repository, number: int, *labels: str) -> None:
        """Add labels, made if need be."""
        await self.act(who, "POST", f"/repos/{repo.full_name}/issues/{number}/labels", {"labels": list(labels)})

    async def unlabel(self, who: GitHubAccount, repo: Repository, number: int, label: str) -> None:
        """Take a label off."""
        await self.act(who, "DELETE", f"/repos/{repo.full_name}/issues/{number}/labels/{label}")

    async def assign(self, who: GitHubAccount, repo: Repository, number: int, *people: GitHubAccount) -> None:
        """Make it somebody's."""
        given = {"assignees": [each.login for each in people]}
        await self.act(who, "POST", f"/repos/{repo.full_name}/issues/{number}/assignees", given)

    async def react(self, who: GitHubAccount, repo: Repository, comment: int, content: str = "+1") -> None:
        """React to a comment."""
        path = f"/repos/{repo.full_name}/issues/comments/{comment}/reactions"
        await self.act(who, "POST", path, {"content": content})

    async def review(
        self,
        who: GitHubAccount,
        repo: Repository,
        number: int,
        state: str = "COMMENT",
        body: str = "",
        comments: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """Review: APPROVE, REQUEST_CHANGES or COMMENT; `comments` have path, line and body. The review's id."""
        given = {"event": state, "body": body, "comments": [dict(each) for each in comments]}
        made = await self.act(who, "POST", f"/repos/{repo.full_name}/pulls/{number}/reviews", given)
        return int(made["id"])

    async def approve(self, who: GitHubAccount, repo: Repository, number: int) -> int:
        """Approve the head as it is."""
        return await self.review(who, repo, number, "APPROVE")

    async def reply(self, who: GitHubAccount, repo: Repository, number: int, remark: int, body: str) -> int:
        """Answer a comment at a line. The id."""
        path = f"/repos/{repo.full_name}/pulls/{number}/comments/{remark}/replies"
        return int((await self.act(who, "POST", path, {"body": body}))["id"])

    async def merge(self, who: GitHubAccount, repo: Repository, number: int, method: str = "merge") -> str:
        """Merge. The new commit."""
        path = f"/repos/{repo.full_name}/pulls/{number}/merge"
        return str((await self.act(who, "PUT", path, {"merge_method": method}))["sha"])

    async def lock(self, who: GitHubAccount, repo: Repository, number: int) -> None:
        """Let nobody speak there but who may push, and nobody react."""
        await self.act(who, "PUT", f"/repos/{repo.full_name}/issues/{number}/lock")

    async def unlock(self, who: GitHubAccount, repo: Repository, number: int) -> None:
        """Let everybody speak again."""
        await self.act(who, "DELETE", f"/repos/{repo.full_name}/issues/{number}/lock")

    async def close(self, who: GitHubAccount, repo: Repository, number: int) -> None:
        """Close an issue or pull request."""
        kind = "pulls" if repo.issues[number].pull else "issues"
        await self.act(who, "PATCH", f"/repos/{repo.full_name}/{kind}/{number}", {"state": "closed"})

    async def reopen(self, who: GitHubAccount, repo: Repository, number: int) -> None:
        """Open it again."""
        kind = "pulls" if repo.issues[number].pull else "issues"
        await self.act(who, "PATCH", f"/repos/{repo.full_name}/{kind}/{number}", {"state": "open"})

    async def push(
        self,
        who: GitHubAccount,
        repo: Repository,
        branch: str,
        files: Mapping[str, str | bytes | None],
        *,
        message: str = "Change\n",
        onto: str | None = None,
    ) -> str:
        """Commit files (None removes one) on a branch, new ones from the default branch. The new commit.

        With `onto`, a commit or branch, the branch is moved there by force first. The repository's owner may do what
        the rules of a branch forbid others.
        """
        old = (await git.branches(repo.git_dir)).get(branch)
        if not covers(repo.role(who), "write"):
            raise GitHubRefusal(403, f"Permission to {repo.full_name}.git denied to {who.login}.")
        forbidden = protections.of_push(repo, branch, who, deletes=False, forced=onto is not None, creates=old is None)
        if forbidden and who is not repo.owner:
            raise GitHubRefusal(422, f"GH006: Protected branch update failed for refs/heads/{branch}. {forbidden[0]}")
        start = await git.find(repo.git_dir, onto or (branch if old else repo.default_branch))
        data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        author = Author(who.name or who.login, who.email or "someone@example.org", f"{int(self.state.now())} +0000")
        new = await git.write(repo.git_dir, start, data, message, author)
        await git.update(repo.git_dir, f"refs/heads/{branch}", new)
        await pushes.moved(self.state, repo, who, [(f"refs/heads/{branch}", old or NOTHING, new)])
        return new

    def sign_in(self, who: GitHubAccount, user_code: str, *, allow: bool = True) -> None:
        """Type the code that a program shows, and allow it to act as oneself or not."""
        device = sign_in.waiting(self.state, user_code)
        if device is None:
            raise GitHubRefusal(404, f"No program waits for the code {user_code}")
        sign_in.decide(device, who, allow=allow)

    async def delete_branch(self, who: GitHubAccount, repo: Repository, branch: str) -> None:
        """Remove a branch."""
        await self.act(who, "DELETE", f"/repos/{repo.full_name}/git/refs/heads/{branch}")

    async def status(self, who: GitHubAccount, repo: Repository, sha: str, context: str, state: str) -> None:
        """What an outside CI says: error, failure, pending, success."""
        await self.act(who, "POST", f"/repos/{repo.full_name}/statuses/{sha}", {"state": state, "context": context})
