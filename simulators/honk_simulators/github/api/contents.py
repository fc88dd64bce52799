"""Files: read them, and write them one commit at a time."""

import base64
import binascii

from honk_simulators.github.auth import access
from honk_simulators.github.branches import merging, pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal, not_found, unprocessable
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import repositories as shapes
from honk_simulators.github.rules import protections, workflow_permission

LARGEST = 1_000_000
"""Bytes of a file that is given as JSON."""


async def get(call: ApiRequest) -> ApiResponse:
    """A file or a directory; the bytes alone when the client asks for `raw`."""
    path = call.path.get("path", "").strip("/")
    sha = await git.find(call.repo.git_dir, call.query.get("ref") or call.repo.default_branch)
    if sha is None:
        raise GitHubRefusal(404, f"No commit found for the ref {call.query.get('ref', '')}")
    parent = path.rsplit("/", 1)[0] if "/" in path else ""
    around = await git.listing(call.repo.git_dir, sha, parent)
    found = next((each for each in around if each[3] == path), None)
    if path and found is None:
        raise not_found()
    if not path or (found is not None and found[1] == "tree"):
        entries = await git.listing(call.repo.git_dir, sha, path)
        return ApiResponse([shapes.entry(call.state, call.repo, sha, each, 0) for each in entries])
    data = await git.show(call.repo.git_dir, sha, path)
    if found is None or data is None:
        raise not_found()
    if "raw" in call.headers.get("accept", ""):
        return ApiResponse(raw=data, headers={"content-type": "application/vnd.github.raw; charset=utf-8"})
    shown = shapes.content(call.state, call.repo, sha, found, data)
    return ApiResponse(shown if len(data) <= LARGEST else shown | {"content": "", "encoding": "none"})


async def put(call: ApiRequest) -> ApiResponse:
    """Write a file; one that is there only with its present `sha`."""
    given, path = call.body, call.path["path"]
    try:
        data = base64.b64decode(given["content"], validate=False)
    except binascii.Error as error:
        raise unprocessable("content is not valid Base64") from error
    old, there = await _there(call, path)
    if there is None and "sha" in given:
        raise unprocessable(f'"sha" was supplied for {path}, which does not exist')
    if there is not None and given.get("sha") != there:
        if "sha" not in given:
            raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
        raise GitHubRefusal(409, f"{path} does not match {given['sha']}")
    sha = await _write(call, old, path, data)
    listed = await git.listing(call.repo.git_dir, sha, path.rsplit("/", 1)[0] if "/" in path else "")
    found = next(each for each in listed if each[3] == path)
    entry = shapes.entry(call.state, call.repo, sha, found, len(data))
    shown = shapes.git_commit(call.state, call.repo, await git.commit(call.repo.git_dir, sha))
    return ApiResponse({"content": entry, "commit": shown}, 200 if there else 201)


async def delete(call: ApiRequest) -> ApiResponse:
    """Remove a file."""
    path = call.path["path"]
    old, there = await _there(call, path)
    if there is None:
        raise not_found()
    if call.body["sha"] != there:
        raise GitHubRefusal(409, f"{path} does not match {call.body['sha']}")
    sha = await _write(call, old, path, None)
    shown = shapes.git_commit(call.state, call.repo, await git.commit(call.repo.git_dir, sha))
    return ApiResponse({"content": None, "commit": shown})


def _branch(call: ApiRequest) -> str:
    return str(call.body.get("branch", call.repo.default_branch))


async def _there(call: ApiRequest, path: str) -> tuple[str | None, str | None]:
    """The branch's commit and the file's blob, None for what is not there."""
    old = (await git.branches(call.repo.git_dir)).get(_branch(call))
    if old is None and await git.branches(call.repo.git_dir):
        raise GitHubRefusal(404, f"Branch {_branch(call)} not found")
    if old is None:
        return None, None
    listed = await git.listing(call.repo.git_dir, old, path.rsplit("/", 1)[0] if "/" in path else "")
    return old, next((each[2] for each in listed if each[3] == path), None)


async def _write(call: ApiRequest, old: str | None, path: str, data: bytes | None) -> str:
    branch = _branch(call)
    if path.startswith(workflow_permission.WORKFLOWS) and not workflow_permission.allowed(call.token):
        raise GitHubRefusal(403, workflow_permission.refusal(call.token, path))
    if found := protections.of_push(call.repo, branch, access.acting(call.token), deletes=False, forced=False):
        raise GitHubRefusal(409, f"{protections.VIOLATED}\n\n{' '.join(found)}")
    author = merging.signed(call.state, call.who)
    new = await git.write(call.repo.git_dir, old, {path: data}, call.body["message"], author)
    ref = f"refs/heads/{branch}"
    if not await git.update(call.repo.git_dir, ref, new, old):
        raise GitHubRefusal(409, f"{ref} is at another commit by now")
    await pushes.moved(call.state, call.repo, call.who, [(ref, old or git.NOTHING, new)])
    return new


_AT = "/repos/{owner}/{repo}/contents/{path}"

ROUTES = (
    Route(f"GET {_AT}", get, "contents:read"),
    Route(f"PUT {_AT}", put, "contents:write", "write"),
    Route(f"DELETE {_AT}", delete, "contents:write", "write"),
)
