"""A field that Honk does not use may be missing or wrong; a field that it uses is named in one plain sentence."""

import types
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Union, get_args, get_origin

import pytest
from githubkit_schemas.v2026_03_10 import models as rest
from pydantic import BaseModel, ValidationError

from honk.integrations.github.client import repo_client, typed_json
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import models
from honk.integrations.github.forge import checks, deployments, pull_requests

READERS: dict[str, tuple[type[BaseModel], Callable[[Any], object]]] = {
    "repository": (rest.FullRepository, repo_client.to_repo_info),
    "repository in a conversation": (rest.FullRepository, models.from_repository),
    "issue": (rest.Issue, models.from_issue),
    "comment": (rest.IssueComment, models.from_comment),
    "review": (rest.PullRequestReview, models.from_review),
    "review comment": (rest.PullRequestReviewComment, models.from_review_comment),
    "pull request": (rest.PullRequest, models.from_pull_request),
    "state of a pull request": (rest.PullRequest, pull_requests.state),
    "check run": (rest.CheckRun, lambda found: checks.from_check_run(found, {})),
    "job": (rest.Job, checks.from_job),
    "commit status": (rest.SimpleCommitStatus, checks.from_status),
    "workflow run": (rest.WorkflowRun, lambda found: deployments.from_run("deploy.yml", found)),
    "deployment status": (rest.DeploymentStatus, lambda found: deployments.from_status("production", found)),
}


def example(annotation: Any, depth: int = 0) -> Any:
    """JSON that fits an annotation of githubkit, with every required field."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        wanted = next((each for each in arguments if each is not type(None)), None)
        return example(wanted, depth)
    if origin is list:
        return [example(arguments[0], depth + 1)] if depth < 4 else []
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return {f.alias or name: example(f.annotation, depth + 1) for name, f in fields if f.is_required()}
    if arguments and origin is not dict:
        return example(arguments[0], depth) if origin is not None and origin.__name__ == "Annotated" else arguments[0]
    plain: dict[Any, Any] = {bool: True, int: 7, float: 1.5, datetime: "2026-01-02T03:04:05Z", dict: {}}
    return plain.get(origin or annotation, "text")


def spots(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field in `data`."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(data, dict):
            yield (*path, key)
        yield from spots(value, (*path, key))


def changed(data: Any, path: tuple[Any, ...], value: object = ...) -> Any:
    """A copy of `data` without the field at `path`, or with another value there."""
    copy = deepcopy(data)
    at = copy
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


def outcome(reader: Callable[[Any], object], model: type[BaseModel], data: Any, name: str) -> object:
    """What is read of `data`, or the error's text."""
    try:
        return reader(typed_json.read(model, data, name))
    except Unreadable as error:
        return str(error)


def where(name: str, path: tuple[Any, ...]) -> str:
    """A field as errors name it; items of lists have no number."""
    return ": ".join([name, *(key for key in path if isinstance(key, str))])


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_field_is_removed_once(name: str) -> None:
    model, reader = READERS[name]
    whole = example(model)
    expected = reader(typed_json.read(model, whole, name))
    outcomes = {path: outcome(reader, model, changed(whole, path), name) for path in spots(whole)}
    used = {path for path, found in outcomes.items() if found != expected}
    assert used, "nothing is read of it"
    for path in used:
        if isinstance(outcomes[path], str):
            assert outcomes[path] == f"GitHub's answer cannot be used: {where(name, path)} is missing."
    for path in outcomes.keys() - used:
        assert outcome(reader, model, changed(whole, path, object()), name) == expected


@pytest.mark.parametrize("name", sorted(READERS))
def test_githubkit_alone_would_refuse_most_of_these(name: str) -> None:
    model, _ = READERS[name]
    whole = example(model)
    with pytest.raises(ValidationError):
        model.model_validate(changed(whole, (next(iter(whole)),)))


@pytest.mark.parametrize(("value", "ok"), [(3, True), ("3", False), (True, False), (None, False), (1.0, False)])
def test_a_value_of_another_type_is_refused(value: object, ok: bool) -> None:
    found = typed_json.read(rest.Issue, {"number": value}, "issue")
    if ok:
        assert found.number == value
    else:
        with pytest.raises(Unreadable, match="issue: number"):
            assert found.number


def test_new_states_and_conclusions_are_read() -> None:
    found = typed_json.read(rest.CheckRun, {"conclusion": "thought of tomorrow", "status": "new"}, "check run")
    assert (found.conclusion, found.status) == ("thought of tomorrow", "new")


def test_times_lists_and_objects() -> None:
    data = {"created_at": "2026-01-02T03:04:05Z", "labels": ["a", {"name": "b"}], "user": None, "body": None}
    issue = typed_json.read(rest.Issue, data, "issue")
    assert issue.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [each if isinstance(each, str) else each.name for each in issue.labels] == ["a", "b"]
    assert issue.user is None
    assert not issue.body
    with pytest.raises(AttributeError):
        issue.no_such_field  # type: ignore[attr-defined]  # noqa: B018
