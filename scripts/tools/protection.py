"""For instructors: what keeps a submission from harming the grader, and what does not.

`protection()` tries it once. Linux has walls (namespaces); elsewhere there are limits.
"""

import functools
import json
import os
import platform
import re
import shutil
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import psutil

from tools.labs import ROOT

GIGABYTE = 2**30
SANDBOX = Path(__file__).with_name("sandbox.py")
CHECKS_AWAY = Path(__file__).with_name("checks_away.py")
# The rest of the grader's variables may hold passwords, and is nobody's business.
KEPT = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"]
KEPT += ["SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"]  # Windows needs them
LIMITS = {
    "DATA": 4 * GIGABYTE,  # what is allocated
    "AS": 16 * GIGABYTE,  # and what is mapped, libraries included
    "FSIZE": 200_000_000,  # bytes of one file
    "NOFILE": 1024,
    "CORE": 0,
    "CPU": 1200,  # seconds
}
MOST_PROCESSES = 200  # threads count too; where Linux counts them for each kernel
COUNTS_PROCESSES = (5, 14)  # from this Linux on


@dataclass(frozen=True)
class Protection:
    """Whether kernels are walled in, and if not, why not."""

    walls: bool
    why_not: str = ""

    def __str__(self):
        if self.walls:
            return (
                "Each notebook ran without a network, saw no file of yours but the "
                "course's own, and had limits on time, memory, processes and files."
            )
        limits = "time alone" if os.name == "nt" else "time, memory and file sizes"
        return (
            f"Each notebook ran with limits on {limits}, and with your rights: it "
            "could read your files, write them, and use the network. Walls need "
            f"Linux with user namespaces ({self.why_not}). Grade strangers' work in "
            "a container."
        )


@functools.cache
def protection() -> Protection:
    """Try once whether a walled-in Python starts here."""
    if not sys.platform.startswith("linux"):
        return Protection(False, f"this is {platform.system()}")
    with tempfile.TemporaryDirectory(prefix="lk-", ignore_cleanup_errors=True) as base:
        course = Path(base, "as-handed-out")
        for part in ("scripts", "data"):
            (course / part).mkdir(parents=True)
        room = room_for(Path(base), course, "sample", Protection(True))
        trial = "import numpy, zmq, ipykernel; open('written', 'w').close()"
        try:
            subprocess.run(
                wrapped([sys.executable, "-c", trial], room),
                env=kernel_environment(Path(base), "sample"),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=60,
            )
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode(errors="replace").split("\n")
            reason = next((line for line in lines[::-1] if line.strip()), "no reason")
            return Protection(False, reason[:200])
        except (OSError, subprocess.TimeoutExpired) as error:
            return Protection(False, str(error)[:200])
    return Protection(True)


def copy_course(folder: Path) -> Path:
    """The course as a notebook sees it while it is graded, copied into `folder`.

    Commands and checks stay away, and the worked answers with them.
    """
    away = shutil.ignore_patterns("checks", "tools", "__pycache__")
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=away)
    (folder / "scripts" / "checks").mkdir()
    shutil.copy(CHECKS_AWAY, folder / "scripts" / "checks" / "__init__.py")
    shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")
    return folder


def room_for(base: Path, course: Path, dataset: str, protection: Protection) -> dict:
    """Prepare the folder `base` for one kernel -> the settings of `sandbox.py`.

    `io` holds what the grader writes, `sock` the sockets, `course` the learner's part.
    """
    for name in ("io", "sock"):
        (base / name).mkdir()
    inner = base / "course"
    home = inner / "notebooks"
    room = {"home": str(home), "limits": dict(LIMITS)}
    fonts = sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
    places = [base / name for name in ("home", "tmp", "fonts")]
    if not protection.walls:
        for place in (home, *places):
            place.mkdir(parents=True)
        for part in ("scripts", "data"):
            shutil.copytree(course / part, inner / part)
        for path in fonts:  # making it takes seconds
            shutil.copy(path, base / "fonts")
        return room
    (base / "root").mkdir()
    shown = {sys.prefix, os.path.realpath(sys.prefix), sys.base_prefix}
    if site.ENABLE_USER_SITE and os.path.isdir(site.getusersitepackages()):
        shown.add(site.getuserbase())
    if folder := _data_folder(dataset):
        shown.add(str(folder))
    if _linux() >= COUNTS_PROCESSES:
        room["limits"]["NPROC"] = MOST_PROCESSES
    parts = [[str(course / part), str(inner / part)] for part in ("scripts", "data")]
    return room | {
        "root": str(base / "root"),
        "read": [*sorted(shown, key=len), str(base / "io"), *parts],
        "write": [str(base / "sock")],
        "own": [str(base / name) for name in ("io", "io/kernel.json", "sock")],
        "make": [str(place) for place in (home, *places)],
        "copy": [[str(path), str(base / "fonts" / path.name)] for path in fonts],
    }


def wrapped(command: list[str], room: dict) -> list[str]:
    """The command that starts `command` in its room; on Windows as it is."""
    if os.name == "nt":
        return command
    return [sys.executable, "-I", str(SANDBOX), json.dumps(room), *command]


def kernel_environment(base: Path, dataset: str) -> dict:
    """All the variables that a learner's process gets."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    home, temporary = str(base / "home"), str(base / "tmp")
    places = {"HOME": home, "USERPROFILE": home, "IPYTHONDIR": f"{home}/.ipython"}
    places |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
    if site.ENABLE_USER_SITE:
        places["PYTHONUSERBASE"] = site.getuserbase()
    if folder := _data_folder(dataset):
        places["MOVIELENS_DIR"] = str(folder)
    return {
        **kept,
        **places,
        "MPLCONFIGDIR": str(base / "fonts"),
        "MOVIELENS_DATASET": dataset,
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def memory_of_family(pid: int) -> int:
    """Bytes of memory that a process and all that it started use."""
    total = 0
    for process in _family(pid):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def end_family(pid: int | None) -> None:
    """End a process and all that it started."""
    for process in _family(pid):
        try:
            process.kill()
        except psutil.Error:
            continue


def count_family(pid: int) -> int:
    """How many processes there are: the one of this number and all that it started."""
    return len(_family(pid))


def _family(pid):
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _data_folder(dataset):
    """Where other data than the sample lies: there is no network to fetch it from."""
    if dataset == "sample":
        return None
    named = os.environ.get("MOVIELENS_DIR")
    return Path(named or ROOT / "data").expanduser().resolve()


def _linux():
    """The version of the Linux kernel, as two numbers."""
    found = re.match(r"(\d+)\.(\d+)", platform.release())
    return tuple(map(int, found.groups())) if found else (0, 0)
