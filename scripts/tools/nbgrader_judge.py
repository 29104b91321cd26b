"""For instructors: the hidden tests of an assignment that nbgrader grades.

The learner's kernel asks `points_of`. That starts this file as a process of its own,
which draws the inputs, has the kernel call the learner's functions, and judges. So what
a notebook does to `check`, `passed` or their module does not score.
"""

import base64
import contextlib
import io
import json
import runpy
import subprocess
import sys
from pathlib import Path

JUDGE = "_judge_of_this_course"  # where the kernel keeps the process
HERE = Path(__file__).resolve().parent


def points_of(key, names):
    """In the learner's kernel: the points of a question, which nbgrader reads.

    `names` are the learner's variables. Prints what is wrong, and raises
    `AssertionError` where there are no points.
    """
    judge, serve = _judge()
    hidden = io.StringIO()  # nbgrader gives 0 for whatever is written to stderr
    _send(judge.stdin, {"key": key})
    with contextlib.redirect_stderr(hidden), contextlib.redirect_stdout(hidden):
        while "request" in (message := json.loads(judge.stdout.readline())):
            request = base64.b64decode(message["request"])
            try:
                answer = serve(names, request)
            except Exception as error:  # the learner's objects may do anything
                raised = {"kind": type(error).__name__, "message": str(error)}
                text = json.dumps({"raised": raised})
                answer = base64.b64encode(text.encode()).decode()
            _send(judge.stdin, {"answer": answer})
    print(message["report"])
    if not message["points"]:
        raise AssertionError(f"{key}: no points")
    return message["points"]


def put_checks_away():
    """In the learner's kernel: what stands for the worked answers cannot be used."""
    path = HERE / "checks_away.py"
    module = type(sys)("checks")
    module.__path__ = []
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    sys.modules["checks"] = module


def _judge():
    if JUDGE not in sys.modules:
        process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        serve = runpy.run_path(str(HERE / "remote_answer.py"))["serve"]
        sys.modules[JUDGE] = process, serve
    return sys.modules[JUDGE]


def _send(stream, message):
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


class _Asker:
    """Stands for the learner's kernel, at the other end of the pipes."""

    def __init__(self, asked, told):
        self._asked, self._told = asked, told

    def ask(self, request):
        """As `LearnerKernel.ask`."""
        from tools.answers import packed

        sent = base64.b64encode(packed(request)).decode()
        _send(self._told, {"request": sent})
        answer = base64.b64decode(json.loads(self._asked.readline())["answer"])
        return json.loads(answer)


def main() -> None:
    """Judge one question after another, until the kernel is gone."""
    sys.path.insert(0, str(HERE.parent))
    from tools.answers import judge_remote

    asked, told = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # the answers alone go to the kernel
    asker = _Asker(asked, told)
    while line := asked.readline():
        outcome, _ = judge_remote(asker, json.loads(line)["key"])
        _send(told, {"points": float(outcome.points), "report": str(outcome)})


if __name__ == "__main__":
    main()
