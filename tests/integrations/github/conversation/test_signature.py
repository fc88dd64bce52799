"""Only a delivery with a valid signature is read."""

import hashlib
import hmac

import pytest
from githubkit import webhooks
from hypothesis import given
from hypothesis import strategies as st

from honk.integrations.github.conversation.signature import Delivery, InvalidGitHubSignature, verified

SECRET = "a secret"
BODY = b'{"action": "created"}'


def signed(body: bytes = BODY, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(**changed: str) -> list[tuple[str, str]]:
    usual = {
        "X-Hub-Signature-256": signed(),
        "X-GitHub-Event": "issue_comment",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "Content-Type": "application/json",
    }
    return list((usual | {name.replace("_", "-"): value for name, value in changed.items()}).items())


def test_a_genuine_delivery_is_accepted() -> None:
    assert verified(SECRET, headers(), BODY) == Delivery("72d3162e-cc78-11e3-81ab-4c9367dc0958", "issue_comment", BODY)


def test_the_signature_is_the_one_that_github_documents() -> None:
    # docs.github.com, "Validating webhook deliveries": the example to test an implementation with
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    given = headers(X_Hub_Signature_256=signature)
    assert verified("It's a Secret to Everybody", given, b"Hello, World!").body == b"Hello, World!"


@pytest.mark.parametrize(
    ("given_headers", "body", "secret"),
    [
        (headers(), BODY + b" ", SECRET),
        (headers(), BODY, "another secret"),
        (headers(), BODY, ""),
        (headers(X_Hub_Signature_256=signed(secret="")), BODY, ""),
        (headers(X_Hub_Signature_256=signed(secret="  ")), BODY, "  "),
        (headers(X_Hub_Signature_256=""), BODY, SECRET),
        (headers(X_Hub_Signature_256=signed().removeprefix("sha256=")), BODY, SECRET),
        (headers(X_Hub_Signature_256="sha256=ünlesbar"), BODY, SECRET),
        (headers(X_Hub_Signature_256=webhooks.sign(SECRET, BODY, "sha1")), BODY, SECRET),
        (headers()[1:], BODY, SECRET),
        ([*headers(), ("x-hub-signature-256", signed())], BODY, SECRET),
        ([*headers(), ("X-GITHUB-EVENT", "push")], BODY, SECRET),
        ([*headers(), ("x-github-delivery", "again")], BODY, SECRET),
        ([each for each in headers() if each[0] != "X-GitHub-Delivery"], BODY, SECRET),
        (headers(X_GitHub_Delivery=" "), BODY, SECRET),
        (headers(X_GitHub_Delivery="x" * 101), BODY, SECRET),
        (headers(Content_Type="application/x-www-form-urlencoded"), BODY, SECRET),
    ],
)
def test_everything_else_is_refused(given_headers: list[tuple[str, str]], body: bytes, secret: str) -> None:
    with pytest.raises(InvalidGitHubSignature) as refused:
        verified(secret, given_headers, body)
    assert SECRET not in str(refused.value)
    assert "created" not in str(refused.value)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_other_signature_is_accepted(body: bytes, guess: str) -> None:
    with pytest.raises(InvalidGitHubSignature):
        verified(SECRET, headers(X_Hub_Signature_256=guess), body)
