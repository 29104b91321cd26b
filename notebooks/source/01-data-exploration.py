# %% [markdown]
# # 01 Data exploration: what is in the matrix, and what is missing?
#
# *One table of movie ratings, looked at so closely that you know what a model can
# learn from it, and which numbers about it not to believe.*
#
# | | |
# |---|---|
# | **Reading and doing time** | about 75 minutes |
# | **Run time, two CPU cores** | under half a minute, on either data set |
# | **Memory** | 0.5 GB |
# | **Difficulty** | for beginners; means, a square root, a logarithmic axis |
# | **Builds on** | nothing: this is the first lab |
#
# **Objectives.** After this lab you can
#
# - [ ] describe a table of ratings: its size, its gaps, its scale, its dates;
# - [ ] measure a long tail with a Lorenz curve and a Gini index;
# - [ ] say what a user–item matrix costs to store, in three ways, at any size;
# - [ ] turn raw ids into row numbers and back without mixing people up;
# - [ ] split ratings in four ways and read what each split measures;
# - [ ] explain why missing ratings are not missing by chance.
#
# **Prerequisites**: Python functions, loops and dictionaries. pandas and NumPy are
# explained where they first appear.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** A movie service knows a few opinions of each customer and
# would like to know all of them. In 2006 Netflix published over 100 million ratings
# by about 480,000 customers of nearly 18,000 movies (Bennett & Lanning 2007), and
# offered a million dollars for better predictions. The models of this course became
# known through that contest. All of them stand or fall with what this lab looks at:
# which opinions we have, whose, since when, and why these.
#
# **In plain words.** Picture a huge form on a wall. Each row is a person, each column
# is a movie, and in each box there is room for one to five stars. Everybody was asked
# to fill in as many as they wished, and then went home. Many boxes are empty. The
# course is about guessing what the empty boxes would say. Before we guess, we read
# the form.
#
# **How this works.** A notebook is a list of cells, text like this and code like the
# one below; click on a code cell and press Shift+Enter to run it, from top to bottom,
# and what it prints or draws appears underneath. In the set-up cell, the lines from
# `home =` to `sys.path.insert` walk up from the folder you are in until they find
# `scripts/` and tell Python to look there too, so that the imports after them find
# this course's own modules wherever Jupyter was started.

# %%
import hashlib
import os
import sys
from pathlib import Path

home = next(p for p in [Path.cwd(), *Path.cwd().parents]
            if (p / "scripts" / "data_utils").is_dir())
sys.path.insert(0, str(home / "scripts"))

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import data_utils as du
from metrics import rmse
from models import BiasModel, GlobalMean
from plots import exploration as plots
from reporting import say

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED = 0

# %% [markdown]
# Two habits of this course, before we start.
#
# - **Sentences with numbers are printed by code**, through `say(...)`. So they are
#   true for whatever data you load, and the text around them never has to guess.
# - **A line that starts with `assert` stops the notebook if its claim is false.** Where
#   the text says "most" or "higher", an `assert` nearby has checked it on your data.

# %% [markdown]
# ## 1. Two tables
#
# `download_movielens` fetches the ratings. With `"auto"` it looks for ML-100K on your
# machine, downloads it if there is none, falls back on the bundled sample if it must,
# and prints which it took. To choose yourself, write a name into the set-up cell, such
# as `DATASET = "sample"`.

# %%
ratings, movies = du.download_movielens(DATASET)
ratings.head()

# %% [markdown]
# `ratings` is a pandas **DataFrame**: a table whose columns have names. `.head()` gives
# its first five rows, and a notebook shows the value of a cell's last line. Each row
# is one filled box of the form: *who*, *which movie*, *how many stars*, and *when*, in
# seconds since 1 January 1970.

# %%
movies.head()

# %% [markdown]
# The second table gives the columns of the form their names. `genres` can hold
# several, joined by `|`.
#
# Before anything else we look for damage. `ratings["user_id"]` is one column;
# `.duplicated(...)`, `.isna()` and `.isin(...)` answer `True` or `False` for each row;
# and since `True` counts as 1, `.sum()` counts the rows with `True`. A `~` turns each
# answer round.

# %%
pairs = ["user_id", "item_id"]
twice = ratings.duplicated(pairs).sum()
holes = ratings.isna().sum().sum()          # over rows, then over columns
strays = (~ratings["item_id"].isin(movies["item_id"])).sum()
namesakes = movies.duplicated(["title", "year"]).sum()

print(f"{twice:6,} ratings of a movie by someone who had rated it already")
print(f"{holes:6,} empty fields in the table of ratings")
print(f"{strays:6,} ratings of movies that are not listed")
print(f"{namesakes:6,} movies with the title and year of an earlier one")
assert twice == holes == strays == 0
if namesakes:
    say(f"**{namesakes}** movies seem to be listed twice, under two ids. We "
        "leave them as they are; to a model they are different movies.")

# %% [markdown]
# ### Where the data come from
#
# [MovieLens](https://movielens.org) is a movie recommender that the GroupLens group of
# the University of Minnesota has run since 1997, and these are ratings that its
# users gave (Harper & Konstan 2015). The editions differ in size; `DATASETS` lists
# them with their terms. The bundled sample is not one of them: its people and
# movies are invented, and so are its ratings, in a way that lab 02 explains.

# %%
by_size = {known.n_ratings: known for known in du.DATASETS.values()}
edition = du.DATASETS.get(DATASET) or by_size.get(
    len(ratings), du.DATASETS["sample"]
)
say(f"You are using **{edition.name}**. Terms: {edition.licence}")
say(f"Its archive: {edition.archive or 'none, it is part of this project'}.")

