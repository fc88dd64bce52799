import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.previews import signed_links
from honk.previews.signed_links import Grant

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
def test_a_token_is_valid_until_it_expires(grant):
    token = signed_links.sign(KEY, grant)
    assert signed_links.check(KEY, token, grant.expires - 1) == grant
    assert signed_links.check(KEY, token, grant.expires) == "expired"
    assert signed_links.session_of(token) == grant.session


@given(GRANTS, st.data())
def test_altered_tokens_are_refused(grant, data):
    token = signed_links.sign(KEY, grant)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != token[at]))
    altered = token[:at] + letter + token[at + 1 :]
    verdict = signed_links.check(KEY, altered, 0)
    # the last letter of an unpadded base64 text has two bits to spare; the signature is compared as text, so no
    assert verdict == "invalid"


@given(st.text(max_size=200))
def test_garbage_is_refused_and_never_raises(text):
    assert signed_links.check(KEY, text, 0) == "invalid"
    signed_links.session_of(text)


def test_a_token_of_another_key_is_refused():
    assert signed_links.check(b"x" * 32, signed_links.sign(KEY, Grant("preview", "abc", 10)), 0) == "invalid"


def test_tokens_are_short_and_safe_in_a_url():
    preview = signed_links.sign(KEY, Grant("preview", "k3x9f2a", 1_800_000_000))
    file = signed_links.sign(KEY, Grant("file", "k3x9f2a", 1_800_000_000, "ab" * 32))
    assert len(preview) == 40 and len(file) == 84
    assert all(letter.isalnum() or letter in "._-" for letter in preview + file)


@pytest.mark.parametrize("session", ["", "a.b", "a/b", "a b", "ä\n"])
def test_other_characters_in_a_session_are_refused(session):
    with pytest.raises(ValueError):
        signed_links.sign(KEY, Grant("preview", session, 10))
