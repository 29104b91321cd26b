"""Runs inside a learner's kernel: calls one of their functions for the grader.

The grader writes a request, has the kernel run this file, and reads the response. The
response is plain JSON, never a pickle: what comes from a learner's process is data.
"""

import base64
import json
import pickle
import sys


def serve(names, request_path, response_path, scripts):
    """Answer one request: what an answer is, or what a call of it returns.

    `names` are the learner's variables; `scripts` the folder with the course's code.
    """
    sys.path.insert(0, scripts)
    with open(request_path, "rb") as file:
        request = pickle.load(file)
    running = {"__name__": "running"}
    sys.modules.setdefault("running", type(sys)("running"))
    exec(compile(request["running"], "running.py", "exec"), running)
    answer = running["Answer"](names.get(request["name"]))
    if "case" not in request:
        response = {"kind": answer.kind}
    else:
        result = answer.call(request["case"], request["drive"])
        response = (
            {"returned": encode(result.value)}
            if isinstance(result, running["Returned"])
            else {"raised": vars(result)}
        )
    with open(response_path, "w", encoding="utf-8") as file:
        json.dump(response, file)


def encode(value):
    """A value as JSON types; what is neither number, text, table nor list is named."""
    if value is ...:
        return {"placeholder": True}
    if value is None or isinstance(value, bool | int | float | str):
        return {"plain": value}
    if isinstance(value, _loaded("torch", "Tensor")):
        value = value.detach().cpu().numpy()
    if isinstance(value, _loaded("pandas", "DataFrame")):
        columns = [[str(name), encode(value[name])] for name in value.columns]
        return {"table": columns, "index": encode(value.index.to_numpy())}
    if isinstance(value, _loaded("pandas", "Series")):
        value = value.to_numpy()
    arrays = _loaded("numpy", "ndarray", "generic")
    if isinstance(value, arrays) and value.dtype.kind in "biuf":
        data = base64.b64encode(value.tobytes()).decode("ascii")
        return {"array": data, "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [encode(part) for part in value]}
    return {"other": type(value).__name__}


def _loaded(module, *names):
    """Types of a library, if the learner's process uses it: importing takes seconds."""
    library = sys.modules.get(module)
    return tuple(getattr(library, name) for name in names) if library else ()