# %% [markdown]
# ### How an archive is verified
#
# A download can break off, and a server can send something else. So each archive is
# compared, before it is read, with a **hash** that this course has on record: a short
# number computed from all the bytes. Change one bit anywhere and the hash is another.

# %%
page = b"196\t242\t3\t881250949\n"
damaged = bytes([page[0] ^ 1]) + page[1:]    # the same with one bit flipped
for name, content in (("as sent", page), ("one bit off", damaged)):
    print(f"{name:12}", hashlib.sha256(content).hexdigest()[:32], "…")

on_record = edition.sha256 or edition.md5 or "none is published"
print("\nhash on record for this edition:", on_record)

# %% [markdown]
# An archive with another hash is refused. A folder that someone has unpacked has no
# hash any more; there the number of ratings is compared with the published one.
#
# ### How empty is it?
#
# With $m$ users, $n$ movies and $N$ ratings, the form has $m \times n$ boxes, and
#
# $$\text{sparsity} = 1 - \frac{N}{m \, n}$$
#
# is the share of them that is empty.
#
# **Predict.** The people in this table are keen: most editions of MovieLens leave out
# everyone with fewer than 20 ratings. What share of the boxes is empty, in percent?
# Put your guess in place of `None`. Nothing breaks if you do not, but people who
# commit to a guess remember the answer better.

# %%
guess_empty = None  # your number, in percent

# %%
def compare(guess, answer, unit):
    """Hold a guess against the answer; without a guess, say nothing."""
    if guess is not None:
        say(f"You guessed {guess:g} {unit}. It is {answer:,.1f} {unit}.")


seen_users, seen_movies, n_filled = set(), set(), 0
for row in ratings.itertuples():             # one row at a time: slow, plain
    seen_users.add(row.user_id)
    seen_movies.add(row.item_id)
    n_filled += 1

n_boxes = len(seen_users) * len(seen_movies)
sparsity = 1 - n_filled / n_boxes
compare(guess_empty, 100 * sparsity, "%")
say(f"{n_filled:,} of {n_boxes:,} boxes are filled; "
    f"**{sparsity:.1%} are empty**.")

# %% [markdown]
# (Netflix published 100 million ratings by 480,000 customers of 18,000 movies. Divide:
# there about 99 of 100 boxes were empty.)
#
# pandas needs no loop: `.nunique()` counts the different values of a column. The
# course's own `compute_statistics` does the same. Three ways, one number.

# %%
n_users = ratings["user_id"].nunique()
n_movies = ratings["item_id"].nunique()
with_pandas = 1 - len(ratings) / (n_users * n_movies)
facts = du.compute_statistics(ratings)

print(f"{sparsity:.6f}  by a loop")
print(f"{with_pandas:.6f}  with pandas")
print(f"{facts['sparsity']:.6f}  with compute_statistics")
assert np.allclose([with_pandas, facts["sparsity"]], sparsity)
assert sparsity > 0.8

# %%
du.print_dataset_info(ratings, movies)

# %% [markdown]
# **What just happened?** You have the table's portrait on one page. Two lines of it
# deserve a second look: the counts per user and per movie, whose mean lies far above
# the median, and the stars, which pile up at the upper end. They come next.

# %% [markdown]
# ## 2. Stars, and the long tail
#
# First the stars. A dictionary counts them, then `.value_counts()` does. The functions of
# `plots` return a figure and a sentence that says what is to be seen in it.

# %%
count = {}
for star in ratings["rating"]:
    count[star] = count.get(star, 0) + 1

counted = ratings["rating"].value_counts()   # a Series: values with labels
assert counted.to_dict() == count            # the same numbers
counted.sort_index()

# %%
figure, sentence = plots.rating_histogram(ratings)
plt.show()
say(sentence)
assert (ratings["rating"] >= 4).mean() > 2 * (ratings["rating"] <= 2).mean()

# %% [markdown]
# **What just happened?** Four and five stars are more than twice as frequent as one and
# two. Do people like most movies? Or do they mostly watch, and rate, what they expect to like? The
# histogram cannot tell. Keep the question for section 7.
#
# Now the counts: how many ratings has a user, and how many a movie?

# %%
per_user = ratings["user_id"].value_counts()    # most active first
per_movie = ratings["item_id"].value_counts()   # most rated first
figure, sentence = plots.activity_histograms(per_user, per_movie)
plt.show()
say(sentence)
assert per_user.mean() > per_user.median()
assert per_movie.mean() > per_movie.median()

few = (per_movie <= 5).mean()
say(f"**{few:.0%} of the movies** have five ratings or fewer.")
assert few > 0.05

# %% [markdown]
# The horizontal axes are logarithmic: each step to the right multiplies. On an ordinary
# axis, most users and movies would crowd at the left edge, and a few would stretch far
# to the right. In such a *long tail*, a mean describes no one: most users and most
# movies have fewer ratings than "the average".
#
# ### A curve and a number for inequality
#
# Line up all movies, the least rated first. Walk along the line and note, at each
# step, which share of the movies you have passed, and which share of all ratings they
# hold together. That is the **Lorenz curve** (Lorenz 1905). If all movies had equally
# many ratings, it would be the diagonal. The **Gini index** says how far it sags:
#
# $$G = 1 - 2 \times \text{area under the Lorenz curve},$$
#
# 0 if all are equal, near 1 if one movie holds everything.
#
# **Predict.** What share of all ratings goes to the less rated *half* of the movies, in
# percent?

