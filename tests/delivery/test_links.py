import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.delivery import links
from honk.delivery.links import Grant

KEY = b"k" * 32
SESSIONS = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
GRANTS = st.builds(
    Grant,
    kind=st.sampled_from(["preview", "file"]),
    session=SESSIONS,
    expires=st.integers(1, 10**11),
    resource=st.text(max_size=80).filter(lambda text: text.isprintable()),
)


@given(GRANTS)
def test_a_token_gives_back_what_was_granted_until_it_expires(grant):
    token = links.sign(KEY, grant)
    assert links.check(KEY, token, grant.expires - 1) == grant
    assert links.check(KEY, token, grant.expires) == "expired"
    assert links.session_of(token) == grant.session


@given(GRANTS, st.data())
def test_no_altered_token_is_honoured(grant, data):
    token = links.sign(KEY, grant)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != token[at]))
    altered = token[:at] + letter + token[at + 1 :]
    verdict = links.check(KEY, altered, 0)
    # the last letter of an unpadded base64 text has two bits to spare; the signature is compared as text, so no
    assert verdict == "invalid"


@given(st.text(max_size=200))
def test_garbage_is_refused_and_never_raises(text):
    assert links.check(KEY, text, 0) == "invalid"
    links.session_of(text)


def test_another_key_does_not_open_it():
    assert links.check(b"x" * 32, links.sign(KEY, Grant("preview", "abc", 10)), 0) == "invalid"


def test_tokens_are_short_and_safe_in_a_url():
    preview = links.sign(KEY, Grant("preview", "k3x9f2a", 1_800_000_000))
    file = links.sign(KEY, Grant("file", "k3x9f2a", 1_800_000_000, "ab" * 32))
    assert len(preview) == 40 and len(file) == 84
    assert all(letter.isalnum() or letter in "._-" for letter in preview + file)


@pytest.mark.parametrize("session", ["", "a.b", "a/b", "a b", "ä\n"])
def test_a_session_that_is_no_word_is_not_signed(session):
    with pytest.raises(ValueError):
        links.sign(KEY, Grant("preview", session, 10))
