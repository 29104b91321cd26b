# %% [markdown]
# # 11 All of MovieLens, and beyond one machine
#
# *Three hundred times the ratings, on the same two cores. You count what each step costs
# before you run it, see what breaks first, and know what takes over when one machine
# ends.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under a minute on ML-100K, a quarter of a minute on the bundled sample; minutes on all of MovieLens |
# | **Memory** | 0.9 GB |
# | **Difficulty** | intermediate: counting bytes, one batched product |
# | **Builds on** | labs 02 (ALS and its Gram matrices), 03 (training) and 05 (lists) |
#
# **After this lab you can**
#
# - say on paper which step runs out of memory first, and at what size;
# - count the bytes that a step of training moves, and say why Adam slows down as tables
#   grow;
# - compute all Gram matrices in two ways, and say which one waits for memory;
# - make lists for everyone in bounded memory, and trade recall for time with an index;
# - say when a GPU, a second process or a cluster is worth it, and when not.
#
# **Prerequisites**: $\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$, ALS and its Gram
# matrices from lab 02, the training loop of lab 03.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** It is tempting to train on a hundredth of MovieLens and to leave the
# rest to a cluster. It needs none: 32 million ratings are less than a gigabyte. What makes
# them slow can be one line that does more than it has to. Machines are rented by the hour.
#
# **In plain words.** You cook for four, then for four hundred. The recipe stays. But you
# no longer fetch the eggs one at a time, and you do not set out one pot for each guest.
# Nor do you rent a factory: a canteen kitchen does. This lab is about fetching eggs.

# %%
import gc
import json
import os
import sys
import time
from itertools import chain
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
import torch
from IPython.display import display
from sklearn.cluster import MiniBatchKMeans
from torch.nn import functional as F

import data_utils as du
from checks import check, solution
from findings import begin_findings, finding, show_findings
from metrics import rmse
from models import ALS, BiasModel, MatrixFactorization
from models.gram import RatingRows
from plots import scale as plots
from recommend import item_tower, top_k_for_everyone, user_tower
from reporting import say
from training import fit

SEED, K = 0, 50
DATASET = os.environ.get("MOVIELENS_DATASET", "auto")

# %% [markdown]
# The cells below measure on your data, whatever their size. With
# `MOVIELENS_DATASET=latest` they measure all of MovieLens. No download? This writes a
# planted world of the same size, and `MOVIELENS_DIR=DIR` finds it:
#
# ```bash
# python scripts/tools/make_sample.py --like latest --out DIR
# ```
#
# What takes minutes was measured beforehand by the course's own commands. Such figures
# come with machine, date and command.

# %%
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))


def seconds(call, at_most=5, clock=time.perf_counter):
    """(seconds of the quickest of a few calls, what the last one returned)."""
    took = []
    while not took or (len(took) < at_most and sum(took) < 0.3):
        start = clock()
        found = call()
        took.append(clock() - start)
    return min(took), found


def measured(name):
    """What one of the course's commands has measured, or None."""
    path = home / "scripts" / "tools" / name
    return json.loads(path.read_text("utf-8")) if path.exists() else None


say(f"{len(ratings):,} ratings, {torch.get_num_threads()} thread(s) of torch.")

# %% [markdown]
# ## 1. What breaks first?
#
# **Concept.** Before a program runs out of memory one can count what it will ask for. A
# number in `float32` has 4 bytes. So each thing that a recommender keeps has a size on
# paper, and only a few sizes matter: users $U$, movies $M$, ratings $n$, factors $k$.
#
# | thing | numbers |
# |---|---|
# | the ratings, as three columns | $5 n$, for an index takes 8 bytes |
# | both factor tables with biases | $(U + M)(k + 1)$ |
# | the same with Adam's gradient and two means | $4 (U + M)(k + 1)$ |
# | all users' Gram matrices at once | $U (k + 1)^2$ |
# | every user's score of every movie | $U \cdot M$ |
#
# **Predict.** Your laptop has 16 GB. Which of the five no longer fit at 32 million
# ratings? And at 1, 10 or 25 million?

# %%
guess = None  # for example "the ratings"

# %%
SIZES = {name: (d.n_users, d.n_movies, d.n_ratings)
         for name, d in du.DATASETS.items()
         if name in ("100k", "1m", "10m", "25m", "32m")}


def gigabytes(U, M, n, k=K):
    """What each thing asks for, on paper."""
    numbers = {
        "ratings": 5 * n,
        "factors and biases": (U + M) * (k + 1),
        "with Adam's means": 4 * (U + M) * (k + 1),
        "Gram matrices at once": U * (k + 1) ** 2,
        "scores of everyone": U * M,
    }
    return {name: 4 * count / 1e9 for name, count in numbers.items()}


paper = pd.DataFrame({f"ML-{name.upper()}": gigabytes(*size)
                      for name, size in SIZES.items()})
paper.round(3)  # gigabytes

# %%
too_large = paper.gt(16)
gone = too_large.index[too_large.iloc[:, -1]]
first = {name: paper.columns[too_large.loc[name]][0] for name in gone}
say(f"At {paper.columns[-1]} these exceed 16 GB: "
    + "; ".join(f"**{name}** (from {first[name]} on)" for name in gone) + ". "
    f"The ratings themselves take {paper.iloc[0, -1]:.2f} GB.")
if guess is not None:
    say(f"You said {guess!r}.")

# %% [markdown]
# **What just happened?** The data are not the problem. What breaks is the one thing whose
# size is a *product* of two sizes: users times movies. Lists for everyone must be made in
# parts. The users' Gram matrices come next: $(k + 1)^2$ numbers for each user, where the
# model has $k + 1$. Each is needed for a moment only, so they are made in parts, too.
#
# ### And the seconds
#
# Memory breaks with a message, seconds just add up. We take a sixteenth of the users, a
# quarter, and all of them, and put the same five steps to the clock. It counts this
# process's own time, so that other programs on the machine change little.


