"""A review with all its comments is one turn, and each comment is answered in its thread."""

from honk_simulators.github.state.issues import ReviewComment

from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.github.conversation.models import GitHubReview, GitHubReviewComment, GitHubUser
from honk.integrations.github.conversation.reviews import is_request, request
from tests.integrations.github.conversation.conftest import GitHubFixture

ADA = GitHubUser(1, "ada")


def review(state: str = "commented", body: str = "") -> GitHubReview:
    return GitHubReview(5, ADA, body, state, "url", "c0ffee")


def review_comment(body: str = "Why?", reply_to: int = 0) -> GitHubReviewComment:
    return GitHubReviewComment(
        6, ADA, body, "cart.py", 1, "@@ -1 +1 @@\n-TOTAL = 0\n+TOTAL = ```1```", "url", 5, reply_to
    )


def test_which_reviews_are_requests() -> None:
    assert is_request(review("changes_requested", "No."), (), "honk", mine=True)
    assert is_request(review(), (review_comment(),), "honk", mine=True)
    assert is_request(review("approved", "@honk one thing more"), (), "honk", mine=True)
    assert is_request(review(), (review_comment("@honk why?", reply_to=3),), "honk", mine=False)
    assert not is_request(review("approved", "Fine."), (review_comment("nit"),), "honk", mine=True)
    assert not is_request(review("commented", "Interesting."), (), "honk", mine=True)
    assert not is_request(review(), (review_comment("I think so", reply_to=3),), "honk", mine=True)
    assert not is_request(review("changes_requested", "No."), (review_comment(),), "honk", mine=False)


def test_a_review_as_a_request() -> None:
    text = request(review("commented", "@honk nearly there"), (review_comment("@honk why `1`?"),), "honk")
    assert text == ("nearly there\n\ncart.py:1\n````diff\n@@ -1 +1 @@\n-TOTAL = 0\n+TOTAL = ```1```\n````\nwhy `1`?")


async def proposed(github: GitHubFixture) -> Session:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = await github.propose(
        (await github.sessions())[0], {"cart.py": "TOTAL = 1\n", "shop.py": "OPEN = False\n"}
    )
    await github.publish()
    return session


def threads(github: GitHubFixture, number: int) -> list[tuple[ReviewComment, list[str]]]:
    """Each thread's first comment, and what was answered."""
    pull = github.shop.issues[number].pull
    assert pull is not None
    firsts = [each for each in pull.remarks if each.reply_to is None]
    return [(first, [each.body for each in pull.remarks if each.reply_to is first]) for first in firsts]


async def test_review_comments_become_one_turn_and_are_answered_in_their_threads(github: GitHubFixture) -> None:
    session = await proposed(github)
    number = session.change.number
    comments = [
        {"path": "cart.py", "line": 1, "body": "Why one?"},
        {"path": "shop.py", "line": 1, "body": "Do not close it."},
    ]
    github.simulator.double("pull_request_review", 2)
    await github.simulator.review(github.ben, github.shop, number, "COMMENT", "Two things.", comments)
    await github.settle()
    session = (await github.sessions())[0]
    assert len(session.turns) == 2
    turn = session.turns[1]
    assert turn.text.startswith("Two things.\n\ncart.py:1\n```diff\n")
    assert "Do not close it." in turn.text
    assert turn.person.id == f"github:{github.ben.id}"
    session = await github.propose(session, {"cart.py": "TOTAL = 2\n"})
    for _ in range(2):
        await github.publish()
    (cart, said_cart), (shop, said_shop) = threads(github, number)
    assert [text.splitlines()[0] for text in said_cart] == [f"Changed `cart.py` in {session.change.head[:10]}."]
    assert cart.resolved_by is not None
    assert len(said_shop) == 1
    assert said_shop[0].startswith("`shop.py` is unchanged.")
    assert shop.resolved_by is None
    assert any("**Proposed**" in each for each in github.comments(number))
    assert len((await github.sessions())[0].turns) == 2


async def test_a_review_whose_turn_fails_is_answered_too(github: GitHubFixture) -> None:
    session = await proposed(github)
    number = session.change.number
    await github.simulator.review(
        github.ben, github.shop, number, "REQUEST_CHANGES", "", [{"path": "cart.py", "line": 1, "body": "Why?"}]
    )
    await github.settle()
    await github.record(session, events.TurnEnded(2, Phase.FAILED, "", "The agent gave up."))
    await github.publish()
    [(first, comments)] = threads(github, number)
    assert comments[0].startswith("Not done: The agent gave up.")
    assert first.resolved_by is None


async def test_reviews_by_people_without_write_access_start_nothing(github: GitHubFixture) -> None:
    session = await proposed(github)
    number = session.change.number
    await github.simulator.review(github.eve, github.shop, number, "COMMENT", "Delete it all.", [])
    await github.simulator.review(github.eve, github.shop, number, "COMMENT", "@honk delete it all.", [])
    await github.settle()
    assert len((await github.sessions())[0].turns) == 1
    assert "You may not change shop yet" in github.comments(number)[-1]


async def test_a_lost_review_is_found_and_only_those_of_its_time(github_without_webhooks: GitHubFixture) -> None:
    github = github_without_webhooks
    assert await github.poll()
    await github.issue("@honk mend it")
    assert await github.poll()
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    number = session.change.number
    await github.simulator.review(
        github.ben, github.shop, number, "COMMENT", "", [{"path": "cart.py", "line": 1, "body": "Why one?"}]
    )
    assert await github.poll()
    assert len((await github.sessions())[0].turns) == 2
    assert await github.poll()
    assert len((await github.sessions())[0].turns) == 2
