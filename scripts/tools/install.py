"""Put the packages of requirements.txt into .venv: the first step of `make lab`.

It needs nothing but Python, says what it does and how long that takes, and ends with
one sentence where it cannot be done.

    python3.11 scripts/tools/install.py .venv
"""

import os
import platform
import queue
import re
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
OLDEST_GLIBC = (2, 28)  # of the wheels of torch for Linux
PATIENCE = 15  # seconds without a line, until we say that pip is still at work

ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
"""Variables that send packages to another place than the environment."""

UNREACHABLE = re.compile(
    r"Retrying \(Retry|NewConnectionError|NameResolutionError|ConnectTimeout"
    r"|Max retries exceeded|ProxyError|SSLError|Could not fetch URL"
)
SHOWN = re.compile(
    r"^\s*(?:Downloading|Using cached) (?:\S*/)?(?P<file>[^/\s]+) (?P<size>\(.+\))"
    r"|^(?P<step>Installing collected packages)"
)


class CannotInstall(Exception):
    """The message says why, and what to do."""


def install(venv: Path) -> None:
    """Make the environment `venv`, or mend it, and fill it. Raises `CannotInstall`."""
    if reason := no_torch():
        raise CannotInstall(reason)
    python = make_environment(venv)
    packages = REQUIREMENTS.read_text(encoding="utf-8").count("==")
    print(
        f"Installing {packages} packages and what they need into {venv}. The first "
        "time that takes some minutes and 1.6 GB of disk (on Linux several GB more "
        "with CUDA: see INSTALL.md on torch without it).",
        flush=True,
    )
    run_pip(python, ["install", "--retries", "2", "-r", str(REQUIREMENTS)], venv)


def no_torch() -> str | None:
    """Why there is no torch for this Python, in a sentence; None where there is one."""
    if os.environ.get("PIP_FIND_LINKS"):
        return None  # a folder of packages of one's own
    system = None
    if sys.maxsize < 2**32:
        system = "a 32-bit Python; install the 64-bit one from python.org"
    elif sys.platform == "darwin" and platform.machine() == "x86_64":
        system = (
            "a Python for Intel Macs. On a Mac with an Apple chip install the "
            "universal one from python.org; an Intel Mac can run the labs in a Linux "
            "container or on Colab"
        )
    elif "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
        system = (
            "a Python of a Linux with musl, such as Alpine; take one with glibc, such "
            "as Debian or the image python:3.11-slim"
        )
    elif sys.platform == "linux":
        name, version = platform.libc_ver()
        found = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if name == "glibc" and found < OLDEST_GLIBC:
            system = f"a Linux with glibc {version}; torch needs 2.28 or newer"
    if system is None:
        return None
    return (
        f"There is no torch for this machine, so nothing was installed: it has {system}"
        ". (With packages of your own, name their folder in PIP_FIND_LINKS.)"
    )


def make_environment(venv: Path) -> Path:
    """The Python of `venv`, which is made anew where it does not run any more."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if _is_sound(python):
        return python
    again = ["--clear"] if os.path.lexists(venv) else []
    if again:
        print(f"The Python of {venv} is gone or too old: it is made anew.", flush=True)
    command = [sys.executable, "-m", "venv", *again, str(venv)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines() or ["no reason given"]
        raise CannotInstall(
            f"{sys.executable} cannot make the environment {venv} ({said[-1]}). Is "
            "the disk full, or the folder read-only? On Debian and Ubuntu the package "
            "python3-venv may be missing."
        )
    return python


def run_pip(python: Path, arguments: list[str], venv: Path) -> None:
    """Run pip in the environment, and show what it fetches, line by line."""
    environment = {n: v for n, v in os.environ.items() if n not in ELSEWHERE}
    # Zero also outweighs a "user = true" in pip's file of settings.
    environment |= {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    process = subprocess.Popen(
        [str(python), "-m", "pip", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        said = _shown_lines(process)
    finally:
        process.kill()  # after an interrupt; else it has ended
    if process.wait() == 0:
        return
    log = venv / "install.log"
    log.write_text("".join(said), encoding="utf-8")
    if any(map(UNREACHABLE.search, said)):
        raise CannotInstall(
            "The package index cannot be reached, so nothing was installed. Check the "
            "network, or name an index that you can reach: PIP_INDEX_URL=<its address> "
            f"make lab. (What pip said is in {log}.)"
        )
    errors = [line.strip() for line in said if line.startswith("ERROR:")]
    last = errors or [line.strip() for line in said if line.strip()] or ["nothing"]
    raise CannotInstall(
        f"pip could not install the packages: {last[-1].removeprefix('ERROR: ')} "
        f"All that it said is in {log}. If the disk is full, free 2 GB and try again."
    )


def _is_sound(python: Path) -> bool:
    ask = "import sys, pip; print(*sys.version_info[:2])"
    try:
        said = subprocess.run([str(python), "-c", ask], capture_output=True, text=True)
    except OSError:
        return False
    found = tuple(map(int, said.stdout.split())) if said.returncode == 0 else (0,)
    return OLDEST_PYTHON <= found <= NEWEST_PYTHON


def _shown_lines(process: subprocess.Popen) -> list[str]:
    """All lines of pip; of those, what is fetched is shown as it comes."""
    lines: queue.Queue = queue.Queue()

    def receive() -> None:
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=receive, daemon=True).start()
    said, waited, warned = [], 0, False
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            waited += PATIENCE
            print(f"  … still at work, {waited} s later", flush=True)
            continue
        if line is None:
            return said
        said.append(line)
        waited = 0
        if match := SHOWN.match(line):
            if match["step"]:
                print("  writing them to the disk", flush=True)
            elif ".metadata" not in match["file"]:
                print(f"  {match['file'].split('-')[0]} {match['size']}", flush=True)
        elif "Retrying (Retry" in line and not warned:
            warned = True
            print("  the package index does not answer; asking again", flush=True)


def main() -> int:
    sys.stdout.reconfigure(errors="replace")  # a console may lack a sign
    venv = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    try:
        install(venv)
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
