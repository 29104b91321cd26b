# %% [markdown]
# # 01 Data exploration: what is in the matrix, and what is missing?
#
# *One table of movie ratings, looked at so closely that you know what a model can
# learn from it, and which numbers about it not to believe.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under half a minute, on either data set |
# | **Memory** | 0.5 GB |
# | **Difficulty** | for beginners; means, a square root, a logarithmic axis |
# | **Builds on** | nothing: this is the first lab |
#
# **After this lab you can**
#
# - describe a table of ratings: its size, its gaps, its scale, its dates;
# - measure a long tail with a Lorenz curve and a Gini index;
# - turn raw ids into row numbers and back without mixing people up;
# - split ratings in three ways (Deeper: a fourth) and read what each split measures;
# - explain what *missing not at random* means, and why the stars cannot show it;
# - (Deeper) say what a user–item matrix costs to store, in four ways, at any size.
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
# **How this works.** Click on a code cell and press Shift+Enter to run it, from top to
# bottom; what it prints or draws appears underneath. The first cell, folded here, finds
# the course's own modules, wherever Jupyter was started.

# %%
import gc
import hashlib
import os
import sys
from pathlib import Path

home = next((p for p in [Path.cwd(), *Path.cwd().parents]
             if (p / "scripts" / "data_utils").is_dir()), None)
if home is None:
    raise SystemExit("This notebook needs its project: open it in the folder "
                     "notebooks/ there. In Colab, clone the project first.")
sys.path.insert(0, str(home / "scripts"))
gc.set_threshold(100_000, 20, 20)  # rarer garbage collection: quicker imports

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

import data_utils as du
from checks import check, solution
from findings import begin_findings, finding, show_findings
from metrics import rmse
from models import BiasModel, GlobalMean
from plots import exploration as plots
from reporting import say

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED = 0

# %% [markdown]
# Three habits of this course, before we start.
#
# - **Sentences with numbers are printed by code**, through `say(...)`. So they are
#   true for whatever data you load, and the text around them never has to guess.
# - **A `finding(...)` is a claim about your data.** It computes whether the claim holds
#   and says so, with a sentence for either outcome, and it names its *control*: what the
#   claim was compared with. The last cell of a lab lists its findings. One that
#   does not hold on your data is no error; it tells you how your data differ.
# - **A line that starts with `assert` states an identity**: two ways to one number. It
#   holds for any data, and stops the notebook if the code is wrong.

# %% [markdown]
# ## 1. Two tables
#
# `download_movielens` fetches the ratings. With `"auto"` it looks for ML-100K on your
# machine, downloads it if there is none, falls back on the bundled sample if it must,
# and prints which it took. To choose yourself, write a name into the set-up cell, such
# as `DATASET = "sample"`.

# %%
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))
DATED = "timestamp" in ratings       # False for tables that know no dates
ratings.head()

# %% [markdown]
# `ratings` is a pandas **DataFrame**: a table whose columns have names. `.head()` gives
# its first five rows, and a notebook shows the value of a cell's last line. Each row
# is one filled box of the form: *who*, *which movie*, *how many stars*, and *when*, in
# seconds since 1 January 1970, where that is known.
#
# Stars are **explicit** feedback: somebody said what they think. Many tables
# are **implicit**: who watched, clicked or bought what. There a filled box says
# "took it" and an empty one says nothing, so that dislikes are never seen. This course is
# about stars, and returns to the other kind in lab 05.

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

# %% [markdown]
# Movies that are listed twice, under two ids, we leave as they are; to a model they are
# different movies. Damage is one question, thinness another: who has a single rating, can be in training
# or in the test, and never in both. And which scale is it? Where this lab says
# "stars", read the unit of your table.

# %%
per_user = ratings["user_id"].value_counts()    # most active first
per_movie = ratings["item_id"].value_counts()   # most rated first
LOWEST, HIGHEST = ratings["rating"].min(), ratings["rating"].max()
MIDDLE = (LOWEST + HIGHEST) / 2

say(f"{(per_user == 1).sum():,} of {len(per_user):,} users and "
    f"{(per_movie == 1).sum():,} of {len(per_movie):,} movies have only one "
    "rating.")
say(f"Ratings go from {LOWEST:g} to {HIGHEST:g}, in "
    f"{ratings['rating'].nunique()} different values. "
    + ("They have dates." if DATED else
       "They have no dates: what needs dates is passed over in this lab."))

# %% [markdown]
# ### Deeper: where the data come from
#
# [MovieLens](https://movielens.org) is a movie recommender that the GroupLens group of
# the University of Minnesota has run since 1997, and these are ratings that its
# users gave (Harper & Konstan 2015). The editions differ in size; `DATASETS` lists
# them with their terms. The bundled sample is not one of them: its people and
# movies are invented, and so are its ratings, in a way that lab 02 explains.

# %%
edition = du.DATASETS.get(du.edition_of(ratings))    # None for other tables
if edition is None:
    say("You are using **a table of your own**, under its own terms.")
else:
    say(f"You are using **{edition.name}**. Terms: {edition.licence}")
    say(f"Its archive: {edition.archive or 'none, it is part of the course'}.")

# %% [markdown]
# ### Deeper: how an archive is verified
#
# A download can break off, and a server can send something else. So each archive is
# compared, before it is read, with a **hash** that this course has on record: a short
# number computed from all the bytes. Change one bit anywhere and the hash is another.

# %%
page = b"196\t242\t3\t881250949\n"
damaged = bytes([page[0] ^ 1]) + page[1:]    # the same with one bit flipped
for name, content in (("as sent", page), ("one bit off", damaged)):
    print(f"{name:12}", hashlib.sha256(content).hexdigest()[:32], "…")

on_record = edition and (edition.sha256 or edition.md5)
print("\nhash on record for this edition:", on_record or "none")

# %% [markdown]
# An archive with another hash is refused. A folder that someone has unpacked has no
# hash any more; there the number of ratings is compared with the published one.
#
# ### How empty is it?
#
# With $m$ users, $n$ movies and $N$ ratings, the form has $m \times n$ boxes (or *cells*:
# the figures say so), and
#
# $$\text{sparsity} = 1 - \frac{N}{m \, n}$$
#
# is the share of them that is empty.
#
# **Predict.** Most editions of MovieLens leave out everyone with fewer than 20 ratings,
# so their people are keen. What share of the boxes is empty, in percent?
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

