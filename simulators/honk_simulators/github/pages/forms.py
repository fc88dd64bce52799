"""What the forms of the pages do. Everything goes the way of a request, and is refused as one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from honk_simulators.github import dispatch
from honk_simulators.github.auth import app_manifest, sign_in
from honk_simulators.github.graphql import execution
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.responses import repositories as shapes
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp, Installation, Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.webhooks import emitter


def people(state: GitHubState) -> list[GitHubAccount]:
    """Whom one can act as."""
    return [each for each in state.accounts.values() if each.kind == "User"]


def owners(state: GitHubState) -> list[GitHubAccount]:
    """Who can have an App."""
    return [each for each in state.accounts.values() if each.kind != "Bot"]


def nobody(state: GitHubState) -> GitHubAccount:
    """Somebody in a world without people."""
    return GitHubAccount(0, "nobody", "Nobody", "", "User", state.stamp())


async def repository(state: GitHubState, request: Request, who: GitHubAccount, repo: Repository) -> Response:
    """Open an issue."""
    form = await _form(request)
    given = {"title": form.get("title", ""), "body": form.get("body", "")}
    labels = [label.strip() for label in form.get("labels", "").split(",") if label.strip()]
    given_labels: dict[str, Any] = {"labels": labels} if labels else {}
    made = await _act(state, who, "POST", f"/repos/{repo.full_name}/issues", given | given_labels)
    return _to(state, f"/{repo.full_name}/issues/{made['number']}")


async def issue(
    state: GitHubState, request: Request, who: GitHubAccount, repo: Repository, found: IssueRecord
) -> Response:
    """Whatever the button says."""
    form = await _form(request)
    button = form.get("do", "comment")
    at = f"/repos/{repo.full_name}"
    body = form.get("body", "")
    number = found.number
    if button == "comment":
        await _act(state, who, "POST", f"{at}/issues/{number}/comments", {"body": body})
    elif button in ("APPROVE", "REQUEST_CHANGES"):
        await _act(state, who, "POST", f"{at}/pulls/{number}/reviews", {"event": button, "body": body})
    elif button in ("close", "reopen"):
        given = {"state": "closed" if button == "close" else "open"}
        await _act(state, who, "PATCH", f"{at}/{'pulls' if found.pull else 'issues'}/{number}", given)
    elif button == "label":
        await _act(state, who, "POST", f"{at}/issues/{number}/labels", {"labels": [form.get("label", "")]})
    elif button == "reply":
        path = f"{at}/pulls/{number}/comments/{form.get('remark', '0')}/replies"
        await _act(state, who, "POST", path, {"body": body})
    elif button == "remark":
        head = found.pull.head_sha if found.pull else ""
        remark: dict[str, Any] = {"path": form.get("path", ""), "body": body, "commit_id": head}
        line = int(form.get("line") or 0)
        await _act(state, who, "POST", f"{at}/pulls/{number}/comments", remark | {"line": line, "side": "RIGHT"})
    elif button in ("merge", "squash", "rebase"):
        await _act(state, who, "PUT", f"{at}/pulls/{number}/merge", {"merge_method": button})
    elif button in ("ready", "draft") and found.pull:
        name = "markPullRequestReadyForReview" if button == "ready" else "convertPullRequestToDraft"
        await _change(state, who, name, f"PR_{found.pull.id}")
    elif button == "enqueue" and found.pull:
        query = "mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) { mergeQueueEntry { state } } }"
        await _graphql(state, who, query, f"PR_{found.pull.id}")
    else:
        raise GitHubRefusal(422, f"There is no button {button}")
    return _to(state, f"/{repo.full_name}/{'pull' if found.pull else 'issues'}/{number}#end")


async def device(state: GitHubState, request: Request, who: GitHubAccount) -> str:
    """Allow a program to act as oneself, or not. What to tell."""
    form = await _form(request)
    found = sign_in.waiting(state, form.get("user_code", ""))
    if found is None:
        raise GitHubRefusal(404, "No program waits for this code. It may have expired.")
    allow = form.get("do") != "deny"
    sign_in.decide(found, who, allow=allow)
    done = "may now act as" if allow else "may not act as"
    return f"{found.app.name} {done} {who.login}. You can close this page."


async def new_app(state: GitHubState, request: Request, who: GitHubAccount) -> Response | dict[str, Any]:
    """Show what a manifest asks for; with `create` make it, and send the person back."""
    form = await _form(request)
    given = app_manifest.read(form.get("manifest", ""))
    state_text = form.get("state") or request.query_params.get("state", "")
    if not form.get("create"):
        values = {"manifest": given, "text": form.get("manifest", ""), "state": state_text}
        return {**values, "owners": owners(state)}
    given |= {"name": form["name"]} if form.get("name") else {}
    owner = state.account(form.get("as", "")) or who
    app, code = app_manifest.make(state, owner, given)
    if not given.get("redirect_url"):
        return _to(state, f"/apps/{app.slug}/installations/new")
    return RedirectResponse(app_manifest.back(given, code, state_text), 302)


async def install(state: GitHubState, request: Request, who: GitHubAccount, app: GitHubApp) -> Response:
    """Install an App on the repositories that were ticked."""
    form = await request.form()
    ids = {int(str(each)) for each in form.getlist("repository")}
    repos = [state.repositories[each] for each in ids if each in state.repositories]
    if not repos:
        raise GitHubRefusal(422, "Choose at least one repository")
    for owner in {repo.owner for repo in repos}:
        own = [repo for repo in repos if repo.owner is owner]
        there = [each for each in state.installations.values() if each.app is app and each.account is owner]
        if there and there[0].repositories is not None:
            there[0].repositories |= {repo.id for repo in own}
            continue
        found = Installation(
            state.id(), app, owner, dict(app.permissions), list(app.events), {r.id for r in own}, state.stamp()
        )
        state.installations[found.id] = found
        brief = [shapes.brief(repo) for repo in own]
        emitter.installed(state, found, "installation", "created", who, repositories=brief)
    if app.setup_url:
        number = next(each.id for each in state.installations.values() if each.app is app)
        return RedirectResponse(f"{app.setup_url}?installation_id={number}&setup_action=install", 302)
    return _to(state, f"/apps/{app.slug}")


async def _form(request: Request) -> dict[str, str]:
    return {key: str(value) for key, value in (await request.form()).items()}


async def _act(state: GitHubState, who: GitHubAccount, method: str, path: str, given: Any) -> Any:
    return await dispatch.act(state, Token("", "session", who), method, path, given)


async def _change(state: GitHubState, who: GitHubAccount, name: str, number: str) -> None:
    query = f"mutation($id: ID!) {{ {name}(input: {{pullRequestId: $id}}) {{ pullRequest {{ isDraft }} }} }}"
    await _graphql(state, who, query, number)


async def _graphql(state: GitHubState, who: GitHubAccount, query: str, number: str) -> None:
    given = {"query": query, "variables": {"id": number}}
    answered = (await execution.answer(state, Token("", "session", who), given)).data
    if answered.get("errors"):
        raise GitHubRefusal(422, answered["errors"][0]["message"])


def _to(state: GitHubState, path: str) -> Response:
    return RedirectResponse(f"{state.web}{path}", 303)