# %%
guess_half = None  # your number, in percent

# %%
def lorenz_curve(counts):
    """Shares of the owners and of what they own, least first, from 0 to 1."""
    ordered = np.sort(counts)                          # least first
    owned = np.cumsum(ordered) / ordered.sum()         # running total
    owners = np.arange(1, len(ordered) + 1) / len(ordered)
    return np.insert(owners, 0, 0.0), np.insert(owned, 0, 0.0)


curves = {"movies": lorenz_curve(per_movie), "users": lorenz_curve(per_user)}
figure, sentence = plots.lorenz_curves(curves)
plt.show()
less_rated = np.interp(0.5, *curves["movies"])   # the curve, halfway along
compare(guess_half, 100 * less_rated, "%")
say(f"{sentence} The less rated half of the movies holds {less_rated:.1%}.")
assert less_rated < 0.25

# %% [markdown]
# The area can be had by trapezoids under the curve, or in one line from the ranks of
# the sorted counts, which is how `compute_statistics` does it. The same number twice:

# %%
owners, owned = curves["movies"]
by_area = 1 - 2 * np.trapezoid(owned, owners)
by_ranks = facts["ratings_per_item"]["gini"]
print(f"Gini index of the movies: {by_area:.4f} by area, "
      f"{by_ranks:.4f} by ranks")
assert np.isclose(by_area, by_ranks)
assert by_area > 0.5
assert facts["top_10_percent_share"] > 0.3

# %% [markdown]
# **What just happened?** A few movies have hundreds of raters, and many have no more
# than a handful. For a movie with three ratings, no model can learn much from its column
# alone. It has to borrow from other movies and other people. How to borrow sensibly
# is the subject of lab 02.

# %% [markdown]
# ## 3. The matrix
#
# Now the form itself, and first its busiest corner: the 20 most active users and the
# 30 most rated movies. `.isin(...)` keeps the rows we want, and `.pivot(...)` lays them
# out with users as rows and movies as columns. Where there is no rating, pandas puts
# **NaN**, "not a number". It does not put 0: nobody gave zero stars.

# %%
def corner(users, items):
    """Stars of these users for these movies; NaN where there are none."""
    mask = ratings["user_id"].isin(users) & ratings["item_id"].isin(items)
    table = ratings[mask].pivot(
        index="user_id", columns="item_id", values="rating"
    )
    # in the order asked for, and with rows that hold nothing
    return table.reindex(index=users, columns=items)


busiest = corner(per_user.index[:20], per_movie.index[:30])
figure, sentence = plots.heat_map(busiest, movies, "The busiest corner")
plt.show()
say(sentence)

# %% [markdown]
# Almost a full table! Do not get used to it. Here are 20 users and 30 movies drawn at
# random from the same form:

# %%
rng = np.random.default_rng(SEED)            # a source of random numbers
some_users = rng.choice(per_user.index, size=20, replace=False)
some_movies = rng.choice(per_movie.index, size=30, replace=False)
anywhere = corner(some_users, some_movies)
figure, sentence = plots.heat_map(anywhere, movies, "A corner at random")
plt.show()
say(sentence)

# %%
filled_busiest = busiest.notna().mean(axis=None)   # over all cells
say(f"Filled: {filled_busiest:.0%} of the busiest corner, "
    f"{anywhere.notna().mean(axis=None):.0%} of the random one, and "
    f"**{1 - sparsity:.1%} of the whole matrix**.")
assert filled_busiest > 4 * (1 - sparsity)

# %% [markdown]
# And here is the whole, one dot per rating, with busy users on top and popular movies
# on the left:

# %%
figure, sentence = plots.dot_plot(ratings)
plt.show()
say(sentence)

# %% [markdown]
# **What just happened?** Emptiness is not spread evenly. The corner that is easy to
# look at is the one place that is not typical.
#
# ### What would it cost to store?
#
# There are three ways to keep the form, with numbers of four bytes each:
#
# | | bytes |
# |---|---|
# | **dense**: every box, filled or not | $4 \, m \, n$ |
# | **list**: user, movie and stars of each filled box | $12 \, N$ |
# | **two tables**: $k$ numbers per user and per movie | $4 \, k \, (m + n)$ |
#
# The third does not keep the ratings. It keeps a summary from which a rating can be
# *computed*, and to find such tables is what this course is about. Their size grows
# with $m + n$; that of the dense matrix grows with $m \times n$.

# %%
K = 64  # numbers per user and per movie


def storage(n_users, n_movies, n_ratings, k=K):
    """Bytes of the three ways to keep the ratings."""
    return {"dense": 4 * n_users * n_movies,
            "list": 12 * n_ratings,
            "two tables": 4 * k * (n_users + n_movies)}


dense = np.zeros((n_users, n_movies), dtype=np.float32)
here = storage(n_users, n_movies, len(ratings))
assert dense.nbytes == here["dense"]         # NumPy agrees with the formula
say(", ".join(f"{way}: {size / 1e6:.2f} MB" for way, size in here.items()))

# %% [markdown]
# **Predict.** All three fit in a phone. Now a form of about the size of the full
# MovieLens: 268,300 users, 41,239 movies, and as many ratings as the 32M edition has.
# How many gigabytes (10⁹ bytes) does the dense matrix take?

# %%
guess_dense = None  # your number, in GB

