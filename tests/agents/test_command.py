from honk.agents.command import CommandAgent
from honk.core.events import AgentSaid, AgentStarted


async def test_it_reads_the_request_and_the_feedback_on_its_input(place) -> None:
    script = 'cat >> seen.txt; echo "--" >> seen.txt; echo "I have read it."'
    async with place({}) as here:
        here.gate_answers = ["The test is red."]
        outcome = await CommandAgent(("sh", "-c", script)).work(here.task("Make it blue.", instructions="Be small."))
        assert (outcome.ending, outcome.summary, here.gates) == ("done", "I have read it.", 2)
        first, second, _ = (here.tree / "seen.txt").read_text().split("--\n")
        assert first == "Be small.\n\nMake it blue."
        assert second == f"{first}\n\nThe test is red."
        assert [type(data) for data in here.recorded] == [AgentStarted, AgentSaid, AgentSaid]


async def test_a_status_is_a_reason(place) -> None:
    async with place({}) as here:
        outcome = await CommandAgent(("sh", "-c", "echo half a thought; exit 3")).work(here.task("Make it blue."))
        assert (outcome.ending, outcome.summary) == ("failed", "half a thought")
        assert "status 3" in outcome.error and here.gates == 0


async def test_it_need_not_read_a_long_request(place) -> None:
    async with place({}) as here:
        outcome = await CommandAgent(("true",)).work(here.task("x" * 1_000_000))
        assert outcome.ending == "done"


async def test_a_flood_is_kept_to_its_end(place) -> None:
    async with place({}) as here:
        outcome = await CommandAgent(("sh", "-c", "yes honk | head -c 20000000; echo the end")).work(here.task("x"))
        assert outcome.ending == "done" and outcome.summary.endswith("the end") and len(outcome.summary) <= 4000


def test_no_command_is_a_problem() -> None:
    assert "no command" in CommandAgent((), "mine").problem()
    assert CommandAgent(("/usr/bin/my-agent", "-x")).label == "command my-agent"
