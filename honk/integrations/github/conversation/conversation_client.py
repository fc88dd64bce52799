"""What people and Honk say to each other on GitHub: issues, comments, reviews, reactions, as GitHub's own JSON.

Every method raises what `answers` says, and waits where GitHub's limits want it.
"""

from collections.abc import Mapping
from typing import Any

from githubkit.exception import GitHubException

from honk.core.errors import UsageError, WorkFailed
from honk.core.person import Person
from honk.core.repo import Repo
from honk.integrations.github.client import errors, tokens
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.forge.github_forge import GitHubForge

READ: tokens.Permissions = {"contents": "read", "issues": "read", "pull_requests": "read"}
WRITE: tokens.Permissions = {"contents": "read", "issues": "write", "pull_requests": "write"}

PER_PAGE = 100
MOST_PAGES = 30
"""Pages of one list: what is beyond is left for the next time, or out."""

THREADS = """
query($pull: ID!, $after: String) {
  node(id: $pull) { ... on PullRequest {
    reviewThreads(first: 100, after: $after) {
      nodes { id isResolved comments(first: 1) { nodes { databaseId } } }
      pageInfo { hasNextPage endCursor }
    }
  } }
}
"""

_EDITED = """{
    author { login }
    userContentEdits(first: 100) { nodes { editor { login } } pageInfo { hasNextPage } }
  }"""

EDITS = f"""
query($node: ID!) {{
  node(id: $node) {{ ... on IssueComment {_EDITED} ... on Issue {_EDITED} ... on PullRequest {_EDITED} }}
}}
"""

RESOLVE = """
mutation($thread: ID!) { resolveReviewThread(input: {threadId: $thread}) { thread { isResolved } } }
"""

_REACTED: Mapping[str, str] = {
    "issue": "issues/{}/reactions",
    "comment": "issues/comments/{}/reactions",
    "remark": "pulls/comments/{}/reactions",
}


