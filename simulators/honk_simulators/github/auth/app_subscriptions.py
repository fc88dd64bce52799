"""Which permission an App needs for which event. Without it GitHub makes no such App, and sends no such event."""

from collections.abc import Iterable

from githubkit_schemas.v2026_03_10.models import AppPermissions
from pydantic import ValidationError

from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.state.accounts import Permissions

AREAS = {
    "check_run": ("checks",),
    "check_suite": ("checks",),
    "deployment": ("deployments",),
    "deployment_status": ("deployments",),
    "issue_comment": ("issues", "pull_requests"),
    "issues": ("issues",),
    "merge_group": ("merge_queues",),
    "pull_request": ("pull_requests",),
    "pull_request_review": ("pull_requests",),
    "pull_request_review_comment": ("pull_requests",),
    "pull_request_review_thread": ("pull_requests",),
    "push": ("contents",),
    "create": ("contents",),
    "delete": ("contents",),
    "release": ("contents",),
    "repository": (),
    "label": (),
    "member": ("members",),
    "status": ("statuses",),
    "workflow_dispatch": ("contents",),
    "workflow_job": ("actions",),
    "workflow_run": ("actions",),
}
"""One of several is enough to be told; to be made, an App needs the first. None is needed where there is none."""


def delivered(event: str, permissions: Permissions) -> bool:
    """Whether an installation with these permissions is told of an event that it has subscribed to."""
    areas = AREAS.get(event, ())
    return not areas or any(area in permissions for area in areas)


def check(events: Iterable[str], permissions: Permissions) -> None:
    """Raises Refusal (422) for an App that cannot be made, in GitHub's words."""
    wanted = list(events)
    if unknown := [event for event in wanted if event not in AREAS]:
        raise GitHubRefusal(422, f"Default events unsupported: {', '.join(unknown)}")
    names = {field.alias or name for name, field in AppPermissions.model_fields.items()}
    if unknown := [name for name in permissions if name not in names]:
        raise GitHubRefusal(
            422, f"Default permission records resource is not included in the list: {', '.join(unknown)}"
        )
    try:
        AppPermissions.model_validate(dict(permissions))
    except ValidationError as error:
        place = ", ".join(str(each["loc"][0]) for each in error.errors() if "<UNSET>" not in each["msg"])
        raise GitHubRefusal(422, f"Default permission records action is not included in the list: {place}") from error
    backed = [event for event in wanted if AREAS[event] and AREAS[event][0] not in permissions]
    if backed:
        raise GitHubRefusal(422, f"Default events are not supported by permissions: {', '.join(backed)}")
