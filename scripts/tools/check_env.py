"""Is this machine ready for the labs? `make check-env`.

For instructors. Prints one line each for Python, every pinned package, the device, the
data set, the kernel behind the notebooks and the modules that they will import. Each
failing line says what to do. It needs nothing installed, so that it can say what is
missing.
"""

import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
ROOT = SCRIPTS.parent
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)

KERNEL = "python3"  # as all notebooks name it
KERNEL_SECONDS = 60  # to start, and to run the cell
ASK = "import sys\nprint(sys.executable, sys.prefix, sep='\\n')\n"
DRAW = f"""
sys.path.insert(0, {str(SCRIPTS)!r})
import matplotlib.pyplot as plt
import plots  # as each lab does: it turns to a backend that is seen
print(plt.get_backend())
plt.plot([0, 1])
plt.show()
"""


class CheckFailed(Exception):
    """The message says what is wrong and what to do."""


def check_python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        raise CheckFailed(f"{found}, but the labs need 3.11, 3.12 or 3.13")
    return found


def check_package(name: str, pinned: str) -> str:
    """Installed version of a package; build labels such as `+cpu` do not matter."""
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        raise CheckFailed(
            "not installed: python -m pip install -r requirements.txt"
        ) from None
    if found.split("+")[0] != pinned:
        raise CheckFailed(
            f"{found}, but the labs are tested with {pinned}: "
            "python -m pip install -r requirements.txt"
        )
    return found


def check_device() -> str:
    import torch

    if torch.cuda.is_available():
        return f"cuda, {torch.cuda.get_device_name(0)}"
    return f"cpu, {torch.get_num_threads()} threads"


def check_data() -> str:
    """What the notebooks will load; `auto` says in one line what it chose, and why.

    Whatever else is noted about the data is a failure here.
    """
    from data_utils import download_movielens, edition_of
    from data_utils.archives import movielens_dir_problem

    if problem := movielens_dir_problem():
        given = os.environ["MOVIELENS_DIR"]
        raise CheckFailed(f"{problem} It is {given!r}: correct or unset it")
    name, said = os.environ.get("MOVIELENS_DATASET", "auto"), io.StringIO()
    with contextlib.redirect_stdout(said):
        ratings, _ = download_movielens(name)
    lines = said.getvalue().splitlines()
    if notes := [line[6:] for line in lines if line.startswith("Note: ")]:
        raise CheckFailed(" ".join(notes))
    for line in lines:
        if line.startswith("Data: "):
            return line[6:]
    edition = edition_of(ratings) or Path(name).name
    return f"{edition}, {len(ratings):,} ratings, as MOVIELENS_DATASET asks"


def check_kernel(draw: bool = True) -> str:
    """Start the notebooks' kernel: is it this Python and, with `draw`, can it draw?"""
    messages = _run_in_kernel(ASK + DRAW if draw else ASK)
    printed = "".join(
        message["content"]["text"]
        for message in messages
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout"
    )
    executable, prefix, *rest = printed.splitlines() or ["unknown", "unknown"]
    if os.path.realpath(prefix) != os.path.realpath(sys.prefix):
        raise CheckFailed(
            f"the notebooks would run in {executable}, but the packages are installed "
            f"for {sys.executable}. {_kernel_remedy()}"
        )
    for message in messages:
        if message["msg_type"] == "error":
            raise CheckFailed(
                "no figure can be drawn ({ename}: {evalue}): unset the variable "
                "MPLBACKEND, and run python -m pip install -r requirements.txt".format(
                    **message["content"]
                )
            )
    shown = [message["content"].get("data", {}) for message in messages]
    if draw and not any("image/png" in data for data in shown):
        raise CheckFailed(
            f"its figures would not be seen, for they are drawn by {rest[0]!r}: unset "
            "the variable MPLBACKEND"
        )
    return executable


def _run_in_kernel(code: str) -> list[dict]:
    """The messages of one cell in a new kernel. Raises `CheckFailed`."""
    from jupyter_client.manager import run_kernel

    messages = []
    with tempfile.TemporaryFile() as said:
        output = {"stdout": subprocess.DEVNULL, "stderr": said}
        try:
            with run_kernel(
                kernel_name=KERNEL, startup_timeout=KERNEL_SECONDS, **output
            ) as client:
                client.execute_interactive(
                    code,
                    allow_stdin=False,
                    timeout=KERNEL_SECONDS,
                    output_hook=messages.append,
                )
        except Exception as error:  # whatever is wrong, no notebook would run
            said.seek(0)
            lines = said.read().decode(errors="replace").split("\n")
            lines = [line.strip() for line in lines if line.strip()]
            reason = lines[-1] if lines else f"{type(error).__name__}: {error}"
            raise CheckFailed(
                f"the kernel {KERNEL!r} does not start ({reason}). {_kernel_remedy()}"
            ) from error
    return messages


def _kernel_remedy() -> str:
    """What brings back the kernel of this Python."""
    from jupyter_client.kernelspec import KernelSpecManager

    here = f"`{sys.executable} -m ipykernel install --sys-prefix`"
    folder = Path(KernelSpecManager().find_kernel_specs().get(KERNEL, sys.prefix))
    if folder.is_relative_to(sys.prefix):
        return f"Install it anew: {here}"
    variable = ", or unset JUPYTER_PATH," if os.environ.get("JUPYTER_PATH") else ""
    return f"Delete the folder {folder}{variable} and install the right one: {here}"


def check_import(name: str) -> str:
    """Where a module comes from; another one of the same name may stand before ours."""
    path = Path(importlib.import_module(name).__file__)
    if SCRIPTS not in path.parents:
        raise CheckFailed(
            f"{path} stands before scripts/{name}: rename or uninstall that one"
        )
    return str(path.relative_to(ROOT))


def pinned_packages() -> dict[str, str]:
    """Name and version of each package in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)$", text, re.MULTILINE))


def course_modules() -> list[str]:
    """The names in scripts/ that a notebook may import: all but the commands."""
    packages = {path.parent.name for path in SCRIPTS.glob("*/__init__.py")}
    return sorted(packages - {"tools"} | {path.stem for path in SCRIPTS.glob("*.py")})


def report(name: str, check, *arguments) -> bool:
    """Run one check and print its line."""
    try:
        print(f"[OK]   {name:14} {check(*arguments)}")
    except Exception as error:  # any failure is a finding here, not a crash
        print(f"[FAIL] {name:14} {error}")
        return False
    return True


def main() -> int:
    sys.path.insert(0, str(SCRIPTS))
    sys.stdout.reconfigure(errors="replace")  # a console may lack a sign
    passed = [report("python", check_python)]
    for name, version in pinned_packages().items():
        passed.append(report(name, check_package, name, version))
    passed.append(report("device", check_device))
    passed.append(report("data set", check_data))
    passed.append(report("kernel", check_kernel))
    for name in course_modules():
        passed.append(report(name, check_import, name))
    failed = passed.count(False)
    print(f"\n{failed} of {len(passed)} checks failed." if failed else "\nAll ready.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
