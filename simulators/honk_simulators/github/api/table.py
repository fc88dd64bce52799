"""Every operation there is, in one table."""

from honk_simulators.github.api import (
    actions,
    apps,
    checks,
    contents,
    deployments,
    hooks,
    issue_comments,
    issues,
    merges,
    pulls,
    refs,
    repositories,
    review_comments,
    reviews,
    rules,
    users,
)

ROUTES = (
    *users.ROUTES,
    *apps.ROUTES,
    *repositories.ROUTES,
    *refs.ROUTES,
    *contents.ROUTES,
    *issues.ROUTES,
    *issue_comments.ROUTES,
    *pulls.ROUTES,
    *merges.ROUTES,
    *reviews.ROUTES,
    *review_comments.ROUTES,
    *checks.ROUTES,
    *actions.ROUTES,
    *deployments.ROUTES,
    *hooks.ROUTES,
    *rules.ROUTES,
)
