"""Which files of a build are uploaded, and what is said of them."""

import pytest

from honk.core.delivery import Artifact, Preview, Screenshot
from honk.integrations.slack.messages import uploads
from honk.integrations.slack.messages.uploads import MOST, FileSource
from tests.integrations.slack import sample_events

SHELF = FileSource(lambda sha256: sha256.encode(), lambda url: f"QR {url}".encode(), largest=1_000_000)


def shots(path: str, before: str, after: str) -> tuple[Screenshot, ...]:
    made = (Screenshot(path, "before", before), Screenshot(path, "after", after))
    return tuple(shot for shot in made if shot.sha256)


def names(preview: Preview) -> list[str]:
    made = uploads.bundle(sample_events.HEAD, preview, SHELF)
    return [file.name for file in made.files] if made else []


def test_pages_that_changed_come_before_and_after() -> None:
    preview = Preview(screenshots=(*shots("/", "1", "1"), *shots("/cart", "2", "3"), *shots("/new", "", "4")))
    assert names(preview) == ["before-cart.png", "after-cart.png", "after-new.png"]


def test_pages_that_look_the_same_come_once() -> None:
    assert names(Preview(screenshots=(*shots("/", "1", "1"), *shots("/b", "2", "2")))) == ["after-start.png"]


def test_nothing_to_show_is_no_message() -> None:
    assert uploads.bundle(sample_events.HEAD, Preview(note="it does not start"), SHELF) is None


def test_a_large_artifact_is_named_and_not_uploaded() -> None:
    large = Artifact("dist/app.zip", "b" * 64, 2_000_000, "https://honk.example/f/1")
    small = Artifact("dist/app.apk", "c" * 64, 3_000, "https://honk.example/f/2")
    made = uploads.bundle(sample_events.HEAD, Preview(artifacts=(large, small)), SHELF)
    assert made is not None and [file.name for file in made.files] == ["app.apk"]
    assert (
        "larger than 1.0 MB" in made.comment and "b" * 64 in made.comment and "install it with the link" in made.comment
    )


def test_never_more_than_fit_into_a_message() -> None:
    artifacts = tuple(Artifact(f"a{number}.zip", f"{number:064}", 10) for number in range(30))
    pictures = tuple(shot for number in range(9) for shot in shots(f"/{number}", f"b{number}", f"a{number}"))
    made = uploads.bundle(sample_events.HEAD, Preview("https://honk.example/p/1/", artifacts, pictures), SHELF)
    assert made is not None and len(made.files) == MOST and len(made.comment) <= 3000


@pytest.mark.parametrize(
    "name", ["<!channel>.zip", "../../etc/passwd", "https://evil.example/x.zip", "‮gpj.apk", "a|b>.zip"]
)
def test_names_are_harmless(name: str) -> None:
    made = uploads.bundle(sample_events.HEAD, Preview(artifacts=(Artifact(name, "d" * 64, 5),)), SHELF)
    assert made is not None
    assert "/" not in made.files[0].name and "<" not in made.comment and "‮" not in made.comment + made.files[0].title


def test_the_code_leads_to_the_preview() -> None:
    made = uploads.bundle(sample_events.HEAD, Preview(url="https://honk.example/p/1/"), SHELF)
    assert made is not None and made.files[0].load() == b"QR https://honk.example/p/1/"
    assert made.mark in made.comment and made.key == "build-aaaaaaaaaaaa"
