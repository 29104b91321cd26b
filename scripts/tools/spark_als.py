"""The factorization of lab 02 by Spark's ALS, on this machine or on a cluster.

    python scripts/tools/spark_als.py train.parquet --out results
    spark-submit --master yarn --num-executors 8 spark_als.py hdfs:///train.parquet \\
        --test hdfs:///test.parquet --out hdfs:///results

For students, after lab 11. This one file is the whole job: it needs pyspark
(requirements-spark.txt) and Java 17, and nothing else of the course. It reads Parquet
with the columns user, item (whole numbers) and rating, and writes lists.parquet (user,
item, rank, score) and, where a test is given, predictions.parquet.

Spark minimizes  Σ (r - p_u·q_i)² + Σ_u λ n_u ‖p_u‖² + Σ_i λ n_i ‖q_i‖²,  n counting a
row's ratings. The course's `ALS` has biases, and its price is s (λ n + δ). So

- the biases are taken off first, as damped means, and again after each fit of factors:
  they and the factors are solved in turns, which goes down the same objective;
- λ is multiplied by s, the standard deviation of the ratings;
- δ becomes δ / λ imaginary ratings of 0, by each user for one movie that is not there
  and of each movie by one user who is not. Their vectors come out as zeros, so they
  change no error. They only count, as a damped mean's imaginary ratings do. Where
  there are hundreds of thousands of rows, choose a larger λ and a smaller δ: fewer do.
"""

import argparse
import sys
import time

try:
    from pyspark.errors import PySparkException
    from pyspark.ml.recommendation import ALS, ALSModel
    from pyspark.sql import SparkSession, Window
    from pyspark.sql import functions as F
except ImportError:
    sys.exit("Spark is missing: install it by `pip install -r requirements-spark.txt`.")

NOBODY = NOTHING = -1  # the user and the movie of imaginary ratings
USUAL = 0.9  # share of users whose lists the first of two requests settles


def fit(train, n_factors, reg_per_rating, reg_per_row, bias_damping, epochs, rounds):
    """`(mean, user biases, movie biases, model)` of the ratings in a DataFrame.

    train: user, item, rating. `rounds` times, the biases are solved with the factors
    fixed, then the factors, by `epochs` sweeps, with the biases fixed. The biases are
    DataFrames (user, b_u) and (item, b_i).
    """
    mean, unit = train.agg(F.mean("rating"), F.stddev_pop("rating")).first()
    imaginary = imaginary_ratings(train, round(reg_per_row / reg_per_rating))
    cores = train.sparkSession.sparkContext.defaultParallelism
    als = ALS(
        rank=n_factors, maxIter=epochs, regParam=reg_per_rating * unit, seed=0,
        numUserBlocks=cores, numItemBlocks=cores,
        userCol="user", itemCol="item", ratingCol="rest",
    )  # fmt: skip
    # What neither mean, b_u nor p·q explains; none of them is known yet.
    rest = train.withColumn("t", F.col("rating") - mean).withColumn("b_u", F.lit(0.0))
    start = time.monotonic()
    for number in range(1, rounds + 1):
        b_i = damped_means(rest, "item", F.col("t") - F.col("b_u"), bias_damping)
        rest = rest.drop("b_u").join(b_i, "item")
        b_u = damped_means(rest, "user", F.col("t") - F.col("b_i"), bias_damping)
        rest = rest.join(b_u, "user").withColumn(
            "rest", F.col("rating") - mean - F.col("b_u") - F.col("b_i")
        )
        model = als.fit(rest.select("user", "item", "rest").unionByName(imaginary))
        explained = model.transform(rest)
        rest = explained.select(
            "user", "item", "rating", "b_u",
            (F.col("rating") - mean - F.col("prediction")).alias("t"),
        ).localCheckpoint()  # fmt: skip  # or Spark would plan all earlier rounds again
        took = (time.monotonic() - start) / number
        left = took * (rounds - number)
        print(f"round {number} of {rounds}: {took:.0f} s each, about {left:.0f} s left")
    return mean, b_u, b_i, model


def imaginary_ratings(train, n):
    """n ratings of 0 for each user and each movie, by which Spark counts n more."""
    users = train.select("user").distinct().withColumn("item", F.lit(NOTHING))
    items = train.select("item").distinct().withColumn("user", F.lit(NOBODY))
    times = F.explode(F.array_repeat(F.lit(0.0), n))
    return users.unionByName(items).select("user", "item", times.alias("rest"))


def damped_means(table, side, values, damping):
    """Σ values / (n + damping) of each user or item: (side, b_u) or (side, b_i)."""
    mean = F.sum(values) / (F.count("*") + damping)
    return table.groupBy(side).agg(mean.alias(f"b_{side[0]}")).localCheckpoint()


