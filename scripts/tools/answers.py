"""For instructors: answers that live in another process, and how to judge them.

Inputs go there pickled; what comes back is plain data and may be hostile.
"""

import base64
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd

from checks import QUESTIONS, TEXTS, judge, running
from checks.questions import workbench
from checks.questions.question import RepairShop
from checks.running import Answer, Raised, Returned

SEED = 2009  # for the grader's inputs; the notebook's checks use another
NUMERIC = re.compile(r"[<>|=][biuf]\d+")
# Read now: a submission that changes these files changes nothing in this run.
SOURCES = {
    module.__name__: Path(module.__file__).read_text(encoding="utf-8")
    for module in (running, workbench)
}


def judge_remote(kernel, key: str):
    """The `Outcome` of a question, and the names that the kernel does not define."""
    question = QUESTIONS[key]
    answers = tuple(RemoteAnswer(kernel, name) for name in question.names)
    missing = [answer.name for answer in answers if not answer.defined]
    answer = answers if isinstance(question, RepairShop) else answers[0]
    return judge(question, answer, TEXTS[key], SEED), missing


class RemoteAnswer(Answer):
    """An answer that lives in a learner's kernel, by the name of its variable.

    `kernel.ask(request)` has `remote_answer.serve` answer a request there.
    """

    def __init__(self, kernel, name: str):
        self.kernel, self.name, self.value = kernel, name, name
        told = kernel.ask({"name": name})
        self.kind = str(told.get("kind", "function"))  # calling it says what is wrong
        self.defined = bool(told.get("defined", True))
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


def packed(request):
    """A request, with the source of those course modules that answer it."""
    pickled = pickle.dumps(request)
    needed = [running.__name__]
    if workbench.__name__.encode() in pickled:  # it loads torch, which takes seconds
        needed.append(workbench.__name__)
    sources = {name: SOURCES[name] for name in needed}
    return pickle.dumps({"sources": sources, "request": pickled})


def _raised(fields):
    texts = (str(fields.get(name, ""))[:4000] for name in ("kind", "message", "line"))
    trace = str(fields.get("trace", ""))[-8000:]
    return Raised(*texts, int(fields.get("number", 0)), trace)
