"""An executor whose analyses fail where a test says so."""

import os

from segue.execution.contract import Outcome
from segue.execution.serial import SerialExecutor
from segue.types import TrackAnalysis


class FailingExecutor(SerialExecutor):
    """Fails analyses as ``trouble_of_name`` says; ``before_analysis`` is called with the name of each file."""

    def __init__(self, trouble_of_name, before_analysis=lambda name: None):
        self.trouble_of_name = trouble_of_name
        self.before_analysis = before_analysis
        self.analysed = []

    def map(self, function, items, timeout_s, batch_size=1):
        def watched(visit):
            if visit.identified is not None:
                self.before_analysis(os.path.basename(visit.found.path))
            return function(visit)

        for outcome in super().map(watched, items, timeout_s):
            name = os.path.basename(outcome.item.found.path)
            if isinstance(outcome.value, TrackAnalysis):
                self.analysed.append(name)
                if name in self.trouble_of_name:
                    yield Outcome(outcome.item, trouble=self.trouble_of_name[name])
                    continue
            yield outcome
