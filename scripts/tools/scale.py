"""Every step at the size of all of MovieLens: `benchmark.py --scale`. For authors.

    python scripts/tools/make_sample.py --like latest --out DIR
    MOVIELENS_DIR=DIR OMP_NUM_THREADS=2 python scripts/tools/benchmark.py --scale

Each step runs in a process of its own, on all users, a quarter and a sixteenth of them.
After each one the file is written again, so a run that was stopped goes on where it
was; a whole file is measured anew. Seconds are medians. The peak is that of the process
while it does the step, with Python, torch and the data that the step works on.
"""

import json
import multiprocessing
import os
import platform
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

import pandas as pd
import torch

from atomic import check_writable, write_whole
from tools.scale_steps import STEPS, measure

PARTS = (16, 4, 1)  # every 16th user, every 4th, all: the quick ones first


def run(edition: str, path: Path) -> dict:
    """Measure what `path` lacks, print the table, and return what is in the file."""
    check_writable(path)
    about = machine(edition)
    report = unfinished(path, about) or {"machine": about, "rows": []}
    todo = [job for job in jobs() if job not in done(report)]
    start, whole = perf_counter(), sum(_work(part) for _, part in todo)
    left = whole
    for name, part in todo:
        print(f"{name}, {_users(part)} …", flush=True)
        measured, sizes = in_own_process(name, edition, part)
        row = {"step": name, "part": part, "median": median(measured.seconds)}
        report["rows"].append(row | asdict(measured) | {"sizes": sizes})
        write_whole(path, f"{json.dumps(report, indent=1)}\n".encode())
        left -= _work(part)
        passed = perf_counter() - start
        print(
            f"    {_shown(row['median'])} s, {measured.peak_mb:,.0f} MB; "
            f"{1 - left / whole:.0%} of the work after {passed:.0f} s, about "
            f"{passed * left / (whole - left):.0f} s left",
            flush=True,
        )
    print(f"\n{table(report)}")
    return report


def jobs() -> list[tuple[str, int]]:
    """All pairs of a step and a part of the users, in the order they are run."""
    return [
        (name, part)
        for part in PARTS
        for name, step in STEPS.items()
        if step.by_part or part == 1
    ]


def done(report: dict) -> list[tuple[str, int]]:
    return [(row["step"], row["part"]) for row in report["rows"]]


def unfinished(path: Path, about: dict) -> dict | None:
    """What a run on the same machine has left in `path`; None where it came to its end.

    Figures of another machine, edition or version are not gone on with.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        same = report["machine"] | {"date": None} == about | {"date": None}
        begun = same and set(done(report)) < set(jobs())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if begun:
        print(f"{path} is gone on with: {len(report['rows'])} steps are there.")
    return report if begun else None


def in_own_process(name: str, edition: str, part: int):
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as process:
        return process.submit(measure, name, edition, part).result()


def machine(edition: str) -> dict:
    """Where and with what the figures were made."""
    packages = ("torch", "numpy", "pandas")
    return {
        "edition": edition,
        "date": date.today().isoformat(),
        "command": f"python scripts/tools/benchmark.py --scale --dataset {edition}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (x.partition(":")[2].strip() for x in lines if x.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def table(report: dict) -> str:
    """Seconds and peak of each step beside its marks, and how the seconds grow."""
    found = {(row["step"], row["part"]): row for row in report["rows"]}
    lines = []
    for name, step in STEPS.items():
        row = found.get((name, 1))
        if row is None:
            continue
        seconds = [found.get((name, part), {}).get("median") for part in PARTS]
        lines.append(
            {
                "step": name,
                **dict(zip(map(_users, PARTS), map(_shown, seconds), strict=True)),
                "must": _shown(step.must_seconds),
                "aim": _shown(step.aim_seconds),
                "peak MB": f"{row['peak_mb']:,.0f}",
                "must MB": _shown(step.must_mb),
                "aim MB": _shown(step.aim_mb),
                "": verdict(step, row),
            }
        )
    about = report["machine"]
    head = (
        f"{about['edition']}, {about['cores']} cores of {about['cpu']}, "
        f"{about['threads']} threads, {about['date']}; medians in seconds"
    )
    return f"{head}\n{pd.DataFrame(lines).to_string(index=False)}"


def verdict(step, row: dict) -> str:
    """Does the step reach its marks: "aim", "must", a miss, or nothing to reach."""
    reached = []
    for value, must, aim in (
        (row["median"], step.must_seconds, step.aim_seconds),
        (row["peak_mb"], step.must_mb, step.aim_mb),
    ):
        least = must if must is not None else aim
        if least is None:
            continue
        if value > least:
            return f"missed: {value / least:.2f} times the mark"
        reached.append("aim" if aim is None or value <= aim else "must")
    return min(reached, default="", key=lambda mark: mark == "aim")


def _work(part: int) -> float:
    """What a job takes, in any unit: all ratings are read, then some are worked on."""
    return 0.3 + 1 / part


def _users(part: int) -> str:
    return "all users" if part == 1 else f"1/{part} of users"


def _shown(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.4g}" if number < 1000 else f"{number:,.0f}"
