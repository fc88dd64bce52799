"""Pull requests: open, look at, change, ask for reviews."""

from typing import Any

from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.api.refs import diff_text
from honk_simulators.github.branches import merging, pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import ChangedFile
from honk_simulators.github.refusal import GitHubRefusal, invalid, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import accounts, repositories
from honk_simulators.github.responses import issues as shapes
from honk_simulators.github.state.issues import IssueRecord, PullRecord
from honk_simulators.github.state.repositories import Repository, covers
from honk_simulators.github.webhooks import pull_and_check_events

MOST_COMMITS = 250


def found(call: ApiRequest, name: str = "pull_number") -> tuple[IssueRecord, PullRecord]:
    """The pull request in the path."""
    issue = call.repo.issues.get(call.number(name))
    if issue is None or issue.pull is None:
        raise not_found()
    return issue, issue.pull


async def create(call: ApiRequest) -> ApiResponse:
    """Open one."""
    given, repo = call.body, call.repo
    head_repo, head = await _head(call, given["head"])
    head_sha = await git.find(head_repo.git_dir, head)
    base_sha = (await git.branches(repo.git_dir)).get(given["base"])
    if head_sha is None or head not in await git.branches(head_repo.git_dir):
        raise invalid("PullRequest", field="head", code="invalid")
    if base_sha is None:
        raise invalid("PullRequest", field="base", code="invalid")
    if head_repo is not repo:
        await git.bring(repo.git_dir, head_repo.git_dir, head_sha, f"refs/honk/{head_sha}")
    if await git.merge_base(repo.git_dir, base_sha, head_sha) is None:
        raise invalid("PullRequest", message=f"The {head} branch has no history in common with {given['base']}")
    if await git.ancestor(repo.git_dir, head_sha, base_sha):
        raise invalid("PullRequest", message=f"No commits between {given['base']} and {head}")
    for issue in repo.issues.values():
        pull = issue.pull
        if (
            pull
            and issue.state == "open"
            and (pull.head_repo, pull.head, pull.base) == (head_repo, head, given["base"])
        ):
            message = f"A pull request already exists for {head_repo.owner.login}:{head}."
            raise invalid("PullRequest", message=message)
    if given.get("draft") and not repo.allow_drafts:
        raise invalid("PullRequest", message="Draft pull requests are not supported in this repository.")
    state = call.state
    pull = PullRecord(
        state.id(), head, given["base"], head_repo, head_sha, base_sha, bool(given.get("draft")), call.who
    )
    title = _title(given.get("title", ""))
    issue = IssueRecord(state.id(), repo.number(), call.who, title, given.get("body"), state.stamp(), state.stamp())
    issue.pull, issue.app = pull, call.app
    repo.issues[issue.number] = issue
    await pushes.follow(repo, issue)
    pull_and_check_events.emit_pull(state, repo, issue, call.who, "opened")
    await workflow_runs.start(state, repo, "pull_request", head, head_sha, call.who)
    return await _answer(call, issue, 201)


async def get(call: ApiRequest) -> ApiResponse:
    """One pull request; its diff when the client asks for that."""
    issue, _ = found(call)
    accept = call.headers.get("accept", "")
    if "diff" in accept or "patch" in accept:
        text = diff_text(await changes(call.repo, issue))
        return ApiResponse(raw=text.encode(), headers={"content-type": "application/vnd.github.v3.diff; charset=utf-8"})
    return await _answer(call, issue)


async def listed(call: ApiRequest) -> ApiResponse:
    """Many: by state, head (`owner:branch`) and base, newest first unless asked otherwise."""
    state = call.query.get("state", "open")
    items = [issue for issue in call.repo.issues.values() if issue.pull and state in ("all", issue.state)]
    if head := call.query.get("head", ""):
        owner, _, branch = head.rpartition(":")
        items = [
            each
            for each in items
            if each.pull and each.pull.head == branch and owner in ("", each.pull.head_repo.owner.login)
        ]
    if base := call.query.get("base", ""):
        items = [each for each in items if each.pull and each.pull.base == base]
    key = "updated_at" if call.query.get("sort") == "updated" else "number"
    down = call.query.get("direction", "desc") == "desc"
    items.sort(key=lambda each: (getattr(each, key), each.number), reverse=down)
    return call.page(items, lambda each: shapes.pull(call.state, call.repo, each))


