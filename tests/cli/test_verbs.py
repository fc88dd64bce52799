"""Verbs that need no agent."""

import json
import subprocess
from pathlib import Path

import pytest

from honk.cli.main import VERBS
from tests.cli.conftest import Honk

ROOT = Path(__file__).parents[2]


def project(at: Path, test: str = "assert 1 + 1 == 2") -> Path:
    at.mkdir()
    (at / "test_sum.py").write_text(
        f"import unittest\n\n\nclass T(unittest.TestCase):\n    def test_sum(self):\n        {test}\n"
    )
    (at / "honk.toml").write_text('[verify]\ntest = "python3 -m unittest -q"\n')
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
    for argv in (("init", "-q", "-b", "main"), ("add", "-A"), (*who, "commit", "-qm", "start")):
        subprocess.run(("git", *argv), cwd=at, check=True)
    return at


@pytest.mark.long
def test_help_names_every_verb_and_the_design_does_too(honk: Honk) -> None:
    said = honk("--help").stdout
    design = (ROOT / "docs/design.md").read_text()
    for verb in VERBS:
        assert f"  {verb} " in said
        assert verb in design
        assert honk(verb, "--help").returncode == 0


def test_a_wrong_verb_is_wrong_usage(honk: Honk) -> None:
    done = honk("mrege")
    assert done.returncode == 2
    assert "mrege" in done.stderr


def test_an_empty_house_says_what_to_do(honk: Honk) -> None:
    assert "honk ask" in honk("sessions").stdout
    assert "[judge] model" in honk("judge", "report").stdout
    assert json.loads(honk("judge", "report", "--json").stdout)["precision"]["objections"] == {
        "agreed": 0,
        "decided": 0,
    }
    assert "honk repo add" in honk("repo", "list").stdout
    unknown = honk("show", "abc")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("honk: ") and unknown.stderr.count("\n") == 1


def test_repo_add_and_list(honk: Honk, tmp_path: Path) -> None:
    project(tmp_path / "shop")
    assert honk("repo", "add", "--no-check", str(tmp_path / "shop")).returncode == 0
    assert "shop" in honk("repo", "list").stdout
    gone = honk("repo", "add", "--no-check", str(tmp_path / "nowhere"))
    assert gone.returncode == 2 and "nowhere" in gone.stderr


