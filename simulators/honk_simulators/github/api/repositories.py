"""Repositories themselves: what they are, who may do what, branches and their protection."""

from typing import Any

from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal, invalid, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import accounts
from honk_simulators.github.responses import repositories as shapes
from honk_simulators.github.state.repositories import Protection

SETTINGS = (
    *("allow_merge_commit", "allow_squash_merge", "allow_rebase_merge", "allow_auto_merge", "delete_branch_on_merge"),
    *("description", "default_branch"),
)


async def get(call: ApiRequest) -> ApiResponse:
    """A repository."""
    return ApiResponse(shapes.repository(call.state, call.repo, call.token))


async def update(call: ApiRequest) -> ApiResponse:
    """Settings, description, default branch."""
    for name in SETTINGS:
        if name in call.body:
            setattr(call.repo, name, call.body[name])
    if not (call.repo.allow_merge_commit or call.repo.allow_squash_merge or call.repo.allow_rebase_merge):
        call.repo.allow_merge_commit = True
        raise invalid("Repository", field="merge_commit_allowed", message="Sorry, you need to allow at least one way")
    return await get(call)


async def topics(call: ApiRequest) -> ApiResponse:
    """Its topics."""
    return ApiResponse({"names": call.repo.topics})


async def set_topics(call: ApiRequest) -> ApiResponse:
    """Other topics."""
    call.repo.topics = [name.lower() for name in call.body["names"]]
    return await topics(call)


async def permission(call: ApiRequest) -> ApiResponse:
    """What somebody may do here. Nobody by that name: 404."""
    found = call.state.account(call.path["username"])
    if found is None:
        raise not_found()
    return ApiResponse(shapes.collaborator(call.state, call.repo, found))


async def collaborators(call: ApiRequest) -> ApiResponse:
    """Who has a role here."""
    people = [call.state.accounts[each] for each in call.repo.roles]

    def shown(person: Any) -> dict[str, Any]:
        return accounts.simple(call.state, person) | {"role_name": call.repo.role(person)}

    return call.page(people, shown)


async def branches(call: ApiRequest) -> ApiResponse:
    """All branches."""
    found = list((await git.branches(call.repo.git_dir)).items())
    if "protected" in call.query:
        wanted = call.query["protected"] == "true"
        found = [each for each in found if (each[0] in call.repo.protections) == wanted]
    return call.page(found, lambda each: shapes.short_branch(call.state, call.repo, *each))


async def branch(call: ApiRequest) -> ApiResponse:
    """One branch."""
    name = call.path["branch"]
    sha = (await git.branches(call.repo.git_dir)).get(name)
    if sha is None:
        raise GitHubRefusal(404, "Branch not found")
    return ApiResponse(await shapes.branch(call.state, call.repo, name, sha))


def _rules(call: ApiRequest) -> Protection:
    found = call.repo.protections.get(call.path["branch"])
    if found is None:
        raise GitHubRefusal(404, "Branch not protected")
    return found


async def protection(call: ApiRequest) -> ApiResponse:
    """The rules of a branch."""
    return ApiResponse(shapes.protection(call.state, call.repo, call.path["branch"], _rules(call)))


async def protect(call: ApiRequest) -> ApiResponse:
    """Other rules for a branch."""
    if call.path["branch"] not in await git.branches(call.repo.git_dir):
        raise GitHubRefusal(404, "Branch not found")
    given = call.body
    checks = given.get("required_status_checks") or {}
    reviews = given.get("required_pull_request_reviews")
    named = tuple(checks.get("contexts") or ()) or tuple(each["context"] for each in checks.get("checks") or ())
    rules = Protection(
        reviews=None if reviews is None else reviews.get("required_approving_review_count", 1),
        checks=named,
        strict=bool(checks.get("strict")),
        enforce_admins=bool(given.get("enforce_admins")),
        dismiss_stale=bool((reviews or {}).get("dismiss_stale_reviews")),
        code_owners=bool((reviews or {}).get("require_code_owner_reviews")),
        conversations=bool(given.get("required_conversation_resolution")),
        linear=bool(given.get("required_linear_history")),
        force_pushes=bool(given.get("allow_force_pushes")),
        deletions=bool(given.get("allow_deletions")),
    )
    call.repo.protections[call.path["branch"]] = rules
    return await protection(call)


async def unprotect(call: ApiRequest) -> ApiResponse:
    """No rules any more."""
    _rules(call)
    del call.repo.protections[call.path["branch"]]
    return ApiResponse(status=204)


async def admins(call: ApiRequest) -> ApiResponse:
    """Whether the rules hold for administrators too; POST and DELETE switch it."""
    rules = _rules(call)
    found = shapes.protection(call.state, call.repo, call.path["branch"], rules)
    return ApiResponse(found["enforce_admins"])


_AT = "/repos/{owner}/{repo}"
_BRANCH = f"{_AT}/branches/{{branch}}"

ROUTES = (
    Route(f"GET {_AT}", get),
    Route(f"PATCH {_AT}", update, "administration:write", "admin"),
    Route(f"GET {_AT}/topics", topics),
    Route(f"PUT {_AT}/topics", set_topics, "administration:write", "admin"),
    Route(f"GET {_AT}/collaborators", collaborators, role="write"),
    Route(f"GET {_AT}/collaborators/{{username}}/permission", permission),
    Route(f"GET {_AT}/branches", branches, "contents:read"),
    Route(f"GET {_BRANCH}", branch, "contents:read"),
    Route(f"GET {_BRANCH}/protection", protection, "administration:read", "admin"),
    Route(f"PUT {_BRANCH}/protection", protect, "administration:write", "admin"),
    Route(f"DELETE {_BRANCH}/protection", unprotect, "administration:write", "admin"),
)
