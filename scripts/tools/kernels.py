"""For instructors: run a notebook in a fresh kernel, measuring time and memory."""

import os
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from atomic import write_whole
from tools.figures import describe_figures

SAMPLE_EVERY = 0.05  # seconds between two readings of a kernel's memory
ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LINE_END = re.compile(r"\r+(?=\n|\Z)")
WIDGET = "application/vnd.jupyter.widget-view+json"
OVERWRITTEN = re.compile(r"^[^\n]*\r", re.MULTILINE)


class CellFailed(RuntimeError):
    """A cell raised an error, ran too long, or crashed its kernel."""


@dataclass(frozen=True)
class Run:
    """What one run took: seconds from the kernel's start, and peak megabytes."""

    seconds: float
    peak_mb: float


def run_notebook(
    notebook: NotebookNode,
    folder: Path,
    environment: dict[str, str] | None = None,
    cell_timeout: float = 600,
) -> Run:
    """Execute all cells in a fresh kernel that starts in `folder`, in place.

    `environment` is added to this process's own, and findings are strict: one that does
    not hold on an edition for which the lab declares it stops the run. Raises
    `CellFailed` with the cell, its code and the traceback at the first cell that raises
    or needs more than `cell_timeout` seconds.
    """
    client = NotebookClient(
        notebook,
        timeout=cell_timeout,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None

    start = time.perf_counter()
    # An encrypted channel, because the kernel warns about an open one.
    kernel = client.setup_kernel(
        env={**os.environ, "LABS_STRICT": "1", **(environment or {})},
        transport_encryption="auto",
    )
    with (
        kernel,
        _PeakMemory(client.km.provisioner.pid) as memory,
    ):
        for number, cell in enumerate(notebook.cells):
            _run_cell(client, cell, number)
        seconds = time.perf_counter() - start
    return Run(seconds, memory.peak / 1e6)


def write_html(notebook: NotebookNode, path: Path) -> None:
    """Save a notebook with its outputs, figures described, as one web page."""
    describe_figures(notebook)
    exporter = HTMLExporter()
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    write_whole(path, page.encode())


def _run_cell(client: NotebookClient, cell: NotebookNode, number: int) -> None:
    try:
        client.execute_cell(cell, number)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        reason = ANSI_COLOUR.sub("", str(error)).strip()
        raise CellFailed(f"cell {number} (counted from 0) failed.\n{reason}") from None
    finally:
        if cell.cell_type == "code":
            cell.outputs = _joined_streams(cell.outputs)
            for output in cell.outputs:
                # A widget needs its kernel: its plain version is what can be kept.
                output.get("data", {}).pop(WIDGET, None)


def _joined_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Adjacent pieces of a stream as one, without what a progress bar overwrote."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last.text += output.text
        else:
            joined.append(output)
    for output in joined:
        if output.output_type == "stream":
            output.text = OVERWRITTEN.sub("", LINE_END.sub("", output.text))
    return joined


class _PeakMemory:
    """Watches the resident memory of a process from a thread; `peak` is in bytes."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "_PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_EVERY):
            try:
                self.peak = max(self.peak, self._process.memory_info().rss)
            except psutil.NoSuchProcess:
                return
