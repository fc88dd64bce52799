"""git over HTTP, by the real `git http-backend`: who may fetch and push, and what a push may not do.

A token stands as the password, the user's name does not matter. What a push may not do is decided before it (by the
commands that it begins with) and told to an `update` hook, which has the new objects to look at.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from honk_simulators.github.auth import access
from honk_simulators.github.branches import pushes
from honk_simulators.github.git_repository import git, git_command
from honk_simulators.github.git_repository.git import NOTHING
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.rules import protections, workflow_permission
from honk_simulators.github.state.accounts import ANONYMOUS, Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository, covers

REALM = {"www-authenticate": 'Basic realm="GitHub"'}
_REST = "info/refs|git-upload-pack|git-receive-pack"
PATH = re.compile(rf"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/(?P<rest>{_REST})$")
"""With or without its ending, as people copy it."""

HOOK = """\
#!/bin/sh
# Refuses what $HONK_REFUSALS says: lines of kind, code, ref and reason. `forced` ones strike if history is lost,
# `unsigned` and `merges` ones for new commits that are so.
ref=$1 old=$2 new=$3
zero=0000000000000000000000000000000000000000
if [ -n "$HONK_WORKFLOWS" ] && [ "$new" != $zero ]; then
    file=$(git log --format= --name-only --max-count=1 "$new" --not --all -- .github/workflows | tail -n 1)
    if [ -n "$file" ]; then
        printf '%s\\n' "$HONK_WORKFLOWS" | sed "s|WORKFLOW_FILE|$file|"
        exit 1
    fi
