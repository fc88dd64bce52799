"""Every operation there is, in one table."""

from honk_simulators.github.api import (
    actions,
    apps,
    checks,
    comments,
    contents,
    deployments,
    hooks,
    issues,
    merges,
    pulls,
    refs,
    remarks,
    repositories,
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
    *comments.ROUTES,
    *pulls.ROUTES,
    *merges.ROUTES,
    *reviews.ROUTES,
    *remarks.ROUTES,
    *checks.ROUTES,
    *actions.ROUTES,
    *deployments.ROUTES,
    *hooks.ROUTES,
    *rules.ROUTES,
)
