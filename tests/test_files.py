"""State files: whole or not at all on the disk, and a damaged one is named with what to do about it."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from honk import files, secrets, settings
from honk.core.errors import UsageError
from honk.git.change import _products
from honk.web import access, remote_client
from honk.workspaces import snapshots, workspace_record

REMEDY = "Restore it."


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "new" / "state.json"
    files.write(file, "one")
    files.write(file, b"two", mode=0o644)
    assert file.read_bytes() == b"two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert names(file.parent) == ["state.json"]


def test_a_write_that_fails_leaves_the_old_content_and_no_draft(tmp_path: Path) -> None:
    directory = tmp_path / "state.json"
    directory.mkdir()
    with pytest.raises(IsADirectoryError):
        files.write(directory, "new")
    assert directory.is_dir() and names(tmp_path) == ["state.json"]


def test_an_existing_file_is_not_written_again(tmp_path: Path) -> None:
    assert files.write_once(tmp_path / "key", lambda: b"first") == b"first"
    assert files.write_once(tmp_path / "key", lambda: b"second") == b"first"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b'{"url": "http', "it is not valid JSON"),
        (b"[1]", "it holds no JSON object"),
        (b"{}", "it has no `url`"),
        (b"\xff", "it is not UTF-8 text"),
    ],
)
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(content)
    with pytest.raises(UsageError) as error:
        files.read_json(file, ("url",), REMEDY)
    assert str(error.value).startswith(f"{file} is damaged: {why}")
    assert str(error.value).endswith(f". {REMEDY}")


def test_a_missing_file_is_none(tmp_path: Path) -> None:
    assert files.read_json(tmp_path / "none", (), REMEDY) is None
    assert files.read_text(tmp_path / "none" / "below", REMEDY) is None


def test_an_unreadable_file_is_not_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        files.read_text(tmp_path, REMEDY)


def _app(home: Path) -> None:
    kept = {"url": "https://api.github.com", "app_id": "1", "private_key": "-----BEGIN", "webhook_secret": ""}
    files.write(home / settings.GITHUB_APP, json.dumps(kept))


def _snapshot(home: Path) -> None:
    meta = {"repo": "shop", "commit": "c", "key": "k", "setup": [], "size": 1}
    files.write(home / "meta.json", json.dumps(meta))


CASES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object], str]] = {
    "server.json": (
        lambda home: files.write(home / "server.json", json.dumps({"url": "http://127.0.0.1:8484", "pid": 1})),
        remote_client.read_address,
        "Stop the server if one runs, remove this file, and run `honk serve`.",
    ),
    "signing.key": (secrets.signing_key, secrets.signing_key, "Restore it from a backup."),
    "api.token": (access.token, access.token, "Remove it and start the server again"),
    "github-app.json": (_app, settings.read_app, "make another App: `honk github setup`."),
    "meta.json": (_snapshot, snapshots.find, "the snapshot is prepared again when it is needed."),
    "snapshot": (
        lambda home: files.write(home / "snapshot", "/snapshots/shop/k-c"),
        workspace_record.read,
        "The session's changes are still in",
    ),
    "products": (
        lambda home: files.write(home / "products", b"node_modules/\0"),
        lambda home: _products(home / "products"),
        "Remove the snapshot",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_truncated_state_file_is_named_and_not_made_anew(tmp_path: Path, name: str) -> None:
    write, read, remedy = CASES[name]
    write(tmp_path)
    file = tmp_path / name
    cut = file.read_bytes()[: 0 if name == "snapshot" else file.stat().st_size // 2]
    file.write_bytes(cut)
    with pytest.raises(UsageError) as error:
        read(tmp_path)
    assert str(error.value).startswith(f"{file} is damaged: "), error.value
    assert remedy in str(error.value)
    assert file.read_bytes() == cut


def test_deploy_secrets_that_are_not_text_are_named(tmp_path: Path) -> None:
    secrets.store_for_deploy(tmp_path, "shop", {"TOKEN": "t"})
    (tmp_path / "secrets/shop.env").write_bytes(b"TOKEN=\xff\n")
    with pytest.raises(UsageError, match="shop.env is damaged: it is not UTF-8 text. Write it anew"):
        secrets.for_deploy(tmp_path, "shop")


@pytest.mark.parametrize("entries", [(), ("settings.toml",), ("honk.db", "sessions")])
def test_a_home_that_others_may_enter_is_closed_to_them(tmp_path: Path, entries: tuple[str, ...]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    for entry in entries:
        (home / entry).touch()
    files.private_directory(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_shared_directory_is_no_home(tmp_path: Path) -> None:
    shared = tmp_path / "srv"
    (shared / "www").mkdir(parents=True)
    shared.chmod(0o755)
    with pytest.raises(
        UsageError, match="Other users may enter .*; HONK_HOME names a directory that holds Honk's files"
    ):
        files.private_directory(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755, "it is not Honk's to change"