def predict(pairs, mean, b_u, b_i, model):
    """`pairs` with a column `predicted`, stars; strangers count nothing, as in lab 05.

    Spark's own prediction for a stranger is NaN.
    """
    known = model.transform(pairs).join(b_u, "user", "left").join(b_i, "item", "left")
    product = F.nanvl("prediction", F.lit(0.0))
    terms = [F.coalesce(F.col(b), F.lit(0.0)) for b in ("b_u", "b_i")]
    return known.withColumn("predicted", mean + terms[0] + terms[1] + product).drop(
        "prediction", "b_u", "b_i"
    )


def lists(train, b_i, model, top_k):
    """The `top_k` unseen movies of each user: (user, item, rank, score = b_i + p·q).

    Spark ranks by p·q and includes what was seen. So b_i becomes one more coordinate,
    and each user is asked for as many more movies as were seen: all users for what
    covers most of them, and the few who have seen more once again.
    """
    with_bias = biases_as_coordinate(b_i, model)
    seen = train.groupBy("user").agg(F.count("*").alias("n")).localCheckpoint()
    usual, most = seen.agg(F.percentile_approx("n", USUAL), F.max("n")).first()
    few, many = seen.where(F.col("n") <= usual), seen.where(F.col("n") > usual)
    rows = with_bias.recommendForAllUsers(top_k + usual).join(few, "user", "leftsemi")
    rows = rows.unionByName(with_bias.recommendForUserSubset(many, top_k + most))
    each = rows.select("user", F.explode("recommendations").alias("one")).select(
        "user", F.col("one.item").alias("item"), F.col("one.rating").alias("score")
    )
    order = Window.partitionBy("user").orderBy(F.desc("score"), "item")
    unseen = each.join(train, ["user", "item"], "leftanti")
    ranked = unseen.withColumn("rank", F.row_number().over(order))
    return ranked.where(F.col("rank") <= top_k)


def biases_as_coordinate(b_i, model):
    """An ALSModel whose p is (p, 1) and whose q is (q, b_i), so that p·q has the bias.

    It is made by the constructor of the Scala class, for Python offers none.
    """
    one = F.array(F.lit(1.0).cast("float"))
    users = model.userFactors.where(F.col("id") != NOBODY).select(
        "id", F.concat("features", one).alias("features")
    )
    bias = b_i.withColumnRenamed("item", "id")
    items = model.itemFactors.join(bias, "id").select(
        "id",
        F.concat("features", F.array(F.col("b_i").cast("float"))).alias("features"),
    )
    scala = users.sparkSession._jvm.org.apache.spark.ml.recommendation.ALSModel
    wide = ALSModel(scala(model.uid, model.rank + 1, users._jdf, items._jdf))
    wide.setUserCol("user").setItemCol("item")._transfer_params_to_java()
    return wide


def session(master):
    """A Spark session; `master` None takes what spark-submit has set."""
    builder = SparkSession.builder.appName("ALS of lab 11")
    builder = builder.config("spark.ui.showConsoleProgress", False)
    if master:
        # A table of MovieLens' size in 200 parts, Spark's default, is mostly overhead.
        builder = builder.master(master).config("spark.sql.shuffle.partitions", 4)
        builder = builder.config("spark.ui.enabled", False)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def main(argv=None):
    """Read, fit, write; the exit status is 0 where all files are whole."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train", help="Parquet with user, item, rating")
    parser.add_argument("--test", help="Parquet with user, item: predict these")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--master", help="for example local[2]; spark-submit sets it")
    parser.add_argument("--factors", type=int, default=8)
    parser.add_argument("--reg-per-rating", type=float, default=0.036)
    parser.add_argument("--reg-per-row", type=float, default=7.1)
    parser.add_argument("--bias-damping", type=float, default=3.0)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--top-k", type=int, default=10)
    options = parser.parse_args(argv)
    spark = session(options.master)
    try:
        train = spark.read.parquet(options.train).select("user", "item", "rating")
        train = train.cache()
        fitted = fit(
            train, options.factors, options.reg_per_rating, options.reg_per_row,
            options.bias_damping, options.epochs, options.rounds,
        )  # fmt: skip
        _, _, b_i, model = fitted
        if options.test:
            pairs = predict(spark.read.parquet(options.test), *fitted)
            pairs.write.mode("overwrite").parquet(f"{options.out}/predictions.parquet")
        best = lists(train, b_i, model, options.top_k)
        best.write.mode("overwrite").parquet(f"{options.out}/lists.parquet")
    except PySparkException as error:
        return f"Spark stopped: {str(error).splitlines()[0]}"
    finally:
        spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
