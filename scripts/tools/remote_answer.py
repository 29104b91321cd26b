"""For instructors: calls one function of a learner, inside the learner's kernel.

The grader writes a request and has the kernel run this file, which returns text. The
response is plain JSON in base64, never a pickle and never a file: what comes from a
learner's process is data, and a file could be anything.
"""

import base64
import io
import json
import pickle
import sys
from types import ModuleType

MOST_RETURNED = 20_000_000  # bytes of one result


def serve(names, request):
    """Answer one request: what kind of answer it is, or what calling it returns.

    `names` are the learner's variables. The course's code comes with the request,
    because a submission may have changed its own copy.
    """
    sent = pickle.loads(request)
    modules = {name: _module(name, code) for name, code in sent["sources"].items()}
    running = modules["checks.running"]
    request = _Unpickler(sent["request"], modules).load()
    answer = running.Answer(names.get(request["name"]))
    if "case" not in request:
        response = {"kind": answer.kind, "defined": request["name"] in names}
    else:
        result = answer.call(request["case"], request["drive"])
        response = (
            {"returned": encode(result.value, running.tensor_to_array)}
            if isinstance(result, running.Returned)
            else {"raised": vars(result)}
        )
    text = json.dumps(response)
    if len(text) > MOST_RETURNED:
        message = f"the result is larger than {MOST_RETURNED:,} bytes: return less"
        text = json.dumps({"raised": {"kind": "NoAnswer", "message": message}})
    return base64.b64encode(text.encode("ascii")).decode("ascii")


def encode(value, tensor_to_array):
    """A value as JSON types; of what has no such type, the name of its own."""
    if value is ...:
        return {"placeholder": True}
    if value is None or isinstance(value, bool | int | float | str):
        return {"plain": value}
    if isinstance(value, _loaded("torch", "Tensor")):
        value = tensor_to_array(value)
    if isinstance(value, _loaded("pandas", "DataFrame")):
        columns = [[str(n), encode(value[n], tensor_to_array)] for n in value.columns]
        index = encode(value.index.to_numpy(), tensor_to_array)
        return {"table": columns, "index": index}
    if isinstance(value, _loaded("pandas", "Series")):
        value = value.to_numpy()
    arrays = _loaded("numpy", "ndarray", "generic")
    if isinstance(value, arrays) and value.dtype.kind in "biuf":
        data = base64.b64encode(value.tobytes()).decode("ascii")
        return {"array": data, "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [encode(part, tensor_to_array) for part in value]}
    return {"other": type(value).__name__}


class _Unpickler(pickle.Unpickler):
    """Takes classes and functions from the modules that were sent, if there."""

    def __init__(self, pickled, modules):
        super().__init__(io.BytesIO(pickled))
        self._modules = modules

    def find_class(self, module, name):
        if module in self._modules:
            return getattr(self._modules[module], name)
        return super().find_class(module, name)


def _module(name, code):
    """A module made from this code; it replaces any other module of that name."""
    module = sys.modules[name] = ModuleType(name)
    exec(compile(code, f"{name.rpartition('.')[2]}.py", "exec"), vars(module))
    return module


def _loaded(module, *names):
    """Types of a library, if the learner's process uses it: importing takes seconds."""
    library = sys.modules.get(module)
    return tuple(getattr(library, name) for name in names) if library else ()
