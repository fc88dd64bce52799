"""Issues, pull requests and what is said about them, as JSON."""

from collections import Counter
from collections.abc import Sequence

from githubkit_schemas.v2026_03_10 import models

from honk_simulators.github.requests.openapi import complete
from honk_simulators.github.responses import accounts, repositories
from honk_simulators.github.responses.accounts import Json
from honk_simulators.github.responses.repositories import url, web
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import (
    IssueComment,
    IssueEvent,
    IssueRecord,
    PullRecord,
    PullReview,
    Reaction,
    ReviewComment,
)
from honk_simulators.github.state.repositories import Repository

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def issue(state: GitHubState, repo: Repository, found: IssueRecord) -> Json:
    """An issue, or a pull request as the issue that it is."""
    api = f"{url(state, repo)}/issues/{found.number}"
    page = f"{web(state, repo)}/{'pull' if found.pull else 'issues'}/{found.number}"
    values: Json = {
        "id": found.id,
        "node_id": f"PR_{found.pull.id}" if found.pull else f"I_{found.id}",
        "url": api,
        "repository_url": url(state, repo),
        "html_url": page,
        "number": found.number,
        "state": found.state,
        "state_reason": found.state_reason,
        "title": found.title,
        "body": found.body,
        "user": accounts.simple(state, found.user),
        "locked": found.locked,
        "labels": [label(state, repo, name) for name in found.labels],
        "assignees": [accounts.simple(state, each) for each in found.assignees],
        "assignee": accounts.simple(state, found.assignees[0]) if found.assignees else None,
        "comments": len(found.comments),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "closed_at": found.closed_at,
        "closed_by": accounts.maybe(state, found.closed_by),
        "author_association": association(repo, found.user),
        "timeline_url": f"{api}/timeline",
        "reactions": reactions(api, found.reactions),
        "performed_via_github_app": accounts.app(state, found.app) if found.app else None,
    }
    if found.pull:
        links = {"url": f"{url(state, repo)}/pulls/{found.number}", "html_url": page}
        links |= {"diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        values |= {"draft": found.pull.draft, "pull_request": links | {"merged_at": found.pull.merged_at}}
    return complete(models.Issue, values) | {"active_lock_reason": None, "milestone": None}


def label(state: GitHubState, repo: Repository, name: str) -> Json:
    """A label."""
    found = repo.labels[name.lower()]
    return {
        "id": found.id,
        "node_id": f"LA_{found.id}",
        "url": f"{url(state, repo)}/labels/{found.name}",
        "name": found.name,
        "description": found.description,
        "color": found.color,
        "default": False,
        "archived_at": None,
        "archived_by": None,
    }


def pull(state: GitHubState, repo: Repository, found: IssueRecord) -> Json:
    """A pull request as lists and events show it."""
    pull_ = _pull(found)
    api, page = f"{url(state, repo)}/pulls/{found.number}", f"{web(state, repo)}/pull/{found.number}"
    as_issue = f"{url(state, repo)}/issues/{found.number}"
    like_issue = issue(state, repo, found)
    shared = (
        *("number", "state", "title", "body", "user", "labels", "assignees", "assignee", "created_at", "updated_at"),
        *("closed_at", "author_association", "locked", "milestone", "active_lock_reason"),
    )
    links = {
        "self": api,
        "html": page,
        "issue": as_issue,
        "comments": f"{as_issue}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{url(state, repo)}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": f"{url(state, repo)}/statuses/{pull_.head_sha}",
    }
    return {key: like_issue[key] for key in shared} | {
        "id": pull_.id,
        "node_id": f"PR_{pull_.id}",
        "url": api,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": links[name] for name in links if name not in ("self", "html")},
        "_links": {name: {"href": link} for name, link in links.items()},
        "draft": pull_.draft,
        "head": side(state, pull_.head_repo, pull_.head, pull_.head_sha),
        "base": side(state, repo, pull_.base, pull_.base_sha),
        "merged_at": pull_.merged_at,
        "merge_commit_sha": pull_.merge_commit_sha,
        "auto_merge": auto_merge(state, pull_),
        "requested_reviewers": [accounts.simple(state, each) for each in pull_.requested_reviewers],
        "requested_teams": [],
    }


def full_pull(
    state: GitHubState,
    repo: Repository,
    found: IssueRecord,
    *,
    size: tuple[int, int, int, int],
    mergeable: tuple[bool | None, str],
) -> Json:
    """A pull request by itself. `size` is commits, additions, deletions and files."""
    pull_ = _pull(found)
    names = ("commits", "additions", "deletions", "changed_files")
    return (
        pull(state, repo, found)
        | dict(zip(names, size, strict=True))
        | {
            "merged": pull_.merged_at is not None,
            "merged_by": accounts.maybe(state, pull_.merged_by),
            "mergeable": mergeable[0],
            "rebaseable": mergeable[0],
            "mergeable_state": mergeable[1],
            "comments": len(found.comments),
            "review_comments": len(pull_.remarks),
            "maintainer_can_modify": False,
        }
    )


def side(state: GitHubState, repo: Repository, branch: str, sha: str) -> Json:
    """One side of a pull request."""
    gone = repo.deleted
    return {
        "label": f"{repo.owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": accounts.simple(state, repo.owner),
        "repo": None if gone else repositories.repository(state, repo),
    }


def pull_in_check(state: GitHubState, repo: Repository, found: IssueRecord) -> Json:
    """A pull request as it stands in check runs and workflow runs."""
    pull_ = _pull(found)
    inner = {"id": repo.id, "url": url(state, repo), "name": repo.name}
    return {
        "id": pull_.id,
        "number": found.number,
        "url": f"{url(state, repo)}/pulls/{found.number}",
        "head": {"ref": pull_.head, "sha": pull_.head_sha, "repo": inner},
        "base": {"ref": pull_.base, "sha": pull_.base_sha, "repo": inner},
    }


def auto_merge(state: GitHubState, pull_: PullRecord) -> Json | None:
    """The merge that is going to happen."""
    wanted = pull_.auto_merge
    if wanted is None:
        return None
    said = {"commit_title": wanted.title or "", "commit_message": wanted.message or ""}
    return {"enabled_by": accounts.simple(state, wanted.by), "merge_method": wanted.method.lower(), **said}


def comment(state: GitHubState, repo: Repository, found: IssueRecord, said: IssueComment) -> Json:
    """A comment under an issue or pull request."""
    api = f"{url(state, repo)}/issues/comments/{said.id}"
    page = f"{web(state, repo)}/{'pull' if found.pull else 'issues'}/{found.number}"
    return {
        "id": said.id,
        "node_id": f"IC_{said.id}",
        "url": api,
        "html_url": f"{page}#issuecomment-{said.id}",
        "issue_url": f"{url(state, repo)}/issues/{found.number}",
        "user": accounts.simple(state, said.user),
        "body": said.body,
        "created_at": said.created_at,
        "updated_at": said.updated_at,
        "author_association": association(repo, said.user),
        "performed_via_github_app": accounts.app(state, said.app) if said.app else None,
        "reactions": reactions(api, said.reactions),
    }


def review(state: GitHubState, repo: Repository, found: IssueRecord, said: PullReview) -> Json:
    """A review."""
    page = f"{web(state, repo)}/pull/{found.number}#pullrequestreview-{said.id}"
    api = f"{url(state, repo)}/pulls/{found.number}"
    values: Json = {
        "id": said.id,
        "node_id": f"PRR_{said.id}",
        "user": accounts.simple(state, said.user),
        "body": said.body,
        "state": said.state,
        "html_url": page,
        "pull_request_url": api,
        "_links": {"html": {"href": page}, "pull_request": {"href": api}},
        "commit_id": said.commit_id,
        "author_association": association(repo, said.user),
    }
    return values | ({"submitted_at": said.submitted_at} if said.submitted_at else {})


def remark(state: GitHubState, repo: Repository, found: IssueRecord, said: ReviewComment) -> Json:
    """A comment at a line. One that is outdated has lost its line."""
    api = f"{url(state, repo)}/pulls/comments/{said.id}"
    page = f"{web(state, repo)}/pull/{found.number}#discussion_r{said.id}"
    pull_url = f"{url(state, repo)}/pulls/{found.number}"
    values: Json = {
        "id": said.id,
        "node_id": f"PRRC_{said.id}",
        "url": api,
        "html_url": page,
        "pull_request_url": pull_url,
        "_links": {"self": {"href": api}, "html": {"href": page}, "pull_request": {"href": pull_url}},
        "pull_request_review_id": said.review.id if said.review else None,
        "diff_hunk": said.hunk,
        "path": said.path,
        "commit_id": said.commit_id,
        "original_commit_id": said.commit_id,
        "user": accounts.simple(state, said.user),
        "body": said.body,
        "created_at": said.created_at,
        "updated_at": said.updated_at,
        "author_association": association(repo, said.user),
        "line": None if said.outdated else said.line,
        "original_line": said.line,
        "start_line": None if said.outdated else said.start_line,
        "original_start_line": said.start_line,
        "start_side": said.start_side,
        "side": said.side,
        "position": None if said.outdated else 1,
        "original_position": 1,
        "subject_type": "file" if said.line is None else "line",
        "reactions": reactions(api, said.reactions),
    }
    return values | ({"in_reply_to_id": said.reply_to.id} if said.reply_to else {})


def reaction(state: GitHubState, found: Reaction) -> Json:
    """Somebody's reaction."""
    return {
        "id": found.id,
        "node_id": f"REA_{found.id}",
        "user": accounts.simple(state, found.user),
        "content": found.content,
        "created_at": found.created_at,
    }


def reactions(api: str, found: Sequence[Reaction]) -> Json:
    """How many of each."""
    count = Counter(each.content for each in found)
    return {"url": f"{api}/reactions", "total_count": len(found), **{name: count[name] for name in CONTENTS}}


def event(state: GitHubState, repo: Repository, found: IssueEvent) -> Json:
    """Something that happened to an issue."""
    return {
        "id": found.id,
        "node_id": f"EV_{found.id}",
        "url": f"{url(state, repo)}/issues/events/{found.id}",
        "actor": accounts.simple(state, found.actor),
        "event": found.kind,
        "commit_id": found.commit_id,
        "commit_url": f"{url(state, repo)}/commits/{found.commit_id}" if found.commit_id else None,
        "created_at": found.created_at,
        "performed_via_github_app": None,
        **found.more,
    }


def association(repo: Repository, account: GitHubAccount) -> str:
    """How GitHub calls the relation of an author to the repository."""
    if account is repo.owner:
        return "OWNER"
    if account.id in repo.owner.members:
        return "MEMBER"
    return "COLLABORATOR" if account.id in repo.roles else "NONE"


def _pull(found: IssueRecord) -> PullRecord:
    if found.pull is None:
        raise TypeError(f"#{found.number} is no pull request")
    return found.pull
