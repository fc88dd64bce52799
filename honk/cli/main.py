"""`honk`: one file for each verb. A verb's module is imported when it is called, so that `--help` is quick."""

import difflib
import importlib
import sys

import click

from honk import __version__
from honk.cli import session_commands
from honk.core.errors import HonkError, UsageError

VERBS = {
    "demo": "Play a whole session on the bundled sample project; no key needed.",
    "serve": "API, console, previews and worker in one process.",
    "worker": "A worker alone, beside a server that shares its database.",
    "ask": "Ask for a change.",
    "sessions": "List the sessions.",
    "show": "One session, with its evidence.",
    "log": "A session's thread, from the beginning.",
    **{name: verb.help for name, verb in session_commands.VERBS.items()},
    "repo": "Add, list and remove repositories.",
    "github": "Make a GitHub App for Honk, and link accounts.",
    "gc": "Remove what nobody needs any more.",
    "eval": "Measure how often green is right, over tasks with known changes.",
    "init": "Find and try a repository's checks for the first time.",
    "verify": "Run a checkout's verifiers in a sandbox.",
    "judge": "How often people agreed with the judge.",
    "slack": "The app manifest for Slack.",
    "doctor": "What this machine lacks, and the command that provides it.",
}


class Verbs(click.Group):
    """A group whose commands are modules of this package, each with a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of `VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command; None for an unknown verb."""
        if cmd_name not in VERBS:
            return None
        if cmd_name in session_commands.VERBS:
            return session_commands.command(cmd_name)
        command = importlib.import_module(f"honk.cli.commands.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the first of `args` names. Raises UsageError with the nearest one."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "`honk --help` lists them."
            raise UsageError(f"There is no verb `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, without importing the verbs."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="honk")
def honk() -> None:
    """Turn a sentence into a merged and deployed change."""


def main() -> None:
    """The command `honk`. Exit status: 0 done, 1 the work failed, 2 wrong usage, 3 something is missing."""
    try:
        sys.exit(honk.main(standalone_mode=False) or 0)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(UsageError.exit_status)
    except click.UsageError as error:
        verb = error.ctx.command_path if error.ctx else "honk"
        click.echo(f"honk: {error.format_message()} `{verb} --help` says how.", err=True)
        sys.exit(UsageError.exit_status)
    except HonkError as error:
        click.echo(f"honk: {error}", err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
