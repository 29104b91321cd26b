"""The block behind the offline proof: `make test` runs every notebook with it on."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]

OPEN_NETWORK = """
import socket
import notebook_run
socket.getaddrinfo = lambda *_: []
notebook_run.pytest_configure(None)
"""

LOOK_UP = """
import socket
try:
    socket.getaddrinfo("example.org", 443)
except OSError as error:
    assert "no network in the offline run" in str(error), error
else:
    raise AssertionError("the network is open")
"""
ADDRESS = LOOK_UP.replace(
    'socket.getaddrinfo("example.org", 443)',
    'socket.create_connection(("192.0.2.1", 80), timeout=1)',
)

with_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def run_offline(*arguments, folder=ROOT):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "offline")},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80))",
        "import socket; socket.socket().connect_ex(('192.0.2.1', 80))",
        "import socket; socket.getaddrinfo('example.org', 443)",
        "from socket import *; socket(type=SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))",
        "import urllib.request; urllib.request.urlopen('https://example.org')",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', "
        "\"import socket; socket.gethostbyname('example.org')\"], check=True)",
    ],
    ids=["connect", "connect_ex", "look-up", "datagram", "urllib", "child process"],
)
def test_the_network_is_out_of_reach(code):
    run = run_offline("-c", code)
    assert run.returncode == 1
    assert "no network in the offline run" in run.stderr


def test_a_kernels_own_loopback_stays_open():
    run = run_offline(
        "-c",
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(('localhost', server.getsockname()[1]))",
    )
    assert run.returncode == 0, run.stderr


def test_the_notebooks_run_refuses_an_open_network():
    """Without the block the run would prove nothing, and nobody would notice."""
    run = run_offline("-c", OPEN_NETWORK)
    assert "must run without network" in run.stderr


def test_cells_after_a_timeout_count_as_failures(tmp_path):
    """nbval calls them expected failures, and the summary would look green."""
    codes = ["while True: pass", "print('after')"]
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "slow.ipynb")
    options = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=1"]
    command = ["-m", "pytest", "-p", "notebook_run", *options, "slow.ipynb"]
    run = run_offline(*command, folder=tmp_path)
    assert run.returncode == 1
    assert "2 failed" in run.stdout.splitlines()[-1]


def notebooks_line():
    """The command by which `make test` runs the notebooks."""
    command = ["make", "--dry-run", "test"]
    plan = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = plan.stdout.replace("\\\n", " ").splitlines()
    return next(line for line in lines if "--nbval-lax" in line)


@with_make
def test_the_block_reaches_the_kernels_of_make_test(tmp_path):
    """They start in the notebooks' folder, where a relative path would lead nowhere."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    cells = [nbformat.v4.new_code_cell(code) for code in (LOOK_UP, ADDRESS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "one.ipynb")
    settings = [part for part in shlex.split(notebooks_line()) if "PYTHONPATH=" in part]
    options = ["-p", "notebook_run", "--nbval-lax", "--nbval-current-env"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder / "one.ipynb")],
        cwd=ROOT,
        env=os.environ | dict(part.split("=", 1) for part in settings),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout.splitlines()[-1]


@with_make
def test_make_test_runs_the_notebooks_with_the_block_on_the_sample():
    line = notebooks_line()
    assert f"PYTHONPATH={ROOT / 'tests' / 'offline'}" in shlex.split(line)
    assert "-p notebook_run" in line
    assert "MOVIELENS_DATASET=sample" in line
    for source in (ROOT / "notebooks" / "source").glob("*.py"):
        assert f"notebooks/{source.stem}.ipynb" in line
