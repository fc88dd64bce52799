"""`honk slack`: the app that Slack is to install."""

import json

import click

from honk.core.errors import UsageError
from honk.integrations.slack.client import manifest as manifests


@click.group("slack")
def command() -> None:
    """Set Honk up in Slack."""


@command.command("manifest")
@click.option("--http", "url", default="", metavar="URL", help="The server's public address; default: Socket Mode.")
@click.option("--why", is_flag=True, help="Say what each scope is for, instead.")
def manifest(url: str, why: bool) -> int:
    """Print the app manifest: paste it at api.slack.com/apps, "Create New App", "From a manifest"."""
    if why:
        for scope, reason in sorted(manifests.SCOPES.items()):
            click.echo(f"{scope:<20} {reason}")
        return 0
    if url and not url.startswith("https://"):
        raise UsageError(f"Slack sends to https addresses alone, not to {url}; without --http no address is needed.")
    click.echo(json.dumps(manifests.manifest(url), indent=2, ensure_ascii=False))
    return 0