class ConversationClient:
    """See the module's text."""

    def __init__(self, forge: GitHubForge) -> None:
        self._forge = forge

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether the person's account may push now."""
        return await self._forge.may_write(repo, person)

    async def repository(self, repo: Repo) -> Any:
        """The repository as it is now: with the token and by the address that its news are asked with, so that it is
        one question and not several."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            what = f"repository {api.at.full_name}"
            response = await errors.response(api.github.arequest("GET", f"/repositories/{api.at.number}"), what)
            with errors.readable(what):
                return response.json()

    async def news(self, repo: Repo, what: str, since: str, etag: str) -> tuple[str, list[Any]] | None:
        """What was changed at or after `since`; None where the first page is as it was when it had this tag."""
        path = "issues/comments" if what == "comments" else "issues"
        params: dict[str, str | int] = {"since": since, "sort": "updated", "direction": "asc", "per_page": PER_PAGE}
        params |= {} if what == "comments" else {"state": "all"}
        async with self._forge.repo_clients.to(repo, READ) as api:
            name = f"{what} of {api.at.full_name}"
            headers = {"If-None-Match": etag} if etag else {}
            url = f"/repos/{api.at.full_name}/{path}"
            response = await errors.response(api.github.arequest("GET", url, params=params, headers=headers), name)
            if response.status_code == 304:
                return None
            with errors.readable(name):
                found = response.json()
            if len(found) == PER_PAGE:
                found += await self._pages(api, path, page=2, **params)
            return response.headers.get("etag", ""), found

    async def issue(self, repo: Repo, number: int) -> Any:
        """An issue, or a pull request as one."""
        return await self._get(repo, f"issues/{number}")

    async def comments(self, repo: Repo, number: int) -> list[Any]:
        """What was said under it."""
        return await self._list(repo, f"issues/{number}/comments")

    async def history(self, repo: Repo, number: int) -> list[Any]:
        """What happened to it."""
        return await self._list(repo, f"issues/{number}/events")

    async def pull(self, repo: Repo, number: int) -> Any:
        """A pull request."""
        return await self._get(repo, f"pulls/{number}")

    async def reviews(self, repo: Repo, number: int) -> list[Any]:
        """The reviews of a pull request."""
        return await self._list(repo, f"pulls/{number}/reviews")

    async def review(self, repo: Repo, number: int, review: int) -> Any:
        """One of them."""
        return await self._get(repo, f"pulls/{number}/reviews/{review}")

    async def remarks(self, repo: Repo, number: int, review: int) -> list[Any]:
        """The comments at lines that came with it. This list tells less of each than that of the pull request."""
        return [each for each in await self.thread(repo, number) if each.get("pull_request_review_id") == review]

    async def thread(self, repo: Repo, number: int) -> list[Any]:
        """All comments at lines."""
        return await self._list(repo, f"pulls/{number}/comments")

    async def changed(self, repo: Repo, old: str, new: str) -> frozenset[str]:
        """The paths that differ."""
        told = await self._get(repo, f"compare/{old}...{new}")
        keys = ("filename", "previous_filename")
        return frozenset(each[key] for each in told.get("files") or () for key in keys if each.get(key))

    async def comment(self, repo: Repo, number: int, body: str) -> int:
        """Say something."""
        return int((await self._send(repo, "POST", f"issues/{number}/comments", body=body))["id"])

    async def edit(self, repo: Repo, comment: int, body: str) -> None:
        """Say it differently."""
        await self._send(repo, "PATCH", f"issues/comments/{comment}", body=body)

    async def react(self, repo: Repo, kind: str, at: int, content: str) -> None:
        """React."""
        await self._send(repo, "POST", _REACTED[kind].format(at), content=content)

    async def reply(self, repo: Repo, number: int, remark: int, body: str) -> int:
        """Answer in a thread."""
        return int((await self._send(repo, "POST", f"pulls/{number}/comments/{remark}/replies", body=body))["id"])

    async def own(self, repo: Repo, node: str) -> bool:
        """GraphQL alone tells who changed a text, of every time that it was changed."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            try:
                told = (await _ask(api, EDITS, "the edits of a text", node=node)).get("node") or {}
            except (UsageError, WorkFailed):
                return False
        with errors.readable("the edits of a text"):
            edits, author = told.get("userContentEdits"), (told.get("author") or {}).get("login")
            if not edits or not author or edits["pageInfo"]["hasNextPage"]:
                return False
            # in one answer a login is one account; an account that was deleted has none
            return all(each["editor"] and each["editor"]["login"] == author for each in edits["nodes"])

    async def resolve(self, repo: Repo, number: int, remark: int) -> bool:
        """GraphQL alone can do it, and knows threads by ids of its own."""
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            pull = str((await api.get(f"pulls/{number}"))["node_id"])
            thread = await _thread(api, pull, remark)
            if thread:
                await _ask(api, RESOLVE, thread=thread)
            return bool(thread)

    async def _get(self, repo: Repo, path: str) -> Any:
        async with self._forge.repo_clients.to(repo, READ) as api:
            return await api.get(path)

    async def _list(self, repo: Repo, path: str) -> list[Any]:
        async with self._forge.repo_clients.to(repo, READ) as api:
            return await self._pages(api, path, per_page=PER_PAGE)

    async def _pages(self, api: RepoClient, path: str, *, page: int = 1, **params: Any) -> list[Any]:
        found: list[Any] = []
        for number in range(page, MOST_PAGES + 1):
            got = await api.get(path, page=number, **params)
            found += got
            if len(got) < PER_PAGE:
                break
        return found

    async def _send(self, repo: Repo, method: str, path: str, **body: str) -> Any:
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            name = f"{path.partition('/')[0]} of {api.at.full_name}"
            call = api.github.arequest(method, f"/repos/{api.at.full_name}/{path}", json=body)
            response = await errors.response(call, name)
            with errors.readable(name):
                return response.json()


async def _thread(api: RepoClient, pull: str, remark: int) -> str:
    """The id of the thread that begins with `remark`; empty when it is gone."""
    after: str | None = None
    while True:
        told = await _ask(api, THREADS, pull=pull, **({"after": after} if after else {}))
        threads = ((told.get("node") or {}).get("reviewThreads")) or {}
        for each in threads.get("nodes") or ():
            if any(first.get("databaseId") == remark for first in each["comments"]["nodes"]):
                return str(each["id"])
        page = threads.get("pageInfo") or {}
        if not page.get("hasNextPage"):
            return ""
        after = str(page["endCursor"])


async def _ask(api: RepoClient, query: str, what: str = "the threads of a review", **variables: Any) -> dict[str, Any]:
    try:
        return await api.github.async_graphql(query, variables)
    except GitHubException as error:
        raise errors.to_honk_error(error, what) from error