async def update(call: ApiRequest) -> ApiResponse:
    """Title, body, state, base."""
    issue, pull = found(call)
    given, who = call.body, call.who
    if not (issue.user is who or call.token.kind == "installation" or covers(call.repo.role(who), "write")):
        raise GitHubRefusal(403, "Must have push access to Repository.")
    await _rebase(call, issue, pull)
    changed: dict[str, Any] = {}
    for key in ("title", "body"):
        if key in call.given and call.given[key] != getattr(issue, key):
            changed[key] = {"from": getattr(issue, key) or ""}
            setattr(issue, key, _title(given["title"]) if key == "title" else call.given[key])
    if changed:
        issue.updated_at = call.state.stamp()
        pull_and_check_events.emit_pull(call.state, call.repo, issue, who, "edited", changes=changed)
    if given.get("state", issue.state) != issue.state:
        await _turn(call, issue, pull)
    return await _answer(call, issue)


async def _rebase(call: ApiRequest, issue: IssueRecord, pull: PullRecord) -> None:
    """Another base branch."""
    base = call.body.get("base", pull.base)
    if base == pull.base:
        return
    sha = (await git.branches(call.repo.git_dir)).get(base)
    if sha is None:
        raise invalid("PullRequest", field="base", code="invalid")
    if issue.state != "open":
        raise invalid("PullRequest", message="Cannot change the base branch of a closed pull request.")
    was, pull.base, pull.base_sha, pull.judged = (pull.base, pull.base_sha), base, sha, None
    change = {"base": {"ref": {"from": was[0]}, "sha": {"from": was[1]}}}
    pushes.note(call.state, issue, "base_ref_changed", call.who)
    pull_and_check_events.emit_pull(call.state, call.repo, issue, call.who, "edited", changes=change)


async def _turn(call: ApiRequest, issue: IssueRecord, pull: PullRecord) -> None:
    """Close or reopen."""
    if call.body["state"] == "closed":
        pushes.close(call.state, call.repo, issue, call.who)
        return
    if pull.merged_at is not None:
        raise invalid("PullRequest", field="state", code="invalid", message="state cannot be changed. It was merged.")
    now = (await git.branches(pull.head_repo.git_dir)).get(pull.head)
    if now is None:
        message = f"state cannot be changed. The {pull.head} branch has been deleted."
        raise invalid("PullRequest", field="state", message=message)
    pull.head_sha = now
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    pushes.note(call.state, issue, "reopened", call.who)
    pull_and_check_events.emit_pull(call.state, call.repo, issue, call.who, "reopened")


async def changes(repo: Repository, issue: IssueRecord) -> list[ChangedFile]:
    """The files that a pull request changes, seen from where it left its base."""
    pull = merging.of(issue)
    start = await git.merge_base(repo.git_dir, await _base(repo, issue), pull.head_sha)
    return await git.changed(repo.git_dir, start or git.EMPTY_TREE, pull.head_sha)


async def files(call: ApiRequest) -> ApiResponse:
    """The files of one."""
    issue, pull = found(call)
    items = await changes(call.repo, issue)
    return call.page(items, lambda each: repositories.changed_file(call.state, call.repo, pull.head_sha, each))


async def commits(call: ApiRequest) -> ApiResponse:
    """The commits of one, oldest first."""
    issue, _ = found(call)
    items = (await own_commits(call.repo, issue))[:MOST_COMMITS]
    return call.page(items, lambda each: repositories.commit(call.state, call.repo, each))


