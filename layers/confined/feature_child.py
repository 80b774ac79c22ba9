"""A confined process whose answer goes on after its header: batches of features as Arrow. A web worker never loads this."""

import subprocess
from collections.abc import Iterator

import pyarrow
import pyarrow.ipc

from layers.confined.child import Child

# From the last byte of its answer to the end of the process.
ENDS_WITHIN_S = 30


class FeatureChild(Child):
    """One reading module at work on one file of features."""

    def batches(self) -> Iterator[pyarrow.RecordBatch]:
        """The features. Raises READER_FAILED when they end before their end."""
        try:
            yield from pyarrow.ipc.open_stream(self.answer)
        except (pyarrow.ArrowException, OSError) as error:
            raise self.failed() from error
        # A stream that was cut between two batches looks like one that has ended: only how the process ended tells them apart.
        try:
            ended_well = self.process.wait(ENDS_WITHIN_S) == 0
        except subprocess.TimeoutExpired:
            ended_well = False
        if not ended_well:
            raise self.failed()
