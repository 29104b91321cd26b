"""For instructors: grade in several processes, none of which can stop the others."""

import signal
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import wait

EXTRA_SECONDS = 120  # beyond a submission's own limit, before its process is ended


def run_all(function, jobs: list, workers: int, seconds: float) -> Iterator[tuple]:
    """Call `function(job)` for each job in spawned processes; they live on.

    Yields `(job, result, "")` as results come, and `(job, None, reason)` where the
    process died or did not answer in `seconds`: the next job gets a new one.
    """
    waiting = list(reversed(jobs))
    team = [_Worker(function) for _ in range(min(workers, len(jobs)))]
    try:
        while waiting or any(worker.job is not None for worker in team):
            for worker in team:
                if worker.job is None and waiting:
                    worker.begin(waiting.pop(), seconds)
            busy = [worker for worker in team if worker.job is not None]
            wait([worker.connection for worker in busy], timeout=1)
            for worker in busy:
                if ended := worker.look():
                    yield ended
    finally:
        for worker in team:
            worker.end()


class _Worker:
    """One process, started anew when it is lost."""

    def __init__(self, function):
        self._function, self.job = function, None
        self._process = self.connection = None

    def begin(self, job, seconds):
        if self._process is None:
            # Spawned, because a forked process must not use torch's threads.
            context = get_context("spawn")
            self.connection, theirs = context.Pipe()
            self._process = context.Process(
                target=_serve, args=(self._function, theirs), daemon=True
            )
            self._process.start()
            theirs.close()
        self.job, self._deadline = job, time.monotonic() + seconds + EXTRA_SECONDS
        try:
            self.connection.send(job)
        except OSError:  # it died between two jobs
            self._deadline = 0

    def look(self):
        """What became of the job, or None while it runs."""
        job, reason = self.job, ""
        try:
            if self.connection.poll():
                result = self.connection.recv()
                self.job = None
                return job, result, ""
            if time.monotonic() < self._deadline:
                return None
            reason = "the grader's process did not answer in time and was ended"
        except (EOFError, OSError):
            reason = "the grader's process ended while this notebook was graded"
        self.end()
        return job, None, reason

    def end(self):
        self.job = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self.connection.close()
            self._process = self.connection = None


def _serve(function, connection):
    """In the process: do one job after another, until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us decides
    while True:
        try:
            connection.send(function(connection.recv()))
        except (EOFError, OSError):
            return
