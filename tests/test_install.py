"""From a bare clone to an environment: what can go wrong, and what is said then.

Python and pip are stand-ins on the path: nothing is fetched.
"""

import os
import platform
import shutil
import stat
import subprocess
import sys

import pytest

from tools import install
from tools.labs import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is missing")

# Answers for `-m venv`, `-m pip` and the installer; all else is the real Python's.
STAND_IN = """#!/bin/sh
case "$1 $2" in
"-m venv")
    for folder; do :; done
    echo "venv $3" >> "{log}"
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python" ;;
"-m pip")
    echo "pip user=$PIP_USER target=$PIP_TARGET $*" >> "{log}"
    cat "{said}"
    exit $(cat "{status}") ;;
*install.py*)
    exec "{real}" -c '
import runpy, sys
sys.executable, sys.argv = sys.argv[1], sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")' "$0" "$@" ;;
"-m jupyterlab")
    echo "jupyterlab $*" >> "{log}" ;;
*)
    exec "{real}" "$@" ;;
esac
"""

OFFLINE = "WARNING: Retrying (Retry(total=1, connect=None)) after connection broken\n"
OFFLINE = 30 * OFFLINE + "ERROR: No matching distribution found for torch==2.13.0\n"
FETCHED = (
    "Collecting torch==2.13.0\n"
    "  Downloading torch-2.13.0-cp311-cp311-linux.whl.metadata (29 kB)\n"
    "  Downloading https://host/torch-2.13.0-cp311-cp311-linux.whl (190.1 MB)\n"
    "Installing collected packages: torch, numpy\n"
)


