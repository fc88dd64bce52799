"""The pages that people see: repositories, issues, pull requests, checks, and signing in.

One acts as whoever one likes. Who that is stands in a cookie; this is a stand-in, and nobody has a password.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from honk_simulators.github.api import actions, pulls
from honk_simulators.github.branches import merging
from honk_simulators.github.git_repository import git
from honk_simulators.github.pages import forms, markdown, timeline
from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.requests.openapi import pattern
from honk_simulators.github.rules import protections
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository, covers

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"markdown": markdown.html, "signs": timeline.signs, "quoted": quote}

Values = Mapping[str, Any]
Show = Callable[[GitHubState, Request, GitHubAccount, Mapping[str, str]], Awaitable[Response]]


async def answer(state: GitHubState, request: Request) -> Response:
    """The page for a request, or what a form does."""
    who = viewer(state, request)
    try:
        for template, show in PAGES:
            match = pattern(template).match(request.url.path)
            if match:
                return await show(state, request, who, match.groupdict())
        raise not_found()
    except GitHubRefusal as refused:
        told = [
            str(each.get("message", each)) if isinstance(each, dict) else str(each) for each in refused.errors or ()
        ]
        values = {"status": refused.status, "message": refused.message, "errors": told}
        return render(state, who, "refused.html", values, refused.status)


def viewer(state: GitHubState, request: Request) -> GitHubAccount:
    """Who looks: the one in the cookie, or the first person there is."""
    people = forms.people(state)
    named = request.cookies.get("as", "")
    return next((each for each in people if each.login == named), people[0] if people else forms.nobody(state))


def render(state: GitHubState, who: GitHubAccount, name: str, values: Values, status: int = 200) -> Response:
    """A template as an answer."""
    whole = {"web": state.web, "who": who, "people": forms.people(state), **values}
    return Response(TEMPLATES.get_template(name).render(whole), status, media_type="text/html; charset=utf-8")


async def home(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """All repositories that one sees."""
    repos = [repo for repo in state.repositories.values() if not repo.deleted and covers(repo.role(who), "read")]
    return render(state, who, "home.html", {"repos": repos, "apps": list(state.apps.values())})


async def become(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """Act as somebody else from now on."""
    form = await request.form()
    back = request.headers.get("referer", state.web)
    response = RedirectResponse(back if back.startswith(state.web) else state.web, 303)
    response.set_cookie("as", str(form.get("login", "")), httponly=True, samesite="lax")
    return response


async def avatar(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """Somebody's first letter on a colour of their own."""
    number = int(path["id"]) if path["id"].isdigit() else 0
    found = state.accounts.get(number)
    letter = found.login[0].upper() if found and found.login[0].isalnum() else "?"
    hue = number * 47 % 360
    drawn = TEMPLATES.get_template("avatar.svg").render(hue=hue, letter=letter)
    return Response(drawn, media_type="image/svg+xml")


def _repo(state: GitHubState, who: GitHubAccount, path: Values) -> Repository:
    """The repository in the path, under its present or a former name."""
    name = f"{path['owner']}/{path['repo']}"
    repo = state.repository(name) or state.repositories.get(state.moved.get(name.lower(), 0))
    if repo is None or repo.deleted or not covers(repo.role(who), "read"):
        raise not_found()
    return repo


def _issue(repo: Repository, path: Values) -> IssueRecord:
    issue = repo.issues.get(int(path["number"])) if path["number"].isdigit() else None
    if issue is None:
        raise not_found()
    return issue


