"""The worker process of `claudication serve`: started with it, started again when it dies, ended with it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

_PAUSE_S = 1.0
_GOODBYE_S = 25


@contextlib.contextmanager
def own_worker(threads: int) -> Iterator[None]:
    """A worker beside what is in the block. One process whatever the number of web processes, so that exactly `threads` jobs are worked on at once.

    A process of its own rather than a thread: the server forks, and work in a web process would make requests wait. It watches that its
    parent lives, so that nothing is left behind when that is killed.
    """
    stop = threading.Event()
    running: list[subprocess.Popen[bytes]] = []
    command = [
        sys.executable,
        "-c",
        "from service.cli import main; main()",
        "worker",
        f"--threads={threads}",
        f"--parent={os.getpid()}",
    ]

    def keep_running() -> None:
        while not stop.is_set():
            running[:] = [subprocess.Popen(command)]  # noqa: S603 - our own program
            running[0].wait()
            stop.wait(_PAUSE_S)

    keeper = threading.Thread(target=keep_running, name="own-worker", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        for process in running:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GOODBYE_S)
