"""The real clients: githubkit for the API, git for the rest."""

from pathlib import Path
from typing import Any

from githubkit import AppAuthStrategy, AppInstallationAuthStrategy, GitHub, TokenAuthStrategy
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubApp, Installation

from honk import process
from honk.process import Finished

GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


def by_token(simulator: GitHubSimulator, token: str) -> GitHub[TokenAuthStrategy]:
    return GitHub(token, base_url=simulator.url, auto_retry=False, http_cache=False)


def by_app(simulator: GitHubSimulator, app: GitHubApp) -> GitHub[AppAuthStrategy]:
    return GitHub(AppAuthStrategy(app.id, app.private_key), base_url=simulator.url, auto_retry=False, http_cache=False)


def by_installation(
    simulator: GitHubSimulator, found: Installation, **narrower: Any
) -> GitHub[AppInstallationAuthStrategy]:
    auth = AppAuthStrategy(found.app.id, found.app.private_key).as_installation(found.id, **narrower)
    return GitHub(auth, base_url=simulator.url, auto_retry=False, http_cache=False)


def said(failed: RequestFailed) -> str:
    """An error's status, message and the codes or messages of what is wrong."""
    body = failed.response.json()
    errors = [each.get("message") or f"{each.get('field')} {each['code']}" for each in body.get("errors", [])]
    return " ".join([str(failed.response.status_code), body["message"], *errors])


def address(simulator: GitHubSimulator, full_name: str, token: str = "", login: str = "x-access-token") -> str:
    scheme, rest = simulator.web.split("://")
    return f"{scheme}://{f'{login}:{token}@' if token else ''}{rest}/{full_name}.git"


async def git(*args: str, cwd: Path | None = None) -> Finished:
    return await process.run((*GIT, *args), cwd=cwd, env=process.environment(QUIET))


async def clone(simulator: GitHubSimulator, full_name: str, token: str, to: Path, *options: str) -> Path:
    done = await git("clone", "--quiet", *options, address(simulator, full_name, token), str(to))
    assert done.ok, done.stderr.decode()
    return to


async def commit(tree: Path, files: dict[str, str], branch: str = "") -> str:
    if branch:
        await git("checkout", "--quiet", "-B", branch, cwd=tree)
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    await git("add", "--all", cwd=tree)
    assert (await git("commit", "--quiet", "-m", f"Change {', '.join(files)}", cwd=tree)).ok
    return (await git("rev-parse", "HEAD", cwd=tree)).text.strip()


async def push(tree: Path, *refs: str) -> tuple[bool, str]:
    done = await git("push", "--quiet", "origin", *refs, cwd=tree)
    return done.ok, done.stderr.decode()
