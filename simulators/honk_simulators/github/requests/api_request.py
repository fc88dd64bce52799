"""One request as the modules under `api/` see it: who asks, for what, with which body; and how they answer it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from honk_simulators.github.auth import access
from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp, Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository, Role

PER_PAGE = 30
MOST_PER_PAGE = 100


@dataclass(frozen=True)
class ApiResponse:
    """What goes back: JSON (None for an empty body), or `raw` bytes."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass
class ApiRequest:
    """A request that has been let in. `path` holds the template's parameters, `url` is without the query."""

    state: GitHubState
    token: Token
    path: Mapping[str, str]
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    given: Any = None
    within: Repository | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that came in, without what is null in it; empty for none."""
        return {key: value for key, value in self.given.items() if value is not None} if self.given else {}

    @property
    def repo(self) -> Repository:
        """The repository in the path."""
        if self.within is None:
            raise not_found()
        return self.within

    @property
    def who(self) -> GitHubAccount:
        """The account that acts. Raises Refusal (401) for nobody."""
        return access.acting(self.token)

    @property
    def app(self) -> GitHubApp | None:
        """The App that acts, when one does."""
        return self.token.app

    def number(self, name: str) -> int:
        """A number from the path. Raises Refusal (404) when it is none."""
        if not self.path[name].isdigit():
            raise not_found()
        return int(self.path[name])

    def page(self, items: Sequence[Any], show: Callable[[Any], Any], key: str = "") -> ApiResponse:
        """A page of a list as the query asks for it, with links to the others; below `key` when there is a total."""
        size = min(max(_whole(self.query, "per_page", PER_PAGE), 1), MOST_PER_PAGE)
        at = max(_whole(self.query, "page", 1), 1)
        last = max(-(-len(items) // size), 1)
        shown = [show(each) for each in items[(at - 1) * size : at * size]]
        links = {"next": at + 1, "last": last} if at < last else {}
        links |= {"prev": min(at - 1, last), "first": 1} if at > 1 else {}
        others = "&".join(f"{name}={value}" for name, value in self.query.items() if name not in ("page", "per_page"))
        base = f"{self.url}?{others}{'&' if others else ''}per_page={size}&page="
        link = ", ".join(f'<{base}{number}>; rel="{name}"' for name, number in links.items())
        data = {"total_count": len(items), key: shown} if key else shown
        return ApiResponse(data, headers={"link": link} if link else {})


Handler = Callable[[ApiRequest], Awaitable[ApiResponse]]
Audience = Literal["repository", "account", "anybody", "app"]


@dataclass(frozen=True)
class Route:
    """An operation: `METHOD /template`, what answers it, and who may ask.

    `needs` are permissions as in `access`, `role` is what a person must be in the repository; `creates` counts as
    creating content. `audience` says what must be there: a repository, an account, nothing, or an App's own signature.
    """

    operation: str
    handler: Handler
    needs: str = "metadata:read"
    role: Role = "read"
    creates: bool = False
    audience: Audience = "repository"

    @property
    def method(self) -> str:
        """GET, POST, ..."""
        return self.operation.split(" ")[0]

    @property
    def template(self) -> str:
        """The path with its parameters in braces."""
        return self.operation.split(" ")[1]

    @property
    def writes(self) -> bool:
        """Whether an archived repository refuses it."""
        return self.method != "GET"


def choice(value: str, allowed: Sequence[str], field_name: str) -> str:
    """`value` when it is allowed. Raises Refusal (422)."""
    if value not in allowed:
        raise GitHubRefusal(422, "Validation Failed", [{"resource": "Search", "field": field_name, "code": "invalid"}])
    return value


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdigit() else default
