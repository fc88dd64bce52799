from dataclasses import replace

import pytest

from honk.core import evidence
from honk.core.change import Change, Diffstat, FileChange
from honk.core.delivery import Preview, Screenshot
from honk.core.diff import Diff, FileDiff
from honk.core.honk_toml import HonkToml, PolicySettings
from honk.core.person import Person
from honk.core.session import Egress, Session, Turn
from honk.core.verdict import Finding
from honk.verify import guard

MIRA = Person("local:1", "Mira", "mira@example.com")


def session(*files, **more):
    change = Change("honk/x", "main", "b", "h", diffstat=Diffstat(files))
    return replace(Session("k3x9f2a", "wavelength", turns=(Turn(1, "a story card", MIRA),), change=change), **more)


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("app/pages/track.py", "code"),
        ("src/latest.ts", "code"),
        ("app/contest.py", "code"),
        ("honk.toml", "rules"),
        ("sub/honk.toml", "code"),
        (".github/workflows/ci.yml", "pipelines"),
        ("deploy.sh", "pipelines"),
        ("infra/main.tf", "pipelines"),
        ("docs/Dockerfile", "pipelines"),
        ("pyproject.toml", "dependencies"),
        ("web/package-lock.json", "dependencies"),
        ("tests/fixtures/yarn.lock", "dependencies"),
        ("requirements/dev.txt", "dependencies"),
        ("tests/test_pages.py", "tests"),
        ("src/Button.test.tsx", "tests"),
        ("pkg/server_test.go", "tests"),
        ("app/src/UserTest.java", "tests"),
        ("README.md", "docs"),
        ("static/cover.webp", "pictures"),
    ],
)
def test_a_path_is_known_by_its_name(path, area):
    assert evidence.area(path) == area


def test_files_are_grouped_in_a_fixed_order_and_none_is_lost():
    files = tuple(FileChange(path, "modified", 1, 2) for path in ("README.md", "app/a.py", "tests/test_a.py", "b.py"))
    card = evidence.card(session(*files))
    assert [(group.area, [file.path for file in group.files]) for group in card.groups] == [
        ("code", ["app/a.py", "b.py"]),
        ("tests", ["tests/test_a.py"]),
        ("docs", ["README.md"]),
    ]
    assert (card.added, card.deleted, card.asked) == (4, 8, ("a story card",))


def test_what_was_not_touched_is_said_only_where_it_is_so():
    code = FileChange("app/a.py", "modified")
    new_test = FileChange("tests/test_new.py", "added")
    everything = ("existing tests", "dependencies", "pipelines", "rules")
    assert evidence.card(session(code, new_test)).untouched == everything
    moved_out = FileChange("app/helper.py", "renamed", old_path="tests/helper.py")
    assert "existing tests" not in evidence.card(session(moved_out)).untouched
    assert "existing tests" not in evidence.card(session(FileChange("tests/test_a.py", "deleted"))).untouched
    assert "rules" not in evidence.card(session(FileChange("honk.toml", "modified"))).untouched
    script = FileChange("scripts/check.sh", "modified")
    assert "rules" not in evidence.card(session(script)).untouched, "a trusted command may run it"
    trusted = Finding("trusted-script-changed", "app/ship.py", 1, "flag", "x")
    assert "rules" not in evidence.card(session(FileChange("app/ship.py", "modified"), guard=(trusted,))).untouched
    assert evidence.card(session()).untouched == ()


def test_protected_paths_are_spoken_of_where_there_are_some():
    code = FileChange("app/a.py", "modified")
    policy = PolicySettings(protected=("infra/**",))
    assert "protected paths" in evidence.card(session(code), policy).untouched
    assert "protected paths" not in evidence.card(session(code), PolicySettings()).untouched
    hit = Finding("protected path", "infra/x", 0, "block", "honk.toml protects this path")
    assert "protected paths" not in evidence.card(session(code, guard=(hit,)), policy).untouched


def test_patterns_that_match_no_file_are_not_called_untouched():
    code = FileChange("app/a.py", "modified")
    policy = PolicySettings(protected=("infra/**", "old/**"))
    some = evidence.card(replace(session(code), unmatched=("old/**",)), policy)
    assert some.unmatched == ("old/**",) and "protected paths" in some.untouched
    all_of_them = evidence.card(replace(session(code), unmatched=policy.protected), policy)
    assert all_of_them.unmatched == policy.protected and "protected paths" not in all_of_them.untouched


def test_it_understands_what_the_guard_says_of_protected_paths():
    file = HonkToml(policy=PolicySettings(protected=("infra/**",)))
    change = FileChange("infra/x", "modified")
    found = guard.check_diff(Diff((FileDiff(change, "100644"),)), file)
    assert "protected paths" not in evidence.card(session(change, guard=found), file.policy).untouched


def test_folders_that_stayed_as_they_were():
    moved = FileChange("app/a.py", "renamed", old_path="lib/a.py")
    card = evidence.card(session(moved), folders=("app", "docs", "lib", "tools"))
    assert card.folders == ("docs", "tools")
    assert evidence.card(session(), folders=("app",)).folders == ()


def test_pictures_are_paired_by_page():
    shots = (
        Screenshot("/", "before", "a"),
        Screenshot("/x", "before", "b"),
        Screenshot("/", "after", "a"),
        Screenshot("/new", "after", "c"),
    )
    pages = evidence.card(session(preview=Preview(screenshots=shots))).pages
    assert [(page.path, bool(page.before), bool(page.after), page.same) for page in pages] == [
        ("/", True, True, True),
        ("/x", True, False, False),
        ("/new", False, True, False),
    ]


def test_only_refused_hosts_are_shown():
    rows = (Egress("pypi.example", True, "setup"), Egress("evil.example", False, "work", 3))
    assert evidence.card(session(egress=rows)).refused == (rows[1],)
