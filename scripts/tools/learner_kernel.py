"""For instructors: a learner's notebook in its own kernel, run with limits.

The checks never enter that kernel. The grader sends inputs in, gets plain data back,
and judges in its own process with its own code.
"""

import base64
import json
import os
import pickle
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

import numpy as np
import pandas as pd
import psutil
from jupyter_client import KernelManager

from checks import running
from checks.questions import workbench
from checks.running import Answer, AnswerLost, Raised, Returned
from tools.labs import ROOT

MOST_PRINTED = 2_000_000  # characters from one cell
MOST_RETURNED = 20_000_000  # bytes of one result
MOST_MEMORY = 12 * 2**30  # bytes of address space
GRACE = 3  # seconds that an interrupted cell has to stop
CALL_SECONDS = 30
NUMERIC = re.compile(r"[<>|=][biuf]\d+")

LIMIT_MEMORY = f"""
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY}, {MOST_MEMORY}))
except ImportError:  # Windows has no such limits
    pass
"""


class KernelLost(AnswerLost):
    """The learner's kernel is gone or no longer answers."""


@dataclass(frozen=True)
class CellRun:
    """How one cell ended: `error` is "" when it ran to its end."""

    error: str
    stopped: bool = False


class LearnerKernel:
    """A fresh kernel in its own folder, with its own copy of the course's code.

    Raises `KernelLost` where it does not start.
    """

    def __init__(self, folder: Path, environment: dict):
        self.folder = folder
        self.home = folder / "notebooks"
        _copy_course(folder)
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(
            cwd=str(self.home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "IPYTHONDIR": str(folder / "ipython"), **environment},
        )
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=60)
            self.run(LIMIT_MEMORY, 30)
        except RuntimeError as error:
            self.close()
            raise KernelLost(f"the kernel did not start: {error}") from error

    def run(self, code: str, seconds: float) -> CellRun:
        """Run one cell. Raises `KernelLost` where it cannot be stopped or dies."""
        request = self.client.execute(code, allow_stdin=False, stop_on_error=False)
        deadline = time.monotonic() + seconds
        error, printed, stopped = "", 0, ""
        while True:
            message = self._next_message()
            if message is None and not self.manager.is_alive():
                raise KernelLost(
                    "the kernel died (out of memory, or the code ended it)"
                )
            if message and message["parent_header"].get("msg_id") == request:
                kind, content = message["msg_type"], message["content"]
                if kind == "error":
                    error = f"{content['ename']}: {content['evalue']}"
                if kind == "stream":
                    printed += len(content["text"])
                if kind == "status" and content["execution_state"] == "idle":
                    return CellRun(stopped or error, bool(stopped))
            late = time.monotonic() > deadline
            if stopped and late:
                raise KernelLost(f"{stopped} and did not stop when interrupted")
            if not stopped and (late or printed > MOST_PRINTED):
                stopped = (
                    f"a cell ran for more than {seconds:g} seconds"
                    if late
                    else f"a cell printed more than {MOST_PRINTED:,} characters"
                )
                self.manager.interrupt_kernel()
                deadline = time.monotonic() + GRACE

    def ask(self, request: dict) -> dict:
        """Have `remote_answer.py` answer one request. Raises `KernelLost`."""
        room = self.folder / f"request-{time.monotonic_ns()}"
        room.mkdir()
        script = shutil.copy(Path(__file__).with_name("remote_answer.py"), room)
        (room / "request").write_bytes(_packed(request))
        paths = [str(room / name) for name in ("request", "response")]
        code = (
            "import runpy as _runpy\n"
            f"_runpy.run_path({str(script)!r})['serve'](globals(), *{paths!r})"
        )
        cell = self.run(code, CALL_SECONDS)
        response = room / "response"
        try:
            if cell.error:
                kind = "TimeLimit" if cell.stopped else "NoAnswer"
                return {"raised": {"kind": kind, "message": cell.error}}
            if response.stat().st_size > MOST_RETURNED:
                raise ValueError(
                    f"the result is larger than {MOST_RETURNED:,} bytes: return less"
                )
            answer = json.loads(response.read_text(encoding="utf-8"))
            if not isinstance(answer, dict):
                raise ValueError("the response is not a JSON object")
            return answer
        except (OSError, ValueError, RecursionError) as error:
            return {"raised": {"kind": "NoAnswer", "message": str(error)}}
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def close(self) -> None:
        """End the kernel and everything that it started."""
        pid = self.manager.provisioner.pid if self.manager.provisioner else None
        family = _family(pid) if pid else []
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue

    def _next_message(self):
        try:
            return self.client.get_iopub_msg(timeout=0.2)
        except Empty:
            return None


class RemoteAnswer(Answer):
    """An answer that lives in a learner's kernel, by the name of its variable."""

    def __init__(self, kernel: LearnerKernel, name: str):
        self.kernel, self.name, self.value = kernel, name, name
        self.kind = kernel.ask({"name": name}).get("kind", "nothing")
        self._out_of_time = None

    def call(self, arguments, drive=None):
        """As `Answer.call`; the result is decoded here.

        A function that has run out of time once is not called again.
        """
        if self._out_of_time:
            return self._out_of_time
        request = {"name": self.name, "case": tuple(arguments), "drive": drive}
        response = self.kernel.ask(request)
        try:
            if "returned" in response:
                return Returned(decode(response["returned"]))
            raised = _raised(response["raised"])
            if raised.kind == "TimeLimit":
                self._out_of_time = raised
            return raised
        except Exception as error:  # the learner's process may have written anything
            return Raised("NoAnswer", f"the result cannot be read: {error}", "", 0, "")


def decode(value):
    """The inverse of `remote_answer.encode`, for data that may be hostile."""
    if "placeholder" in value:
        return ...
    if "plain" in value:
        return value["plain"]
    if "array" in value:
        if not NUMERIC.fullmatch(value["dtype"]):
            raise ValueError(
                f"an array of numbers was expected, but it has dtype {value['dtype']}"
            )
        data = base64.b64decode(value["array"])
        flat = np.frombuffer(data, dtype=np.dtype(value["dtype"]))
        return flat.reshape([int(size) for size in value["shape"]]).copy()
    if "table" in value:
        columns = {str(name): decode(column) for name, column in value["table"]}
        return pd.DataFrame(columns, index=decode(value["index"]))
    if "list" in value:
        return [decode(part) for part in value["list"]]
    if "tuple" in value:
        return tuple(decode(part) for part in value["tuple"])
    return f"an object of type {str(value['other'])[:60]}"


def _packed(request):
    """A request, with the source of those course modules that answer it."""
    pickled = pickle.dumps(request)
    needed = [running]
    if workbench.__name__.encode() in pickled:  # it loads torch, which takes seconds
        needed.append(workbench)
    sources = {
        module.__name__: Path(module.__file__).read_text(encoding="utf-8")
        for module in needed
    }
    return pickle.dumps({"sources": sources, "request": pickled})


def _raised(fields):
    texts = (str(fields.get(name, ""))[:4000] for name in ("kind", "message", "line"))
    return Raised(*texts, int(fields.get("number", 0)), str(fields.get("trace", "")))


def _copy_course(folder):
    """Copy code and sample for one learner, who then cannot damage the grader's own."""
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    for part in ("scripts", "data/sample"):
        target = folder / part
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(ROOT / part, target)


def _family(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
