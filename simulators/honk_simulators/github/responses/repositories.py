"""Repositories, branches, commits and files as JSON."""

import base64
from typing import Any

from githubkit_schemas.v2026_03_10 import models

from honk_simulators.github.auth import access
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import ChangedFile, Commit
from honk_simulators.github.requests.openapi import complete
from honk_simulators.github.responses import accounts
from honk_simulators.github.responses.accounts import Json
from honk_simulators.github.rules import rulesets
from honk_simulators.github.state.accounts import ANONYMOUS, GitHubAccount, Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Protection, Repository, Role, covers


def url(state: GitHubState, repo: Repository) -> str:
    """Its address in the API."""
    return f"{state.api}/repos/{repo.full_name}"


def web(state: GitHubState, repo: Repository) -> str:
    """Its address for people."""
    return f"{state.web}/{repo.full_name}"


def repository(state: GitHubState, repo: Repository, token: Token = ANONYMOUS) -> Json:
    """A repository as `token` sees it: who may not push does not learn how merges are done."""
    opened = sum(issue.state == "open" for issue in repo.issues.values())
    values: Json = {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": accounts.simple(state, repo.owner),
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "html_url": web(state, repo),
        "description": repo.description or None,
        "fork": repo.parent is not None,
        "url": url(state, repo),
        "clone_url": f"{web(state, repo)}.git",
        "git_url": f"{web(state, repo)}.git".replace("http", "git", 1),
        "ssh_url": f"git@github.invalid:{repo.full_name}.git",
        "default_branch": repo.default_branch,
        "archived": repo.archived,
        "topics": repo.topics,
        "created_at": repo.created_at,
        "updated_at": repo.created_at,
        "pushed_at": repo.pushed_at or repo.created_at,
        "size": repo.size,
        "open_issues_count": opened,
        "open_issues": opened,
        "has_issues": True,
        "web_commit_signoff_required": False,
        "allow_forking": True,
        "is_template": False,
    }
    return complete(models.FullRepository, values | _rights(state, repo, token))


def minimal(state: GitHubState, repo: Repository) -> Json:
    """A repository as it stands in other objects."""
    return repository(state, repo)


def _rights(state: GitHubState, repo: Repository, token: Token) -> Json:
    if token.kind == "anonymous":
        return {}
    role: Role = "none" if token.kind in ("installation", "app") else repo.role(token.account)
    names: tuple[tuple[str, Role], ...] = (
        ("admin", "admin"),
        ("maintain", "maintain"),
        ("push", "write"),
        ("triage", "triage"),
        ("pull", "read"),
    )
    found: Json = {"permissions": {name: covers(role, least) for name, least in names}}
    if access.may(token, repo, "contents:write") and (token.kind == "installation" or covers(role, "write")):
        found |= {
            "allow_merge_commit": repo.allow_merge_commit,
            "allow_squash_merge": repo.allow_squash_merge,
            "allow_rebase_merge": repo.allow_rebase_merge,
            "allow_auto_merge": repo.allow_auto_merge,
            "allow_update_branch": True,
            "delete_branch_on_merge": repo.delete_branch_on_merge,
            "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
            "squash_merge_commit_message": "COMMIT_MESSAGES",
            "merge_commit_title": "MERGE_MESSAGE",
            "merge_commit_message": "PR_TITLE",
        }
    return found | ({"parent": repository(state, repo.parent)} if repo.parent else {})


def collaborator(state: GitHubState, repo: Repository, account: GitHubAccount) -> Json:
    """What somebody may do in a repository. The older `permission` knows neither triage nor maintain."""
    role = repo.role(account)
    older = {"triage": "read", "maintain": "write"}.get(role, role)
    user = accounts.simple(state, account) | {"role_name": role}
    return {"permission": older, "role_name": role, "user": user}


def commit(state: GitHubState, repo: Repository, found: Commit) -> Json:
    """A commit, without its files."""
    api = f"{url(state, repo)}/commits/{found.sha}"
    git_url = f"{url(state, repo)}/git/commits/{found.sha}"
    return {
        "url": api,
        "sha": found.sha,
        "node_id": f"C_{found.sha}",
        "html_url": f"{web(state, repo)}/commit/{found.sha}",
        "comments_url": f"{api}/comments",
        "commit": {
            "url": git_url,
            "author": _person(found.author),
            "committer": _person(found.committer),
            "message": found.message,
            "comment_count": 0,
            "tree": {"sha": found.tree, "url": f"{url(state, repo)}/git/trees/{found.tree}"},
            "verification": {"verified": False, "reason": "unsigned", "payload": None, "signature": None}
            | {"verified_at": None},
        },
        "author": _known(state, found.author),
        "committer": _known(state, found.committer),
        "parents": [
            {"sha": sha, "url": f"{url(state, repo)}/commits/{sha}", "html_url": f"{web(state, repo)}/commit/{sha}"}
            for sha in found.parents
        ],
    }


def git_commit(state: GitHubState, repo: Repository, found: Commit) -> Json:
    """A commit as an object of git."""
    full = commit(state, repo, found)
    inner = full["commit"]
    kept = {key: inner[key] for key in ("author", "committer", "message", "tree", "verification", "url")}
    return {"sha": found.sha, "node_id": full["node_id"], "html_url": full["html_url"], **kept} | {
        "parents": full["parents"]
    }


def simple_commit(found: Commit) -> Json:
    """A commit as it stands in check suites, workflow runs and events."""
    names = {
        role: {"name": person[0], "email": person[1]}
        for role, person in (("author", found.author), ("committer", found.committer))
    }
    return {
        "id": found.sha,
        "tree_id": found.tree,
        "message": found.message,
        "timestamp": found.committer[2],
        **names,
    }