# %%
finding(
    "Nearly all boxes are empty", sparsity > 0.8,
    yes=f"More than 8 in 10 boxes are empty: {sparsity:.1%} of them.",
    no=f"Only {sparsity:.1%} of the boxes are empty: your table is "
    "fuller than those that this course was written from.",
    control="a count of all boxes: exact",
    on=["sample", "100k", "latest-small"])

# %%
du.print_dataset_info(ratings, movies)

# %% [markdown]
# **What just happened?** You have the table's portrait on one page. Two lines of it
# deserve a second look: the counts per user and per movie, with their medians and
# means, and where the stars pile up. They come next.

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

# %% [markdown]
# Which half of the scale do people use? We take each *user's* share of ratings above
# the middle, less the share below it, and average over the users. A few of them
# could have decided that average by chance. So we give it an **interval**: for $n$
# independent values the mean is uncertain by about $1.96\,\text{sd}/\sqrt{n}$ either way.

# %%
def interval(values):
    """Mean of independent values, and the ends of its 95 % interval."""
    half = 1.96 * np.std(values, ddof=1) / np.sqrt(len(values))
    return np.mean(values), np.mean(values) - half, np.mean(values) + half


lean = np.sign(ratings["rating"] - MIDDLE).groupby(ratings["user_id"]).mean()
mean, low, high = interval(lean)

