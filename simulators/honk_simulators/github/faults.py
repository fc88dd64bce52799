"""What befalls the world: repositories are renamed or deleted, tokens revoked, events lost, services out of order."""

from collections.abc import Iterable, Mapping

import httpx2

from honk_simulators.github.responses import repositories as shapes
from honk_simulators.github.state.accounts import GitHubAccount, Installation
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository, Role
from honk_simulators.github.state.request_log import RequestFault, WebhookDelivery
from honk_simulators.github.webhooks import emitter


class Faults:
    """Things that happen without anybody asking for them over the API."""

    state: GitHubState

    def strike(self, *faults: RequestFault) -> None:
        """From now on go wrong like this, and no longer as before."""
        self.state.faults = list(faults)

    def wait(self, seconds: float) -> None:
        """Time passes: tokens expire, limits are reset."""
        self.state.ahead += seconds
        self.state.ring()

    def rename(self, repo: Repository, name: str, owner: GitHubAccount | None = None) -> None:
        """Give a repository another name, or another owner; the old one leads to it."""
        self.state.moved[repo.full_name.lower()] = repo.id
        was, repo.name, repo.owner = repo.name, name, owner or repo.owner
        changes = {"repository": {"name": {"from": was}}}
        emitter.emit(self.state, repo, "repository", repo.owner, "renamed", changes=changes)

    def archive(self, repo: Repository) -> None:
        """Nobody may write any more."""
        repo.archived = True
        emitter.emit(self.state, repo, "repository", repo.owner, "archived")

    def privatise(self, repo: Repository) -> None:
        """Only those with a role see it from now on."""
        repo.private = True
        emitter.emit(self.state, repo, "repository", repo.owner, "privatized")

    def delete(self, repo: Repository) -> None:
        """It is gone."""
        emitter.emit(self.state, repo, "repository", repo.owner, "deleted")
        repo.deleted = True
        self.state.ring()

    def role(self, repo: Repository, person: GitHubAccount, role: Role) -> None:
        """Somebody may do more or less from now on."""
        repo.roles[person.id] = role

    def revoke(self, token: str) -> None:
        """A token is good no longer."""
        self.state.tokens[token].revoked = True

    def narrow(
        self,
        installation: Installation,
        *,
        permissions: Mapping[str, str] | None = None,
        without: Iterable[Repository] = (),
    ) -> None:
        """An App may do less, or has fewer repositories; tokens that it has already feel it too."""
        gone = {repo.id: repo for repo in without}
        if permissions is not None:
            installation.permissions = dict(permissions)
        if gone:
            all_ids = {repo.id for repo in self.state.repositories.values() if repo.owner is installation.account}
            installation.repositories = (installation.repositories or all_ids) - gone.keys()
        for token in self.state.tokens.values():
            if token.installation is not installation:
                continue
            if permissions is not None:
                token.permissions = {"metadata": "read", **permissions}
            if gone:
                token.repositories = frozenset(installation.repositories or ()) & (
                    token.repositories if token.repositories is not None else frozenset(installation.repositories or ())
                )
        self._tell(installation, list(gone.values()))

    def _tell(self, installation: Installation, gone: list[Repository]) -> None:
        by = installation.account
        if not gone:
            emitter.installed(self.state, installation, "installation", "new_permissions_accepted", by)
            return
        more = {"repositories_added": [], "repositories_removed": [shapes.brief(repo) for repo in gone]}
        emitter.installed(
            self.state,
            installation,
            "installation_repositories",
            "removed",
            by,
            repository_selection="selected",
            requester=None,
            **more,
        )

    def widen(self, installation: Installation, *repos: Repository) -> None:
        """An App gets more repositories."""
        if installation.repositories is None:
            return
        installation.repositories |= {repo.id for repo in repos}
        emitter.installed(
            self.state,
            installation,
            "installation_repositories",
            "added",
            installation.account,
            repository_selection="selected",
            requester=None,
            repositories_added=[shapes.brief(repo) for repo in repos],
            repositories_removed=[],
        )

    def suspend(self, installation: Installation) -> None:
        """An App may do nothing for the time being."""
        installation.suspended_at = self.state.stamp()
        emitter.installed(self.state, installation, "installation", "suspend", installation.account)

    def uninstall(self, installation: Installation) -> None:
        """An App is taken off; its tokens are good no longer."""
        del self.state.installations[installation.id]
        for token in self.state.tokens.values():
            token.revoked = token.revoked or token.installation is installation
        emitter.installed(self.state, installation, "installation", "deleted", installation.account)

    def lose(self, event: str, count: int = 1) -> None:
        """The next deliveries of an event never leave."""
        self.state.outbox.lose[event] = count

    def double(self, event: str, count: int = 1) -> None:
        """The next deliveries of an event come twice."""
        self.state.outbox.double[event] = count

    def hold(self) -> None:
        """No event leaves until `release`."""
        self.state.outbox.held = True

    def release(self, *, backwards: bool = False) -> None:
        """What was held leaves, in order or from the end."""
        box = self.state.outbox
        box.held, kept, box.kept = False, box.kept, []
        for delivery in reversed(kept) if backwards else kept:
            box.queue.put_nowait(delivery)

    def redeliver(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """Somebody presses Redeliver: the same event with the same id."""
        return emitter.redeliver(self.state, delivery)

    async def forge(self, delivery: WebhookDelivery, secret: str, **changed: object) -> WebhookDelivery:
        """Somebody who is not GitHub sends a delivery again, with a changed payload and a signature of their own."""
        forged = WebhookDelivery(
            self.state.id(),
            f"forged-{delivery.guid}",
            delivery.event,
            delivery.action,
            delivery.url,
            {**delivery.payload, **changed},
            self.state.stamp(),
            app_id=delivery.app_id,
            hook_id=delivery.hook_id,
            repository_id=delivery.repository_id,
        )
        async with httpx2.AsyncClient(timeout=emitter.TIMEOUT, trust_env=False) as client:
            await emitter.post(self.state, client, forged, secret)
        return forged
