"""How a run is paced: pauses after throttled calls cost time and nothing else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from logmine.bands import PRESETS
from logmine.rollouts import CORRECT, Asker, BandRule, Bands, Budget, Docket, Needed, Settings, open_store
from logmine.rollouts.calls import CallFailedError, Reply

RULE = BandRule(PRESETS["balanced"], min_band_mass=0.5, min_attempts=4, max_attempts=8, group_size=8)


class Throttled:
    """A service that throttles every second call."""

    operation = "Converse"
    n_asked = 0

    def body(self, call):
        return {"messages": list(call.need.messages)}

    def ask(self, call):
        self.n_asked += 1
        if self.n_asked % 2:
            raise CallFailedError("throttled", "ThrottlingException")
        return Reply(self.operation, str(uuid4()), self.body(call), {"output": {}}, 5, 5)


@pytest.mark.parametrize("first_pause_s", [3e-6, 1e-5, 3e-5, 1e-4])
def test_a_run_ends_only_when_all_is_settled_however_short_its_pauses(tmp_path, first_pause_s):
    needs = [Needed(str(n), "t", ({"role": "user", "content": str(n)},), (), "numeric", None, 9) for n in range(25)]
    docket, settings = Docket(needs, Bands(RULE), max_asked=12), Settings(models=("m",), max_output_tokens=9, first_pause_s=first_pause_s)
    with open_store(tmp_path / "kept", "run") as store:
        asker = Asker(docket, Throttled(), store, Budget(), settings, judge=lambda *_: CORRECT, report=lambda _: None)
        progress = asker.run()
    assert docket.n_open == 0
    assert progress.n_answered == progress.failures["throttled: ThrottlingException"] >= 4 * 25
