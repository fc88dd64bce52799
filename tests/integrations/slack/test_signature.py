"""Only what Slack has signed, and lately, is believed."""

import pytest
from slack_sdk.signature import SignatureVerifier

from honk.core.errors import UsageError
from honk.integrations.slack.client import signature
from honk.integrations.slack.client.signature import SIGNATURE, TIMESTAMP, InvalidSlackSignature

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_700_000_000
BODY = b'{"type":"event_callback","text":"caf\xc3\xa9"}'


def headers(at: float = NOW, body: bytes = BODY, secret: str = SECRET) -> list[tuple[str, str]]:
    signed = SignatureVerifier(secret).generate_signature(timestamp=str(int(at)), body=body)
    return [(TIMESTAMP, str(int(at))), (SIGNATURE, str(signed))]


@pytest.mark.parametrize("age", [-300, -299, 0, 299, 300])
def test_a_request_signed_within_five_minutes_is_accepted(age: int) -> None:
    signature.check(SECRET, headers(NOW - age), BODY, NOW)


@pytest.mark.parametrize(
    ("given", "body"),
    [
        pytest.param(headers(NOW - 301), BODY, id="too old"),
        pytest.param(headers(NOW + 301), BODY, id="from the future"),
        pytest.param(headers(), BODY + b" ", id="a space more"),
        pytest.param(headers(), BODY.replace(b'","', b'", "'), id="written again by a parser"),
        pytest.param(headers(), b"", id="no body"),
        pytest.param(headers(secret="guessed"), BODY, id="another secret"),
        pytest.param(headers(), b"\xff\xfe", id="a body that is not UTF-8"),
        pytest.param([], BODY, id="unsigned"),
        pytest.param(headers()[:1], BODY, id="no signature"),
        pytest.param(headers()[1:], BODY, id="no timestamp"),
        pytest.param([*headers(), headers()[1]], BODY, id="two signatures"),
        pytest.param([*headers(), (TIMESTAMP.title(), str(NOW))], BODY, id="two timestamps"),
        pytest.param([(TIMESTAMP, f"{NOW}.0"), headers()[1]], BODY, id="a timestamp that is no number"),
        pytest.param([(TIMESTAMP, "1" * 5_000), headers()[1]], BODY, id="an endless timestamp"),
        pytest.param([(TIMESTAMP, "१७००००००००"), headers()[1]], BODY, id="other digits"),
        pytest.param([headers()[0], (SIGNATURE, headers()[1][1].upper())], BODY, id="upper case"),
        pytest.param([headers()[0], (SIGNATURE, headers()[1][1].replace("v0", "v1"))], BODY, id="another version"),
        pytest.param([headers()[0], (SIGNATURE, "v0=\udcff")], BODY, id="no text"),
    ],
)
def test_any_other_request_is_refused(given: list[tuple[str, str]], body: bytes) -> None:
    with pytest.raises(InvalidSlackSignature):
        signature.check(SECRET, given, body, NOW)


@pytest.mark.parametrize("secret", ["", "  ", "\n"])
def test_without_a_secret_every_request_is_refused(secret: str) -> None:
    with pytest.raises(UsageError, match="SLACK_SIGNING_SECRET"):
        signature.check(secret, headers(), BODY, NOW)
