"""A Slack workspace that runs as a server of its own: it refuses what the real one refuses, and delivers as it does.

    async with slack.serve() as simulator:
        ada = simulator.user("Ada")
        channel = simulator.channel("playlists", members=[ada])
        ...  # the app: HONK_SLACK_URL=simulator.url, SLACK_BOT_TOKEN=simulator.bot_token,
        # SLACK_APP_TOKEN=simulator.app_token
        ts = await simulator.say(ada, channel, f"<@{simulator.bot_user}> fix it")
        await simulator.until(lambda: "Done" in simulator.transcript(channel, ts))

From the command line, with a web page to play all parts on: `python -m honk_simulators.slack`.
"""

from honk_simulators.slack.delivery.delivery import DeliveryAttempt, Timing
from honk_simulators.slack.server import serve
from honk_simulators.slack.simulator import SlackSimulator
from honk_simulators.slack.simulator_base import ApiCall
from honk_simulators.slack.state.app_manifest import BadManifest, Manifest, Shortcut
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, User, View, WorkspaceFile
from honk_simulators.slack.user_actions import NotPossible

__all__ = [
    "ApiCall",
    "BadManifest",
    "Channel",
    "DeliveryAttempt",
    "Manifest",
    "NotPossible",
    "Shortcut",
    "WorkspaceFile",
    "ChannelMessage",
    "SlackSimulator",
    "Timing",
    "User",
    "View",
    "serve",
]