def test_verify_a_green_checkout_and_leave_it_alone(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop")
    done = honk("verify", str(at), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(each["name"], each["ok"]) for each in found["verdicts"]] == [("test", True)]
    assert found["setup"] == [] and found["guard"] == []
    assert subprocess.run(("git", "status", "--porcelain"), cwd=at, capture_output=True, check=True).stdout == b""


def test_verify_a_red_checkout(honk: Honk, tmp_path: Path) -> None:
    done = honk("verify", cwd=project(tmp_path / "shop", "assert 1 + 1 == 3"))
    assert done.returncode == 1
    assert "✗ test" in done.stdout and "AssertionError" in done.stdout


def test_verify_against_a_base_has_the_guard_read_the_difference(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop")
    (at / "test_sum.py").unlink()
    (at / "test_other.py").write_text(
        "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_nothing(self):\n        pass\n"
    )
    done = honk("verify", str(at), "--base", "main", "--json")
    assert done.returncode == 1
    assert any(finding["severity"] == "block" for finding in json.loads(done.stdout)["guard"]), done.stdout
    nonsense = honk("verify", str(at), "--base", "no-such-branch")
    assert nonsense.returncode == 2 and "no-such-branch" in nonsense.stderr


def test_verify_reads_protected_patterns_strictly(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop")
    rules = '[verify]\ntest = "true"\n[policy]\nprotected = ["./infra/[ab].tf", "old/**"]\n'
    (at / "infra").mkdir()
    for name, text in {"honk.toml": rules, "infra/a.tf": "1\n", "package.json": "{,}"}.items():
        (at / name).write_text(text)
    for argv in (("add", "-A"), ("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "rules")):
        subprocess.run(("git", *argv), cwd=at, check=True)
    (at / "infra/a.tf").write_text("2\n")
    found = json.loads(honk("verify", str(at), "--base", "main", "--json").stdout)
    assert [(each["rule"], each["path"]) for each in found["guard"]] == [("protected-path", "infra/a.tf")]
    unmatched, unreadable = found["notices"]
    assert unmatched.startswith("honk.toml, line 4: the protected pattern `old/**` matches no file")
    assert unreadable.startswith("package.json cannot be read")
    assert "! honk.toml, line 4" in honk("verify", str(at)).stdout
    (at / "honk.toml").write_text(rules.replace("old/**", "old/[**"))
    refused = honk("verify", str(at))
    assert refused.returncode == 2 and "honk.toml, line 4: `policy.protected`" in refused.stderr


def test_verify_names_lines_of_codeowners_that_are_not_understood(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop")
    (at / "CODEOWNERS").write_text("*.py @ada\n/infra/[ab].tf @ada\n")
    (notice,) = json.loads(honk("verify", str(at), "--json").stdout)["notices"]
    assert "Nobody is asked to review" in notice and "`/infra/[ab].tf @ada`" in notice


def test_what_was_red_on_the_base_is_not_blamed(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop", "assert 1 + 1 == 3")
    (at / "README.md").write_text("hello\n")
    done = honk("verify", str(at), "--base", "main", "--json")
    verdict = json.loads(done.stdout)["verdicts"][0]
    assert (verdict["ok"], verdict["base_ok"], done.returncode) == (False, False, 0)


def test_a_new_failure_is_blamed_beside_an_old_one(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop", "assert 1 + 1 == 3")
    tests = at / "test_sum.py"
    tests.write_text(f"{tests.read_text()}\n    def test_other(self):\n        assert 2 + 2 == 5\n")
    done = honk("verify", str(at), "--base", "main", "--json")
    (verdict,) = json.loads(done.stdout)["verdicts"]
    names = {key: [failure["id"] for failure in verdict[key]] for key in ("new", "old", "fixed")}
    assert names == {"new": ["test_sum.T.test_other"], "old": ["test_sum.T.test_sum"], "fixed": []}
    assert (verdict["state"], verdict["tests"], done.returncode) == ("failed", 2, 1)
    shown = " ".join(done.stderr.split())
    assert "New: test_sum.T.test_other. 1 failure is on the base as well: test_sum.T.test_sum." in shown


def test_nothing_checked_is_not_green(honk: Honk, tmp_path: Path) -> None:
    at = tmp_path / "tool"
    at.mkdir()
    (at / "add.c").write_text("int add(int a, int b) { return a + b; }\n")
    for argv in (("init", "-q", "-b", "main"), ("add", "-A")):
        subprocess.run(("git", *argv), cwd=at, check=True)
    done = honk("verify", str(at), "--json")
    assert (json.loads(done.stdout)["ok"], done.returncode) == (None, 1)
    assert "Nothing was checked" in honk("verify", str(at)).stdout


def test_init_runs_everything_and_says_why(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop")
    done = honk("init", str(at))
    assert done.returncode == 0, done.stderr
    assert "test: python3 -m unittest -q\n    from honk.toml" in done.stdout
    assert "All checks pass." in done.stdout and "No honk.toml is needed" in done.stdout


def test_init_writes_what_detection_cannot_know(honk: Honk, tmp_path: Path) -> None:
    at = project(tmp_path / "shop")
    (at / "honk.toml").unlink()
    (at / ".circleci").mkdir()
    steps = (
        "jobs: {t: {steps: [{run: frobnicate-lint --version}, {run: shellcheck-none || true}, {run: luacheck src}]}}\n"
    )
    (at / ".circleci" / "config.yml").write_text(steps)
    done = honk("init", str(at))
    assert done.returncode == 1
    assert "Because of the environment:\n  lint: The command was not found" in done.stdout
    written = (at / "honk.toml").read_text()
    assert '# lint = "luacheck src"' in written and "Wrote" in done.stdout
    assert honk("verify", str(at), "--explain").returncode == 0


def test_repo_add_tries_the_checks(honk: Honk, tmp_path: Path) -> None:
    done = honk("repo", "add", str(project(tmp_path / "shop")))
    assert done.returncode == 0 and "All checks pass." in done.stdout


def test_verify_nowhere(honk: Honk, tmp_path: Path) -> None:
    done = honk("verify", str(tmp_path / "nowhere"))
    assert done.returncode == 2 and "not a directory" in done.stderr


def test_doctor_names_rules_of_known_repositories_that_have_no_effect(honk: Honk, tmp_path: Path) -> None:
    for name, protected in {"shop": "old/**", "shed": "[old"}.items():
        at = project(tmp_path / name)
        (at / "honk.toml").write_text(f'[policy]\nprotected = ["{protected}"]\n')
        author = ("-c", "user.name=a", "-c", "user.email=a@b.example")
        subprocess.run(("git", *author, "commit", "-qam", "rules"), cwd=at, check=True)
        assert honk("repo", "add", "--no-check", str(at)).returncode == 0
    assert "Not fetched yet" in honk("doctor", "--quick").stdout
    for name in ("shop", "shed"):
        mirror = tmp_path / "home" / "mirrors" / f"{name}.git"
        subprocess.run(("git", "clone", "-q", "--bare", str(tmp_path / name), str(mirror)), check=True)
    said = " ".join(honk("doctor", "--quick").stdout.split())
    assert "rules of shop honk.toml, line 2: the protected pattern" in said and "matches no file" in said
    assert 'rules of shed honk.toml, line 2: `policy.protected`: "[old" holds' in said


def test_doctor_says_what_is_here(honk: Honk) -> None:
    done = honk("doctor", "--quick")
    assert "sandbox" in done.stdout and "ANTHROPIC_API_KEY" in done.stdout
    assert done.returncode == (3 if "✗" in done.stdout else 0)


def test_doctor_names_damaged_state_files(honk: Honk, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for path in ("snapshots/shop/key-1/meta.json", "sessions/abc/workspace/snapshot"):
        (home / path).parent.mkdir(parents=True)
        (home / path).write_text("{")
    said = "".join(honk("doctor", "--quick").stdout.split())
    for path in ("snapshots/shop/key-1/meta.json", "sessions/abc/workspace/snapshot"):
        assert f"{path}isdamaged" in said
