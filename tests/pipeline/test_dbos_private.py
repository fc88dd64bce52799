"""The names of DBOS that Honk uses although DBOS does not promise to keep them."""

import inspect

from dbos import DBOS
from dbos._core import ActiveWorkflowById
from dbos._dbos import DBOS as Instance
from dbos._event_loop import BackgroundEventLoop


def test_dbos_still_has_the_names_that_honk_uses() -> None:
    assert list(inspect.signature(DBOS._recover_pending_workflows).parameters) == ["executor_ids"]
    assert list(inspect.signature(ActiveWorkflowById.count_for_queue).parameters) == ["self", "queue_name"]
    assert callable(BackgroundEventLoop.set_main_loop)
    made = inspect.getsource(Instance.__init__)
    assert "self._active_workflows_set:" in made and "self._background_event_loop:" in made