# %%
n_32m = du.DATASETS["32m"].n_ratings         # the largest fixed edition
full = storage(268_300, 41_239, n_32m)
compare(guess_dense, full["dense"] / 1e9, "GB")

growth = {"here": here, "full MovieLens": full}
table = pd.DataFrame(growth) / 1e6           # one row per way, in MB
table["grows by"] = table["full MovieLens"] / table["here"]
assert full["dense"] > 40e9 > 1e9 > full["list"] > full["two tables"]
table.round(2)

# %%
in_gb = {way: size / 1e9 for way, size in full.items()}
say(f"Dense: **{in_gb['dense']:.1f} GB**, more memory than most laptops have. "
    f"A list of {n_32m / 1e6:.0f} million ratings: {in_gb['list']:.2f} GB. "
    f"Two tables with {K} numbers a row: {in_gb['two tables']:.3f} GB, "
    f"{in_gb['dense'] / in_gb['two tables']:.0f} times smaller than dense.")

# %% [markdown]
# **What just happened?** At this size the matrix is an idea, not an object. We keep a
# list, and think in a matrix. (Numbers of one byte would bring the dense matrix down
# to a quarter, which does not save it.)
#
# *Try it:* call `storage` with the customers and products of a shop that you know.

# %% [markdown]
# ## 4. Ids are names, not row numbers
#
# A table with one row per user is read by row number: 0, 1, 2, … The `user_id`s are
# something else: names that happen to look like numbers. They may start anywhere and
# have gaps. Here are yours, and beside them those of the bundled sample.

# %%
sample, _ = du.download_movielens("sample")
id_facts = {}
for name, table in (("yours", ratings), ("the sample", sample)):
    for column in ("user_id", "item_id"):
        ids = table[column]
        rows = ids.max() + 1                 # a row for each number from 0 on
        id_facts[f"{name}, {column}"] = {
            "different ids": ids.nunique(), "from": ids.min(), "to": ids.max(),
            "rows if used as they are": rows, "empty": rows - ids.nunique()}

id_facts = pd.DataFrame(id_facts).T          # .T: rows become columns
assert (id_facts["empty"] > 0).all()
id_facts

# %% [markdown]
# If in your data only row 0 stays empty, you are looking at ML-100K: its publishers
# renumbered everything. Do not count on it. Newer editions keep MovieLens' own movie
# ids, with large gaps, as the sample does. And even in ML-100K gaps appear as soon as
# we hold out a test set: some movies then have no training rating at all.
#
# The cure is a map. By hand it is a dictionary for one direction and a list for
# the other:

# %%
raw_of = sorted(set(ratings["user_id"]))               # row → raw id
row_of = {raw: row for row, raw in enumerate(raw_of)}  # raw id → row

some = ratings["user_id"].iloc[:5].tolist()            # by position: the first
rows = [row_of[raw] for raw in some]
print("raw ids ", some)
print("rows    ", rows)
print("and back", [raw_of[row] for row in rows])

# %% [markdown]
# `IdMap` is the same with arrays: `fit` collects the ids, `encode` goes from raw ids to
# rows, `decode` back. It answers for all ratings at once.

# %%
user_ids = du.IdMap.fit(ratings["user_id"])
item_ids = du.IdMap.fit(ratings["item_id"])
users = user_ids.encode(ratings["user_id"])              # (n_ratings,)
print(user_ids, "→ rows", users.min(), "to", users.max())

by_hand = [row_of[raw] for raw in ratings["user_id"]]
assert users.tolist() == by_hand                         # the same rows
assert (user_ids.decode(users) == ratings["user_id"]).all()

# %%
for name, table in (("yours", ratings), ("the sample", sample)):
    columns = [table["user_id"], table["item_id"]]
    raw_rows = sum(ids.max() + 1 for ids in columns)
    rows = sum(len(du.IdMap.fit(ids)) for ids in columns)
    say(f"Rows saved by two maps, {name}: {raw_rows - rows:,} of {raw_rows:,} "
        f"({1 - rows / raw_rows:.1%}).")

# %% [markdown]
# And without it? A table of the right height, asked with a raw id:

# %%
one_row_a_user = np.zeros((n_users, K), dtype=np.float32)
largest = ratings["user_id"].max()
try:
    one_row_a_user[largest]
except IndexError as error:
    print("IndexError:", error)
else:
    raise AssertionError("a raw id was taken for a row number")

# %% [markdown]
# That is the lucky case, because it is loud. With a smaller id, the same line would
# have given *some* row, of somebody else, and no error. ("Common mistakes" below
# shows what such a mix-up costs.)
#
# **Strangers.** Make the map from training ratings only. An id that first appears in
# the test set has no row that was ever trained, and the map should say so rather
# than invent one. `encode` refuses such ids, or marks them with −1 if you ask it to.

