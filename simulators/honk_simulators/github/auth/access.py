"""Who may do what: tokens, permissions and roles, with GitHub's own ways of saying no.

A permission is written `area:level`; several with a bar between them are alternatives. What a token may not see is not
there for it (404); what it sees but may not do is forbidden (403).
"""

import base64
import binascii

import jwt
from jwt.types import Options

from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.state.accounts import ANONYMOUS, GitHubAccount, GitHubApp, Token, enough
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository, Role, covers

JWT_SECONDS = 600
DRIFT_SECONDS = 60
"""By how much a client's clock may differ from ours."""


def bearer(state: GitHubState, authorization: str) -> Token:
    """The token of an `Authorization` header, ANONYMOUS without one. Raises Refusal (401) for one that is not good."""
    if not authorization:
        return ANONYMOUS
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        return by_password(state, value)
    if scheme.lower() not in ("bearer", "token"):
        raise GitHubRefusal(401, "Bad credentials")
    value = value.strip()
    return of_app(state, value) if value.count(".") == 2 else find(state, value)


def find(state: GitHubState, value: str) -> Token:
    """The token with this text. Raises Refusal (401) for one that is unknown, revoked or has expired."""
    token = state.tokens.get(value)
    if token is None or token.revoked or (token.expires_at is not None and token.expires_at <= state.now()):
        raise GitHubRefusal(401, "Bad credentials")
    if token.installation is not None and token.installation.suspended_at is not None:
        raise GitHubRefusal(403, "This installation has been suspended")
    return token


def by_password(state: GitHubState, encoded: str) -> Token:
    """The token that stands as the password in HTTP Basic authentication, whatever the user's name is."""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise GitHubRefusal(401, "Bad credentials") from error
    return find(state, password if password and password != "x-oauth-basic" else name)  # noqa: S105 - GitHub's own form


def of_app(state: GitHubState, value: str) -> Token:
    """An App that signed its own token (RS256, good for ten minutes at most). Raises Refusal (401)."""
    undecodable = GitHubRefusal(401, "A JSON web token could not be decoded")
    try:
        issuer = str(jwt.decode(value, options={"verify_signature": False}).get("iss"))
        app = next((each for each in state.apps.values() if issuer in (str(each.id), each.client_id)), None)
        if app is None:
            raise GitHubRefusal(401, "Integration not found" if issuer.isdigit() else undecodable.message)
        checks: Options = {"verify_exp": False, "verify_iat": False, "verify_iss": False, "verify_sub": False}
        claims = jwt.decode(value, app.public_key, algorithms=["RS256"], options=checks)
    except jwt.PyJWTError as error:
        raise undecodable from error
    _check_times(claims.get("iat"), claims.get("exp"), state.clock())
    return Token("", "app", app.bot, app=app)


def _check_times(issued: object, expires: object, now: float) -> None:
    if not isinstance(issued, int) or issued > now + DRIFT_SECONDS:
        raise GitHubRefusal(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        )
    if not isinstance(expires, int) or expires <= now:
        raise GitHubRefusal(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
            "assertion expires",
        )
    if expires > now + JWT_SECONDS + DRIFT_SECONDS or expires - issued > JWT_SECONDS + DRIFT_SECONDS:
        raise GitHubRefusal(401, "'Expiration time' claim ('exp') is too far in the future")


def acting(token: Token) -> GitHubAccount:
    """The account that acts. Raises Refusal (401) for nobody."""
    if token.account is None:
        raise GitHubRefusal(401, "Requires authentication")
    return token.account


def sees(token: Token, repo: Repository) -> bool:
    """Whether the repository is there for this token."""
    if not repo.private:
        return True
    if token.kind == "installation":
        return token.repositories is None or repo.id in token.repositories
    if token.kind in ("anonymous", "app") or not covers(repo.role(token.account), "read"):
        return False
    if token.kind == "classic":
        return "repo" in token.scopes
    return token.repositories is None or repo.id in token.repositories


def check(token: Token, repo: Repository, needs: str, role: Role) -> None:
    """Raises Refusal unless the token may do, in a repository that it sees, what `needs` and `role` say."""
    reads = all(each.endswith(":read") for each in needs.split("|"))
    if not repo.private and reads and role == "read":
        return
    if token.kind == "anonymous":
        raise GitHubRefusal(401, "Requires authentication")
    if token.kind == "classic":
        if not token.scopes & ({"repo"} if repo.private else {"repo", "public_repo"}):
            raise not_found()
    elif token.kind != "session" and not _granted(token, repo, needs):
        raise _inaccessible(token, needs)
    if token.kind == "installation":
        return
    if not covers(repo.role(token.account), role):
        said = "Resource not accessible by personal access token" if token.kind == "fine-grained" else ""
        raise GitHubRefusal(403, said or f"Must have {'push' if role == 'write' else role} access to Repository.")


def may(token: Token, repo: Repository, needs: str) -> bool:
    """Whether one of the permissions is the token's, roles aside; sessions and classic tokens have them all."""
    if token.kind in ("session", "classic"):
        return token.kind == "session" or "repo" in token.scopes or (not repo.private and "public_repo" in token.scopes)
    return _granted(token, repo, needs)


def _granted(token: Token, repo: Repository, needs: str) -> bool:
    if token.repositories is not None and repo.id not in token.repositories:
        return False
    if token.kind == "user-to-server" and not covers(repo.role(token.account), "read"):
        return False
    granted = token.permissions or {}
    wanted = (each.split(":") for each in needs.split("|"))
    return any(area == "metadata" or enough(granted.get(area), level) for area, level in wanted)


def _inaccessible(token: Token, needs: str) -> GitHubRefusal:
    what = "personal access token" if token.kind == "fine-grained" else "integration"
    accepted = "; ".join(each.replace(":", "=") for each in needs.split("|"))
    return GitHubRefusal(403, f"Resource not accessible by {what}", headers={"x-accepted-github-permissions": accepted})


def app_of(token: Token) -> GitHubApp:
    """The App that signed the request. Raises Refusal (401) for any other token."""
    if token.kind != "app" or token.app is None:
        raise GitHubRefusal(401, "A JSON web token could not be decoded")
    return token.app
