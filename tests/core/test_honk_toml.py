"""`honk.toml`, read strictly."""

import dataclasses
import json
import typing
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honk.core import honk_toml
from honk.core.errors import UsageError
from honk.core.honk_toml import HonkToml

EXAMPLE = """
[setup]
run = ["npm ci"]
[verify]
format = "ruff format --check ."
build = ""
[preview]
serve = "python -m app --port $PORT"
screenshots = ["/"]
[deploy]
run = "./deploy.sh"
watch = 3
[policy]
merge = "approved"
approvals = 2
protected = ["infra/**"]
[egress]
work = []
[agent]
max_usd = 5
"""

SECTIONS = {field.name: typing.get_type_hints(HonkToml)[field.name] for field in dataclasses.fields(HonkToml)}
# What TOML can hold: no lone surrogates, and of JSON's escapes all that are TOML's too.
words = st.text(st.characters(codec="utf-8"))


def written(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(item)}" for key, item in value.items()) + "}"
    return repr(value).lower()


ENTRIES = {
    "policy.protected": ("infra/**", "./deploy/", "*.tf", "/a b/[x-z]?"),
    "policy.require": ("test", "lint"),
    "egress.setup": ("*", "pkgs.example.org", "*.example.com:8443"),
    "egress.work": ("[2606:4700::1111]",),
    "preview.ready": ("/", "/health?deep=1"),
    "preview.screenshots": ("/", "/über"),
    "preview.artifacts": ("build/*.apk", "**/*.zip"),
    "deploy.health": ("", "http://127.0.0.1:${PORT}/health", "${URL}"),
}
"""Values of the keys that take only some strings."""


def entries(key: str, hint: Any) -> st.SearchStrategy[Any]:
    if key not in ENTRIES:
        return values(hint)
    some = st.sampled_from(ENTRIES[key])
    return some if hint is str else st.lists(some, max_size=3).map(tuple)


