"""How much memory this process has needed. For authors."""

import gc
from contextlib import suppress
from pathlib import Path

import psutil


def peak_rss_mb() -> float:
    """Peak resident memory of this process so far, in 10⁶ bytes.

    Systems other than Linux and Windows do not say it: there it is the present value.
    """
    # Not `resource.getrusage`: a child process inherits its parent's peak there.
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024 / 1e6
    memory = psutil.Process().memory_info()
    return getattr(memory, "peak_wset", memory.rss) / 1e6


def forget_peak() -> None:
    """From now on the peak is that of what comes; on Linux only."""
    gc.collect()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
