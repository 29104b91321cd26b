"""Spark's ALS beside the course's on ML-100K: the figures of lab 11, section 6.

    python scripts/tools/spark_check.py

For authors: minutes. The first official fold goes to Parquet, `spark_als.py` runs as a
process of its own, and what it wrote is read back and measured. Twice: at the price of
`ALS`, and at Spark's own price with the same λ and no imaginary ratings. Nothing is
chosen by these scores.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import writing
from data_utils import (
    DatasetUnavailable,
    RatingsDataset,
    download_movielens,
    official_folds,
)
from metrics import rmse
from models import ALS

JSON = Path(__file__).with_name("spark_als.json")
JOB = Path(__file__).with_name("spark_als.py")


class SparkFailed(RuntimeError):
    """The job ended without its files; the sentence says what it printed last."""


def why_no_spark() -> str | None:
    """A sentence on what is missing here, or None where Spark can run.

    >>> why_no_spark() is None or "requirements-spark.txt" in why_no_spark()
    True
    """
    missing = [name for name in ("pyspark", "pyarrow") if find_spec(name) is None]
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        missing.append("Java 17")
    if not missing:
        return None
    return (
        f"Spark cannot run here without {', '.join(missing)}. It takes `pip install -r "
        "requirements-spark.txt` and Java 17 (`apt-get install "
        "openjdk-17-jre-headless`, or JAVA_HOME)."
    )


def factorize(train: pd.DataFrame, test: pd.DataFrame, *options: str):
    """`(predictions, lists)` of `spark_als.py` on two tables of ratings.

    predictions: user, item, rating, predicted (stars); lists: user, item, rank, score.
    `options` go to the job's command line. Raises `SparkFailed`.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(JOB), f"{folder}/train.parquet"]
        command += ["--test", f"{folder}/test.parquet", "--out", folder]
        for name, table in (("train", train), ("test", test)):
            columns = {"user_id": "user", "item_id": "item", "rating": "rating"}
            table = table.rename(columns=columns)[[*columns.values()]]
            table.to_parquet(f"{folder}/{name}.parquet", index=False)
        command += ["--master", "local[2]", *options]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            last = run.stderr.strip().splitlines()[-1:]
            raise SparkFailed(f"spark_als.py ended early: {' '.join(last)}")
        results = [
            pd.read_parquet(f"{folder}/{name}.parquet")
            for name in ("predictions", "lists")
        ]
    return tuple(results)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, default=JSON)
    options = parser.parse_args()
    if reason := why_no_spark():
        print(reason, file=sys.stderr)
        return 1
    try:
        known, hidden, _ = official_folds(download_movielens("100k")[0])[0]
        found = measure(known, hidden)
    except (DatasetUnavailable, SparkFailed) as error:
        print(error, file=sys.stderr)
        return 1
    with writing(options.json) as file:
        file.write(f"{json.dumps(found, indent=1)}\n".encode())
    print(json.dumps(found, indent=1))
    return 0


def measure(known: pd.DataFrame, hidden: pd.DataFrame) -> dict:
    """RMSE (stars) and seconds of ALS and of Spark's, with what they were made with."""
    import pyspark

    train = RatingsDataset.fit(known)
    test = train.encode(hidden)
    start = time.perf_counter()
    ours = ALS().fit(train).predict(test.users, test.items)
    rows = {"ALS": {"rmse": rmse(ours, test.ratings), "seconds": seconds_since(start)}}
    for name, prices in (
        ("Spark, at the price of ALS", []),
        ("Spark, at its own price", ["--reg-per-row", "0"]),
    ):
        start = time.perf_counter()
        said, lists = factorize(known, hidden, *prices)
        rows[name] = {
            "rmse": rmse(said["predicted"], said["rating"]),
            "seconds": seconds_since(start),
            "lists": int(lists["user"].nunique()),
        }
    return {
        "measured": date.today().isoformat(),
        "command": "python scripts/tools/spark_check.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, local[2]",
        "versions": {"pyspark": pyspark.__version__},
        "data": "ML-100K, fold u1",
        "rows": rows,
    }


def seconds_since(start: float) -> float:
    return round(time.perf_counter() - start, 2)


if __name__ == "__main__":
    sys.exit(main())