def values(hint: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) is Literal:
        return st.sampled_from(typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return st.lists(words, max_size=3).map(tuple)
    if typing.get_origin(hint) is dict:
        return st.dictionaries(words, words, max_size=2)
    if type(None) in typing.get_args(hint):
        return st.none() | values(next(arg for arg in typing.get_args(hint) if arg is not type(None)))
    return {
        str: words,
        int: st.integers(0, 2**63 - 1),
        float: st.floats(0, allow_infinity=False),
        bool: st.booleans(),
    }[hint]


files = st.builds(
    HonkToml,
    **{
        name: st.builds(
            cls, **{key: entries(f"{name}.{key}", hint) for key, hint in typing.get_type_hints(cls).items()}
        )
        for name, cls in SECTIONS.items()
    },
)


def text_of(file: HonkToml) -> str:
    lines = []
    for name in SECTIONS:
        lines.append(f"[{name}]")
        for key, value in vars(getattr(file, name)).items():
            if value is not None:
                lines.append(f"{key} = {written(value)}")
    return "\n".join(lines)


def refusal(text: str) -> str | None:
    try:
        honk_toml.parse(text)
    except UsageError as error:
        return str(error)
    return None


@given(files)
def test_what_is_written_is_read(file: HonkToml) -> None:
    assert honk_toml.parse(text_of(file)) == file


@given(st.text() | st.lists(st.sampled_from(EXAMPLE.split()), max_size=12).map("\n".join))
def test_any_text_is_a_file_or_a_usage_error(text: str) -> None:
    assert refusal(text) is None or str(refusal(text)).startswith("honk.toml")


toml_values = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.dates().map(str).map(lambda day: type("Day", (), {"__repr__": lambda _: day})()),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(
    st.sampled_from([(name, key) for name, cls in SECTIONS.items() for key in typing.get_type_hints(cls)]), toml_values
)
@example(("agent", "max_usd"), float("nan"))
@example(("agent", "max_usd"), 10**400)
@example(("agent", "max_minutes"), float("inf"))
@example(("policy", "approvals"), True)
@example(("policy", "approvals"), 1.0)
@example(("policy", "merge"), [])
def test_a_wrong_type_is_refused_and_named(place: tuple[str, str], value: Any) -> None:
    section, key = place
    text = f"[{section}]\n{key} = {written(value)}"
    if refused := refusal(text):
        assert f"`{section}.{key}`" in refused
        return
    kept = getattr(getattr(honk_toml.parse(text), section), key)
    assert kept == (tuple(value) if isinstance(value, list) else value), "what is taken is taken as it stands"
    assert type(kept) in (str, bool, int, float, tuple)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[polcy]\n", "unknown key `polcy`; did you mean `policy`?"),
        ("[policy]\nprotcted = []\n", "unknown key `policy.protcted`; did you mean `protected`?"),
        (
            "[policy]\nzzz = 1\n",
            "unknown key `policy.zzz`; known here: merge, approvals, protected, require, guard, allow.",
        ),
        ("policy = 1\n", "`policy` must be a section, [policy], not a whole number."),
        ("[[policy]]\n", "`policy` must be a section, [policy], not a list."),
        ("[policy]\nmerge = 'all'\n", "`policy.merge` must be one of requester, anyone, approved, nobody, not 'all'."),
        ("[policy]\napprovals = -1\n", "`policy.approvals` must not be negative, it is -1."),
        ("[policy]\napprovals = '1'\n", "`policy.approvals` must be a whole number, not a string."),
        ("[policy]\napprovals = true\n", "`policy.approvals` must be a whole number, not true or false."),
        ("[policy]\nprotected = 'infra'\n", "`policy.protected` must be a list of strings, not a string."),
        ("[verify]\ntest = 1979-05-27\n", "`verify.test` must be a string, not a date or time."),
        ("[agent]\nmax_usd = nan\n", "`agent.max_usd` must be a finite number, it is nan."),
        ("[agent]\nmax_usd = inf\n", "`agent.max_usd` must be a finite number, it is inf."),
        ("[agent]\nmax_usd = 99999999999999999\n", "`agent.max_usd` must be a finite number, it is inf."),
        ("[policy]\nprotected = [['infra']]\n", "`policy.protected` must be a list of strings; one entry is a list."),
        (
            "[policy]\nprotected = ['a', 1]\n",
            "`policy.protected` must be a list of strings; one entry is a whole number.",
        ),
        ("[policy]\nprotected = []\nprotected = ['a']\n", "not valid TOML: Cannot overwrite a value (at line 3"),
        ("[policy]\n[policy]\nprotected = ['a']\n", "not valid TOML"),
        ("[policy]\nprotected = ['']\n", 'line 2: `policy.protected`: "" is empty.'),
        ("\n[policy]\n\nmerge = 'anyoen'\n", "honk.toml, line 4: `policy.merge` must be one of"),
        ("[policy]\nprotected = [\n  'a',\n  # no\n  '[b',\n]\n", 'honk.toml, line 5: `policy.protected`: "[b" holds'),
        ("policy = { protected = ['../x'] }\n", 'honk.toml, line 1: `policy.protected`: "../x" leads out'),
        ("policy.protected = ['!x']\n", 'honk.toml, line 1: `policy.protected`: "!x" is an exception'),
        ("[egress]\nwork = ['a.example', 'http://b']\n", 'line 2: `egress.work`: "http://b" is no entry for [egress]'),
        ("[egress]\nsetup = ['\N{KELVIN SIGN}ube.example']\n", "characters that no host name has"),
        ("[preview]\nartifacts = ['/a']\n", 'line 2: `preview.artifacts`: "/a" leads out of the repository'),
        ("[preview]\nartifacts = ['build/[a.apk']\n", "line 2: `preview.artifacts`"),
        ("[preview]\nscreenshots = ['about']\n", '`preview.screenshots`: "about" is no path of a page'),
        ("[preview]\nready = 'http://a/'\n", '`preview.ready`: "http://a/" is no path of a page'),
        ("[deploy]\nhealth = 'shop.example'\n", 'line 2: `deploy.health`: "shop.example" is no address'),
        ("[deploy]\nhealth = 'http:///x'\n", "`deploy.health`"),
        ("[setup\n", "not valid TOML"),
        ("x = " + "9" * 5000, "not valid TOML"),
        ("x = " + "[" * 100_000, "not valid TOML"),
    ],
)
def test_a_refusal_names_the_key_and_what_is_right(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        honk_toml.parse(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_everything_is_optional() -> None:
    assert honk_toml.parse("") == HonkToml()
    file = honk_toml.parse(EXAMPLE)
    assert file.verify.build == "", "switched off"
    assert file.verify.test is None, "to be detected"
    assert file.deploy.watch == 3.0 and isinstance(file.deploy.watch, float)
    assert file.policy.protected == ("infra/**",)
    assert file.egress == honk_toml.EgressSettings(setup=("*",), work=())


def test_a_file_that_is_no_utf8_is_refused_with_its_line() -> None:
    with pytest.raises(UsageError, match="honk.toml, line 2: it is not UTF-8 text"):
        honk_toml.decode(b"[policy]\nprotected = ['\xff']\n")


def test_patterns_that_match_no_file_are_named_with_their_line() -> None:
    text = "[policy]\nprotected = [\n  'infra/**',\n  'old/**',\n]\n"
    assert honk_toml.unmatched_notices(text, ("old/**",)) == (
        "honk.toml, line 4: the protected pattern `old/**` matches no file, so it protects nothing yet.",
    )


def test_a_required_kind_that_does_not_exist_is_refused_with_the_nearest() -> None:
    assert honk_toml.parse('[policy]\nrequire = ["test", "lint"]\n').policy.require == ("test", "lint")
    with pytest.raises(
        UsageError, match=r'line 2: `policy.require`: "tests" is no kind of verifier; did you mean `test`'
    ):
        honk_toml.parse('[policy]\nrequire = ["tests"]\n')
