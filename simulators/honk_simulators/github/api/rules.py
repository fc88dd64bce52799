"""What the rule sets of a branch ask for. Branch protection is beside them, in `repositories`."""

from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.rules import rulesets


async def of_branch(call: ApiRequest) -> ApiResponse:
    """The rules that hold for a branch; everybody who reads may read them."""
    return call.page(rulesets.described(call.repo, call.path["branch"]), lambda rule: rule)


ROUTES = (Route("GET /repos/{owner}/{repo}/rules/branches/{branch}", of_branch),)
