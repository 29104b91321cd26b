"""For instructors: a learner's notebook in its own kernel, run with limits.

The checks never enter that kernel. The grader sends inputs in, gets plain data back,
and judges in its own process with its own code. On Linux the kernel is walled in as
well, by `sandbox.py`; `protection` says whether that works here.
"""

import ast
import base64
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL

import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

from checks.running import AnswerLost
from tools.answers import packed
from tools.protection import (
    GIGABYTE,
    Protection,
    count_family,
    end_family,
    kernel_environment,
    memory_of_family,
    room_for,
    wrapped,
)

MOST_LEFT = 20  # processes after a cell, the kernel and its walls among them
MOST_PRINTED = 2_000_000  # characters from one cell
MOST_SENT = 64_000_000  # bytes of one message; longer ones are not received
MOST_MEMORY = 6 * GIGABYTE  # of a kernel and all that it started
GRACE = 3  # seconds that an interrupted cell has to stop
CALL_SECONDS = 30
SOCKET = re.compile(r"k-\d+")
HERE = Path(__file__).parent
# Read now: a submission that changes these files changes nothing in this run.
REMOTE = HERE.joinpath("remote_answer.py").read_bytes()


class KernelLost(AnswerLost):
    """The learner's kernel is gone or no longer answers."""


class OutOfTime(AnswerLost):
    """The time for the whole submission is over."""


@dataclass
class CellRun:
    """How one cell ended: `error` is "" when it ran to its end."""

    error: str = ""
    kind: str = ""  # the error's type
    stopped: bool = False
    answer: str = ""  # what an expression that was asked for looks like


class LearnerKernel:
    """A fresh kernel in its own folder, with its own copy of the course's code.

    `course` is a copy that `protection.copy_course` made. Nothing is asked of the
    kernel after `deadline`, in seconds of `time.monotonic`. Raises `KernelLost` where
    the kernel does not start.
    """

    def __init__(
        self,
        course: Path,
        dataset: str,
        protection: Protection,
        deadline: float = math.inf,
    ):
        self.deadline = deadline
        self._base = Path(tempfile.mkdtemp(prefix="lk-"))
        self._requests = 0
        self.context = zmq.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, MOST_SENT)
        self.context.setsockopt(zmq.RCVHWM, 100)
        self.manager = self.client = None
        try:
            self._start(course, dataset, protection)
        except BaseException as error:
            self.close()
            if isinstance(error, RuntimeError):
                raise KernelLost(f"the kernel did not start: {error}") from error
            raise

    def _start(self, course, dataset, protection):
        room = room_for(self._base, course, dataset, protection)
        script = self._base / "io" / "remote_answer.py"
        script.write_bytes(REMOTE)
        script.chmod(0o644)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f"]
        self.manager = _Manager(
            context=self.context,
            command=wrapped([*command, "{connection_file}"], room),
            connection_file=str(self._base / "io" / "kernel.json"),
        )
        if os.name != "nt":  # sockets that are files reach behind the walls
            self.manager.transport = "ipc"
            self.manager.ip = str(self._base / "sock" / "k")
        self.manager.start_kernel(
            cwd=str(self._base),
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=kernel_environment(self._base, dataset),
        )
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, seconds: float, expression: str = "") -> CellRun:
        """Run one cell, and then `expression`. Raises `KernelLost` where the kernel
        cannot be stopped, dies or takes too much memory."""
        request = self.client.execute(
            code,
            allow_stdin=False,
            stop_on_error=False,
            user_expressions={"answer": expression} if expression else {},
        )
        heard = _Heard(request)
        deadline = time.monotonic() + seconds
        next_look = time.monotonic() + 1
        while not heard.finished:
            heard.all_of(self._messages())
            if heard.left:
                raise KernelLost("the code ended the kernel by exit() or quit()")
            now = time.monotonic()
            if not heard.finished and not self.manager.is_alive():
                raise KernelLost(
                    "the kernel died (out of memory, or the code ended it)"
                )
            if now > next_look:
                self._look_after()
                next_look = now + 1
            late = now > deadline
            if heard.run.stopped and late:
                raise KernelLost(f"{heard.run.error} and did not stop when interrupted")
            if not heard.run.stopped and (late or heard.printed > MOST_PRINTED):
                heard.stop(
                    f"a cell ran for more than {seconds:g} seconds"
                    if late
                    else f"a cell printed more than {MOST_PRINTED:,} characters"
                )
                self.manager.interrupt_kernel()
                deadline = now + GRACE
        if count_family(self.manager.provisioner.pid) > MOST_LEFT:
            # Even dead ones count, and the next cell could not start a thread.
            raise KernelLost("the code left many processes behind")
        return heard.run

    def ask(self, request: dict) -> dict:
        """Have `remote_answer.py` answer one request.

        Raises `KernelLost`, or `OutOfTime` when the submission's time is over.
        """
        seconds = min(CALL_SECONDS, self.deadline - time.monotonic())
        if seconds <= 0:
            raise OutOfTime("the time for the whole submission is over")
        self._requests += 1
        folder = self._base / "io"
        path = folder / f"request-{self._requests}"
        with open(path, "xb") as file:  # "x": never a pipe that somebody left there
            file.write(packed(request))
        path.chmod(0o644)  # whoever the kernel runs as
        script = str(folder / "remote_answer.py")
        code = (
            "import runpy as _runpy\n"
            f"with open({str(path)!r}, 'rb') as _file:\n"
            f"    _answer = _runpy.run_path({script!r})['serve'](\n"
            "        globals(), _file.read())"
        )
        try:
            cell = self.run(code, seconds, "_answer")
            if cell.error:
                kind = "TimeLimit" if cell.stopped else "NoAnswer"
                return {"raised": {"kind": kind, "message": cell.error}}
            text = ast.literal_eval(cell.answer)
            answer = json.loads(base64.b64decode(text, validate=True))
            if not isinstance(answer, dict):
                raise ValueError("the response is not a JSON object")
            return answer
        except (OSError, ValueError, TypeError, SyntaxError, RecursionError) as error:
            return {"raised": {"kind": "NoAnswer", "message": str(error)[:300]}}
        finally:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """End the kernel and everything that it started."""
        if self.client:
            self.client.stop_channels()
        if self.manager and self.manager.provisioner:
            end_family(self.manager.provisioner.pid)
            self.manager.shutdown_kernel(now=True)
        self.context.destroy(linger=0)
        shutil.rmtree(self._base, ignore_errors=True)

    def _messages(self):
        """What the kernel has said: outputs for 0.2 seconds, then replies."""
        for channel, wait in (("iopub", 0.2), ("shell", 0)):
            try:
                yield getattr(self.client, f"get_{channel}_msg")(timeout=wait)
            except Empty:
                continue
            except Exception:  # not a message: the learner's code may send anything
                continue

    def _look_after(self):
        """Raise `KernelLost` where a kernel takes what others need."""
        used = memory_of_family(self.manager.provisioner.pid)
        if used > MOST_MEMORY:
            raise KernelLost(
                f"the code used more than {MOST_MEMORY / GIGABYTE:g} GB of memory"
            )
        names = os.listdir(self._base / "sock")
        if not all(SOCKET.fullmatch(name) for name in names):
            raise KernelLost("the code wrote into the folder of the kernel's sockets")