# %%
first_half = ratings.iloc[: len(ratings) // 2]   # let it be the training part
known = du.IdMap.fit(first_half["item_id"])
try:
    known.encode(ratings["item_id"])
except KeyError as error:
    print("KeyError:", error.args[0])
marked = known.encode(ratings["item_id"], unknown="mark")
strangers = marked == du.UNKNOWN
say(f"{strangers.sum():,} ratings are of movies that the first half of the "
    "table does not know.")
assert strangers.any()

# %% [markdown]
# **What just happened?** Rows became a promise: row $r$ of every table in this course
# belongs to the user `user_ids.raw[r]`, and to nobody else.

# %% [markdown]
# ## 5. Time
#
# `pd.to_datetime` turns seconds into dates; `unit="s"` says that they are seconds.

# %%
dates = pd.to_datetime(ratings["timestamp"], unit="s")
figure, sentence = plots.ratings_by_month(dates)
plt.show()
say(sentence)

# %% [markdown]
# **Predict.** From a user's first rating to the last: how many hours, at the median?
# The data cover months.

# %%
guess_hours = None  # your number, in hours

# %% [markdown]
# Here `.groupby("user_id")` deals the rows into one heap per user, and `.agg([...])`
# computes each heap's first and last second. The result is a table with one row per user.

# %%
times = ratings.groupby("user_id")["timestamp"].agg(["min", "max"])
hours = (times["max"] - times["min"]) / 3600
compare(guess_hours, hours.median(), "hours")
figure, sentence = plots.history_spans(hours)
plt.show()
say(sentence)
assert hours.median() < 24

# %% [markdown]
# **What just happened?** Most people came once. Nobody watches dozens of movies in an
# hour: they rated from memory what they had seen over years. A timestamp says when a
# movie was *rated*, not when it was watched.
# "The past" and "the future" of a user are often the first and the second half of
# one evening.
#
# A web form sends a whole page of answers at once. So there are ties: ratings of one
# user in the same second.

# %%
tied = ratings.duplicated(["user_id", "timestamp"], keep=False)  # all of them
say(f"**{tied.mean():.0%} of the ratings** share their second with another "
    "rating of the same user.")
assert tied.mean() > 0.5

# %% [markdown]
# Which of them came first, nobody knows. Any split in time needs a rule for ties, and
# the rule must not depend on how the file happens to be sorted. Ours: by time, then by
# user, then by movie.

# %% [markdown]
# ## 6. Three ways to split, and a fourth
#
# To learn how good a model is, we hide some ratings, let it learn from the rest, and
# compare. *Which* ones we hide decides what question we ask:
#
# | split | hidden | the question it asks |
# |---|---|---|
# | **random** | any 20 % of the ratings | can you fill a hole in a table you know? |
# | **per user in time** | the last 20 % of each user's | what will this known user say next? |
# | **globally in time** | the last 20 % of all | what will come in next, whoever rates it? |
# | **quantiles in time** | 75 % train, 15 % validate, 10 % test | the same, with a part to choose by |
#
# To compare them we need a **data-quality table**: who and what appears on both sides,
# who and what is new (*cold*), and how much of the future the training part has seen.
# Three new idioms: `.map(table)` looks each value up in a table with labels;
# `.loc[rows, column]` picks rows and a column; and `np.searchsorted` says, for each
# test rating, how many of the sorted training seconds are not later than its own.

# %%
def quality(name, train, test):
    """One row: overlap, cold start, and what training knows of the future."""
    own = test["user_id"].map(train.groupby("user_id")["timestamp"].max())
    # (NaN for a new user; no second is earlier than NaN, so none counts)
    new_user = ~test["user_id"].isin(train["user_id"])
    new_movie = ~test["item_id"].isin(train["item_id"])
    seconds = np.sort(train["timestamp"])
    earlier = np.searchsorted(seconds, test["timestamp"], side="right")
    return pd.DataFrame({
        "train": len(train), "test": len(test),
        "users in both": test.loc[~new_user, "user_id"].nunique(),
        "cold users": test.loc[new_user, "user_id"].nunique(),
        "movies in both": test.loc[~new_movie, "item_id"].nunique(),
        "cold movies": test.loc[new_movie, "item_id"].nunique(),
        "cold ratings %": 100 * (new_user | new_movie).mean(),
        "own future %": 100 * (test["timestamp"] < own).mean(),
        "any future %": 100 * (1 - earlier / len(train)).mean(),
    }, index=[name]).round(1)

# %% [markdown]
# The last three columns are in percent:
#
# - *cold ratings*: test ratings with a user or a movie that has no training rating;
# - *own future*: test ratings older than the newest training rating of the same user;
# - *any future*: training ratings newer than a test rating, averaged over the test.
#
# ### Random
#
# Shuffle the rows and take the first fifth as the test. By hand, then by the library:

# %%
shuffled = np.random.default_rng(SEED).permutation(len(ratings))
hidden = shuffled[: round(0.2 * len(ratings))]           # row positions
by_hand = ratings.iloc[np.sort(hidden)]

random = du.train_test_split_random(ratings, test_size=0.2, seed=SEED)
assert random.test.equals(by_hand)                       # the same rows
assert random.train.index.union(random.test.index).equals(ratings.index)

# %% [markdown]
# **Predict.** Of the test ratings, which share is older than the newest *training*
# rating of the same user, in percent?

# %%
guess_leak = None  # your number, in percent

# %%
newest = {}                                  # user → newest training second
for row in random.train.itertuples():
    newest[row.user_id] = max(row.timestamp, newest.get(row.user_id, 0))

n_leaks = 0
for row in random.test.itertuples():
    n_leaks += row.timestamp < newest.get(row.user_id, 0)

share = n_leaks / len(random.test)
compare(guess_leak, 100 * share, "%")
assert np.isclose(share, random.report.leakage_share)    # the library agrees
assert share > 0.9
print(random.report)

# %%
quality("random", random.train, random.test)

# %% [markdown]
# **What just happened?** Nearly every hidden rating has a newer one of the same user
# in training. For filling holes, that is fair. As a rehearsal for the future it is a
# **leak**: the model is asked about Monday and has read Tuesday.
#
# ### Per user in time
#
# Each user's last fifth is hidden.

# %%
per_user_time = du.train_test_split_by_time(ratings, per_user=True)
quality("per user", per_user_time.train, per_user_time.test)

# %% [markdown]
# No user's own future is known any more. But look at the last column: *other* people's
# future still is. A movie that becomes a success next month is already one in training.
#
# ### Globally in time
#
# One date for all: training before, test after.

# %%
global_time = du.train_test_split_by_time(ratings)
quality("global", global_time.train, global_time.test)

# %% [markdown]
# Nothing of the future is known. The price is in *cold ratings*: most test ratings
# involve a user or a movie without any training rating. Look at *cold users*. Since most people rate within one
# evening, to test on the last weeks is to test on *new people*.
#
# ### Quantiles in time: 75 / 15 / 10
#
# Every choice you make by looking at a test set makes that test set less of one. So
# there is a third part, **validation**, to choose by. It lies between the two in time.
# When the choice is made, training and validation may be joined for the test.

# %%
quantiles = du.split_by_time_quantiles(ratings, (0.75, 0.15, 0.10))
train, validation, test, report = quantiles
both = pd.concat([train, validation])
assert train["timestamp"].max() <= validation["timestamp"].min()
assert validation["timestamp"].max() <= test["timestamp"].min()
pd.concat([quality("validation after train", train, validation),
           quality("test after train", train, test),
           quality("test after train + validation", both, test)])

# %% [markdown]
# ### The four, side by side
#
# In this picture each row is a group of users, those who came first at the bottom,
# and each column a place in their own history, from the first rating to the last. The
# darker a spot, the more of its ratings are hidden for the test. White is training, and
# in the fourth panel validation too. Above each panel stands the share of its test
# ratings that the newcomers gave, the fifth of the users who came last.

# %%
splits = {"random": random, "per user": per_user_time,
          "global": global_time, "quantiles": quantiles}
tests = {name: split.test for name, split in splits.items()}
figure, sentence = plots.tested_ratings(ratings, tests)
plt.show()
say(sentence)

# %%
comparison = pd.concat([quality(name, split.train, split.test)
                        for name, split in splits.items()])
known_users = comparison["cold users"] == 0
mostly_cold = comparison["cold ratings %"] > 50
leaky = comparison["own future %"] > 0
sees_ahead = comparison["any future %"] > 10
assert known_users.tolist() == [True, True, False, False]
assert mostly_cold.tolist() == [False, False, True, True]
assert leaky.tolist() == [True, False, False, False]
assert sees_ahead.tolist() == [True, True, False, False]
comparison

# %% [markdown]
# ### The same two models under each
#
# Now the point of it all. We take two very simple models, unchanged, and score them
# under each split by the **RMSE**: the root of the mean squared error, in stars; lower
# is better. `GlobalMean` always answers with the mean of the training ratings.
# `BiasModel` adds how generous the user is and how well liked the movie is, as far as
# training tells. Lab 02 builds both from nothing; here they are measuring rods.

# %%
scores = {}
for name, split in splits.items():
    known = du.RatingsDataset.fit(split.train)   # with maps of training ids
    asked = known.encode(split.test)               # same maps: strangers are −1
    for model in (GlobalMean(), BiasModel()):
        predicted = model.fit(known).predict(asked.users, asked.items)
        kind = type(model).__name__
        scores.setdefault(kind, {})[name] = rmse(predicted, asked.ratings)

scores = pd.DataFrame(scores)
scores["gain %"] = 100 * (1 - scores["BiasModel"] / scores["GlobalMean"])
scores["cold ratings %"] = comparison["cold ratings %"]
scores.round({"GlobalMean": 3, "BiasModel": 3, "gain %": 1})

# %%
bias = scores["BiasModel"]
say(f"One model, one table of ratings: an RMSE of **{bias['random']:.3f}** "
    f"under the random split, **{bias['per user']:.3f}** per user in time, "
    f"and **{bias['global']:.3f}** globally in time.")
assert bias["random"] + 0.01 < bias["per user"] < bias["global"] - 0.01
assert bias.max() - bias.min() > 0.05
assert scores.loc["random", "gain %"] > scores.loc["global", "gain %"] + 3

# %% [markdown]
# **What just happened?** The model did not change, and neither did the data. The
# question did. Look at `GlobalMean` too: it knows nothing of users or of time, and its
# score moves as well, because each split tests other ratings. So the difference between
# two splits is not what a leak was worth, and only the column *gain %* compares like with
# like. In lab 03, a much better model will gain a few hundredths of a star on this one;
# here the split alone has moved the score by more. A score without its split is not a
# result. From here on, every score in this course names its split.

# %% [markdown]
# ## 7. Missing, but not by chance
#
# In section 2 we asked whether people like most movies, or mostly rate what they like.
# One thing we can look at: do movies with many ratings have better ones?

# %%
by_movie = ratings.groupby("item_id")["rating"].agg(["size", "mean"])
by_movie = by_movie.rename(columns={"size": "ratings"})
figure, sentence = plots.popularity_and_mean(by_movie)
plt.show()
say(sentence)

correlation = np.corrcoef(
    np.log(by_movie["ratings"]), by_movie["mean"])[0, 1]
say(f"Correlation of the mean with the log of the count: {correlation:.2f}.")
assert correlation > 0.3

# %% [markdown]
# A first consequence: "the average" is not one number.

# %%
over_ratings = ratings["rating"].mean()
over_movies = by_movie["mean"].mean()
say(f"The mean of all ratings is **{over_ratings:.2f}** stars. The mean of "
    f"the movies' means, where each movie counts once, is "
    f"**{over_movies:.2f}**.")
assert over_ratings > over_movies + 0.2

# %% [markdown]
# One story explains the slope: good movies draw more viewers. Another lifts the means of
# all movies: viewers pick what they expect to like, so that those who would have given
# one star are not among the raters. In both, a rating is *more likely to be there if it
# is high*. In the second this holds even within one movie: whether the box is filled
# depends on what it would have said. Statisticians say **missing not at random**.
#
# ### A look under the empty boxes
#
# In real data nobody can see what an empty box would have said. In a **planted world**
# we can: the bundled sample was made from known tastes, and its makers built both
# stories in. The file with the truth says what stars to expect in *every* cell.

# %%
truth = du.load_truth()
shape = len(truth.user_ids), len(truth.item_ids)
# user 1, 1, 1, … with movie 1, 2, 3, …: each user with each movie
expected = truth.predict(
    np.repeat(truth.user_ids, shape[1]), np.tile(truth.item_ids, shape[0])
).reshape(shape)

filled = np.zeros(shape, dtype=bool)
filled[du.IdMap.fit(truth.user_ids).encode(sample["user_id"]),
       du.IdMap.fit(truth.item_ids).encode(sample["item_id"])] = True
assert filled.sum() == len(sample)

# %%
figure, sentence = plots.stars_of_cells(expected[filled], expected[~filled])
plt.show()
say(sentence)
mistake = expected[filled].mean() - expected.mean()
say(f"Whoever takes the mean of the ratings for the mean of all opinions is "
    f"wrong by **{mistake:.2f} stars** in this world.")
assert expected[filled].mean() > expected[~filled].mean() + 0.2

# %% [markdown]
# **What just happened?** The filled boxes are the better ones, because the world was
# made so. This proves nothing about real viewers: it shows what the mechanism does,
# where it is known to work. For real people there is one clean way to find out: ask
# them about items that *you* choose. Marlin and colleagues (2007) did so with users of
# an online radio. The ratings of songs drawn at random looked markedly different from
# those of songs that people had chosen themselves, and many people said that their
# opinion of a song affects whether they rate it.
#
# **Why it matters for everything after.**
#
# - A test set is drawn from the filled boxes too. An RMSE says how well a model does
#   on movies *that people chose to rate*. It is silent on the others.
# - A recommender has to rank *all* movies, and so works where it was never tested.
#   Lab 05 comes back to this.
# - *That* somebody rated a movie is information, whatever the stars. Lab 07 uses it.

# %% [markdown]
# ## Common mistakes
#
# Four that are easy to make, because the wrong number looks like any other. Each is run
# as it is, shows its symptom, and is repaired.
#
# ### Mistake 1: an empty box read as zero stars
#
# `fillna(0)` makes the table look tidy.

# %%
broken = anywhere.fillna(0).mean(axis=None)   # the random corner of section 3
repaired = anywhere.mean(axis=None)           # pandas leaves NaN out
print(f"broken:   {broken:.2f} stars on average, fewer than anyone can give")
print(f"repaired: {repaired:.2f} stars")
assert broken < 1 <= repaired

# %% [markdown]
# The broken mean measures how empty the corner is, not what people think. Of a model
# trained on such zeros, expect the same.
#
# ### Mistake 2: ids numbered twice
#
# `pd.factorize` numbers ids as they appear. Called once for train and once for test,
# it gives the same movie two numbers.

# %%
train, test, _ = random
codes_train, _ = pd.factorize(train["item_id"])
codes_test, _ = pd.factorize(test["item_id"])            # numbered anew!
means = train.groupby(codes_train)["rating"].mean()      # movie number → stars
broken = rmse(means.loc[codes_test], test["rating"])

known = du.IdMap.fit(train["item_id"])                   # one map for both
means = train.groupby(known.encode(train["item_id"]))["rating"].mean()
rows = known.encode(test["item_id"], unknown="mark")
answers = means.reindex(rows).fillna(train["rating"].mean())
repaired = rmse(answers, test["rating"])
constant = scores.loc["random", "GlobalMean"]
print(f"RMSE of the movies' means, broken:   {broken:.3f}")
print(f"RMSE of the movies' means, repaired: {repaired:.3f}")
print(f"RMSE of one constant:                {constant:.3f}")
assert repaired < constant < broken

# %% [markdown]
# The symptom: a model that is worse than a constant. The movies' means were right, but
# they were handed to other movies.
#
# ### Mistake 3: a split that depends on the order of the file
#
# Sort by time, keep the last fifth of each user. But ties have no order of their own.

# %%
def last_fifth(table, keys):
    """The newest fifth of each user's ratings, after sorting by `keys`."""
    table = table.sort_values(keys)
    place = table.groupby("user_id").cumcount()          # 0, 1, 2, …
    # how many ratings the user has, repeated on each of the user's rows
    size = table.groupby("user_id")["rating"].transform("size")
    return table[place >= 0.8 * size]   # the library rounds the other way


reordered = ratings.sample(frac=1, random_state=SEED)  # same rows, other order
for keys in (["timestamp"], ["timestamp", "user_id", "item_id"]):
    one, other = last_fifth(ratings, keys), last_fifth(reordered, keys)
    differ = (~one.index.isin(other.index)).sum()
    print(f"sorted by {', '.join(keys)}: {differ:,} of {len(one):,} differ")
    assert (differ > 0) == (keys == ["timestamp"])

# %% [markdown]
# The same ratings, the same code, another test set: such a score cannot be repeated
# by someone whose file is sorted otherwise.
#
# ### Mistake 4: cold rows dropped without a word
#
# "Rows with unknown ids raised an error, so we removed them."

# %%
train, test, _ = global_time
_, warm = du.drop_cold(train, test)
fitted = du.RatingsDataset.fit(train)
model = BiasModel().fit(fitted)
errors = {}
for name, part in (("warm rows only", warm), ("all rows", test)):
    rows = fitted.encode(part)                             # cold ids are −1
    errors[name] = rmse(model.predict(rows.users, rows.items), rows.ratings)
    print(f"{name:15} RMSE {errors[name]:.3f} on {len(part):6,} test ratings")
say(f"The better-looking number leaves out {1 - len(warm) / len(test):.0%} "
    "of the test ratings.")
assert errors["warm rows only"] + 0.01 < errors["all rows"]
assert len(warm) < 0.5 * len(test)

# %% [markdown]
# Both numbers are right; they answer different questions. The repair is to keep cold
# rows and answer them as well as one can (a new user gets the mean and the movie's
# bias), or else to say beside the number what was left out.

# %% [markdown]
# ## Key questions
#
# Answer aloud, then unfold.
#
# <details><summary>1. A matrix has twice the users and twice the movies of another, and twice the ratings. Which is sparser?</summary>
#
# The larger one. The cells grew fourfold and the ratings twofold, so its density is
# half. Large catalogues are nearly always sparser than small ones.
#
# </details>
#
# <details><summary>2. Why is the median number of ratings per movie so far below the mean?</summary>
#
# Because of the long tail. A few movies with hundreds of ratings pull the mean up and
# leave the median where most movies are. The Lorenz curve shows the same as a sag below
# the diagonal, and the Gini index as one number.
#
# </details>
#
# <details><summary>3. What do two factor tables keep that a list of ratings does not, and what do they lose?</summary>
#
# They can answer for every cell, also for empty ones. They lose the ratings themselves:
# what they give back is an approximation, and how good it is has to be tested.
#
# </details>
#
# <details><summary>4. Why is the id map made from training ratings only?</summary>
#
# A row for an id that occurs only in the test set would never be trained; its content
# would be whatever it was initialized with. If the map does not know the id, the code
# has to decide what to answer, and you can count how often.
#
# </details>
#
# <details><summary>5. A paper reports 0.94 and another 1.02 for the same kind of model on the same data. Which is better?</summary>
#
# Unknown, as long as the splits are. You have just seen one model score about that far
# apart under a random split and a global split in time.
#
# </details>
#
# <details><summary>6. In the per-user split, no user's future is in training. What still leaks?</summary>
#
# Everybody else's future: the training part holds ratings from after the test rating
# was given, so a movie's later fame is known. Only a global cut in time removes it.
#
# </details>
#
# <details><summary>7. All ratings of a movie are four stars. May you say that people like it?</summary>
#
# You may say that those who chose to rate it do. People who would have disliked it may
# never have watched it. And how many ratings were there? One is enough for "all".
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# - [x] You described a table of ratings: its size, its gaps, its scale, its dates.
# - [x] You measured a long tail with a Lorenz curve and a Gini index.
# - [x] You computed what a user–item matrix costs to store, in three ways, at any size.
# - [x] You turned raw ids into row numbers and back without mixing people up.
# - [x] You split ratings in four ways and read what each split measures.
# - [x] You explained why missing ratings are not missing by chance.
#
# This lab holds nothing that needs cleaning up: closing the notebook frees its memory.
#
# ## Further reading
#
# - J. Bennett and S. Lanning. 2007. The Netflix Prize. *Proceedings of KDD Cup and Workshop
#   2007*. What was published, and why.
# - F. M. Harper and J. A. Konstan. 2015. The MovieLens Datasets: History and Context. *ACM
#   Transactions on Interactive Intelligent Systems* 5 (4), article 19.
#   [doi:10.1145/2827872](https://doi.org/10.1145/2827872). How the site, and with it the data,
#   changed over the years.
# - Y. Koren, R. Bell and C. Volinsky. 2009. Matrix Factorization Techniques for Recommender
#   Systems. *Computer* 42 (8), 30–37.
#   [doi:10.1109/MC.2009.263](https://doi.org/10.1109/MC.2009.263). Eight pages; the map of this
#   course.
# - M. O. Lorenz. 1905. Methods of Measuring the Concentration of Wealth. *Publications of the
#   American Statistical Association* 9 (70), 209–219.
#   [doi:10.2307/2276207](https://doi.org/10.2307/2276207).
# - B. M. Marlin, R. S. Zemel, S. Roweis and M. Slaney. 2007. Collaborative Filtering and the
#   Missing at Random Assumption. *UAI 2007*. [arXiv:1206.5267](https://arxiv.org/abs/1206.5267).
# - Z. Meng, R. McCreadie, C. Macdonald and I. Ounis. 2020. Exploring Data Splitting Strategies
#   for the Evaluation of Recommendation Models. *RecSys 2020*.
#   [arXiv:2007.13237](https://arxiv.org/abs/2007.13237). Rankings of models that change with
#   the split.
#
# ## Next
#
# Nearly all boxes are empty, and the filled ones are not a fair sample. Is there
# enough in them to fill in the rest? We start small: two viewers, five movies, and a
# handful of numbers written by hand.
#
# → [02 Matrix factorization from scratch](02-matrix-factorization-from-scratch.ipynb)