fi
[ -f "$HONK_REFUSALS" ] || exit 0
signed() { git cat-file commit "$1" | sed '/^$/q' | grep -q '^gpgsig'; }
told=
while read -r kind code what why; do
    [ "$what" = "$ref" ] || continue
    bad=
    case $kind in
    forced)
        if [ "$old" = $zero ] || git merge-base --is-ancestor "$old" "$new"; then continue; fi ;;
    unsigned)
        for each in $(git rev-list "$new" --not --all); do signed "$each" || bad="$bad $each"; done
        [ -n "$bad" ] || continue ;;
    merges)
        bad=$(git rev-list --merges "$new" --not --all)
        [ -n "$bad" ] || continue ;;
    esac
    if [ "$code" = GH006 ]; then
        echo "error: GH006: Protected branch update failed for $ref."
        echo "error: $why"
        exit 1
    fi
    if [ -z "$told" ]; then
        echo "error: GH013: Repository rule violations found for $ref."
        echo "Review all repository rules at $HONK_RULES?ref=$(echo "$ref" | sed 's|/|%2F|g')"
        told=yes
    fi
    echo
    echo "- $why"
    [ -n "$bad" ] || continue
    set -- $bad
    [ $# = 1 ] && many= || many=s
    printf '  Found %s violation%s:\\n\\n' $# "$many"
    printf '  %s\\n' "$@"
done < "$HONK_REFUSALS"
[ -z "$told" ]
"""


@dataclass(frozen=True)
class RefUpdate:
    """What a push wants of one ref."""

    old: str
    new: str
    ref: str


async def answer(state: GitHubState, request: Request, body: bytes) -> tuple[Response, Token]:
    """The answer to a request of git, and whose request it was."""
    match = PATH.match(request.url.path)
    if match is None:
        return Response("Not Found", 404), ANONYMOUS
    token = ANONYMOUS
    try:
        service = request.query_params.get("service", match["rest"])
        pushing = service == "git-receive-pack"
        token = access.bearer(state, request.headers.get("authorization", ""))
        repo = _repository(state, token, f"{match['owner']}/{match['name']}", pushing=pushing)
        if repo.full_name.lower() != f"{match['owner']}/{match['name']}".lower():
            query = f"?{request.url.query}" if request.url.query else ""
            location = f"{state.web}/{repo.full_name}.git/{match['rest']}{query}"
            return Response(status_code=301, headers={"location": location}), token
        if match["rest"] == "git-receive-pack":
            return await _push(state, repo, token, request, body), token
        return await _backend(repo, match["rest"], request, body, {}), token
    except GitHubRefusal as refused:
        headers = REALM if refused.status == 401 else {}
        said = "Repository not found." if refused.status == 404 else refused.message
        return Response(f"{said}\n", refused.status, headers, media_type="text/plain"), token


def _repository(state: GitHubState, token: Token, name: str, *, pushing: bool) -> Repository:
    """The repository, if the token may do this with it. Raises Refusal as GitHub answers git."""
    repo = state.repository(name) or state.repositories.get(state.moved.get(name.lower(), 0))
    if repo is None or repo.deleted or not access.sees(token, repo):
        if token.kind == "anonymous":
            raise GitHubRefusal(401, "Repository not found.")
        raise GitHubRefusal(404, "Repository not found.")
    if pushing and token.kind == "anonymous":
        raise GitHubRefusal(401, "No anonymous write access.")
    level = "write" if pushing else "read"
    login = token.account.login if token.account else ""
    if token.kind == "installation":
        if not access.may(token, repo, f"contents:{level}") and (pushing or repo.private):
            raise GitHubRefusal(403, "Write access to repository not granted.")
    elif pushing and not (covers(repo.role(token.account), "write") and access.may(token, repo, "contents:write")):
        raise GitHubRefusal(403, f"Permission to {repo.full_name}.git denied to {login}.")
    elif repo.private and not access.may(token, repo, "contents:read"):
        raise GitHubRefusal(403, "Write access to repository not granted.")
    if pushing and repo.archived:
        raise GitHubRefusal(403, "This repository was archived so it is read-only.")
    return repo


async def _push(state: GitHubState, repo: Repository, token: Token, request: Request, body: bytes) -> Response:
    """Let a push in, and see what it has changed."""
    commands = read_commands(body)
    before = await git.refs(repo.git_dir)
    with tempfile.TemporaryDirectory(prefix="push-", dir=state.root) as aside:
        refusals = Path(aside) / "refusals"
        refusals.write_text("".join(_refused(repo, token, each) for each in commands))
        env = {"HONK_REFUSALS": str(refusals), "HONK_RULES": f"{state.web}/{repo.full_name}/rules"}
        if not workflow_permission.allowed(token):
            env["HONK_WORKFLOWS"] = workflow_permission.refusal(token, "WORKFLOW_FILE")
        response = await _backend(repo, "git-receive-pack", request, body, env)
    after = await git.refs(repo.git_dir)
    names = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    changes = [(name, before.get(name, NOTHING), after.get(name, NOTHING)) for name in sorted(names)]
    if changes:
        await pushes.moved(state, repo, access.acting(token), changes)
    return response


def read_commands(body: bytes) -> list[RefUpdate]:
    """The commands at the beginning of a push: lines with their length in front, up to an empty one."""
    found, at = [], 0
    while at + 4 <= len(body):
        length = int(body[at : at + 4], 16)
        if length < 4:
            break
        line = body[at + 4 : at + length].split(b"\0")[0].decode(errors="replace").strip()
        at += length
        words = line.split(" ", 2)
        if len(words) == 3:
            found.append(RefUpdate(*words))
    return found


def _refused(repo: Repository, token: Token, command: RefUpdate) -> str:
    """Lines for the hook."""
    if command.ref.startswith(("refs/pull/", "refs/honk/")):
        return f"always GH006 {command.ref} deny updating a hidden ref\n"
    branch = command.ref.removeprefix("refs/heads/")
    deletes = command.new == NOTHING
    if deletes and branch == repo.default_branch:
        return f"always GH006 {command.ref} refusing to delete the current branch: {command.ref}\n"
    creates = command.old == NOTHING
    found = protections.objections(repo, branch, token.account, deletes=deletes, creates=creates)
    codes = {True: "GH013", False: "GH006"}
    return "".join(f"{each.kind} {codes[each.ruleset]} {command.ref} {each.why}\n" for each in found)


async def _backend(repo: Repository, rest: str, request: Request, body: bytes, more: dict[str, str]) -> Response:
    """Run `git http-backend` on the repository, by the rules of CGI."""
    hooks = await _hooks(repo)
    env = {
        "GIT_PROJECT_ROOT": str(repo.git_dir.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_CONFIG_KEY_1": "core.hooksPath",
        "GIT_CONFIG_VALUE_1": str(hooks),
        "PATH_INFO": f"/{repo.git_dir.name}/{rest}",
        "REMOTE_USER": "honk",
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        **more,
    }
    ran = await git_command.execute(("git", "http-backend"), env, body)
    head, _, content = ran.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split(" ")[0]) if head else 500
    return Response(content, status, headers)


async def _hooks(repo: Repository) -> Path:
    """The directory with our hook, beside the repositories."""
    place = repo.git_dir.parent / "hooks"
    hook = place / "update"
    if not hook.exists():
        place.mkdir(exist_ok=True)
        hook.write_text(HOOK)
        hook.chmod(0o755)
    return place