class _Manager(KernelManager):
    """A manager of a kernel that is started by this command."""

    def __init__(self, command, **settings):
        super().__init__(**settings)
        self._spec = KernelSpec(
            argv=command, language="python", display_name="learner", metadata={}
        )

    @property
    def kernel_spec(self):
        return self._spec


class _Heard:
    """What is known of a cell from the messages of its kernel."""

    def __init__(self, request):
        self.run, self.printed, self.left = CellRun(), 0, False
        self._request, self._idle, self._replied = request, False, None

    @property
    def finished(self):
        """Idle, or a second after the reply: outputs may be lost in a flood."""
        if self._idle and self._replied:
            return True
        return self._replied is not None and time.monotonic() > self._replied + 1

    def stop(self, why):
        self.run.error, self.run.kind, self.run.stopped = why, "stopped", True

    def all_of(self, messages):
        for message in messages:
            try:
                if message["parent_header"].get("msg_id") == self._request:
                    self._hear(message["msg_type"], message["content"])
            except (AttributeError, KeyError, TypeError):  # forged, or of no form
                continue

    def _hear(self, kind, content):
        if kind == "error":
            self.printed += sum(map(len, content["traceback"]))
            if not self.run.stopped:
                name, value = str(content["ename"]), str(content["evalue"])
                self.run.error, self.run.kind = f"{name[:100]}: {value[:300]}", name
        elif kind == "stream":
            self.printed += len(content["text"])
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self.printed += sum(len(str(data)) for data in content["data"].values())
        elif kind == "status":
            self._idle |= content["execution_state"] == "idle"
        elif kind == "execute_reply":
            self._replied = time.monotonic()
            sources = [part.get("source") for part in content.get("payload", [])]
            self.left = "ask_exit" in sources
            told = content.get("user_expressions", {}).get("answer", {})
            self.run.answer = str(told.get("data", {}).get("text/plain", ""))
