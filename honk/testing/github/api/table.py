"""Every operation there is, in one table."""

from honk.testing.github.api import apps, comments, contents, issues, pulls, refs, repositories, users

ROUTES = (
    *users.ROUTES,
    *apps.ROUTES,
    *repositories.ROUTES,
    *refs.ROUTES,
    *contents.ROUTES,
    *issues.ROUTES,
    *comments.ROUTES,
    *pulls.ROUTES,
)