async def repository(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """A repository: what is in it, what is open."""
    repo = _repo(state, who, path)
    if request.method == "POST":
        return await forms.repository(state, request, who, repo)
    head = await git.find(repo.git_dir, repo.default_branch)
    listed = await git.listing(repo.git_dir, head) if head else []
    readme = next((name for *_, name in listed if name.lower() == "readme.md"), None)
    text = (await git.show(repo.git_dir, head, readme) or b"").decode(errors="replace") if head and readme else ""
    issues = sorted(repo.issues.values(), key=lambda each: (each.state != "open", -each.number))
    values = {"repo": repo, "listed": listed, "readme": text, "issues": issues, "head": head}
    values |= {"branches": await git.branches(repo.git_dir), "ended": protections.results(repo, head or "")}
    return render(state, who, "repository.html", values)


async def issue(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """An issue or pull request: the conversation, and what one can do."""
    repo = _repo(state, who, path)
    found = _issue(repo, path)
    if request.method == "POST":
        return await forms.issue(state, request, who, repo, found)
    values: dict[str, Any] = {"repo": repo, "issue": found, "entries": timeline.entries(found)}
    values |= {"may": lambda role: covers(repo.role(who), role)}
    if found.pull is None:
        return render(state, who, "issue.html", values)
    files = await pulls.changes(repo, found)
    values |= {
        "pull": found.pull,
        "files": files,
        "commits": await pulls.own_commits(repo, found),
        "checks": [run for run in repo.checks.values() if run.head_sha == found.pull.head_sha],
        "statuses": [each for each in repo.statuses if each.sha == found.pull.head_sha],
        "obstacles": await merging.obstacles(state, repo, found) if found.state == "open" else [],
        "standing": await merging.standing(state, repo, found) if found.state == "open" else "",
    }
    return render(state, who, "pull.html", values)


async def job(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """A job with its log."""
    repo = _repo(state, who, path)
    run = repo.runs.get(int(path["run"]) if path["run"].isdigit() else 0)
    if run is None:
        raise not_found()
    wanted = path.get("job", "")
    jobs = [each for each in run.jobs if wanted in ("", str(each.id))]
    logs = [(each, actions.written(each) if each.check.status == "completed" else "") for each in jobs]
    return render(state, who, "run.html", {"repo": repo, "run": run, "logs": logs})


async def blob(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """A file at a commit or branch."""
    repo = _repo(state, who, path)
    sha = await git.find(repo.git_dir, path["sha"])
    data = await git.show(repo.git_dir, sha, path["path"]) if sha else None
    if data is None:
        raise not_found()
    return Response(data, media_type="text/plain; charset=utf-8")


async def commit(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """A commit with what it changes."""
    repo = _repo(state, who, path)
    sha = await git.find(repo.git_dir, path["sha"])
    if sha is None:
        raise not_found()
    found = await git.commit(repo.git_dir, sha)
    files = await git.changed(repo.git_dir, found.parents[0] if found.parents else git.EMPTY_TREE, sha)
    return render(state, who, "commit.html", {"repo": repo, "commit": found, "files": files})


async def device(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """Where one types the code that a program shows."""
    if request.method == "POST":
        told = await forms.device(state, request, who)
        return render(state, who, "device.html", {"told": told, "code": ""})
    return render(state, who, "device.html", {"told": "", "code": request.query_params.get("user_code", "")})


async def new_app(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """Where one makes an App, by hand or out of a manifest."""
    if request.method != "POST":
        return render(
            state, who, "app.html", {"manifest": None, "text": "", "state": "", "owners": forms.owners(state)}
        )
    values = await forms.new_app(state, request, who)
    if isinstance(values, Response):
        return values
    return render(state, who, "app.html", values)


async def install(state: GitHubState, request: Request, who: GitHubAccount, path: Values) -> Response:
    """Where one installs an App on repositories."""
    app = next((each for each in state.apps.values() if each.slug == path["slug"]), None)
    if app is None:
        raise not_found()
    if request.method == "POST":
        return await forms.install(state, request, who, app)
    repos = [repo for repo in state.repositories.values() if not repo.deleted and covers(repo.role(who), "admin")]
    repos = repos or [repo for repo in state.repositories.values() if not repo.deleted]
    installed = [each for each in state.installations.values() if each.app is app]
    return render(state, who, "install.html", {"app": app, "repos": repos, "installed": installed})


PAGES: tuple[tuple[str, Show], ...] = (
    ("/", home),
    ("/-/as", become),
    ("/-/avatars/{id}", avatar),
    ("/login/device", device),
    ("/settings/apps/new", new_app),
    ("/organizations/{org}/settings/apps/new", new_app),
    ("/apps/{slug}", install),
    ("/apps/{slug}/installations/new", install),
    ("/{owner}/{repo}", repository),
    ("/{owner}/{repo}/issues/{number}", issue),
    ("/{owner}/{repo}/pull/{number}", issue),
    ("/{owner}/{repo}/commit/{sha}", commit),
    ("/{owner}/{repo}/actions/runs/{run}", job),
    ("/{owner}/{repo}/actions/runs/{run}/job/{job}", job),
    ("/{owner}/{repo}/blob/{sha}/{path}", blob),
    ("/{owner}/{repo}/raw/{sha}/{path}", blob),
)