def changed_file(state: GitHubState, repo: Repository, sha: str, found: ChangedFile) -> Json:
    """A file of a diff."""
    values = {
        "sha": found.blob,
        "filename": found.path,
        "status": found.status,
        "additions": found.additions,
        "deletions": found.deletions,
        "changes": found.additions + found.deletions,
        "blob_url": f"{web(state, repo)}/blob/{sha}/{found.path}",
        "raw_url": f"{web(state, repo)}/raw/{sha}/{found.path}",
        "contents_url": f"{url(state, repo)}/contents/{found.path}?ref={sha}",
    }
    values |= {"patch": found.patch} if found.patch else {}
    return values | ({"previous_filename": found.was} if found.was else {})


def ref(state: GitHubState, repo: Repository, name: str, sha: str) -> Json:
    """A ref that points at a commit."""
    return {
        "ref": name,
        "node_id": f"REF_{name}",
        "url": f"{url(state, repo)}/git/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{url(state, repo)}/git/commits/{sha}"},
    }


def entry(state: GitHubState, repo: Repository, sha: str, listed: tuple[str, str, str, str], size: int) -> Json:
    """An entry of a directory."""
    _, kind, blob, path = listed
    api = f"{url(state, repo)}/contents/{path}?ref={sha}"
    git_url = f"{url(state, repo)}/git/{'trees' if kind == 'tree' else 'blobs'}/{blob}"
    html = f"{web(state, repo)}/{'tree' if kind == 'tree' else 'blob'}/{sha}/{path}"
    raw = None if kind == "tree" else f"{web(state, repo)}/raw/{sha}/{path}"
    return {
        "type": {"tree": "dir", "blob": "file"}.get(kind, "submodule"),
        "size": size,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": blob,
        "url": api,
        "git_url": git_url,
        "html_url": html,
        "download_url": raw,
        "_links": {"self": api, "git": git_url, "html": html},
    }


def content(state: GitHubState, repo: Repository, sha: str, listed: tuple[str, str, str, str], data: bytes) -> Json:
    """A file with what is in it."""
    encoded = base64.encodebytes(data).decode()
    return entry(state, repo, sha, listed, len(data)) | {"encoding": "base64", "content": encoded}


def protection(state: GitHubState, repo: Repository, branch: str, rules: Protection) -> Json:
    """The rules of a protected branch."""
    base = f"{url(state, repo)}/branches/{branch}/protection"
    found: Json = {
        "url": base,
        "enforce_admins": {"url": f"{base}/enforce_admins", "enabled": rules.enforce_admins},
        "required_linear_history": {"enabled": rules.linear},
        "allow_force_pushes": {"enabled": rules.force_pushes},
        "allow_deletions": {"enabled": rules.deletions},
        "block_creations": {"enabled": False},
        "required_conversation_resolution": {"enabled": rules.conversations},
        "lock_branch": {"enabled": False},
        "allow_fork_syncing": {"enabled": False},
        "required_signatures": {"url": f"{base}/required_signatures", "enabled": False},
    }
    if rules.checks:
        found["required_status_checks"] = status_policy(base, rules)
    if rules.reviews is not None:
        found["required_pull_request_reviews"] = {
            "url": f"{base}/required_pull_request_reviews",
            "dismiss_stale_reviews": rules.dismiss_stale,
            "require_code_owner_reviews": rules.code_owners,
            "required_approving_review_count": rules.reviews,
            "require_last_push_approval": False,
        }
    return found


def status_policy(base: str, rules: Protection) -> Json:
    """Which checks a branch requires."""
    return {
        "url": f"{base}/required_status_checks",
        "strict": rules.strict,
        "contexts": list(rules.checks),
        "contexts_url": f"{base}/required_status_checks/contexts",
        "checks": [{"context": name, "app_id": None} for name in rules.checks],
    }


async def branch(state: GitHubState, repo: Repository, name: str, sha: str) -> Json:
    """A branch with its last commit."""
    api = f"{url(state, repo)}/branches/{name}"
    rules = repo.protections.get(name)
    levels = {"enforcement_level": "non_admins" if rules and rules.checks else "off"}
    checks = levels | {"contexts": list(rules.checks) if rules else [], "checks": []}
    return {
        "name": name,
        "commit": commit(state, repo, await git.commit(repo.git_dir, sha)),
        "_links": {"self": api, "html": f"{web(state, repo)}/tree/{name}"},
        "protected": rules is not None or bool(rulesets.of_branch(repo, name)),
        "protection": {"enabled": rules is not None, "required_status_checks": checks},
        "protection_url": f"{api}/protection",
    }


def short_branch(state: GitHubState, repo: Repository, name: str, sha: str) -> Json:
    """A branch in a list."""
    values = {"name": name, "commit": {"sha": sha, "url": f"{url(state, repo)}/commits/{sha}"}}
    protected = name in repo.protections or bool(rulesets.of_branch(repo, name))
    return values | {"protected": protected, "protection_url": f"{url(state, repo)}/branches/{name}"}


def _person(person: tuple[str, str, str]) -> dict[str, Any]:
    return dict(zip(("name", "email", "date"), person, strict=True))


def _known(state: GitHubState, person: tuple[str, str, str]) -> Json | None:
    """Whose account the address of a commit belongs to."""
    found = (each for each in state.accounts.values() if each.email and each.email == person[1])
    return accounts.maybe(state, next(found, None))


def brief(repo: Repository) -> Json:
    """A repository as it stands in events about installations."""
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }
