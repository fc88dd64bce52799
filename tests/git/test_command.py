from pathlib import Path

import pytest

from honk.git import command
from honk.git.command import GitDirs, GitFailed


def test_local_git_reads_no_other_configuration() -> None:
    env = command.local_environment(GitDirs(Path("/m.git"), Path("/tree"), Path("/index")))
    assert env["GIT_CONFIG_GLOBAL"] == "/dev/null"
    assert env["GIT_CONFIG_NOSYSTEM"] == "1"
    assert (env["GIT_DIR"], env["GIT_WORK_TREE"], env["GIT_INDEX_FILE"]) == ("/m.git", "/tree", "/index")
    argv = " ".join(command.local_argv("status"))
    assert argv.endswith(" status")
    for setting in ("core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never", "gc.auto=0"):
        assert f"-c {setting} " in argv


async def test_local_git_ignores_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".config" / "git").mkdir(parents=True)
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = From Home\n")
    (tmp_path / ".config" / "git" / "ignore").write_text("*\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    await command.run(GitDirs(tmp_path / "m.git"), "init", "--quiet", "--bare")
    dirs = GitDirs(tmp_path / "m.git", tmp_path)
    assert (await command.run(dirs, "config", "user.name", ok=(1,))).stdout == b""
    assert (await command.run(dirs, "check-ignore", "-v", "x", ok=(1,))).stdout == b""


async def test_the_last_line_of_git_is_the_error(tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="git rev-parse failed: fatal: not a git repository"):
        await command.run(GitDirs(tmp_path), "rev-parse", "HEAD")


def test_credentials_are_hidden() -> None:
    said = command.hide_credentials("fatal: https://ada:s3cret@example.org/x and https://tok@e.org gone")
    assert said == "fatal: https://***@example.org/x and https://***@e.org gone"


def test_a_login_is_only_in_the_environment() -> None:
    login = command.Login("https://github.test", "x-access-token", "ghs_canary")
    argv = command.login_argv(login, "fetch", "https://github.test/acme/shop.git")
    assert not any("canary" in word for word in (*argv, repr(login)))
    assert command.login_environment(login)["HONK_GIT_SECRET"] == "ghs_canary"
    assert argv.index("credential.helper=") < argv.index(f"credential.https://github.test.helper={command.HELPER}")
