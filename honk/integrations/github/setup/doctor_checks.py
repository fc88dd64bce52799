"""Checks of the GitHub setup for `honk doctor`. They ask GitHub and change nothing."""

from collections.abc import AsyncIterator, Iterable, Mapping

from githubkit.auth import TokenAuthStrategy
from githubkit_schemas.v2026_03_10.models import Installation

from honk.core.diagnosis import Diagnosis
from honk.core.errors import HonkError
from honk.core.repo import Repo
from honk.integrations.github.client import responses, tokens, urls
from honk.integrations.github.client.repo_client import FORGE
from honk.integrations.github.forge.github_forge import GitHubForge
from honk.integrations.github.setup import app_manifest

SCOPES: Mapping[str, str] = {
    "repo": "code, pull requests and checks",
    "workflow": "changes to .github/workflows",
}
"""The scopes of a classic token and what they are for. Without the second one only changes of workflows are refused."""

LEVELS = ("none", "read", "write", "admin")
MOST_REPOSITORIES = 20
"""So many are checked; the others are only counted."""


async def findings(forge: GitHubForge, known: Iterable[Repo]) -> AsyncIterator[Diagnosis]:
    """The credential, its permissions, and whether it has access to the `known` repositories that are on GitHub."""
    credential = forge.people.access
    if not credential:
        yield Diagnosis("github", "without", "Not set up. `honk github setup` creates an App, or set GITHUB_TOKEN.")
        return
    try:
        async for finding in _token(forge, credential.token) if credential.token else _app(forge):
            yield finding
    except HonkError as error:
        yield Diagnosis("github", "missing", str(error))
        return
    yield news(bool(credential.webhook_secret))
    repos = [repo for repo in known if repo.forge == FORGE]
    for repo in repos[:MOST_REPOSITORIES]:
        yield await _repository(forge, repo)
    if len(repos) > MOST_REPOSITORIES:
        more = f"{len(repos) - MOST_REPOSITORIES} more were not checked."
        yield Diagnosis("github repositories", "without", more)


def news(secret: bool) -> Diagnosis:
    """How news from GitHub arrive. Pure."""
    if secret:
        return Diagnosis("github webhooks", "ok", "Received at this server's public address, path /github/webhooks.")
    return Diagnosis("github webhooks", "ok", "None (GITHUB_WEBHOOK_SECRET is not set): Honk polls GitHub instead.")


def scopes(given: str | None) -> Diagnosis:
    """The scopes of a token, from GitHub's header (None: GitHub sent none). Pure."""
    if given is None:
        needed = ", ".join(f"{name}: {level}" for name, level in app_manifest.PERMISSIONS.items() if name != "checks")
        text = f"GitHub does not say what a fine-grained token may do. Compare: {needed}."
        return Diagnosis("github token", "without", text)
    have = {scope.strip() for scope in given.split(",")}
    lacking = [f"{scope} ({why})" for scope, why in SCOPES.items() if scope not in have]
    if not lacking:
        return Diagnosis("github token", "ok", f"It has the scopes {' and '.join(SCOPES)}.")
    text = f"It lacks the scope {' and '.join(lacking)}; create another one on GitHub."
    return Diagnosis("github token", "without" if "repo" in have else "missing", text)


def permissions(given: Mapping[str, str], where: str, page: str) -> Diagnosis:
    """The permissions of the manifest that an installation lacks. Pure."""
    lacking = [
        f"{name}: {level}"
        for name, level in app_manifest.PERMISSIONS.items()
        if LEVELS.index(given.get(name, "none")) < LEVELS.index(level)
    ]
    if lacking:
        text = f"{where}: it lacks {', '.join(lacking)}. Grant that in the App's settings, and accept it at {page}."
        return Diagnosis("github permissions", "missing", text)
    workflows = "" if given.get("workflows") else " (changes to .github/workflows need workflows: write besides)"
    return Diagnosis(
        "github permissions", "ok", f"{where}: all {len(app_manifest.PERMISSIONS)} are granted{workflows}."
    )


async def _token(forge: GitHubForge, token: str) -> AsyncIterator[Diagnosis]:
    async with forge.client.connect(TokenAuthStrategy(token), "person") as github:
        answer = await responses.response(github.rest.users.async_get_authenticated(), "account of the token")
    yield Diagnosis("github", "ok", f"{_host(forge)}, with the personal token of {answer.parsed_data.login}.")
    yield scopes(answer.headers.get("x-oauth-scopes"))


async def _app(forge: GitHubForge) -> AsyncIterator[Diagnosis]:
    async with forge.client.connect(forge.access.app(), "app") as github:
        app = await responses.parsed(github.rest.apps.async_get_authenticated(), "the App")
        found = await responses.parsed(github.rest.apps.async_list_installations(per_page=100), "installations")
        name, page = (app.name, app.html_url) if app is not None else (forge.people.access.app_id, "")
        if not found:
            text = f"The App {name} is not installed anywhere; do so at {page}/installations/new."
            yield Diagnosis("github", "missing", text)
            return
        yield Diagnosis("github", "ok", f"{_host(forge)}, as the App {name}.")
        for each in found:
            yield _installed(each)


def _installed(found: Installation) -> Diagnosis:
    where = f"on {getattr(found.account, 'login', '?')}"
    if found.suspended_at:
        return Diagnosis(
            "github permissions", "missing", f"{where}: suspended; its owner ends that at {found.html_url}."
        )
    given = found.permissions.model_dump(exclude_unset=True)
    return permissions({name: str(level) for name, level in given.items()}, where, found.html_url)


async def _repository(forge: GitHubForge, repo: Repo) -> Diagnosis:
    """GitHub gives an App a token for a push only where it may push; a personal token has its owner's rights."""
    name, people = f"github: {repo.name}", forge.people
    try:
        async with forge.repo_clients.to(repo, tokens.WRITE_CONTENTS, writing=True) as api:
            where = api.at.full_name
            if people.access.token:
                me = await people.token_owner(people.access.token)
                if not await people.may_write(api, me.number):
                    return Diagnosis(name, "missing", f"{me.login} may not write to {where}; its owner can grant that.")
    except HonkError as error:
        return Diagnosis(name, "missing", str(error))
    return Diagnosis(name, "ok", f"{where} can be written to.")


def _host(forge: GitHubForge) -> str:
    return urls.web_url(forge.client.url).partition("://")[2]
