"""The repositories that Honk knows, as functions over a transaction."""

import difflib
import re

import sqlalchemy as sa

from honk.core.errors import UsageError
from honk.core.repo import Repo
from honk.storage.tables import repos

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def add(connection: sa.Connection, repo: Repo) -> None:
    """Keep `repo`, or bring the one of this name and address up to date. Raises UsageError when either is taken."""
    if not _NAME.fullmatch(repo.name):
        raise UsageError(
            f"`{repo.name}` cannot name a repository; use letters, digits, `.`, `_` and `-` (--name says another one)."
        )
    for known in every(connection):
        if known.url == repo.url and known.name != repo.name:
            raise UsageError(f"{repo.url} is already known as `{known.name}`.")
        if known.url != repo.url and known.name.lower() == repo.name.lower():
            raise UsageError(f"The name `{known.name}` already belongs to {known.url}; give this one another: --name.")
    connection.execute(repos.delete().where(repos.c.name == repo.name))
    row = {
        "name": repo.name,
        "url": repo.url,
        "forge": repo.forge,
        "default_branch": repo.default_branch,
        "about": repo.about,
    }
    connection.execute(repos.insert().values(row))


def get(connection: sa.Connection, name: str) -> Repo:
    """The repository of this name, upper and lower case being the same. Raises UsageError with the nearest names."""
    known = every(connection)
    for repo in known:
        if repo.name.lower() == name.strip().lower():
            return repo
    if not known:
        raise UsageError(f"Honk knows no repository yet, so not `{name}` either; `honk repo add PATH_OR_URL` adds one.")
    names = {repo.name.lower(): repo.name for repo in known}
    near = difflib.get_close_matches(name.strip().lower(), list(names), n=3, cutoff=0.5)
    if near:
        meant = " or ".join(f"`{names[key]}`" for key in near)
        raise UsageError(f"Honk knows no repository `{name}`; did you mean {meant}?")
    some = ", ".join(f"`{repo.name}`" for repo in known[:5])
    raise UsageError(f"Honk knows no repository `{name}`; `honk repo list` shows those that it knows, such as {some}.")


def every(connection: sa.Connection) -> tuple[Repo, ...]:
    """All of them, by name."""
    columns = (repos.c.name, repos.c.url, repos.c.forge, repos.c.default_branch, repos.c.about)
    return tuple(Repo(*row) for row in connection.execute(sa.select(*columns).order_by(repos.c.name)))


def forget(connection: sa.Connection, name: str) -> None:
    """Forget the repository. Raises UsageError as `get`."""
    connection.execute(repos.delete().where(repos.c.name == get(connection, name).name))
