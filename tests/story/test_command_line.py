"""The same at a terminal: exit status 0 done, 1 the work failed, 2 wrong usage, 3 something is missing."""

import asyncio
import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.story.conftest import Installation, say, shell

HONK = (sys.executable, "-m", "honk.cli.main")


async def honk(installation: Installation, *args: str | bytes, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command, with the settings and the model of `installation`."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(installation.root),
        "HONK_HOME": str(installation.settings.home),
        "ANTHROPIC_API_KEY": installation.settings.model.api_key,
        "ANTHROPIC_BASE_URL": installation.model.url,
        **env,
    }
    return await asyncio.to_thread(
        lambda: subprocess.run(
            (*HONK, *args), env=environ, cwd=installation.root, capture_output=True, text=True, timeout=120, check=False
        )
    )


def one_line(done: subprocess.CompletedProcess[str], status: int, said: str) -> None:
    """It failed with `status` and one line on standard error, and printed nothing else."""
    assert (done.returncode, done.stdout) == (status, ""), done.stdout + done.stderr
    assert done.stderr.startswith("honk: ") and done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr


@pytest.mark.long
async def test_wrong_usage_is_one_line(installation: Installation) -> None:
    added = await honk(installation, "repo", "add", "--no-check", "app.git")
    assert (added.returncode, added.stderr) == (0, ""), added.stderr
    one_line(await honk(installation, "ask", b"caf\xe9"), 2, "not readable text")
    one_line(await honk(installation, "ask", "write a note", "--repo", "apq"), 2, "did you mean `app`?")
    one_line(
        await honk(installation, "repo", "add", "--no-check", "nowhere"), 2, "There is no git repository at nowhere"
    )
    one_line(await honk(installation, "aks", "write a note"), 2, "There is no verb `aks`; did you mean `ask`?")
    one_line(await honk(installation, "sessions", HONK_HOME="/dev/null"), 2, "/dev/null cannot be made")
    installation.settings.home.joinpath("settings.toml").write_text("[worker]\nturn = 1\n")
    one_line(await honk(installation, "sessions"), 2, "unknown key `worker.turn`; did you mean `turns`?")


@pytest.mark.long
async def test_how_the_work_ended_is_the_exit_status(installation: Installation) -> None:
    installation.scripts["add a preview"] = (
        shell("printf '[preview]\\nserve = \"true\"\\n' >> honk.toml"),
        say("There is a preview."),
    )
    installation.scripts["do nothing"] = (say("It is there already."),)
    await honk(installation, "repo", "add", "--no-check", "app.git")
    done = await honk(installation, "ask", "do nothing")
    assert done.returncode == 1 and "The agent changed nothing" in done.stdout, done.stdout + done.stderr

    done = await honk(installation, "ask", "add a preview", "--json", ANTHROPIC_API_KEY="")
    session = json.loads(done.stdout)
    assert (done.returncode, session["phase"], session["status"]) == (3, "failed", 3)
    assert session["error"].startswith("There is no key for the model. Set ANTHROPIC_API_KEY")
    done = await honk(installation, "reply", session["id"], "there is one now", "--json")
    session = json.loads(done.stdout)
    assert (done.returncode, session["phase"], session["status"]) == (0, "review", 0), done.stdout + done.stderr
    assert session["guard"][0]["severity"] == "flag"

    done = await honk(installation, "merge", session["id"])
    assert done.returncode == 1 and "Somebody has to look at this first" in done.stdout, done.stdout + done.stderr

    installation.push("app", "honk.toml", "[verfiy]\n")
    done = await honk(installation, "ask", "write a note")
    assert done.returncode == 2 and "did you mean `verify`?" in done.stdout, done.stdout + done.stderr


async def test_a_machine_without_sandboxes_is_said_at_once(installation: Installation) -> None:
    tools = installation.root / "bin"
    tools.mkdir()
    for name in ("git", "sh", "python3"):
        (tools / name).symlink_to(shutil.which(name) or name)
    await honk(installation, "repo", "add", "--no-check", "app.git")
    done = await honk(installation, "ask", "write a note", PATH=str(tools))
    one_line(done, 3, "bubblewrap")
    assert not installation.model.requests