# %%
finding(
    "Ratings lie above the middle of the scale", low > 0,
    yes=f"For the average user, ratings above {MIDDLE:g} outnumber those "
    f"below it by {mean:.0%} of all that the user gave.",
    no="Users do not use the upper half of the scale more: above less "
    f"below {MIDDLE:g} is {mean:.0%} of a user's ratings, on average.",
    control=f"95 % interval over the users: {low:.0%} to {high:.0%}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** If the upper half is used more: do people like most movies? Or
# do they mostly watch, and rate, what they expect to like? The histogram cannot tell.
# Keep the question for section 7.
#
# Now the counts: how many ratings has a user, and how many a movie?

# %%
figure, sentence = plots.activity_histograms(per_user, per_movie)
plt.show()
say(sentence)

# %%
few = (per_movie <= 5).mean()
below = [(counts < counts.mean()).mean() for counts in (per_user, per_movie)]
say(f"**{few:.0%} of the movies** have five ratings or fewer.")
finding(
    "Most users and movies have less than the mean", min(below) > 0.5,
    yes=f"{below[0]:.0%} of the users and {below[1]:.0%} of the movies "
    "have fewer ratings than the mean of their kind: a few large counts "
    "pull it up.",
    no=f"{below[0]:.0%} of the users and {below[1]:.0%} of the movies "
    "have fewer ratings than the mean of their kind: not more than half "
    "of both.",
    control="counts of all users and movies: exact",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# The horizontal axes are logarithmic: each step to the right multiplies. (So the bar of
# the count 1 is drawn wider than those of larger counts.) Where a few
# counts are very large, an ordinary axis would crowd all others at its left edge. Such
# a *long tail* is better described by its median, the count in the middle of the line,
# than by its mean.
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

# %% [markdown]
# Is that much inequality? Even if every rating fell on a movie by lot, some movies
# would get more than others. Such a draw of luck alone is called a **null**:

# %%
rng = np.random.default_rng(SEED)            # a source of random numbers
by_lot = rng.multinomial(len(ratings), np.full(n_movies, 1 / n_movies))
by_chance = np.interp(0.5, *lorenz_curve(by_lot))

# %%
finding(
    "Ratings crowd on few movies", less_rated < by_chance / 2,
    yes=f"The less rated half holds {less_rated:.1%} of the ratings. "
    f"Chance alone would leave it {by_chance:.1%}, over twice as much.",
    no=f"The less rated half holds {less_rated:.1%}; chance alone would "
    f"leave it {by_chance:.1%}, which is not twice as much.",
    control="a null: as many ratings, dealt out by lot",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** You can say in one number how unequally ratings fall on
# movies. For a movie with three of them, no model can learn much from its column
# alone. It has to borrow from other movies and other people. How to borrow sensibly
# is the subject of lab 02.

# %% [markdown]
# {{turn:y011}}
#
# Now the other end of the line: how much do the favourites hold, the most rated movies?
# Write a function for the `k` most rated ones. For the counts 1, 6, 2, 1 and `k` = 2
# they hold 8 of 10 ratings, so it returns 0.8.

# %%
# {{answer:y011}}


# %%
check("y011", share_of_most_rated)

# %% [markdown]
# {{ladder:y011}}

# %% tags=["solution"]
solution("y011")

# %% [markdown]
# ### Deeper: the Gini index twice
#
# The area can be had by trapezoids under the curve, or in one line from the ranks of
# the sorted counts, which is how `compute_statistics` does it. The same number twice:

# %%
owners, owned = curves["movies"]
by_area = 1 - 2 * np.trapezoid(owned, owners)
by_ranks = facts["ratings_per_item"]["gini"]
print(f"Gini index of the movies: {by_area:.4f} by area, "
      f"{by_ranks:.4f} by ranks")
assert np.isclose(by_area, by_ranks)

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
scale = LOWEST, HIGHEST
figure, sentence = plots.heat_map(busiest, movies, "The busiest corner", scale)
plt.show()
say(sentence)

# %% [markdown]
# However full this corner is, do not get used to it. Here is the whole form, one dot per
# rating, with busy users on top and popular movies on the left:

# %%
figure, sentence = plots.dot_plot(ratings)
plt.show()
say(sentence)

# %% [markdown]
# **What just happened?** You have seen how emptiness is spread. Whoever looks only at
# the busiest users and movies need not see a typical part. The empty boxes need no room
# in memory: we keep a list of the filled ones, and think in a matrix.

# %% [markdown]
# ### Deeper: a corner drawn at random
#
# Here are 20 users and 30 movies drawn at random from the same form (fewer, where there
# are fewer):

# %%
rng = np.random.default_rng(SEED)


def at_random(n_rows, n_columns):
    """Stars of so many users and movies drawn at random, or of all."""
    sizes = ((per_user.index, n_rows), (per_movie.index, n_columns))
    return corner(*(rng.choice(ids, size=min(size, len(ids)), replace=False)
                    for ids, size in sizes))


anywhere = at_random(20, 30)
figure, sentence = plots.heat_map(anywhere, movies, "A random corner", scale)
plt.show()
say(sentence)

# %%
filled = busiest.notna().mean(axis=None)           # over all cells
in_others = [at_random(20, 30).notna().mean(axis=None) for _ in range(20)]
finding(
    "The busiest corner is not typical", filled > 4 * max(in_others),
    yes=f"{filled:.0%} of the busiest corner is filled, "
    f"{1 - sparsity:.1%} of the whole matrix, and "
    f"{max(in_others):.1%} of the fullest of 20 random corners.",
    no=f"{filled:.0%} of the busiest corner is filled, and "
    f"{1 - sparsity:.1%} of the whole matrix: less of a difference than "
    "in MovieLens.",
    control="20 corners of the same size, drawn at random",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# ### Deeper: what would it cost to store?
#
# Here are four ways, with numbers of four bytes each. Three keep the form:
#
# | | bytes |
# |---|---|
# | **dense**: every box, filled or not | $4 \, m \, n$ |
# | **list**: user, movie and stars of each filled box | $12 \, N$ |
# | **rows**: movie and stars of each box, user by user | $8 \, N + 4 (m + 1)$ |
# | **two tables**: $k$ numbers per user and per movie | $4 \, k \, (m + n)$ |
#
# *Rows* is a list sorted by user, which need not repeat the user: it only notes where
# each user's part begins. The name is **compressed sparse rows**, CSR, and lab 02
# computes with it.
#
# The last way does not keep the ratings. It keeps a summary from which a rating can be
# *computed*, and to find such tables is what this course is about. Their size grows
# with $m + n$; that of the dense matrix grows with $m \times n$.

# %%
K = 64  # numbers per user and per movie


def storage(n_users, n_movies, n_ratings, k=K):
    """Bytes of each way to keep the ratings."""
    return {"dense": 4 * n_users * n_movies,
            "list": 12 * n_ratings,
            "rows": 8 * n_ratings + 4 * (n_users + 1),
            "two tables": 4 * k * (n_users + n_movies)}


dense = np.zeros((n_users, n_movies), dtype=np.float32)
here = storage(n_users, n_movies, len(ratings))
assert dense.nbytes == here["dense"]         # NumPy agrees with the formula
say(", ".join(f"{way}: {size / 1e6:.2f} MB" for way, size in here.items()))

# %% [markdown]
# **Predict.** Now the form of ML-32M, the largest fixed edition of MovieLens: 200,948
# users, 87,585 movies (all that are listed), and a little over 32 million ratings. How
# many gigabytes (10⁹ bytes) does the dense matrix take?

# %%
guess_dense = None  # your number, in GB

# %%
big = du.DATASETS["32m"]                     # its published counts
full = storage(big.n_users, big.n_movies, big.n_ratings)
compare(guess_dense, full["dense"] / 1e9, "GB")

growth = {"here": here, "ML-32M": full}
table = pd.DataFrame(growth) / 1e6           # one row per way, in MB
table["grows by"] = table["ML-32M"] / table["here"]
table.round(2)

# %%
in_gb = {way: size / 1e9 for way, size in full.items()}
say(f"Dense: **{in_gb['dense']:.1f} GB**, and still "
    f"{in_gb['dense'] / 4:.1f} GB with numbers of one byte. "
    f"A list of {big.n_ratings / 1e6:.0f} million ratings: "
    f"{in_gb['list']:.2f} GB; in rows: {in_gb['rows']:.2f} GB. "
    f"Two tables with {K} numbers per row: {in_gb['two tables']:.3f} GB, "
    f"{in_gb['dense'] / in_gb['two tables']:.0f} times smaller than dense.")

# %% [markdown]
# **What just happened?** At this size the matrix is an idea, not an object.
#
# *Try it:* call `storage` with the customers and products of a shop that you know.

# %% [markdown]
# ## 4. Ids are names, not row numbers
#
# A table with one row per user is read by row number: 0, 1, 2, … The `user_id`s are
# something else: names, which often look like numbers and may start anywhere and
# have gaps. Here are yours, where they are numbers, and those of the bundled sample.

# %%
sample, _ = du.download_movielens("sample")
id_facts = {}
for name, table in (("yours", ratings), ("the sample", sample)):
    for column in ("user_id", "item_id"):
        ids = table[column]
        if du.IdMap.fit(ids).of_text:
            continue                         # a text is no row number at all
        rows = ids.max() + 1                 # a row for each number from 0 on
        id_facts[f"{name}, {column}"] = {
            "different ids": ids.nunique(), "from": ids.min(), "to": ids.max(),
            "rows if used as they are": rows, "empty": rows - ids.nunique()}

id_facts = pd.DataFrame(id_facts).T          # .T: rows become columns
id_facts

# %% [markdown]
# If in your data only row 0 stays empty, somebody has renumbered everything, as the
# publishers of ML-100K did. Do not count on it. Newer editions keep MovieLens' own movie
# ids, with large gaps, as the sample does. And gaps appear as soon as a test set takes
# all the ratings of some movie.
#
# ![The raw ids 7, 12, 40, 41 and 300 lead by arrows to rows 0, 1, 2, 3 and 4. The id 99, which has no training rating, leads to −1. Used as row numbers, the raw ids need 301 rows, of which 296 stay empty; with the map 5 rows are enough.](images/ids-to-rows.svg)
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

# %% [markdown]
# And without it? A table with one row for each user of the sample, asked with a raw id:

# %%
one_row_per_user = np.zeros(sample["user_id"].nunique())
try:
    one_row_per_user[sample["user_id"].max()]
except IndexError as error:
    print("IndexError:", error)

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

# %% [markdown]
# **What just happened?** Rows became a promise: row $r$ of every table in this course
# belongs to the user `user_ids.raw[r]`, and to nobody else.

# %% [markdown]
# {{turn:y012}}
#
# A model answers with rows; people want ids. Write the way back, for many rows at
# once. A row of −1 stands for a stranger, and must not turn into anybody's id.

# %%
# {{answer:y012}}


# %%
check("y012", back_to_raw)

# %% [markdown]
# {{ladder:y012}}

# %% tags=["solution"]
solution("y012")

# %% [markdown]
# ## 5. Time
#
# (If your table has no dates, the code of this section does nothing: read on to 6.)
#
# `pd.to_datetime` turns seconds into dates; `unit="s"` says that they are seconds.

# %%
if DATED:
    dates = pd.to_datetime(ratings["timestamp"], unit="s")
    figure, sentence = plots.ratings_by_month(dates)
    plt.show()
    say(sentence)

# %% [markdown]
# **Predict.** From a user's first rating to the last: how many hours, at the median?
# The figure shows how long the table as a whole goes on.

# %%
guess_hours = None  # your number, in hours

# %% [markdown]
# Here `.groupby("user_id")` deals the rows into one heap per user, and `.agg([...])`
# computes each heap's first and last second. The result is a table with one row per user.

# %%
if DATED:
    times = ratings.groupby("user_id")["timestamp"].agg(["min", "max"])
    hours = (times["max"] - times["min"]) / 3600
    compare(guess_hours, hours.median(), "hours")
    figure, sentence = plots.history_spans(hours)
    plt.show()
    say(sentence)

# %%
if DATED:
    share, low, high = interval((hours < 24).astype(float))
    middle = (times["min"].min() + times["max"].max()) / 2
    early = (hours < 24)[times["min"] < middle].mean()
    finding(
        "Most people stay for a day or less", low > 0.5,
        yes=f"{share:.0%} of the users gave all their ratings within 24 "
        "hours. Their past and their future lie within one day.",
        no=f"{share:.0%} of the users gave all their ratings within 24 "
        "hours: not surely more than half. The others' past and future "
        "lie further apart.",
        control=f"95 % interval over the users: {low:.0%} to {high:.0%}; of "
        f"those who came in the first half of the time {early:.0%}",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** You measured how long people stay, *as far as the table goes*: who
# came shortly before its end had no time to come back. A timestamp says when a
# movie was *rated*, not when it was watched: nobody watches twenty movies in an hour. How
# MovieLens changed over the years, Harper & Konstan (2015) tell.
#
# There are also **ties**: ratings of one user in the same second. Which of two tied
# ratings came first, nobody knows. Any split in time needs a rule for ties, and the rule
# must not depend on how the file happens to be sorted. Ours: by time, then by user, then
# by movie.
#
# ### Deeper: are ties a coincidence?
#
# To see whether they are more than that, we spread the ratings of each **visit** by lot over
# its time. A visit ends where a user pauses for more than an hour.

# %%
def tied(seconds):
    """Share of the ratings with another of the same user in their second."""
    table = pd.DataFrame({"user": ratings["user_id"], "second": seconds})
    return table.duplicated(keep=False).mean()     # keep=False: count all


# %%
if DATED:
    in_order = ratings.sort_values(["user_id", "timestamp"])
    comes = in_order["user_id"] != in_order["user_id"].shift()
    comes |= in_order["timestamp"].diff() > 3600           # after a pause
    visit = comes.cumsum()             # the same number for a whole visit
    seconds = ratings["timestamp"].groupby(visit)          # lined up by index
    spread = rng.integers(seconds.transform("min"),
                          seconds.transform("max") + 1)
    now, by_chance = tied(ratings["timestamp"]), tied(spread)
    finding(
        "Ties are no coincidence", now > 2 * by_chance,
        yes=f"**{now:.1%} of the ratings** share their second with "
        f"another of the same user; {by_chance:.1%} would by chance. So "
        "several ratings were stored at one time.",
        no=f"{now:.1%} of the ratings share their second with another of "
        f"the same user; in visits as short as these {by_chance:.1%} would "
        "by chance.",
        control="a null: the same ratings at random seconds of each visit",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# ### Deeper: do people grow harsher?
#
# We cut each user's history into a first and a second half and compare their means,
# user by user. If the second is lower, there are at least two explanations: people became
# stricter, or they came to *other movies*, which everybody likes less. So we look at
# three means: the stars; what the *others* gave the same movies; and the stars less
# that, where it no longer matters how well liked the movies are.

# %%
def drift(table, column):
    """Each user's mean in the second half of the history, less the first."""
    table = table.sort_values(["timestamp", "user_id", "item_id"])
    place = table.groupby("user_id").cumcount()          # 0, 1, 2, …
    # how many ratings the user has, repeated on each of the user's rows
    size = table.groupby("user_id")["rating"].transform("size")
    late = np.where(place >= size / 2, "second", "first")
    halves = table.groupby(["user_id", late])[column].mean().unstack()
    return (halves["second"] - halves["first"]).dropna()


# %%
if DATED:
    stars, of_movie = ratings["rating"], ratings.groupby("item_id")["rating"]
    others = (of_movie.transform("sum") - stars) / (
        of_movie.transform("size") - 1)    # NaN for a movie's only rating
    beside = ratings.assign(others=others, above=stars - others)

# %%
if DATED:
    mean, low, high = interval(drift(beside, "rating"))
    finding(
        "Later ratings of a user are lower", high < 0,
        yes=f"The second half of a user's ratings is lower than the first "
        f"by {-mean:.2f} stars on average.",
        no="The second half of a user's ratings differs from the first by "
        f"{mean:+.2f} stars on average: no fall that is beyond doubt.",
        control=f"95 % interval over the users: {low:+.2f} to {high:+.2f}",
        on=["sample", "100k"])

# %%
if DATED:
    of_others, low, high = interval(drift(beside, "others"))
    rest, rest_low, rest_high = interval(drift(beside, "above"))
    rest_says = ("Compared with what others gave the same movies, users "
                 f"change by {rest:+.2f} (95 %: {rest_low:+.2f} to "
                 f"{rest_high:+.2f}).")
    finding(
        "Users come to less liked movies", high < 0,
        yes=f"Others give the movies of the second half {-of_others:.2f} "
        f"stars less than those of the first. {rest_says}",
        no="Others do not clearly give the movies of the second half "
        f"less: {of_others:+.2f} stars. {rest_says}",
        control=f"95 % interval over the users: {low:+.2f} to {high:+.2f}",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** One average hid two questions, and a second measurement told
# them apart. Remember it when a test takes the *end* of each history, as the second split
# below does: its ratings may be lower than those it trains on.

# %% [markdown]
# ## 6. Three ways to split, and a fourth
#
# To learn how good a model is, we hide some ratings, let it learn from the rest, and
# compare. *Which* ones we hide decides what question we ask (without dates, only the
# first of these can be made):
#
# | split | hidden | the question it asks |
# |---|---|---|
# | **random** | any 20 % of the ratings | can you fill a hole in a table you know? |
# | **per user in time** | the last 20 % of each user's | what will this known user say next? |
# | **globally in time** | the last 20 % of all | what will come in next, whoever rates it? |
# | **quantiles in time** | 75 % train, 15 % validate, 10 % test | the same, with a part to choose by |
#
# ![Four users' ratings on a time line, three times, with 5 of 25 hidden for the test. Random: hidden ratings lie anywhere among the others. Per user in time: the newest of each user. Globally in time: all that come after one date, among them all four ratings of Dev, who joined last and is therefore cold.](images/three-splits.svg)
#
# To compare them we need a **data-quality table**: who and what appears on both sides,
# who and what is new (*cold*), and how much of the future the training part has seen.

# %%
def new_in(train, test, column):
    """Which test rows have an id that training does not know (booleans)."""
    return ~test[column].isin(train[column])


def overlap(train, test):
    """Users and movies on both sides, and those of the test alone."""
    row = {"train": len(train), "test": len(test)}
    for kind, column in (("users", "user_id"), ("movies", "item_id")):
        new = new_in(train, test, column)
        row[f"{kind} in both"] = test.loc[~new, column].nunique()
        row[f"cold {kind}"] = test.loc[new, column].nunique()
    cold = new_in(train, test, "user_id") | new_in(train, test, "item_id")
    return row | {"cold ratings %": 100 * cold.mean()}


# %% [markdown]
# Two new idioms for the part about time: `.map(table)` looks each value up in a table with
# labels, and `np.searchsorted` says, for each test rating, how many of the sorted
# training seconds are not later than its own.

# %%
def future(train, test):
    """How much training knows of what comes after the test ratings."""
    newest = train.groupby("user_id")["timestamp"].max()
    own = test["user_id"].map(newest)    # NaN for a new user
    earlier = np.searchsorted(
        np.sort(train["timestamp"]), test["timestamp"], side="right")
    # (no second is earlier than NaN, so new users do not count)
    return {"own future %": 100 * (test["timestamp"] < own).mean(),
            "any future %": 100 * (1 - earlier / len(train)).mean()}


def quality(name, train, test):
    """One row of the data-quality table, without time if there is none."""
    row = overlap(train, test)
    if "timestamp" in train:
        row |= future(train, test)
    return pd.DataFrame(row, index=[name]).round(1)

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
print(random.report)
if DATED:
    newest = {}                              # user → newest training second
    for row in random.train.itertuples():
        before = newest.get(row.user_id, row.timestamp)
        newest[row.user_id] = max(row.timestamp, before)

    n_leaks = 0
    for row in random.test.itertuples():
        n_leaks += row.timestamp < newest.get(row.user_id, row.timestamp)

    share = n_leaks / len(random.test)
    compare(guess_leak, 100 * share, "%")
    assert np.isclose(share, random.report.leakage_share)   # as the library

# %%
if DATED:
    others = [du.train_test_split_random(ratings, seed=seed) for seed in
              range(SEED + 1, SEED + 4)]
    shares = [split.report.leakage_share for split in others]
    finding(
        "A random split knows the future", min(share, *shares) > 0.9,
        yes=f"**{share:.1%}** of the hidden ratings have a newer one of "
        "the same user in training.",
        no=f"{share:.1%} of the hidden ratings have a newer one of the "
        "same user in training. (Users with few ratings leak less.)",
        control=f"3 more seeds: {min(shares):.1%} to {max(shares):.1%}",
        on=["sample", "100k", "latest-small"])

# %%
quality("random", random.train, random.test)

# %% [markdown]
# **What just happened?** You counted the hidden ratings that have a newer one of the
# same user in training. For filling holes, that is fair. As a rehearsal for the future
# it is a **leak**: the model is asked about Monday and has read Tuesday.
#
# ### Per user in time
#
# Each user's last fifth is hidden.

# %%
if DATED:
    per_user_time = du.train_test_split_by_time(ratings, per_user=True)
    display(quality("per user", per_user_time.train, per_user_time.test))

# %% [markdown]
# No user's own future is known any more. But look at the last column: *other* people's
# future still is. A movie that becomes a success next month is already one in training.
#
# ### Globally in time
#
# One date for all: training before, test after.

# %%
if DATED:
    global_time = du.train_test_split_by_time(ratings)
    display(quality("global", global_time.train, global_time.test))

# %%
if DATED:
    cold = {share: du.train_test_split_by_time(ratings, share)
            .report.cold_rating_share for share in (0.1, 0.2, 0.3)}
    finding(
        "A global split tests strangers", min(cold.values()) > 0.5,
        yes=f"{cold[0.2]:.0%} of the test ratings involve a user or a "
        "movie without any training rating.",
        no=f"{cold[0.2]:.0%} of the test ratings involve a user or a "
        "movie without any training rating. Not at each of three dates "
        "is that more than half.",
        control="two other dates, the last 10 % and 30 %: "
        f"{cold[0.1]:.0%} and {cold[0.3]:.0%}",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# Nothing of the future is known. The price is in *cold ratings*. Look at *cold users*, and
# think of how long people stay (section 5): where most stay for a day or less, to test on the
# end of the table is to test on *new people*.
#
# In papers you will also meet **leave one out**: only the last rating of each user is
# hidden. It is the per-user split at its smallest, and everybody else's future leaks just
# the same.

# %% [markdown]
# {{turn:y013}}
#
# Make this split. Remember the ties of section 5: the test must be the same however the
# file is sorted. The rows keep their labels, as `ratings` has them.

# %%
# {{answer:y013}}


# %%
check("y013", leave_one_out)

# %% [markdown]
# {{ladder:y013}}

# %% tags=["solution"]
solution("y013")

# %% [markdown]
# ### Deeper: where should the date lie?
#
# **Predict.** Is there a date from which fewer than half of the test ratings are cold?
#
# Drag the dashed line, or move the slider. Each bar is a stretch of time, and its height the
# number of ratings. Left of the line they train. Right of it they test: of users and movies
# that training knows, or *cold*.

# %%
from play import drag_cut

if DATED:
    display(drag_cut(ratings, key="lab01-cut"))

# %% [markdown]
# Two things happen as the date moves to the right: more people and movies are known, and
# fewer ratings are left to test on. Newcomers who rate a lot and soon leave are cold at
# almost any date. Where your table is of that kind, no choice of date makes a global split a
# test of known people. That is not a fault of the split: it says who will use the system.

# %% [markdown]
# ### Deeper: quantiles in time, 75 / 15 / 10
#
# Every choice you make by looking at a test set makes that test set less of one. So
# there is a third part, **validation**, to choose by. It lies between the two in time.
# When the choice is made, training and validation may be joined for the test.

# %%
if DATED:
    quantiles = du.split_by_time_quantiles(ratings, (0.75, 0.15, 0.10))
    train, validation, test, report = quantiles
    both = pd.concat([train, validation])
    assert train["timestamp"].max() <= validation["timestamp"].min()
    assert validation["timestamp"].max() <= test["timestamp"].min()
    display(pd.concat([
        quality("validation after train", train, validation),
        quality("test after train", train, test),
        quality("test after train + validation", both, test)]))

# %% [markdown]
# ### Deeper: the four, side by side
#
# In this picture each row is a group of users, those who came first at the bottom,
# and each column a place in their own history, from the first rating to the last. The
# darker a spot, the more of its ratings are hidden for the test. White is training, and
# in the fourth panel validation too. Above each panel stands the share of its test
# ratings that the newcomers gave, the fifth of the users who came last.

# %%
splits = {"random": random}
if DATED:
    splits |= {"per user": per_user_time, "global": global_time,
               "quantiles": quantiles}
    tests = {name: split.test for name, split in splits.items()}
    figure, sentence = plots.tested_ratings(ratings, tests)
    plt.show()
    say(sentence)

# %%
comparison = pd.concat([quality(name, split.train, split.test)
                        for name, split in splits.items()])
if DATED:   # only a random split leaks one's own future, by construction
    assert (comparison["own future %"].iloc[1:] == 0).all()
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
def score(model, split):
    """RMSE (stars) on the test part, after learning from the training part."""
    known = du.RatingsDataset.fit(split.train)   # with maps of training ids
    asked = known.encode(split.test)             # same maps: strangers are −1
    predicted = model.fit(known).predict(asked.users, asked.items)
    return rmse(predicted, asked.ratings)


scores = pd.DataFrame({
    kind.__name__: {name: score(kind(), split)
                    for name, split in splits.items()}
    for kind in (GlobalMean, BiasModel)})
scores["gain %"] = 100 * (1 - scores["BiasModel"] / scores["GlobalMean"])
scores["cold ratings %"] = comparison["cold ratings %"]
scores.round({"GlobalMean": 3, "BiasModel": 3, "gain %": 1})

# %%
bias = scores["BiasModel"]
by_seed = [score(BiasModel(), du.train_test_split_random(ratings, seed=seed))
           for seed in range(SEED + 1, SEED + 5)]
by_luck = max(by_seed) - min(by_seed)
say("One model, one table of ratings, RMSE by split: " + ", ".join(
    f"**{value:.3f}** ({name})" for name, value in bias.items())
    + f". Four more random splits: {min(by_seed):.3f} to {max(by_seed):.3f}.")

# %%
if DATED:
    finding(
        "The split moves the score",
        min(bias["per user"], bias["global"]) > max(by_seed) + by_luck,
        yes="Per user in time and globally in time, the same model scores "
        "worse than under each of four random splits: "
        f"{bias['per user']:.3f} and {bias['global']:.3f} against "
        f"{max(by_seed):.3f} at most.",
        no=f"Per user in time it is {bias['per user']:.3f}, globally "
        f"{bias['global']:.3f}, and {min(by_seed):.3f} to "
        f"{max(by_seed):.3f} at random: it is not clearly worse in both.",
        control=f"random splits of 4 seeds, which vary by {by_luck:.3f}",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** The model did not change, and neither did the data. The
# question did. Look at `GlobalMean` too: it knows nothing of users or of time, and its
# score can move as well, because each split tests other ratings, against another mean of
# training. So the difference between two splits is not what a leak was worth. The column
# *gain %* compares two models on one and the same test, which is fair; but its rows still
# belong to different tests, so a larger gain in one row does not make that split easier.
# When better models come, compare what they gain with how far the split alone moves
# a score. A score without its split is half a result.

# %% [markdown]
# ## 7. Missing by chance, or not?
#
# In section 2 we asked whether people like most movies, or mostly rate what they like.
# One thing we can look at: do movies with many ratings have better ones?

# %%
by_movie = ratings.groupby("item_id")["rating"].agg(["size", "mean"])
by_movie = by_movie.rename(columns={"size": "ratings"})
figure, sentence = plots.popularity_and_mean(by_movie)
plt.show()
say(sentence)

# %%
def slope(means):
    """Correlation of the movies' means with the log of their counts."""
    return np.corrcoef(np.log(by_movie["ratings"]), means)[0, 1]


correlation = slope(by_movie["mean"])

# %%
shuffled_stars = ratings[["item_id"]].copy()
by_chance = []
for _ in range(20):     # the same stars, dealt out to the boxes by lot
    shuffled_stars["rating"] = rng.permutation(ratings["rating"])
    means = shuffled_stars.groupby("item_id")["rating"].mean()
    by_chance.append(slope(means.loc[by_movie.index]))

finding(
    "Much rated movies are better rated", correlation > max(by_chance),
    yes="The movies' means rise with the log of their counts: correlation "
    f"{correlation:.2f}.",
    no="The movies' means do not rise with the log of their counts by "
    f"more than chance could do: correlation {correlation:.2f}.",
    control="a null: the same stars dealt out by lot, 20 times: "
    f"{min(by_chance):.2f} to {max(by_chance):.2f}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# A first consequence: "the average" need not be one number.

# %%
over_ratings = ratings["rating"].mean()
over_movies = by_movie["mean"].mean()
say(f"The mean of all ratings is **{over_ratings:.2f}** stars. The mean of "
    f"the movies' means, where each movie counts once, is "
    f"**{over_movies:.2f}**.")

# %% [markdown]
# Two stories could make such a slope, and they are not the same kind of story.
#
# 1. *Good movies draw more viewers.* Then high ratings are more frequent because movies
#    with high means are. But among the viewers and the others *of one movie*, opinions
#    are alike: what is missing depends only on the movie, which we know. A model with a
#    number for each movie can put this right.
# 2. *Viewers pick what they expect to like.* Then those who would have given one star are
#    not among the raters of the movie: **within one movie**, whether a box is filled
#    depends on what it would have said. Statisticians call this, and only this, **missing
#    not at random** (MNAR). No count of filled boxes shows it, and it tends to lift
#    the movies' means.
#
# **What just happened?** You saw how the stars and their number go together, and that
# the table cannot say which story made it so.
# For real people there is one clean way to find out: ask
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
#
# ### Deeper: a look under the empty boxes
#
# In real data nobody can see what an empty box would have said. In a **planted world**
# we can: the bundled sample was made from known tastes. The file with the truth says
# what stars to expect in *every* box.

# %%
truth = du.load_truth()
user_rows, movie_rows = len(truth.user_ids), len(truth.item_ids)
expected = np.array([                # one row per user, one column per movie
    truth.predict(np.full(movie_rows, user), truth.item_ids)
    for user in truth.user_ids])

filled = np.zeros((user_rows, movie_rows), dtype=bool)
row = du.IdMap.fit(truth.user_ids).encode(sample["user_id"])
column = du.IdMap.fit(truth.item_ids).encode(sample["item_id"])
filled[row, column] = True           # one pair of numbers per rating
assert filled.sum() == len(sample)

# %%
figure, sentence = plots.stars_of_cells(expected[filled], expected[~filled])
plt.show()
say(sentence)

# %% [markdown]
# Which story is that? The mean of the filled boxes differs from the mean of all boxes
# by the sum of two parts:
#
# $$\underbrace{\sum_i \tfrac{N_i}{N} m_i - \tfrac1n \sum_i m_i}_{\text{between movies}}
# \; + \; \underbrace{\sum_i \tfrac{N_i}{N} \, (s_i - m_i)}_{\text{within movies}}$$
#
# Here $m_i$ is the mean over *everybody's* box for movie $i$, $s_i$ the mean over the
# $N_i$ filled ones, $N$ the number of filled boxes and $n$ that of movies. The first part
# is story 1; the second is story 2.

# %%
def two_parts(filled):
    """What lifts the filled boxes: the choice of movies, and of viewers."""
    everybody = expected.mean(axis=0)                    # (n,) m_i
    counts = filled.sum(axis=0)                          # (n,) N_i
    viewers = (expected * filled).sum(axis=0) / np.maximum(counts, 1)
    weights = counts / counts.sum()
    between = (weights * everybody).sum() - everybody.mean()
    within = (weights * (viewers - everybody)).sum()
    assert np.isclose(between + within,
                      expected[filled].mean() - expected.mean())
    return {"between movies": between, "within movies": within}


in_sample = two_parts(filled)
say("In the sample: " + ", ".join(
    f"**{part:+.3f}** stars {name}" for name, part in in_sample.items()) + ".")

# %% [markdown]
# So the sample tells story 1, and hardly story 2. To see the second at work, we let the
# same people choose again. Each keeps the number of ratings, each movie its fame; but now
# a person is drawn to what that person would like. The *pull* says how strongly: with each
# expected star above the movie's mean, the odds of choosing it grow by a factor
# $e^{\text{pull}}$.

# %%
fame = np.log(filled.sum(axis=0))
above = expected - expected.mean(axis=0)


def choose(pull):
    """Who rates what, if people are drawn to what they would like."""
    luck = np.random.default_rng(SEED).gumbel(size=expected.shape)
    appeal = fame + pull * above + luck          # the same luck for any pull
    place = np.argsort(np.argsort(-appeal, axis=1), axis=1)
    return place < filled.sum(axis=1)[:, None]   # as many for each as before


worlds = {pull: choose(pull) for pull in (0, 1, 2, 4)}
parts = pd.DataFrame({pull: two_parts(w) for pull, w in worlds.items()}).T
parts.index.name = "pull"
parts.round(3)

# %%
def errors_of_means(filled, at_least=10):
    """Mean over a movie's viewers less that over everybody, movie by movie."""
    seen = filled.sum(axis=0) >= at_least
    viewers = (expected * filled).sum(axis=0)[seen] / filled.sum(axis=0)[seen]
    return viewers - expected.mean(axis=0)[seen]


errors = {pull: errors_of_means(worlds[pull]) for pull in (0, 4)}
figure, sentence = plots.pulled_worlds(parts, errors)
plt.show()
say(sentence)
active = np.average(expected.mean(axis=1), weights=filled.sum(axis=1))
say("(With no pull the part within movies is not exactly 0, because raters "
    "differ too: counted by their ratings, people's means are "
    f"{active - expected.mean():+.3f} stars off those counted one by one.)")

# %%
within, without = parts["within movies"].loc[[4, 0]]
finding(
    "Choosing by taste lifts the movies' means", within > without + 0.1,
    yes=f"With a pull of 4, viewers like their movies {within:.2f} stars "
    "more than everybody would, on average over the ratings; with none, "
    f"{without:+.2f}.",
    no=f"With a pull of 4, viewers like their movies {within:+.2f} stars "
    f"more than everybody would; with none, {without:+.2f}: no clear "
    "difference.",
    control="the same people, movies and luck with a pull of 0",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** You saw missing not at random where the truth is known. The part
# between movies hurts no model that knows movies apart. The part within movies is, by its
# formula, the error of the movies' own means, and more ratings of the same kind do not
# mend it. This proves nothing about real viewers: it shows what the mechanism does.

# %% [markdown]
# ## Common mistakes
#
# Four that are easy to make, because the wrong number looks like any other. Each is run
# as it is, shows its symptom, and is repaired.
#
# ### Mistake 1: an empty box read as zero stars
#
# **Common mistake.** `fillna(0)` makes the table look tidy.

# %%
some = at_random(400, 400)                  # as in section 3, but larger
broken = some.fillna(0).mean(axis=None)
repaired = some.mean(axis=None)             # pandas leaves NaN out
print(f"broken:   {broken:.2f} stars on average")
print(f"repaired: {repaired:.2f} stars")
print(f"The lowest rating that anyone has given is {LOWEST:g}.")

# %% [markdown]
# The broken mean measures how empty the corner is, not what people think. Of a model
# trained on such zeros, expect the same.
#
# ### Mistake 2: ids numbered twice
#
# **Common mistake.** `pd.factorize` numbers ids as they appear. Called once for train and once for test,
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

# %%
print(f"RMSE of the movies' means, broken:   {broken:.3f}")
print(f"RMSE of the movies' means, repaired: {repaired:.3f}")
print(f"RMSE of one constant:                {constant:.3f}")
finding(
    "Exchanged rows are worse than a constant", broken > constant,
    yes="The symptom: a model that is worse than a constant, "
    f"{broken:.3f} against {constant:.3f}.",
    no=f"The mix-up does not show here, {broken:.3f} against "
    f"{constant:.3f}: the movies are alike, or the numbers agree.",
    control="one constant on the same test; one random split",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# The movies' means were computed correctly, and then handed to other movies. (Raw means
# of a few ratings are poor predictions in any case; lab 02 mends that.)
#
# ### Deeper: mistake 3, a split that depends on the order of the file
#
# **Common mistake.** Sort by time, keep the last fifth of each user. But ties have no order of their own.

# %%
def last_fifth(table, keys):
    """The newest fifth of each user's ratings, after sorting by `keys`."""
    table = table.sort_values(keys)
    place = table.groupby("user_id").cumcount()
    size = table.groupby("user_id")["rating"].transform("size")
    return table[place >= 0.8 * size]


reordered = ratings.sample(frac=1, random_state=SEED)  # same rows, other order
differ = {}
for keys in ("timestamp", "timestamp user_id item_id") if DATED else ():
    one, other = (last_fifth(table, keys.split())
                  for table in (ratings, reordered))
    differ[keys] = (~one.index.isin(other.index)).sum()
    print(f"sorted by {keys}: {differ[keys]:,} of {len(one):,} differ")

# %%
if DATED:
    by_time, with_ties = differ.values()
    assert with_ties == 0                # a full order leaves no choice
    finding(
        "The order of the file decides", by_time > 0,
        yes=f"Sorted by time alone, {by_time:,} test ratings depend on "
        "how the file was sorted before.",
        no="Sorted by time alone, no test rating changed with this other "
        "order of the file. (Only ties where a history is cut matter.)",
        control="the same rows in another order; 0 differ if ties are "
        "broken by ids",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# If the same ratings and the same code give another test set, a score cannot be repeated
# by someone whose file is sorted otherwise.
#
# ### Deeper: mistake 4, cold rows dropped without a word
#
# **Common mistake.** "Rows with unknown ids raised an error, so we removed them."

# %%
train, test, _ = global_time if DATED else random
_, warm = du.drop_cold(train, test)
fitted = du.RatingsDataset.fit(train)
model = BiasModel().fit(fitted)
errors = {}
for name, part in (("warm rows only", warm), ("all rows", test)):
    if len(part):
        rows = fitted.encode(part)                         # cold ids are −1
        answers = model.predict(rows.users, rows.items)
        errors[name] = rmse(answers, rows.ratings)
        print(f"{name:15} RMSE {errors[name]:.3f} on {len(part):6,} ratings")

# %%
easier = errors["all rows"] - errors.get("warm rows only", np.inf)
left_out = f"{1 - len(warm) / len(test):.0%} of the test ratings"
finding(
    "Without its cold rows a test is easier", easier > 0.01,
    yes=f"The RMSE looks better by {easier:.3f}, without {left_out}.",
    no=f"Without cold rows {left_out} are left out, and the RMSE is not "
    "clearly better for it.",
    control="none: one split, two different sets of test ratings",
    on=["sample", "100k", "latest-small"])

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
# half. A catalogue that grows while each person goes on rating as much as before gets
# sparser.
#
# </details>
#
# <details><summary>2. The median number of ratings per movie lies far below the mean. What does that tell you?</summary>
#
# There is a long tail. A few movies with very many ratings pull the mean up and
# leave the median where most movies are. The Lorenz curve shows the same as a sag below
# the diagonal, and the Gini index as one number.
#
# </details>
#
# <details><summary>3. (Deeper) What do the two tables of section 3 offer that a list of ratings does not, and what do they lose?</summary>
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
# Unknown, as long as the splits are. Section 6 scored one model on one table under
# several splits; look how far apart.
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
# never have watched it, and no count of filled boxes would tell. And how many ratings
# were there? One is enough for "all".
#
# </details>

# %% [markdown]
# ## What held on your data
#
# Every claim of this lab, with what it rests on. This needs no cleaning up: closing
# the notebook frees its memory.

# %%
show_findings()

# %% [markdown]
# ## Checkpoint
#
# - You described a table of ratings: its size, its gaps, its scale, its dates.
# - You measured a long tail with a Lorenz curve and a Gini index.
# - You turned raw ids into row numbers and back without mixing people up.
# - You split ratings in three ways (Deeper: a fourth) and read what each measures.
# - You explained what *missing not at random* means, and why the stars cannot show it.
# - (Deeper) You computed what a user–item matrix costs to store, in four ways, at any size.
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
# The filled boxes need not be a fair sample of all. Is there enough in them to fill in
# the empty ones? We start small: two viewers, five movies, and a
# handful of numbers written by hand.
#
# → [02 Matrix factorization from scratch](02-matrix-factorization-from-scratch.ipynb)
