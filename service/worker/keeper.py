"""The worker of `claudication serve`, kept running: by a process of its own that does nothing else, so that the server, which forks, has no thread for it.

A thread in the server would start the worker while the server forks its web processes; each fork then holds a pipe of the other open, and both wait for ever.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

_LOOK_S = 0.5
_PAUSE_S = 1.0
_GOODBYE_S = 25


@contextlib.contextmanager
def kept_worker(threads: int) -> Iterator[None]:
    """One worker process with so many threads beside what is in the block, whatever the number of web processes."""
    program = f"from service.worker.keeper import keep; keep({threads}, {os.getpid()})"
    keeper = subprocess.Popen([sys.executable, "-c", program])  # noqa: S603 - our own program
    try:
        yield
    finally:
        keeper.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            keeper.wait(_GOODBYE_S)


def keep(threads: int, parent: int) -> None:
    """Start the worker, and again when it has died, until told to stop or the parent has gone. The worker watches us in turn."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    command = [
        sys.executable,
        "-c",
        "from service.cli import main; main()",
        "worker",
        f"--threads={threads}",
        f"--parent={os.getpid()}",
    ]
    while not told and os.getppid() == parent:
        worker = subprocess.Popen(command)  # noqa: S603 - our own program
        while worker.poll() is None and not told and os.getppid() == parent:
            time.sleep(_LOOK_S)
        if worker.poll() is None:
            worker.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(_GOODBYE_S)
        else:
            time.sleep(_PAUSE_S)