class Project:
    """A bare clone with a stand-in for Python in a folder with a space."""

    def __init__(self, folder):
        self.root, self.log = folder / "the labs", folder / "log"
        self.python = folder / "my pythons" / "python 3"
        (self.root / "scripts" / "tools").mkdir(parents=True)
        for name in ("Makefile", "requirements.txt", "scripts/tools/install.py"):
            shutil.copy(ROOT / name, self.root / name)
        self.pip(FETCHED, 0, folder)
        self.python.parent.mkdir()
        self.python.write_text(
            STAND_IN.format(
                log=self.log,
                said=folder / "said",
                status=folder / "status",
                real=sys.executable,
            )
        )
        self.python.chmod(0o755)

    def pip(self, said, status, folder=None):
        folder = folder or self.log.parent
        (folder / "said").write_text(said)
        (folder / "status").write_text(str(status))

    def make(self, *words, **variables):
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "MAKE"))
        }
        return subprocess.run(
            ["make", *words],
            cwd=self.root,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def install(self, **variables):
        return self.make(".venv/.ready", f"PYTHON={self.python}", **variables)

    @property
    def logged(self):
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_the_first_installation_says_what_it_does(project):
    """Minutes of silence look like a machine that hangs."""
    run = project.install()
    assert run.returncode == 0, run.stderr
    first, *lines = run.stdout.splitlines()
    assert "packages" in first
    assert "some minutes and 1.6 GB" in first
    assert lines == ["  torch (190.1 MB)", "  writing them to the disk"]
    assert (project.root / ".venv" / ".ready").exists()
    assert project.install().stdout.strip().endswith("up to date.")


def test_packages_go_into_the_environment_whatever_pip_is_told(project):
    """PIP_USER=1, common on shared machines, ended in pip's own error."""
    run = project.install(PIP_USER="1", PIP_TARGET="/elsewhere")
    assert run.returncode == 0, run.stderr
    assert "pip user=0 target= " in project.logged


def test_without_an_index_there_is_one_sentence(project):
    """A wall of retries hid what was wrong."""
    project.pip(OFFLINE, 1)
    run = project.install()
    assert run.returncode != 0
    assert run.stdout.count("does not answer") == 1
    assert "Retrying" not in run.stdout + run.stderr
    first = run.stderr.splitlines()[0]
    assert first.startswith("The package index cannot be reached, so nothing was")
    assert "Retrying" in (project.root / ".venv" / "install.log").read_text()
    assert not (project.root / ".venv" / ".ready").exists()
    project.pip(FETCHED, 0)
    assert project.install().returncode == 0  # the next one begins where it stopped
    assert project.logged.count("venv .venv") == 1


def test_any_other_failure_is_the_last_that_pip_said(project):
    project.pip("ERROR: Could not install packages: [Errno 28] No space left\n", 1)
    run = project.install()
    assert "pip could not install the packages: Could not install" in run.stderr
    assert "No space left" in run.stderr
    assert "free 2 GB" in run.stderr


@pytest.mark.parametrize("damage", ["gone", "dangling", "does not run"])
def test_an_environment_whose_python_is_gone_is_made_again(project, damage):
    """After an update of the system every command failed, and named no remedy."""
    assert project.install().returncode == 0
    python = project.root / ".venv" / "bin" / "python"
    python.unlink()
    if damage == "dangling":
        python.symlink_to("/nowhere/python3.11")
    elif damage == "does not run":
        python.write_text("#!/bin/sh\nexit 127\n")
        python.chmod(0o755)
    if damage == "dangling":  # the stand-in writes through a link
        python.unlink()
    run = project.install()
    assert run.returncode == 0, run.stderr
    assert "is gone or too old: it is made anew" in run.stdout
    assert "venv --clear" in project.logged
    assert python.stat().st_mode & stat.S_IXUSR


def test_a_missing_python_is_named_whole(project):
    """Cut at its space, the path in the message was none that anyone had given."""
    run = project.make("lab", "PYTHON=/no such/python 3")
    assert run.returncode != 0
    assert "none of these is one: /no such/python 3\n" in run.stdout


def test_an_environment_that_cannot_be_made_is_said(project):
    (project.root / ".venv").touch()
    real = [sys.executable, "scripts/tools/install.py", ".venv"]
    run = subprocess.run(real, cwd=project.root, capture_output=True, text=True)
    assert run.returncode == 1
    assert "cannot make the environment .venv (" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(("user", "options"), [("0", " --allow-root"), ("1000", "")])
def test_root_in_a_container_gets_its_lab(project, user, options):
    """JupyterLab refuses root, and make had no way to pass what it asks for."""
    identity = project.python.with_name("id")
    identity.write_text(f"#!/bin/sh\necho {user}\n")
    identity.chmod(0o755)
    path = f"{identity.parent}:{os.environ['PATH']}"
    run = project.make("lab", f"PYTHON={project.python}", PATH=path)
    assert run.returncode == 0, run.stderr
    logged = project.logged.splitlines()[-1].rstrip()
    assert logged == f"jupyterlab -m jupyterlab --notebook-dir=notebooks{options}"


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ({"sys.platform": "darwin", "machine": "x86_64"}, "for Intel Macs"),
        ({"musl": "x86_64-unknown-linux-musl"}, "with musl, such as Alpine"),
        ({"libc": ("glibc", "2.17")}, "with glibc 2.17; torch needs 2.28"),
        ({"libc": ("glibc", "2.28")}, None),
        ({"sys.platform": "darwin", "machine": "arm64"}, None),
    ],
)
def test_a_machine_without_torch_is_told_before_minutes_are_spent(
    monkeypatch, tmp_path, machine, said
):
    """pip finds that out after it has fetched everything else."""
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(sys, "platform", machine.get("sys.platform", "linux"))
    kind = machine.get("machine", "x86_64")
    monkeypatch.setattr(platform, "machine", lambda: kind)
    libc = machine.get("libc", ("glibc", "2.36"))
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)
    host = machine.get("musl", "x86_64-pc-linux-gnu")
    monkeypatch.setattr(install.sysconfig, "get_config_var", lambda name: host)
    monkeypatch.setattr(install, "run_pip", lambda *arguments: None)
    monkeypatch.setattr(install, "make_environment", lambda venv: venv)
    if said is None:
        install.install(tmp_path)
        return
    with pytest.raises(install.CannotInstall, match=r"^There is no torch") as caught:
        install.install(tmp_path)
    assert said in str(caught.value)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    install.install(tmp_path)
