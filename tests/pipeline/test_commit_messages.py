import pytest

from honk.core.person import Person
from honk.pipeline.branches import commit_messages

ADA = Person("local:1", "Ada", "ada@example.com")


@pytest.mark.parametrize(
    ("refusal", "subject"),
    [
        ("commit message must start with a ticket", "SHOP-7 Add more"),
        ("Commit messages follow Conventional Commits (feat: …)", "feat: add more"),
        ("every commit needs a Signed-off-by line", "Merge: Add more"),
        ("the branch is protected", "Merge: Add more"),
    ],
)
def test_a_refusal_is_learned_from(refusal: str, subject: str) -> None:
    message = "Merge: Add more\n\nHonk-Session: x\n"
    made = commit_messages.rewritten(
        message, refusal, accepted="Add more", requests=["Add more, for SHOP-7"], author=ADA
    )
    assert made.splitlines()[0] == subject
    signed = made.endswith("Honk-Session: x\nSigned-off-by: Ada <ada@example.com>\n")
    assert signed == ("Signed" in refusal), made
