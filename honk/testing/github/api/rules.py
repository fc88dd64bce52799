"""What the rule sets of a branch ask for. Only the merge queue is one here; all else is branch protection."""

from honk.testing.github.call import Answer, Call, Route

QUEUE = {
    "check_response_timeout_minutes": 60,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 1,
    "max_entries_to_merge": 1,
    "merge_method": "MERGE",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 0,
}


async def of_branch(call: Call) -> Answer:
    """The rules that hold for a branch; everybody who reads may read them."""
    queued = call.repo.merge_queue and call.path["branch"] == call.repo.default_branch
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.repo.full_name, "ruleset_id": call.repo.id}
    rules = [{"type": "merge_queue", "parameters": QUEUE, **source}] if queued else []
    return call.page(rules, lambda rule: rule)


ROUTES = (Route("GET /repos/{owner}/{repo}/rules/branches/{branch}", of_branch),)
