"""The annotated settings file is the documentation, so it must match the code exactly."""

import tomllib
from pathlib import Path

import pytest

import honk
from honk import secrets, settings
from honk.core import serialization
from honk.core.errors import UsageError

ANNOTATED = Path(honk.__file__).parent / "settings.toml"


def test_the_annotated_file_has_every_setting_with_its_default() -> None:
    assert tomllib.loads(ANNOTATED.read_text()) == serialization.dump(settings.SettingsFile())


def test_every_setting_has_a_comment() -> None:
    for line in ANNOTATED.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            assert "#" in line, f"not explained: {line}"


def test_a_misspelt_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[worker]\nturn = 2\n")
    with pytest.raises(UsageError, match="did you mean `turns`"):
        settings.load({"HONK_HOME": str(tmp_path)})


def test_credentials_come_from_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    loaded = settings.load(
        {
            "HONK_HOME": str(tmp_path),
            "ANTHROPIC_API_KEY": "sk-canary",
            "HONK_DATABASE_URL": "x://u:canary@h",
            "SLACK_BOT_TOKEN": "xoxb-canary",
            "SLACK_APP_TOKEN": "xapp-canary",
            "SLACK_SIGNING_SECRET": "canary",
            "GITHUB_TOKEN": "ghp_canary",
            "GITHUB_APP_PRIVATE_KEY": "-----BEGIN canary",
        }
    )
    assert loaded.model.api_key == "sk-canary"
    assert loaded.slack.bot_token == "xoxb-canary"
    assert loaded.slack.url == "https://slack.com/api/"
    assert loaded.github.private_key == "-----BEGIN canary"
    assert "canary" not in repr(loaded)


def test_deploy_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    secrets.store_for_deploy(tmp_path, "shop", {"TOKEN": "t"})
    assert secrets.for_deploy(tmp_path, "shop") == {"TOKEN": "t"}
    (tmp_path / "secrets/shop.env").chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        secrets.for_deploy(tmp_path, "shop")


def test_the_signing_key_is_made_once(tmp_path: Path) -> None:
    assert secrets.signing_key(tmp_path) == secrets.signing_key(tmp_path)
    assert (tmp_path / "signing.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "address", ["here", "localhost:8080", "http://", "ftp://host", "http://[", "http://host:99999"]
)
def test_a_malformed_address_of_the_model_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="ANTHROPIC_BASE_URL is not a web address"):
        settings.load({"HONK_HOME": str(tmp_path), "ANTHROPIC_BASE_URL": address})


def test_an_unreadable_settings_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="settings.toml is damaged: it is not UTF-8 text. Fix it"):
        settings.load({"HONK_HOME": str(tmp_path)})


def test_proxies_are_read_as_by_other_programs(tmp_path: Path) -> None:
    said = {
        "HTTPS_PROXY": "http://up:8080",
        "https_proxy": "http://me:pw@low:3128",
        "HTTP_PROXY": "http://plain:3128",
        "NO_PROXY": "corp.example, .intern.example,10.1.2.3",
    }
    proxies = settings.load({"HONK_HOME": str(tmp_path), **said}).proxies
    assert proxies.to("https://api.example.com/v1") == "http://me:pw@low:3128"
    assert proxies.to("http://api.example.com/v1") == "http://plain:3128"
    for near in ("corp.example", "a.corp.example", "b.intern.example", "10.1.2.3", "localhost", "127.0.0.1"):
        assert proxies.to(f"https://{near}:8443/") == "", near
    assert proxies.to("https://notcorp.example") != ""
    assert "pw" not in repr(proxies)
    assert settings.load({"HONK_HOME": str(tmp_path), "NO_PROXY": "*", "https_proxy": "http://x:1"}).proxies.direct("a")
    assert settings.load({"HONK_HOME": str(tmp_path)}).proxies.to("https://api.example.com") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[people]\nwriters = [\n  "slack:T1/U2",\n  "slack:ben",\n]\n',
            'line 4: `people.writers`: "slack:ben" is no account',
        ),
        ('[people.accounts]\n"ben" = "github:1"\n', 'line 2: `people.accounts`: "ben" is no account'),
        ('[people.accounts]\n"slack:T1/U2" = "octocat"\n', 'line 2: `people.accounts`: "octocat" is no account'),
        ('[people.accounts]\n"b@x.example" = "b@y.example"\n', '"b@y.example" is no account'),
        ('[sandbox]\nreadonly = ["opt/tools"]\n', 'line 2: `sandbox.readonly`: "opt/tools" is no absolute path'),
    ],
)
def test_an_entry_that_could_never_match_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(UsageError) as refused:
        settings.load({"HONK_HOME": str(tmp_path)})
    assert said in str(refused.value)


def test_people_are_named_by_account_or_confirmed_address(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[people]\nwriters = ["slack:T1/U2", "github:7", "local:1000"]\n'
        '[people.accounts]\n"slack:T1/U2" = "github:583231"\n"ada@example.com" = "github:583231"\n'
    )
    people = settings.load({"HONK_HOME": str(tmp_path)}).file.people
    assert len(people.writers) == 3 and people.accounts["ada@example.com"] == "github:583231"
