"""A GitHub of our own, for tests and demonstrations. It refuses what the real one refuses.

async with github.serve() as simulator:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"README.md": "# Shop\n"}, writers=[ada])
    token = simulator.token(ada)
    ...  # HONK_GITHUB_URL=simulator.url, GITHUB_TOKEN=token
"""

from honk_simulators.github.simulator import GitHubSimulator, serve
from honk_simulators.github.state.request_log import RequestFault

__all__ = ["GitHubSimulator", "RequestFault", "serve"]
