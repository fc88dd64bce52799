"""Refs and commits: `git/refs`, `git/commits`, `commits`, `compare`."""

from honk_simulators.github.branches import pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import NOTHING, OBJECT
from honk_simulators.github.refusal import GitHubRefusal, not_found, unprocessable
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import issues
from honk_simulators.github.responses import repositories as shapes
from honk_simulators.github.rules import protections


async def get(call: ApiRequest) -> ApiResponse:
    """One ref, named without `refs/`."""
    name = f"refs/{call.path['ref']}"
    found = await git.refs(call.repo.git_dir)
    if name not in found:
        raise not_found()
    return ApiResponse(shapes.ref(call.state, call.repo, name, found[name]))


async def create(call: ApiRequest) -> ApiResponse:
    """A new branch or tag at a commit that is there."""
    name, sha = call.body["ref"], call.body["sha"]
    if name.count("/") < 2 or not name.startswith("refs/") or not await git.valid_name(name):
        raise unprocessable("Reference name must start with 'refs/' and contain at least two slashes.")
    found = await git.refs(call.repo.git_dir)
    if not any(each.startswith("refs/heads/") for each in found):
        raise GitHubRefusal(409, "Git Repository is empty.")
    if not OBJECT.fullmatch(sha):
        raise unprocessable("The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    if await git.find(call.repo.git_dir, sha) is None:
        raise unprocessable("Object does not exist")
    if name in found:
        raise unprocessable("Reference already exists")
    _check_protection(call, name, deletes=False, forced=False, creates=True)
    await git.update(call.repo.git_dir, name, sha)
    await pushes.moved(call.state, call.repo, call.who, [(name, NOTHING, sha)])
    return ApiResponse(shapes.ref(call.state, call.repo, name, sha), 201)


async def update(call: ApiRequest) -> ApiResponse:
    """Move a ref; backwards or sideways only with `force`."""
    name, new = f"refs/{call.path['ref']}", call.body["sha"]
    old = (await git.refs(call.repo.git_dir)).get(name)
    if old is None:
        raise unprocessable("Reference does not exist")
    if await git.find(call.repo.git_dir, new) is None:
        raise unprocessable("Object does not exist")
    forced = not await git.ancestor(call.repo.git_dir, old, new)
    if forced and not call.body.get("force"):
        raise unprocessable("Update is not a fast forward")
    _check_protection(call, name, deletes=False, forced=forced)
    if not await git.update(call.repo.git_dir, name, new, old):
        raise unprocessable("Reference cannot be updated")
    if new != old:
        await pushes.moved(call.state, call.repo, call.who, [(name, old, new)])
    return ApiResponse(shapes.ref(call.state, call.repo, name, new))


async def delete(call: ApiRequest) -> ApiResponse:
    """Remove a ref."""
    name = f"refs/{call.path['ref']}"
    old = (await git.refs(call.repo.git_dir)).get(name)
    if old is None:
        raise unprocessable("Reference does not exist")
    if name == f"refs/heads/{call.repo.default_branch}":
        raise unprocessable("Cannot delete the default branch")
    _check_protection(call, name, deletes=True, forced=False)
    await git.update(call.repo.git_dir, name, NOTHING, old)
    await pushes.moved(call.state, call.repo, call.who, [(name, old, NOTHING)])
    return ApiResponse(status=204)


def _check_protection(call: ApiRequest, name: str, *, deletes: bool, forced: bool, creates: bool = False) -> None:
    branch, who = name.removeprefix("refs/heads/"), call.token.account
    if found := protections.of_push(call.repo, branch, who, deletes=deletes, forced=forced, creates=creates):
        raise GitHubRefusal(422, f"{protections.VIOLATED}\n\n{' '.join(found)}")


async def git_commit(call: ApiRequest) -> ApiResponse:
    """A commit as an object of git."""
    if await git.find(call.repo.git_dir, call.path["commit_sha"]) is None:
        raise not_found()
    found = await git.commit(call.repo.git_dir, call.path["commit_sha"])
    return ApiResponse(shapes.git_commit(call.state, call.repo, found))


async def commit(call: ApiRequest) -> ApiResponse:
    """A commit with its files; the patch or diff when the client asks for that."""
    sha = await _commit(call, call.path["ref"])
    found = await git.commit(call.repo.git_dir, sha)
    files = await git.changed(call.repo.git_dir, found.parents[0] if found.parents else git.EMPTY_TREE, sha)
    if "diff" in call.headers.get("accept", "") or "patch" in call.headers.get("accept", ""):
        return ApiResponse(raw=diff_text(files).encode(), headers={"content-type": "application/vnd.github.diff"})
    plus, minus = sum(each.additions for each in files), sum(each.deletions for each in files)
    more = {"stats": {"additions": plus, "deletions": minus, "total": plus + minus}}
    more |= {"files": [shapes.changed_file(call.state, call.repo, sha, each) for each in files]}  # type: ignore[dict-item]
    return ApiResponse(shapes.commit(call.state, call.repo, found) | more)


async def commits(call: ApiRequest) -> ApiResponse:
    """History, newest first."""
    start = call.query.get("sha") or call.repo.default_branch
    if not await git.branches(call.repo.git_dir):
        raise GitHubRefusal(409, "Git Repository is empty.")
    found = await git.log(call.repo.git_dir, await _commit(call, start), path=call.query.get("path", ""))
    since = call.query.get("since", "")
    found = [each for each in found if each.committer[2] >= since] if since else found
    return call.page(found, lambda each: shapes.commit(call.state, call.repo, each))


async def pulls_of(call: ApiRequest) -> ApiResponse:
    """The pull requests that a commit came by."""
    sha = await _commit(call, call.path["commit_sha"])
    found = []
    for issue in call.repo.issues.values():
        pull = issue.pull
        if pull and (sha in (pull.head_sha, pull.merge_commit_sha)):
            found.append(issue)
    return call.page(found, lambda each: issues.pull(call.state, call.repo, each))


async def compare(call: ApiRequest) -> ApiResponse:
    """What a head has that its base lacks, counted from where they part."""
    base_name, dots, head_name = call.path["basehead"].partition("...")
    if not dots:
        raise not_found()
    place = call.repo.git_dir
    base, head = await git.find(place, _own(call, base_name)), await git.find(place, _own(call, head_name))
    if base is None or head is None:
        raise not_found()
    common = await git.merge_base(place, base, head)
    if common is None:
        raise GitHubRefusal(404, f"No common ancestor between {base_name} and {head_name}.")
    ahead = await git.log(place, f"{base}..{head}")
    behind = await git.count(place, f"{head}..{base}")
    status = "identical" if base == head else "diverged" if ahead and behind else "ahead" if ahead else "behind"
    page = f"{shapes.web(call.state, call.repo)}/compare/{base_name}...{head_name}"
    files = await git.changed(place, common, head)
    return ApiResponse(
        {
            "url": call.url,
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": shapes.commit(call.state, call.repo, await git.commit(place, base)),
            "merge_base_commit": shapes.commit(call.state, call.repo, await git.commit(place, common)),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": [shapes.commit(call.state, call.repo, each) for each in reversed(ahead)],
            "files": [shapes.changed_file(call.state, call.repo, head, each) for each in files],
        }
    )


def diff_text(files: list[git.ChangedFile]) -> str:
    """A diff as text."""
    return "".join(
        f"diff --git a/{each.was or each.path} b/{each.path}\n--- a/{each.was or each.path}\n+++ b/{each.path}\n"
        f"{each.patch}\n"
        for each in files
    )


def _own(call: ApiRequest, name: str) -> str:
    """A revision of `owner:branch`."""
    return name.removeprefix(f"{call.repo.owner.login}:")


async def _commit(call: ApiRequest, revision: str) -> str:
    sha = await git.find(call.repo.git_dir, revision) if not revision.startswith("-") else None
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {revision}")
    return sha


_AT = "/repos/{owner}/{repo}"

ROUTES = (
    Route(f"GET {_AT}/git/ref/{{ref}}", get, "contents:read"),
    Route(f"POST {_AT}/git/refs", create, "contents:write", "write"),
    Route(f"PATCH {_AT}/git/refs/{{ref}}", update, "contents:write", "write"),
    Route(f"DELETE {_AT}/git/refs/{{ref}}", delete, "contents:write", "write"),
    Route(f"GET {_AT}/git/commits/{{commit_sha}}", git_commit, "contents:read"),
    Route(f"GET {_AT}/commits", commits, "contents:read"),
    Route(f"GET {_AT}/commits/{{commit_sha}}/pulls", pulls_of, "pull_requests:read"),
    Route(f"GET {_AT}/commits/{{ref}}", commit, "contents:read"),
    Route(f"GET {_AT}/compare/{{basehead}}", compare, "contents:read"),
)
