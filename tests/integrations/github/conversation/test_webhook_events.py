"""Reading webhook deliveries: each event, and that any other input is refused."""

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import models, webhook_events
from honk.integrations.github.conversation.models import GitHubComment, GitHubIssue, GitHubRepository, GitHubUser

ADA = {"id": 583231, "login": "ada", "type": "User"}
REPOSITORY = {
    "id": 7,
    "full_name": "acme/shop",
    "html_url": "https://github.test/acme/shop",
    "private": True,
    "archived": False,
}
ISSUE = {
    "number": 3,
    "node_id": "I_3",
    "title": "The cart",
    "body": None,
    "user": ADA,
    "html_url": "https://github.test/acme/shop/issues/3",
    "state": "open",
    "labels": [{"name": "bug"}, "honk"],
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}
COMMENT = {
    "id": 99,
    "node_id": "IC_99",
    "user": ADA,
    "body": "@honk mend it",
    "html_url": "https://github.test/acme/shop/issues/3#issuecomment-99",
    "issue_url": "https://api.github.test/repos/acme/shop/issues/3",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}
EXPECTED = GitHubRepository(7, "acme/shop", "https://github.test/acme/shop", private=True)
PULL = {"number": 4, "title": "t", "user": ADA, "html_url": "u", "state": "open"}

PAYLOADS = {
    "issue_comment": {"action": "created", "repository": REPOSITORY, "issue": ISSUE, "comment": COMMENT, "sender": ADA},
    "issues": {"action": "labeled", "repository": REPOSITORY, "issue": ISSUE, "label": {"name": "honk"}, "sender": ADA},
    "pull_request": {"action": "closed", "repository": REPOSITORY, "pull_request": PULL, "sender": ADA},
    "pull_request_review": {
        "action": "submitted",
        "repository": REPOSITORY,
        "pull_request": PULL,
        "review": {"id": 5},
        "sender": ADA,
    },
    "pull_request_review_comment": {
        "action": "created",
        "repository": REPOSITORY,
        "pull_request": PULL,
        "comment": {"id": 6, "pull_request_review_id": 5},
        "sender": ADA,
    },
    "repository": {"action": "archived", "repository": REPOSITORY, "sender": ADA},
    "check_run": {"action": "completed", "check_run": {"head_sha": "a" * 40}},
    "status": {"sha": "b" * 40},
    "installation": {"action": "deleted", "repositories": [{"id": 7}, {"id": 8}], "sender": ADA},
    "installation_repositories": {"action": "removed", "repositories_removed": [{"id": 8}], "sender": ADA},
}


def read(event: str, payload: Any) -> webhook_events.GitHubEvent | None:
    return webhook_events.parse(event, json.dumps(payload).encode())


def test_a_comment() -> None:
    ada = GitHubUser(583231, "ada")
    time = 1767225600.0
    issue = GitHubIssue(
        number=3, title="The cart", body="", author=ada, url=str(ISSUE["html_url"]), labels=("bug", "honk"),
        created=time, updated=time, node="I_3",
    )  # fmt: skip
    comment = GitHubComment(
        id=99, author=ada, body="@honk mend it", url=str(COMMENT["html_url"]), number=3,
        created=time, updated=time, node="IC_99",
    )  # fmt: skip
    assert read("issue_comment", PAYLOADS["issue_comment"]) == webhook_events.CommentEvent(
        EXPECTED, issue, comment, ada
    )


def test_every_other_event() -> None:
    ada = GitHubUser(583231, "ada")
    labelled = read("issues", PAYLOADS["issues"])
    assert isinstance(labelled, webhook_events.LabelEvent)
    assert (labelled.label, labelled.issue.number, labelled.sender) == ("honk", 3, ada)
    assert read("pull_request", PAYLOADS["pull_request"]) == webhook_events.PullRequestEvent(EXPECTED, 4)
    assert read("pull_request_review", PAYLOADS["pull_request_review"]) == webhook_events.ReviewEvent(EXPECTED, 4, 5)
    assert read("pull_request_review_comment", PAYLOADS["pull_request_review_comment"]) == webhook_events.ReviewEvent(
        EXPECTED, 4, 5
    )
    assert read("repository", PAYLOADS["repository"]) == webhook_events.RepositoryEvent((7,))
    assert read("check_run", PAYLOADS["check_run"]) == webhook_events.CheckEvent("a" * 40)
    assert read("status", PAYLOADS["status"]) == webhook_events.CheckEvent("b" * 40)
    assert read("status", {"sha": "../main"}) is None
    assert read("installation", PAYLOADS["installation"]) == webhook_events.RepositoryEvent((7, 8))
    assert read("installation_repositories", PAYLOADS["installation_repositories"]) == webhook_events.RepositoryEvent(
        (8,)
    )


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("issue_comment", "deleted"),
        ("issues", "pinned"),
        ("pull_request", "synchronize"),
        ("pull_request_review", "dismissed"),
        ("pull_request_review_comment", "edited"),
    ],
)
def test_other_actions_are_ignored(event: str, action: str) -> None:
    assert read(event, {**PAYLOADS[event], "action": action}) is None


def test_other_events_are_ignored() -> None:
    assert read("ping", {"zen": "Keep it logically awesome."}) is None
    assert read("made_up", {"action": ["created"]}) is None


def test_an_account_that_is_not_a_person_is_a_machine() -> None:
    for kind in ("Bot", "Organization", "Mannequin", None):
        payload = {**PAYLOADS["issue_comment"], "sender": {"id": 1, "login": "ada", "type": kind}}
        event = read("issue_comment", payload)
        assert isinstance(event, webhook_events.CommentEvent)
        assert event.sender.machine
    gone = read("issue_comment", {**PAYLOADS["issue_comment"], "sender": None})
    assert isinstance(gone, webhook_events.CommentEvent)
    assert gone.sender == models.GHOST


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000, b'{"action": 1}', b'{"action": "created"}'],
)
def test_an_invalid_payload_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        webhook_events.parse("issue_comment", body)


@pytest.mark.parametrize("number", [0, -1, 2**63, True, 1.5, "7", None, [7]])
def test_an_invalid_id_is_refused(number: object) -> None:
    with pytest.raises(Unreadable):
        read("repository", {"action": "archived", "repository": {**REPOSITORY, "id": number}})


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.just([]), st.just({})
)


@given(st.data())
def test_a_payload_with_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(sorted(PAYLOADS)))
    payload: Any = deepcopy(PAYLOADS[event])
    at = payload
    while True:
        key = data.draw(st.sampled_from(sorted(at)) if isinstance(at, dict) else st.integers(0, len(at) - 1))
        if isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
            at = at[key]
            continue
        if isinstance(at, dict) and data.draw(st.booleans()):
            del at[key]
        else:
            at[key] = data.draw(JUNK)
        break
    with suppress(Unreadable):
        found = read(event, payload)
        assert found is None or isinstance(found, webhook_events.GitHubEvent)


@given(st.binary(max_size=200), st.sampled_from([*sorted(PAYLOADS), "ping"]))
def test_any_bytes_are_read_or_refused(body: bytes, event: str) -> None:
    with suppress(Unreadable):
        webhook_events.parse(event, body)