async def own_commits(repo: Repository, issue: IssueRecord) -> list[git.Commit]:
    """The commits of a pull request, oldest first."""
    pull = merging.of(issue)
    return (await git.log(repo.git_dir, f"{await _base(repo, issue)}..{pull.head_sha}"))[::-1]


async def _base(repo: Repository, issue: IssueRecord) -> str:
    """The base as it is now; once merged, as it was before."""
    pull = merging.of(issue)
    now = await git.find(repo.git_dir, pull.base)
    if pull.merged_at is None and now is not None and not await git.ancestor(repo.git_dir, pull.head_sha, now):
        return now
    return pull.base_sha


async def request(call: ApiRequest) -> ApiResponse:
    """Ask for a review: collaborators, not the author."""
    issue, pull = found(call)
    for login in call.body.get("reviewers", ()):
        person = call.state.account(login)
        if person is None or not covers(call.repo.role(person), "read") or person.id not in call.repo.roles:
            message = (
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified"
            )
            raise GitHubRefusal(422, f"{message} is not a collaborator of the {call.repo.full_name} repository.")
        if person is issue.user:
            raise GitHubRefusal(422, "Review cannot be requested from pull request author.")
        if person not in pull.requested_reviewers:
            pull.requested_reviewers.append(person)
            shown = accounts.simple(call.state, person)
            pull_and_check_events.emit_pull(
                call.state, call.repo, issue, call.who, "review_requested", requested_reviewer=shown
            )
    return await _answer(call, issue, 201)


def _title(text: str) -> str:
    if not text.strip():
        raise invalid("PullRequest", field="title", code="missing_field")
    if len(text) > 256:
        raise invalid("PullRequest", field="title", message="title is too long (maximum is 256 characters)")
    return text


async def _head(call: ApiRequest, named: str) -> tuple[Repository, str]:
    """The repository and branch of `branch` or `owner:branch`; the owner's is this one or a fork of it."""
    owner, _, branch = named.rpartition(":")
    wanted = call.body.get("head_repo", call.repo.name)
    if owner in ("", call.repo.owner.login):
        who = call.who
        if call.token.kind != "installation" and not covers(call.repo.role(who), "write"):
            raise invalid("PullRequest", message="must be a collaborator to open a pull request from a branch here")
        return call.repo, branch
    for repo in call.state.repositories.values():
        if repo.owner.login == owner and repo.parent is call.repo and repo.name == wanted and not repo.deleted:
            return repo, branch
    raise invalid("PullRequest", field="head", code="invalid")


async def _answer(call: ApiRequest, issue: IssueRecord, status: int = 200) -> ApiResponse:
    """Whole. Whether it can be merged is null the first time: it is found out only then."""
    pull = merging.of(issue)
    items = await changes(call.repo, issue)
    size = (
        len(await own_commits(call.repo, issue)),
        sum(each.additions for each in items),
        sum(each.deletions for each in items),
        len(items),
    )
    mergeable: tuple[bool | None, str] = (None, "unknown")
    if issue.state == "open" and merging.known(issue):
        mergeable = (await merging.mergeable(call.repo, issue), await merging.standing(call.state, call.repo, issue))
    elif issue.state == "open" and pull.merged_at is None and call.token.kind != "session":
        await merging.mergeable(call.repo, issue)
    return ApiResponse(shapes.full_pull(call.state, call.repo, issue, size=size, mergeable=mergeable), status)


_AT = "/repos/{owner}/{repo}/pulls"
_ONE = f"{_AT}/{{pull_number}}"

ROUTES = (
    Route(f"POST {_AT}", create, "pull_requests:write", creates=True),
    Route(f"GET {_AT}", listed, "pull_requests:read"),
    Route(f"GET {_ONE}", get, "pull_requests:read"),
    Route(f"PATCH {_ONE}", update, "pull_requests:write"),
    Route(f"GET {_ONE}/files", files, "pull_requests:read"),
    Route(f"GET {_ONE}/commits", commits, "pull_requests:read"),
    Route(f"POST {_ONE}/requested_reviewers", request, "pull_requests:write", "write"),
)
