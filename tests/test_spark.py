"""Spark's ALS does the course's factorization; without Spark the reason is said."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from data_utils import RatingsDataset
from models import ALS
from tools import spark_check

needs_spark = pytest.mark.skipif(
    spark_check.why_no_spark() is not None, reason=str(spark_check.why_no_spark())
)


@pytest.fixture
def small():
    """Ratings of 30 users from two planted factors, and some that were left out."""
    draw = np.random.default_rng(0)
    users, items = np.nonzero(draw.random((30, 20)) < 0.7)
    p, q = draw.normal(size=(30, 2)), draw.normal(size=(20, 2))
    table = pd.DataFrame({"user_id": users, "item_id": items})
    noise = 0.1 * draw.normal(size=len(table))
    table["rating"] = 3 + (p[users] * q[items]).sum(1) + noise
    hidden = draw.random(len(table)) < 0.2
    stranger = pd.DataFrame({"user_id": [99], "item_id": [3], "rating": [3.0]})
    return table[~hidden], pd.concat([table[hidden], stranger])


@needs_spark
def test_spark_predicts_what_als_predicts_and_lists_what_is_unseen(small):
    """A price that Spark scales otherwise would move every prediction on a cluster."""
    known, hidden = small
    options = ["--factors", "2", "--rounds", "3", "--epochs", "8", "--top-k", "3"]
    said, lists = spark_check.factorize(
        known, hidden, *options, "--reg-per-row", "1.8", "--reg-per-rating", "0.2"
    )
    train = RatingsDataset.fit(known)
    model = ALS(2, 0.2, 1.8, epochs=60).fit(train)
    asked = train.encode(said.rename(columns={"user": "user_id", "item": "item_id"}))
    expected = model.predict(asked.users, asked.items)
    assert said["predicted"].to_numpy() == pytest.approx(expected.numpy(), abs=0.05)

    seen = set(zip(known["user_id"], known["item_id"], strict=True))
    assert not seen & set(zip(lists["user"], lists["item"], strict=True))
    assert set(lists["rank"]) == {1, 2, 3}
    scores = model.scores(range(train.n_users))
    scores[train.users, train.items] = -torch.inf
    best = train.item_ids.raw[scores.argmax(1).numpy()]
    first = lists[lists["rank"] == 1].set_index("user")["item"]
    same = first.loc[train.user_ids.raw].to_numpy() == best
    assert same.mean() > 0.8  # biases missing from the lists would change most


def test_without_pyspark_or_java_the_reader_is_told_what_to_install(monkeypatch):
    """The lab goes on, and says why it shows figures that were measured before."""
    monkeypatch.setattr(spark_check, "find_spec", lambda name: None)
    monkeypatch.setattr(spark_check.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert (
        "here without pyspark, pyarrow, Java 17. It takes" in spark_check.why_no_spark()
    )


def test_a_job_that_ends_early_says_what_it_said_last(small, monkeypatch, tmp_path):
    """An empty table of results would look like a model that has nothing to say."""
    job = tmp_path / "job.py"
    job.write_text("import sys\nsys.exit('Spark stopped: no memory.')\n")
    monkeypatch.setattr(spark_check, "JOB", job)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", lambda *given, **how: None)
    with pytest.raises(spark_check.SparkFailed, match="Spark stopped: no memory"):
        spark_check.factorize(*small)


@pytest.mark.skipif(
    spark_check.find_spec("pyspark") is not None, reason="pyspark is installed here"
)
def test_the_job_alone_says_that_spark_is_missing():
    """A traceback of an import would hide which file names what is needed."""
    run = subprocess.run(
        [sys.executable, str(spark_check.JOB)], capture_output=True, text=True
    )
    assert run.returncode == 1
    assert run.stderr.startswith("Spark is missing: install it by `pip install -r req")