# %%
def steps(table):
    """(seconds of each step, ratings) on a table of ratings."""
    took, cut = {}, du.train_test_split_random
    if "timestamp" in table:
        cut = du.split_by_time_quantiles

    def clock(name, call):
        took[name], found = seconds(call, 3, time.process_time)
        return found

    known = clock("split", lambda: du.drop_cold(*cut(table)[:2]))[0]
    train = clock("id maps", lambda: du.RatingsDataset.fit(known))
    als = clock("ALS sweep", lambda: ALS(K, epochs=1, seed=SEED).fit(train))
    batch = min(max(len(train) // 80, 1024), 262_144)
    mf = MatrixFactorization(train.n_users, train.n_items, K, train.mean)
    clock("MF epoch, Adam", lambda: fit(
        mf, train, epochs=1, batch_size=batch, show_progress=False))
    clock("lists of ten", lambda: top_k_for_everyone(als, train))
    return took, len(table)


# %%
draw = np.random.default_rng(SEED)
everyone = draw.permutation(ratings["user_id"].unique())
parts = [everyone[: len(everyone) // part] for part in (16, 4, 1)]
tables = [ratings[ratings["user_id"].isin(part)] for part in parts]
steps(tables[0])  # the first run loads libraries: it does not count
rows = [steps(table) for table in tables]

# %%
sizes = [n for _, n in rows]
clock = {name: [took[name] for took, _ in rows] for name in rows[0][0]}
figure, sentence = plots.growth(sizes, clock)
plt.show()
say(sentence)

# %%
more = sizes[-1] / sizes[0]
factors = {name: took[-1] / took[0] for name, took in clock.items()}
of_lists = factors.pop("lists of ten")
worst = max(factors, key=factors.get)
finding(
    "No step but the lists grows much faster than the ratings",
    factors[worst] < 1.5 * more,
    yes=f"{more:.0f} times the ratings: {worst} grows most, "
    f"{factors[worst]:.1f} times. The lists, users times movies, take "
    f"{of_lists:.1f} times as long.",
    no=f"{more:.0f} times the ratings: {worst} takes {factors[worst]:.0f} "
    f"times as long, the lists {of_lists:.0f} times. Something besides the "
    "ratings grows here: a step of Adam visits all rows, and a larger table "
    "may leave the cache.",
    control="this process's own time, the quickest of a few runs")

# %% [markdown]
# The same steps at the size of all of MovieLens take minutes, so they were measured by one
# of the course's commands, each in a process of its own, on a planted world of that size.
# *Growth* is the factor from a sixteenth of the users to all of them. Sections 2 and 3 are
# about the epoch and the sweep.

# %%
large = measured("scale.json")
if large is None:
    say("Not measured yet: `python scripts/tools/benchmark.py --scale` does "
        "it, in about half an hour.")
else:
    done = pd.DataFrame(large["rows"])
    done["users"] = done["part"].map({16: "1/16", 4: "1/4", 1: "all users"})
    table = done.pivot(index="step", columns="users", values="median")
    table = table.reindex(done["step"].unique(),
                          columns=["1/16", "1/4", "all users"])
    table["growth"] = table["all users"] / table["1/16"]
    whole = done[done["part"] == 1].set_index("step")
    table["peak, GB"] = whole["peak_mb"] / 1000
    display(table.map(lambda x: f"{x:.3g}" if pd.notna(x) else ""))
    on, runs = large["machine"], whole.loc["split and cold filter", "seconds"]
    say(f"Median seconds, {on['cores']} cores of {on['cpu']}; measured on "
        f"{on['date']} by `{on['command']}`. The three runs of the split took "
        f"{', '.join(f'{run:.1f}' for run in runs)}: its growth is uncertain.")

# %% [markdown]
# ## 2. Adam, sparse steps, and ALS
#
# **Concept.** A batch of 1,024 ratings looks up at most 1,024 users and 1,024 movies. Yet
# autograd returns a gradient for *every* row of the table, zeros for most, and Adam then
# visits every row, because its two running means move a row long after it was looked up.
# While the table is small nobody notices.
#
# PyTorch can do otherwise: `nn.Embedding(n, k, sparse=True)` returns a gradient of the
# rows that were looked up, and `torch.optim.SparseAdam` visits only these. (It is not
# quite the same method: the means of the other rows do not decay.)
#
# **Predict.** The table gets a thousand times as many rows, the batch stays. How many
# times as long does one step of Adam take? And one of SparseAdam?

# %%
guess = None  # for example (10, 1)


# %%
def step_time(n_rows, sparse):
    """Milliseconds of one step on a table of n_rows × 16."""
    table = torch.nn.Embedding(n_rows, 16, sparse=sparse)
    make = torch.optim.SparseAdam if sparse else torch.optim.Adam
    optimizer = make(list(table.parameters()), lr=0.01)
    batch = torch.randint(n_rows, (1024,), generator=du.seeded(SEED))

    def step():
        optimizer.zero_grad()
        table(batch).square().mean().backward()
        optimizer.step()

    step()  # the first one makes the running means
    return 1000 * seconds(step, at_most=20)[0]


TABLE_ROWS = [1_000, 10_000, 100_000, 1_000_000]
times = {name: [step_time(n, sparse) for n in TABLE_ROWS]
         for name, sparse in (("Adam", False), ("SparseAdam", True))}
figure, sentence = plots.step_times(TABLE_ROWS, times)
plt.show()
say(sentence)

# %%
dense, rowwise = (took[-1] / took[0] for took in times.values())
finding(
    "A step of Adam grows with the table, a sparse step does not",
    dense > 10 * rowwise,
    yes=f"A thousand times the rows: Adam takes **{dense:.0f}** times as "
    f"long, SparseAdam {rowwise:.1f} times.",
    no=f"A thousand times the rows: Adam takes {dense:.0f} times as long, "
    f"SparseAdam {rowwise:.1f} times. On this machine the difference is "
    "smaller than it is on paper.",
    control="the same batch of rows in every table, the quickest of many",
    on=["sample", "100k", "latest-small"])
if guess is not None:
    say(f"You said {guess}.")

# %% [markdown]
# {{turn:y111}}
#
# The clock says *that* it grows. Paper says how much, before anything runs.

# %%
# {{answer:y111}}

# %%
check("y111", bytes_per_step)

# %% [markdown]
# {{ladder:y111}}

# %% tags=["solution"]
solution("y111")

# %% [markdown]
# With this function (the course's own, so that the lab goes on without yours) we can
# compare one pass over all ratings. ALS takes no steps. Its sweep reads a movie's vector
# for each rating of a user, and a user's for each rating of a movie.

# %%
moved = solution("y111")
BATCH = 16_384
one_pass = {}
for name, (U, M, n) in SIZES.items():
    batches = -(-n // BATCH)
    one_pass[f"ML-{name.upper()}"] = {
        "Adam, every row": batches * moved(U, M, K + 1, BATCH, False) / 1e9,
        "rows of the batch, at most":
            batches * moved(U, M, K + 1, BATCH, True) / 1e9,
        "ALS sweep, vectors read": 2 * n * (K + 1) * 4 / 1e9,
    }
pd.DataFrame(one_pass).round(2)  # gigabytes moved

# %% [markdown]
# **What just happened?** Adam's line grows with the *product* of batches and rows. A
# larger batch means fewer steps, and that helps Adam; what a pass then learns is asked
# below. What ALS reads grows with the ratings alone.
#
# ### The rows alone, by hand
#
# One can write a step on looked-up rows in ten lines. The gradient of
# $(r - \hat r)^2$ is known from lab 02. Two ratings of a batch may be of one movie, so
# gradients are added up row by row first. The method is **Adagrad** with one number per
# row: a row that has moved much moves less.


# %%
def gradients(p, q, error):
    """d/dp and d/dq of (r - p·q)², where error = p·q - r."""
    return 2 * error[:, None] * q, 2 * error[:, None] * p


def move(table, squares, rows, gradient, rate):
    """One step of Adagrad on `rows` of `table`, (n, k); the others stay."""
    rows, place = rows.unique(return_inverse=True)
    total = gradient.new_zeros(len(rows), gradient.shape[1])
    total.index_add_(0, place, gradient)
    squares[rows] += total.square().mean(1)
    table[rows] -= rate * total / (squares[rows].sqrt()[:, None] + 1e-8)


# %% [markdown]
# Is the gradient right? Autograd knows.

# %%
split = du.train_test_split_random(ratings, 0.1, seed=SEED)
train = du.RatingsDataset.fit(split.train)
valid = train.encode(split.test)
P = torch.randn(train.n_users, 4, generator=du.seeded(1)).requires_grad_()
Q = torch.randn(train.n_items, 4, generator=du.seeded(2)).requires_grad_()
u, i, r = train.users[:500], train.items[:500], train.ratings[:500]
((P[u] * Q[i]).sum(1) - r).square().sum().backward()

with torch.no_grad():
    of_p, of_q = gradients(P[u], Q[i], (P[u] * Q[i]).sum(1) - r)
    whole = torch.zeros_like(P).index_add_(0, u, of_p)
    assert torch.allclose(whole, P.grad, rtol=1e-4, atol=1e-3)
    whole = torch.zeros_like(Q).index_add_(0, i, of_q)
    assert torch.allclose(whole, Q.grad, rtol=1e-4, atol=1e-3)
print("by hand and by autograd: the same gradients")

# %% [markdown]
# Now a pass of it: biases first, as damped means, then factors for what they leave.


# %%
def train_on_rows(train, batch, rate, passes=1, k=16, price=0.1):
    """(biases, P, Q) after some passes over what the biases leave."""
    biases = BiasModel().fit(train)
    rest = train.ratings - biases.predict(train.users, train.items)
    draw = du.seeded(SEED)
    tables = [0.1 * torch.randn(n, k, generator=draw)
              for n in (train.n_users, train.n_items)]
    squares = [torch.zeros(len(table)) for table in tables]
    orders = (torch.randperm(len(train), generator=draw).split(batch)
              for _ in range(passes))
    for rows in chain.from_iterable(orders):
        u, i = train.users[rows], train.items[rows]
        p, q = tables[0][u], tables[1][i]
        of_p, of_q = gradients(p, q, (p * q).sum(1) - rest[rows])
        move(tables[0], squares[0], u, of_p + 2 * price * p, rate)
        move(tables[1], squares[1], i, of_q + 2 * price * q, rate)
    return biases, *tables


# %%
def error_of(biases, P, Q):
    """RMSE on the validation part (stars); strangers have the biases only."""
    known = (valid.users >= 0) & (valid.items >= 0)
    said = biases.predict(valid.users, valid.items)
    said[known] += (P[valid.users[known]] * Q[valid.items[known]]).sum(1)
    return rmse(said, valid.ratings)


biases, *tables = train_on_rows(train, BATCH, rate=0.2)
alone = rmse(biases.predict(valid.users, valid.items), valid.ratings)
say(f"Validation RMSE: {alone:.4f} with the biases alone, after one pass over "
    f"the factors **{error_of(biases, *tables):.4f}**.")


# %% [markdown]
# The course's `scale_training.fit_rows` is this step with biases in it, for tens of
# millions of ratings, and with a checkpoint after each epoch.
#
# ### Deeper: batch size and learning rate
#
# A batch is one step. With a larger batch a pass has fewer steps. We try four batches
# with five learning rates each, on at most 200,000 ratings.

# %%
some = train
if len(train) > 200_000:
    some = train.encode(split.train.sample(200_000, random_state=SEED))
RATES = [0.02, 0.05, 0.1, 0.2, 0.5]
grid = pd.DataFrame({
    batch: {rate: error_of(*train_on_rows(some, batch, rate))
            for rate in RATES}
    for batch in (256, 1024, 4096, 16_384)})
grid.index.name, grid.columns.name = "learning rate", "batch"
grid.round(4)  # validation RMSE after one pass

# %%
least = grid.min()
small, *_, large = grid.columns.tolist()
passes = large // small
patient = train_on_rows(some, large, grid[large].idxmin(), passes)
finding(
    "A large batch learns less from a pass, at any of these rates",
    least[large] > least[small],
    yes=f"The best of five rates reaches {least[small]:.4f} with a batch of "
    f"{small} and **{least[large]:.4f}** with one of {large:,}, after as "
    "many ratings.",
    no=f"The best of five rates reaches {least[small]:.4f} with a batch of "
    f"{small} and {least[large]:.4f} with one of {large:,}: here the larger "
    "batch costs nothing.",
    control="validation ratings; the best of five rates for each; one seed",
    on=["sample", "100k", "latest-small"])
say(f"With {passes} passes, about as many steps as the small batch makes in "
    f"one, the large batch reaches {error_of(*patient):.4f}.")

# %% [markdown]
# **What just happened?** In one pass over a table of this size a batch of 16,384 makes a few
# steps. The last line gives it as many as the small one had: was it the batch, or the
# missing steps? On 23 million ratings the same batch makes 1,400 in a pass. Larger is not
# always quicker, either: the rows that a batch gathers should stay in the processor's cache.
# With 50 factors 16,384 rows are 3 MB, and a quarter of a million rows 50 MB.

# %% [markdown]
# ## 3. A Gram matrix is a product
#
# **Concept.** ALS needs, for each user, $G_u = \sum_i v_i v_i^\top$ over the movies that
# the user rated. Lab 02 made all of them at once: write each $v_i v_i^\top$ as a row of
# numbers, and let one sparse product add up the rows. (`embedding_bag`, below, is the
# same sum.) That was short, and on ML-100K quick. But for each rating it reads a row from
# memory, about $k^2/2$ numbers if none is kept twice, to do one addition with each.
#
# The other way: put a user's vectors one under another, $V_u$, and multiply,
# $G_u = V_u^\top V_u$. That reads only $k$ numbers for each rating, and uses each of them
# $k$ times while it is in the cache. A processor does that at full speed.
#
# ![Three vectors, (1, 2), (3, 1) and (2, 2). Left, each becomes a row of its products, 1 2 4, 9 3 1 and 4 4 4, and the rows are added to 14 9 9. Right, the three vectors side by side times the same three one under another give the matrix 14 9, 9 9 at once. With k = 50 the left way moves 1,275 numbers for each rating, the right way 50.](images/gram-two-ways.svg)
#
# The first way is **memory-bound**, the second **compute-bound**. First the plain one:

# %%
limit = min(2000, train.n_users)  # users; enough for a comparison
keep = train.users < limit
order = train.users[keep].argsort(stable=True)
columns = train.items[keep][order]                   # movies, user by user
counts = torch.bincount(train.users[keep], minlength=limit)
offsets = counts.cumsum(0) - counts                  # where each user begins
V = torch.randn(train.n_items, K, generator=du.seeded(SEED))


a, b = torch.triu_indices(K, K)                      # G is symmetric
place = torch.empty(K, K, dtype=torch.int64)
place[a, b] = place[b, a] = torch.arange(len(a))


def by_sums(outer, columns):
    """All users' Gram matrices (n, k, k); outer: rows of products."""
    sums = F.embedding_bag(columns, outer, offsets, mode="sum")
    return sums[:, place]                            # each number twice


# %% [markdown]
# For the second way users have different numbers of movies, and a batched product wants
# a block. So rows of like length are put together, and padded to the longest.
#
# {{turn:y112}}
#
# Write the product of one block. Its index is padded with -1.

# %%
# {{answer:y112}}

# %%
check("y112", padded_grams)

# %% [markdown]
# {{ladder:y112}}

# %% tags=["solution"]
solution("y112")

# %% [markdown]
# All blocks, with the course's own `padded_grams`. Sorting makes the padding small; a
# block holds about 1 MB of vectors, so that it stays in the cache.

# %%
one_block = solution("y112")
FLOATS = 1 << 18  # of gathered vectors in a block: 1 MB


def by_products(V, columns):
    """The same matrices: gather the vectors, multiply block by block."""
    G = V.new_empty(limit, K, K)
    longest_first, first = counts.argsort(descending=True), 0
    while first < limit:
        longest = max(1, int(counts[longest_first[first]]))
        rows = longest_first[first:first + max(1, FLOATS // (longest * K))]
        place = torch.arange(longest)
        index = columns[(offsets[rows, None] + place)
                        .clamp(max=len(columns) - 1)]
        index = index.masked_fill(place >= counts[rows, None], -1)
        G[rows] = one_block(V, index)
        first += len(rows)
    return G


# %% [markdown]
# **Predict.** Both ways give the same matrices. How many times as long does the first one
# take on your data? And with many more movies, but no more ratings?

# %%
guess = None  # for example (3, 3)


# %%
def both_ways(V, columns):
    """Seconds of either way, and the matrices, which are the same."""
    outer = V[:, a].mul_(V[:, b])  # (n_items, k(k+1)/2); not timed
    own = {"at_most": 9, "clock": time.process_time}  # others do not count
    plain, G = seconds(lambda: by_sums(outer, columns), **own)
    quick, G2 = seconds(lambda: by_products(V, columns), **own)
    assert torch.allclose(G, G2, rtol=1e-3, atol=1e-3)
    return plain, quick, G


plain, quick, G = both_ways(V, columns)
ones = torch.ones(len(columns))
package = RatingRows(train.users[keep], train.items[keep], ones, limit,
                     train.n_items)
for part, gram, _ in package.grams(V):
    assert torch.allclose(gram, G[part], rtol=1e-3, atol=1e-3)

more = max(2, 20_000 // train.n_items)           # copies of each movie
which = torch.randint(more, columns.shape, generator=du.seeded(SEED))
plain_more, quick_more, _ = both_ways(
    V.repeat(more, 1), columns + which * train.n_items)

# %%
ratio, ratio_more = plain / quick, plain_more / quick_more
say(f"Three ways, one result. With {train.n_items:,} movies the sums take "
    f"{1000 * plain:.0f} ms and the products {1000 * quick:.0f} ms, "
    f"**{ratio:.1f}** times. With {more * train.n_items:,} movies they take "
    f"{1000 * plain_more:.0f} and {1000 * quick_more:.0f} ms, "
    f"**{ratio_more:.1f}** times.")
if guess is not None:
    say(f"You said {guess}.")

# %%
operations = len(columns) * K * np.array([(K + 1) / 2, 2 * K])
pace = operations / np.array([plain_more, quick_more]) / 1e9
finding(
    "With many movies the products are quicker, although they calculate more",
    ratio_more > 1,
    yes=f"For each rating the sums read {2 * K * (K + 1):,} bytes, the "
    f"products {4 * K}. The products do four times the arithmetic, at "
    f"**{pace[1] / pace[0]:.0f}** times the pace: {pace[1]:.0f} against "
    f"{pace[0]:.1f} billion operations a second.",
    no=f"The sums take {ratio_more:.1f} times as long as the products here: "
    "on this machine, and at this size, memory keeps up.",
    control="the same matrices, compared; the quickest of a few runs",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** We did not save arithmetic: we did more of it. On today's
# processors an addition costs less than fetching its numbers from memory. The two runs
# differ in the number of movies alone, and so in the size of the table of products: a
# small one may lie in the cache. Before you count operations, count bytes.
#
# ### Deeper: users with few ratings
#
# Many users have fewer ratings than the matrix is wide. For them there is a shortcut: with
# $n < k$ the solution is
# $V^\top (V V^\top + \lambda I)^{-1} r$, a system as large as the *row is long*. The two
# forms agree:

# %%
some_V, lam = V[:12].double(), 0.7   # 12 ratings, 50 factors
stars = torch.linspace(-1, 1, 12, dtype=torch.float64)
wide = torch.linalg.solve(some_V.T @ some_V + lam * torch.eye(K),
                          some_V.T @ stars)
narrow = some_V.T @ torch.linalg.solve(some_V @ some_V.T
                                       + lam * torch.eye(12), stars)
assert torch.allclose(wide, narrow)
short = (torch.bincount(train.users) < K).double().mean()
print(f"a system of {K} and a system of 12: the same vector")
print(f"{short:.0%} of these users have fewer than {K} training ratings")

# %% [markdown]
# ## 4. Lists for everyone
#
# **Concept.** Every user's score of every movie was the first thing to break. It never
# has to exist. Take some users, score all movies, keep ten, forget the scores. Memory is
# that of one part, the work is the same, and so are the lists:

# %%
model = ALS(16, epochs=6, seed=SEED).fit(train)
took, lists = seconds(lambda: top_k_for_everyone(model, train), at_most=1)
few = torch.arange(min(300, train.n_users))
scores = model.scores(few)                       # (300, n_items), at once
mine = train.users < len(few)
scores[train.users[mine], train.items[mine]] = -torch.inf
at_once = scores.topk(10).values.numpy()
ours = lists.scores[:len(few)]
assert np.allclose(at_once, ours, atol=1e-3)
say(f"Ten unseen movies for each of {train.n_users:,} users in {took:.2f} s, "
    f"{1e6 * took / train.n_users:.0f} µs for each. All scores at once would "
    f"be {4e-9 * train.n_users * train.n_items:.3f} GB.")

# %% [markdown]
# ### When the catalogue is large
#
# One request compares a user with every movie. For all of MovieLens that is quick (*one
# list* in section 1). A shop with a thousand times as many articles cannot wait so long,
# and looks only where the best are likely to be. Such an index is *approximate*: it may
# miss some.
#
# Many indexes are made for near *directions*, that is for the cosine. Our scores are products,
# and a long vector has a large product with anything. One more coordinate repairs that:
#
# ![Three movies with the vectors (4, 3), (0, 4) and (3, 0), of length 5, 4 and 3. A third coordinate, the root of 25 less the square of the length, is 0, 3 and 4. With it all three are 5 long. The user's vector gets a 0 there, so no product changes.](images/equal-lengths.svg)
#
# {{turn:y113}}
#
# Write what the drawing shows, for any table of vectors.

# %%
# {{answer:y113}}

# %%
check("y113", equal_lengths)

# %% [markdown]
# {{ladder:y113}}

# %% tags=["solution"]
solution("y113")

# %% [markdown]
# A small catalogue needs no index. So we make a large one: every movie of the model, with
# look-alikes, vectors near its own. The last of the coordinates is the movie's bias, and
# the user has a 1 there (lab 10).

# %%
base = item_tower(model.tables())                # (n_items, k + 1)
copies = -(-40_000 // len(base))
noise = torch.randn(copies * len(base), base.shape[1],
                    generator=du.seeded(SEED))
catalogue = (base.repeat(copies, 1) + 0.5 * noise * base.std(0))[:40_000]
asked = torch.randperm(train.n_users, generator=du.seeded(SEED))[:200]
queries = user_tower(model.tables(), asked)      # (200, k + 1)
exact = (queries @ catalogue.T).topk(10).indices
exact_ms = 1000 / len(queries) * seconds(
    lambda: [(catalogue @ q).topk(10) for q in queries], at_most=3)[0]
say(f"{len(catalogue):,} movies, {exact_ms:.2f} ms for one exact request.")

# %% [markdown]
# **The index.** Cut the movies into clusters by direction, beforehand. A request looks
# for the clusters whose centres have the largest product with the user's vector, and then
# at the movies in these alone.


# %%
class Clusters:
    """Movies in clusters of like direction; a request looks into a few."""

    def __init__(self, vectors, n_clusters=200):
        found = MiniBatchKMeans(n_clusters, random_state=SEED, n_init=1,
                                max_iter=8, batch_size=4096)
        of = torch.from_numpy(found.fit_predict(vectors.numpy())).long()
        self.centres = torch.from_numpy(found.cluster_centers_).float()
        self.items = of.argsort(stable=True)     # cluster after cluster
        self.vectors = vectors[self.items]
        self.ends = torch.bincount(of, minlength=n_clusters).cumsum(0)
        self.ends = [0, *self.ends.tolist()]

    def search(self, query, n_looked, k=10):
        """(the k movies with the largest products, movies looked at)."""
        near = (self.centres @ query).topk(n_looked).indices.tolist()
        spans = [slice(self.ends[c], self.ends[c + 1]) for c in near]
        products = torch.cat([self.vectors[s] @ query for s in spans])
        items = torch.cat([self.items[s] for s in spans])
        best = products.topk(min(k, len(products))).indices
        return items[best], len(items)


# %% [markdown]
# **Predict.** A request looks at about a twentieth of the movies. How many of the exact
# ten does it find?

# %%
guess = None  # for example 6


# %%
def recall_and_share(index, queries, n_looked):
    """(share of the exact ten found, share of the catalogue looked at)."""
    hits = looked = 0
    for query, best in zip(queries, exact, strict=True):
        found, n = index.search(query, n_looked)
        hits += torch.isin(found, best).sum().item()
        looked += n
    n = len(queries)
    return hits / exact.numel(), looked / n / len(catalogue)


longer = F.pad(queries, (0, 1))                  # a 0 at the end
index = Clusters(solution("y113")(catalogue))
PROBES = [1, 2, 5, 10, 20, 40]
found = [recall_and_share(index, longer, n) for n in PROBES]
ms = [1000 / len(longer) * seconds(
    lambda n=n: [index.search(q, n) for q in longer], at_most=1)[0]
    for n in PROBES]
recalls, shares = (list(column) for column in zip(*found, strict=True))
figure, sentence = plots.recall_and_time(shares, recalls, ms, exact_ms)
plt.show()
say(sentence)

# %%
some = int(np.argmin(np.abs(np.array(shares) - 0.05)))
raw = Clusters(F.normalize(catalogue, dim=1))    # directions of the raw rows
raw.vectors = catalogue[raw.items]
without, looked = recall_and_share(raw, queries, PROBES[some])
whole, _ = recall_and_share(Clusters(catalogue), queries, PROBES[some])
beside = (f"Clusters of the raw directions find {without:.0%}, looking at "
          f"{looked:.0%}; clusters of the raw vectors {whole:.0%}")
finding(
    "A twentieth of the catalogue holds nine of the best ten",
    recalls[some] >= 0.9,
    yes=f"Looking at {shares[some]:.0%} finds **{recalls[some]:.0%}** of the "
    f"exact ten. {beside}.",
    no=f"Looking at {shares[some]:.0%} finds only {recalls[some]:.0%} of the "
    f"exact ten. {beside}.",
    control="movies drawn at random would hold their share of the catalogue; "
    "one clustering",
    on=["sample", "100k", "latest-small"])
if guess is not None:
    say(f"You said {guess} of 10; it was {10 * recalls[some]:.1f}.")

# %% [markdown]
# **What just happened?** What an index finds, and in what time, is a choice along the curve.
# Who clusters by direction alone forgets the lengths. This index could do without the
# coordinate, for it compares products; one that knows only angles could not. Graphs of
# neighbours (`hnswlib`) and compressed vectors (`faiss-cpu`) push the curve further to the
# left. For MovieLens none is needed: ask first whether the exact way is too slow.

# %% [markdown]
# ## 5. When does a GPU help?
#
# **Concept.** A GPU has thousands of small cores and fast memory. What it does not have is
# patience for small jobs: each operation has to be *launched*, which takes some
# microseconds, however little there is to do. A training step is several dozen
# operations. So ask: how much of a step is work, and how much is starting it?
#
# That can be seen without a GPU. The same step with next to nothing to do, a table of one
# user and one movie with one rating, and on your table with 1,024 ratings:


# %%
def step_of(n_users, n_items, users, items, stars):
    """Seconds of one training step with these ratings."""
    model = MatrixFactorization(n_users, n_items, K, train.mean)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)

    def step():
        optimizer.zero_grad()
        (model(users, items) - stars).square().mean().backward()
        optimizer.step()

    return seconds(step, at_most=50)[0]


first = torch.zeros(1, dtype=torch.int64)
least = step_of(1, 1, first, first, train.ratings[:1])
many = step_of(train.n_users, train.n_items, *train[:1024])
say(f"One user, one movie, one rating: {1e6 * least:.0f} µs. Your table, "
    f"1,024 ratings: {1e6 * many:.0f} µs. **{least / many:.0%}** of the step "
    "is there when there is nothing to do.")

# %%
gpu = measured("gpu.json")
if gpu is None:
    say("No GPU was measured for this course yet; "
        "`python scripts/tools/gpu_check.py --json scripts/tools/gpu.json` "
        "does it in a few minutes. What is said here of small tables rests on "
        "the cell above, and on paper.")
else:
    rows = pd.DataFrame(gpu["rows"])
    rows = rows[(rows["world"] != "tiny") & rows["device_seconds"].notna()]
    gains = {step: (part["ratings"].tolist(), (part["cpu_seconds"]
                    / part["device_seconds"]).tolist())
             for step, part in rows.groupby("step", sort=False)}
    figure, sentence = plots.gpu_gain(gains)
    plt.show()
    on = gpu["machine"]
    say(f"{sentence} Planted worlds, measured on {on['date']}: "
        f"{on['device']} against {on['cpu']}, {on['threads']} threads, by "
        f"`{on['command']}`.")

# %% [markdown]
# **What just happened?** What counts is the work in each launch. An epoch on a small table is
# many small steps, and most of each is its fixed cost; predictions are a few operations on
# all pairs at once, and a sweep of ALS is large products. (ALS on the GPU is a program of
# its own, so part of that gain may be the program's. Lists come in parts made for a
# processor's cache; larger ones were not tried.) Keep the data on the device, and make
# batches large, with section 2 in mind.
#
# ## 6. Beyond one machine
#
# **Concept.** A second machine helps when one machine's memory or patience ends. It also
# costs: what the machines know has to be sent. Count it as we counted memory.
#
# - **Data-parallel training**: each process takes its share of every batch, and then all
#   of them add up their gradients. With dense gradients that is the whole model, at each
#   step.
# - **ALS on a cluster**: users and movies are cut into blocks. Each sweep sends a movie's
#   vector to every block that holds one of its users.

# %%
WIRE = 1.25e9  # bytes a second: ten gigabits
sent = {}
for name, (U, M, n) in SIZES.items():
    model_bytes = 4 * (U + M) * (K + 1)
    rows_bytes = 4 * (min(BATCH, U) + min(BATCH, M)) * (K + 1)
    steps_of_pass = -(-n // BATCH)
    sent[f"ML-{name.upper()}"] = {
        "model, MB": model_bytes / 1e6,
        "one step's gradients, ms": 1000 * model_bytes / WIRE,
        "one pass of training, s": steps_of_pass * model_bytes / WIRE,
        "a pass that sends rows alone, s, at most":
            steps_of_pass * rows_bytes / WIRE,
        "one ALS sweep over 8 blocks, s, at most": 8 * model_bytes / WIRE,
    }
pd.DataFrame(sent).round(2)  # over ten gigabits a second

# %% [markdown]
# **What just happened?** Hold the last column against the seconds of section 1. Sending
# dense gradients takes several times as long as one machine's whole pass on rows. To send
# only the looked-up rows saves most of that. A sweep of ALS sends each vector a few times.
#
# ### Deeper: Spark's ALS
#
# The course has no engine of its own. [Spark](https://spark.apache.org) has ALS, and
# `scripts/tools/spark_als.py` is our factorization by means of it: one file, Parquet in
# and out. On this machine and on a cluster the same file runs:
#
# ```bash
# python scripts/tools/spark_als.py train.parquet --out results --master 'local[2]'
# spark-submit --master yarn --num-executors 8 --executor-memory 8g \
#     scripts/tools/spark_als.py hdfs:///train.parquet --out hdfs:///results
# ```
#
# It needs `pip install -r requirements-spark.txt` and Java 17
# (`apt-get install openjdk-17-jre-headless`). Four things differ from our `ALS`, and each
# has a remedy:
#
# | Spark's ALS | remedy |
# |---|---|
# | wants whole numbers as ids, and answers NaN for strangers | `IdMap` (lab 01), and biases alone for those |
# | has no biases | damped means are taken off first, and again after each fit |
# | its price is $\lambda n$, ours $s (\lambda n + \delta)$, $s$ the ratings' spread | $\lambda$ times $s$; and $\delta / \lambda$ *imaginary ratings* of 0 for each row, which only count |
# | `recommendForAllUsers` lists what was seen, and knows no bias | the bias is one more coordinate; ask for more, and leave out what was seen |

# %%
from tools.spark_check import why_no_spark

spark = measured("spark_als.json")
say(f"{why_no_spark() or 'Spark can run here.'} The figures below were "
    "measured beforehand; the command under them makes them anew.")
if spark is not None:
    table = pd.DataFrame(spark["rows"]).T
    table.columns = ["test RMSE", "seconds", *table.columns[2:]]
    display(table[["test RMSE", "seconds"]].round(4))
    say(f"{spark['data']}, measured on {spark['measured']} by "
        f"`{spark['command']}` ({spark['machine']}; pyspark "
        f"{spark['versions']['pyspark']}).")

# %% [markdown]
# With the price that makes the two agree they do agree. With the same λ and no imaginary
# ratings they are far apart: the number was the same, the price was not. And on a table of
# this size Spark is the slow way. Its seconds hold its start, three rounds, lists and
# files; those of `ALS` hold a fit and predictions. For every half sweep Spark plans, starts
# tasks and collects their results. What that buys is that no machine has to hold all of the
# ratings.
#
# ### Deeper: two processes
#
# The other existing engine is PyTorch's own. `torchrun` starts several processes, each
# with its share of every batch, and after `backward` they add up their gradients:
#
# ```bash
# torchrun --nproc-per-node 2 scripts/tools/distributed.py --dataset 100k
# ```
#
# Two of them reach the RMSE of one. Do they get there sooner? Processor seconds of an
# epoch, on one machine:

# %%
shared = measured("two_processes.json")
display(pd.DataFrame(shared["rows"]).T.round(2))
say(f"k = {shared['factors']}, measured on {shared['measured']} by "
    f"`{shared['command']}` ({shared['machine']}).")

# %% [markdown]
# Each process sends the gradients of all tables and takes Adam's step over all rows,
# however small its share of the batch. So the second one pays only where a batch costs
# far more than the tables do. For a factorization that means huge batches, which learn
# less from a pass. A network with many layers does far more work for each of its numbers.
#
# And a table of vectors that fits no machine? Its rows are spread over several (*sharded*), and
# each batch fetches those it needs, as TorchRec does. Or fewer rows are kept: one that all
# users with few ratings share, or one for each value of a hash of the id.

# %% [markdown]
# ### When is each worth it?
#
# | your table | use |
# |---|---|
# | fits in memory (all of MovieLens does, many times over) | one machine: ALS, or steps on rows |
# | the same, and a GPU is there, with millions of ratings | ALS or large batches on the GPU |
# | a large network on top, whose step takes longer than sending it | `torchrun` |
# | ratings that fit no machine, or that lie on a cluster already | Spark's ALS |

# %% [markdown]
# ## Common mistakes
#
# - **A users × movies array.** `np.zeros((n_users, n_items))` works on ML-100K and asks
#   for more than a hundred gigabytes on all of MovieLens. Keep the ratings as three columns,
#   and score in parts.
# - **A larger batch because it is quicker.** A pass then has fewer steps, and learns less.
#   Compare validation errors after equal seconds, each batch at its own best rate.
# - **Timing one run.** The first call loads libraries and fills caches. Take the quickest
#   of several, on the same machine.
# - **More threads than cores.** They wait for one another, and everything is slower. Set
#   `OMP_NUM_THREADS`.
# - **"The same λ" in two libraries.** Ask what it multiplies: the sum or the mean of the
#   errors, each row or each rating.
# - **Hours without a checkpoint.** `fit(…, checkpoint="run.pt", resume=True)` goes on
#   after a kill, to the same digits.

# %% [markdown]
# ## Key questions
#
# **1. Which thing breaks first as data grow, and why that one?**
#
# <details>
# <summary>Answer</summary>
#
# Every user's score of every movie: its size is a product of two sizes that both grow. It
# is made in parts, and only ten movies of each row are kept.
#
# </details>
#
# **2. Why does a step of Adam take longer on a larger table, when the batch is the same?**
#
# <details>
# <summary>Answer</summary>
#
# The gradient of the whole table is made, zeros included, and Adam visits every row, which
# its running means may still move. Sparse gradients touch only the rows of the batch.
#
# </details>
#
# **3. What is memory-bound about the sums of products?**
#
# <details>
# <summary>Answer</summary>
#
# For each rating a row of k(k + 1)/2 numbers is read, and one addition is done with each.
# Fetching takes longer than adding. The product reads k numbers and uses each k times.
#
# </details>
#
# **4. How does an index for cosines find the largest products?**
#
# <details>
# <summary>Answer</summary>
#
# One more coordinate gives all movies the same length, and the user a 0 there. Products
# stay as they were, and among vectors of one length the largest product is the smallest
# angle.
#
# </details>
#
# **5. Why may training on a small table be slower on a GPU?**
#
# <details>
# <summary>Answer</summary>
#
# Each operation has a fixed cost of launching. The small steps of training on a small table
# are mostly that, and the fast part of the GPU waits. Large products, as in ALS, gain
# earlier.
#
# </details>
#
# **6. Two libraries were given λ = 0.04 and their results differ by a tenth of a star. Is
# one of them wrong?**
#
# <details>
# <summary>Answer</summary>
#
# Not necessarily. One may multiply λ by a row's number of ratings, the other not; one may
# take the mean of the errors, the other their sum. Compare the objectives, not the names.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - said on paper which step runs out of memory first, and at what size;
# - counted the bytes that a step of training moves, and said why Adam slows down as
#   tables grow;
# - computed all Gram matrices in two ways, and said which one waits for memory;
# - made lists for everyone in bounded memory, and traded recall for time;
# - said when a GPU, a second process or a cluster is worth it, and when not.
#
# ## Further reading
#
# - Y. Zhou, D. Wilkinson, R. Schreiber & R. Pan 2008, *Large-scale Parallel Collaborative
#   Filtering for the Netflix Prize*, AAIM, doi:10.1007/978-3-540-68880-8_32. ALS in
#   parallel, and the λ that grows with a row's ratings.
# - J. Duchi, E. Hazan & Y. Singer 2011, *Adaptive Subgradient Methods for Online Learning
#   and Stochastic Optimization*, JMLR 12. Adagrad.
# - F. Niu, B. Recht, C. Ré & S. Wright 2011, *Hogwild: A Lock-Free Approach to
#   Parallelizing Stochastic Gradient Descent*, NeurIPS, arXiv:1106.5730.
# - S. Williams, A. Waterman & D. Patterson 2009, *Roofline: An Insightful Visual
#   Performance Model*, CACM 52(4), doi:10.1145/1498765.1498785. Memory-bound and
#   compute-bound, as one picture.
# - Y. Bachrach et al. 2014, *Speeding Up the Xbox Recommender System Using a Euclidean
#   Transformation for Inner-Product Spaces*, RecSys, doi:10.1145/2645710.2645741. One
#   more coordinate.
# - Y. Malkov & D. Yashunin 2020, *Efficient and Robust Approximate Nearest Neighbor Search
#   Using Hierarchical Navigable Small World Graphs*, IEEE TPAMI 42(4), arXiv:1603.09320.
# - J. Johnson, M. Douze & H. Jégou 2021, *Billion-Scale Similarity Search with GPUs*, IEEE
#   Transactions on Big Data 7(3), arXiv:1702.08734. FAISS.
# - X. Meng et al. 2016, *MLlib: Machine Learning in Apache Spark*, JMLR 17,
#   arXiv:1505.06807.
# - F. M. Harper & J. A. Konstan 2015, *The MovieLens Datasets*, doi:10.1145/2827872.
#
# **Clean up.** Nothing is left behind: no file was written.
#
# **Next**: a table of your own. [Lab 12](12-your-own-data.ipynb) is a project on it, from the first look to a list
# that you would show to someone.
#
# ## What held on your data

# %%
show_findings()
