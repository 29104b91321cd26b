# %% [markdown]
# # 04 Embedding analysis: what did the factors learn?
#
# *The model never saw a genre, a plot or an actor. You will find out what its vectors know all the
# same, and you will not take a pretty picture for an answer.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under half a minute on ML-100K, under twenty seconds on the bundled sample |
# | **Memory** | under 1 GB |
# | **Difficulty** | medium: vectors, a little statistics |
# | **Builds on** | [lab 02](02-matrix-factorization-from-scratch.ipynb), [lab 03](03-training.ipynb) |
#
# **After this lab you can**
#
# - read the length and the main axes of movie vectors, and say what popularity has to do with
#   them
# - draw a map of the movies, and name what its distances do not mean
# - decide by a permutation test and by linear probes whether the vectors know genres
# - find similar movies by cosine, and show how the same predictions give other neighbours
# - tell what another seed changes from what other data change
# - (Deeper) measure when vector arithmetic works and when it fails
#
# **Prerequisites**: dot product and matrix product, mean and variance, what a p-value is.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** Shops, streaming services and music players show "similar to this". Behind many of these shelves
# lie vectors learned from behaviour, such as those that you trained in labs 02 and 03. So two
# questions are worth money: what do these vectors know, and which of it is an accident of one
# training run?
#
# **In plain words.** A librarian cannot read. All that she sees is who borrowed which book, and
# whether they liked it. She shelves books side by side when the same people like them. One day
# a reader walks through and says: "Ah, crime novels here, poetry there!" Is that so? Or does a
# reader who looks for crime novels see them everywhere? Shuffle the covers and ask again: if the
# shelf still looks as orderly, the order was in the reader's eye. That trick carries this lab.

# %%
import gc
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

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

# %%
import data_utils as du
import embeddings as emb
from checks import check, solution
from data_utils import IdMap, RatingsDataset
from findings import begin_findings, finding, show_findings
from models import ALS, BiasModel
from plots import embedding, evidence
from reporting import say

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED, K = 0, 10  # K: neighbours that we look at

# %% [markdown]
# ## 1. Take the vectors out
#
# First a model that deserves to be read. We take `ALS` as the package has it: its number of
# factors and its penalty were chosen for the sake of *predicted stars*. In this lab **nothing is
# tuned on genres**. Otherwise we would find what we had put in.
#
# When it stops is another matter. The RMSE settles after a few sweeps, the vectors long after it
# (lab 02). We are going to read vectors, so we sweep until one sweep changes the movies' factors by
# less than a hundred-thousandth. (With `momentum` each sweep starts somewhat farther along the way that
# the last one went, to arrive sooner.) Section 7 shows what one would believe otherwise.
#
# Does it predict? A tenth of the ratings, drawn at random, is held out to see.

# %%
from training import evaluate


def fit_als(ratings_of_model, seed):
    settled = ALS(seed=seed, tolerance=1e-5, epochs=1000, momentum=True)
    return settled.fit(ratings_of_model)


pd.set_option("display.max_colwidth", 100)
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))
split = du.train_test_split_random(ratings, test_size=0.1, seed=SEED)
part = RatingsDataset.fit(split.train)
held_out = part.encode(split.test)
scores = {
    name: evaluate(model, held_out)["rmse"]
    for name, model in [("biases", BiasModel().fit(part)),
                        ("ALS", fit_als(part, SEED))]
}
both = (f"RMSE on a random tenth: biases {scores['biases']:.3f}, "
        f"ALS **{scores['ALS']:.3f}**.")

# %%
finding(
    "The factors predict", scores["ALS"] < scores["biases"],
    yes=f"{both} The factors have learned something.",
    no=f"{both} The factors have not shown that they learned anything: read "
       "what follows with doubt.",
    control="the biases alone, on the same random tenth; one split",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# From here on we describe the model and do not score it, so it may have all ratings. `tables()`
# hands out its numbers, and `movie_vectors` puts each movie's row beside its title. Most of the
# lab looks at the movies with at least 50 ratings that have a genre. (Where fewer than a hundred
# movies have 50 ratings, it takes the hundred most rated. Where the data have no genres, the parts
# about genres are passed over.) The score above is for a split of its own: do not set it beside
# those of lab 03, where a fifth was held out.

# %%
train = RatingsDataset.fit(ratings)
model = fit_als(train, SEED)
tables = model.tables()
P, Q = tables.user_factors, tables.item_factors
print("user factors", tuple(P.shape), " item factors", tuple(Q.shape))

every = emb.movie_vectors(tables, train, movies)
usable = every.genres.any(axis=1).to_numpy() & (every.norms > 0)
if usable.sum() < 100:  # there are no genres, or hardly any
    usable = every.norms > 0
counts = np.sort(every.counts[usable])[::-1]
MIN_RATINGS = min(50, counts[min(99, len(counts) - 1)])
enough = usable & (every.counts >= MIN_RATINGS)  # (n_items,) booleans
known = every.where(enough)
having = known.genres.sum()
GENRED = ((having >= 20) & (len(known) - having >= 20)).sum() > 1
YEARED = known.movies["year"].notna().any()
say(f"{len(every):,} movies; we look at the {len(known):,} with at least "
    f"{MIN_RATINGS} ratings{' and a genre' if GENRED else ''}.")
if not GENRED:
    say("Too few movies have a genre here: what is about genres is left out.")

# %% [markdown]
# ### How long is a vector?
#
# The length, or **norm**, is $\lVert q_i \rVert = \sqrt{\sum_f q_{if}^2}$. By a loop, then by
# NumPy:

# %%
by_loop = [sum(x * x for x in row) ** 0.5 for row in every.vectors]
norms = np.linalg.norm(every.vectors, axis=1)  # (n_items,)
assert np.allclose(norms, by_loop)

# %% [markdown]
# **Predict.** Rank all movies by their number of ratings and by the length of their vector. Do
# the two rankings agree? 1 is full agreement, 0 is none, −1 the reverse.

# %%
guess = None  # your number, between -1 and 1

# %%
rho = spearmanr(every.counts, norms).statistic
if guess is not None:
    print(f"You said {guess}, it is {rho:.2f}.")
figure, sentence = embedding.norm_and_popularity(every)
plt.show()
say(sentence)

# %% [markdown]
# Where does this come from? Our penalty has a fixed part, $\delta \lVert q_i \rVert^2$ for each
# movie (labs 02 and 03). Three ratings are a weak pull against it. If that is the reason, then a
# model without the fixed part, whose price grows with the number of ratings, must not show it:

# %%
per_rating = ALS(reg_per_rating=0.12, reg_per_row=0, seed=SEED,
                 tolerance=1e-3, epochs=1000, momentum=True).fit(train)
other_norms = per_rating.tables().item_factors.norm(dim=1).numpy()
other_rho = spearmanr(every.counts, other_norms).statistic
both = (f"Rank correlation of length and number of ratings: **{rho:+.2f}** "
        f"with the fixed price, {other_rho:+.2f} with a price per rating.")

# %%
finding(
    "Length is evidence where the price is fixed",
    rho > 0.5 and other_rho < rho - 0.3,
    yes=f"{both} Length shows how much evidence a vector had, and that is the "
        "penalty's doing, no law about vectors.",
    no=f"{both} Here the fixed price does not make that difference.",
    control="the same ratings with the other form of the penalty",
    on=["sample", "100k", "latest-small"],
)
residual = (train.ratings - BiasModel().fit(train).predict(
    train.users, train.items)).numpy()
spread = pd.Series(residual).groupby(train.items.numpy()).std()
b_i = tables.item_bias.numpy()[enough]
of_known = {"number of ratings": known.counts, "how liked ($b_i$)": b_i,
            "spread of what biases leave": spread[enough].to_numpy()}
say("Among the movies that we keep, length has these rank correlations: "
    + ", ".join(f"{name} {spearmanr(values, known.norms).statistic:+.2f}"
                for name, values in of_known.items()) + ".")

# %% [markdown]
# **What just happened?** Where length goes with the number of ratings, a vector near zero says "I
# know little about this one". Among movies with many ratings, look at the last number, too: the
# farther the ratings lie from what the biases say, the more there may be for a vector to explain. Length mixes the two. So from section 2 on we
# keep to movies with enough ratings, and mostly to directions.

# %% [markdown]
# ### Deeper: is the main axis popularity?
#
# It has been reported that the first singular direction of a recommender's predictions carries
# popularity (Lin et al. 2025, arXiv:2404.12008). Does every model do that? Compare two
# factorizations of the same ratings:
#
# - one that fills every missing rating with **zero**, and has no biases;
# - ours, which leaves missing ratings out and has $b_u$ and $b_i$.
#
# They differ in more than these two things (ours has a penalty and eight factors, and its axis is
# taken about the mean vector). So this is a counterexample to "always", not the proof of a cause.

# %%
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

pairs = (train.users.numpy(), train.items.numpy())
filled = csr_array((train.ratings.double().numpy(), pairs))
_, _, axis = svds(filled, k=1, rng=np.random.default_rng(SEED))
of_filled = axis[0] * np.sign(axis[0].sum())  # (n_items,), a sign is free

of_model = emb.principal_axes(every.vectors).scores[:, 0]
figure, sentence = embedding.first_axes_and_popularity(
    of_filled, of_model, every.counts
)
plt.show()
with_filled = abs(spearmanr(every.counts, of_filled).statistic)
with_model = abs(spearmanr(every.counts, of_model).statistic)
finding(
    "The first axis is popularity in one model, not in the other",
    with_filled > 0.8 and with_model < 0.4,
    yes=f"{sentence} So \"the first axis is popularity\" is a statement about "
        "a model, not a law.",
    no=f"{sentence} On these data the two models do not part so clearly.",
    control="none: one factorization of each kind",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** With zeros for missing, a model must first explain *which movies were
# rated at all*. Ours is asked only about ratings that exist, and $b_i$ may take away how liked a
# movie is. (A cloud that opens like a funnel on the right is the length again: known movies may lie
# farther out, but to both sides.)

# %% [markdown]
# ## 2. Maps: PCA and t-SNE
#
# We compare directions, so each vector is first scaled to length one: $\hat q_i = q_i / \lVert
# q_i \rVert$. The package does it in `known.unit`.

# %% [markdown]
# {{turn:y041}}
#
# Scale all rows at once, without a loop. A movie that no training rating has touched can have a
# vector of zeros: it has no direction, and stays as it is.

# %%
# {{answer:y041}}


# %%
check("y041", unit_rows)

# %% [markdown]
# {{ladder:y041}}

# %% tags=["solution"]
solution("y041")

# %% [markdown]
# A picture has two dimensions. **Principal component analysis** turns the cloud of vectors so
# that its widest direction comes first. Three ways to the same variances: the eigenvalues of the
# covariance matrix, a singular value decomposition, and scikit-learn.

# %%
from sklearn.decomposition import PCA

centred = known.unit - known.unit.mean(axis=0)  # (n, k)
variances = np.linalg.eigvalsh(centred.T @ centred / len(known))[::-1]
axes = emb.principal_axes(known.unit)  # by SVD
library = PCA(n_components=2).fit(known.unit)

shares = variances / variances.sum()
assert np.allclose(shares[:2], axes.shares[:2])
assert np.allclose(shares[:2], library.explained_variance_ratio_)
say(f"The first two axes hold {shares[:2].sum():.0%} of the variance of "
    f"{len(shares)} axes.")

# %% [markdown]
# A map is as good as the neighbourhoods that it keeps. For each movie: which of its ten nearest
# by all factors are among its ten nearest on the paper?

# %% [markdown]
# {{turn:y042}}
#
# Somebody hands you both lists for every movie, as rows of two arrays. What share of the neighbours
# does the map keep?

# %%
# {{answer:y042}}


# %%
check("y042", kept_share)

# %% [markdown]
# {{ladder:y042}}

# %% tags=["solution"]
solution("y042")

# %% [markdown]
# On our map it is the same question. (Ten drawn at random would keep $10 / (n - 1)$ of them; the
# cell prints that too.)
#
# Colour and marker show a movie's genre. Most movies have several, so we show the one that the
# fewest movies have: it says most. (MovieLens lists genres by the alphabet, so "the first" would
# mean nothing.)

# %%
near = emb.nearest_neighbours(known, K)  # (n, 10) rows


def kept_neighbours(points):
    gaps = ((points[:, None] - points) ** 2).sum(axis=-1)  # (n, n)
    np.fill_diagonal(gaps, np.inf)
    on_paper = gaps.argsort(axis=1)[:, :K]
    return np.mean([np.isin(a, b).mean()
                    for a, b in zip(near, on_paper, strict=True)])


flat = axes.scores[:, :2]
figure, sentence = embedding.movie_map(
    flat, known, kept_neighbours(flat), "PCA"
)
plt.show()
say(f"{sentence} By chance it would be {K / (len(known) - 1):.1%}.")

# %% [markdown]
# **t-SNE** (van der Maaten & Hinton 2008) gives up on distances and tries to keep *neighbours*.
# Its **perplexity** says about how many neighbours each point cares for. There is no right value,
# so we draw two, far apart. The seed is fixed and the start is the PCA map. (`max_iter=400` is less
# than the library's 1,000 steps and saves time. Do the shares in the titles change with more?)

# %%
from sklearn.manifold import TSNE

maps = {
    perplexity: TSNE(
        perplexity=perplexity, init="pca", max_iter=400, random_state=SEED
    ).fit_transform(known.unit)
    for perplexity in (5, 30)
}
kept = {p: kept_neighbours(points) for p, points in maps.items()}
figure, sentence = embedding.perplexity_panels(maps, kept, known)
plt.show()
say(sentence)

# %%
figure, sentence = embedding.movie_map(maps[30], known, kept[30], "t-SNE")
plt.show()
kept_by_pca = kept_neighbours(flat)
finding(
    "t-SNE keeps more neighbours than PCA", kept[30] > kept_by_pca,
    yes=f"{sentence} PCA keeps {kept_by_pca:.0%}.",
    no=f"{sentence} PCA keeps {kept_by_pca:.0%}: here the map that was made "
       "to keep neighbours does not keep more of them.",
    control="the PCA map of the same vectors; one seed",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# The same map, to explore: point at a dot, search a title, choose a genre, zoom.

# %%
from play import movie_map

movie_map(maps[30], known.movies, known.counts, key="lab04-map")

# %% [markdown]
# If you know the movies: find two that belong together side by side, and two that should be and are
# not. (The sample's movies are invented; there the genre must do.) Now the warning. **Does distance
# on this map mean anything?** Take only pairs of movies that are far apart in the vectors (the
# farther half), and ask whether the map ranks *their* distances as the vectors do. All pairs are
# printed beside them.

# %%
upper = np.triu_indices(len(known), 1)  # each pair once


def pair_distances(points):
    return np.linalg.norm(points[:, None] - points, axis=-1)[upper]


true = pair_distances(known.unit)
far = true > np.median(true)
on_paper = {"PCA": flat} | {f"perplexity {p}": m for p, m in maps.items()}
agreement = {
    name: spearmanr(true[far], pair_distances(points)[far]).statistic
    for name, points in on_paper.items()
}
all_pairs = {name: spearmanr(true, pair_distances(points)).statistic
             for name, points in on_paper.items()}
both = ("Rank correlation of distances, vectors against map: " + ", ".join(
    f"{value:.2f} ({name}; all pairs {all_pairs[name]:.2f})"
    for name, value in agreement.items()) + " among the farther half.")

# %%
finding(
    "The maps misrank far distances", max(agreement.values()) < 0.8,
    yes=f"{both} None of the maps ranks them as the vectors do.",
    no=f"{both} Here at least one map ranks them nearly as the vectors do.",
    control="all pairs beside it, for a narrower range lowers any correlation",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** Each map comes with two numbers now: how many neighbours it keeps, and how
# it ranks distances. Believe it as far as they go. The sizes of clumps and the gaps between them
# change with the perplexity, while the vectors stay what they are (Wattenberg, Viégas & Johnson
# 2016 show more of it).

# %% [markdown]
# ## 3. Ten clusters, and names for them
#
# **K-means** looks for centres such that each movie is near one of them. Lloyd's algorithm
# repeats two steps: each movie goes to the nearest centre; each centre moves to the mean of its
# movies. By hand, then by scikit-learn from the same start:

# %%
from sklearn.cluster import KMeans

rng = np.random.default_rng(SEED)
start = known.unit[rng.choice(len(known), size=10, replace=False)]
centres = start.copy()  # (10, k)
for _ in range(100):
    gaps = ((known.unit[:, None] - centres) ** 2).sum(axis=-1)  # (n, 10)
    nearest = gaps.argmin(axis=1)
    centres = np.array([
        known.unit[nearest == c].mean(axis=0)
        if (nearest == c).any() else centres[c] for c in range(10)
    ])
inertia = ((known.unit - centres[nearest]) ** 2).sum()

library = KMeans(10, init=start, n_init=1, tol=0).fit(known.unit)
print(f"inertia by hand {inertia:.2f}, by the library {library.inertia_:.2f}")

# %% [markdown]
# The *inertia* is the sum of squared distances to the own centre. Lloyd's steps end in one of many
# local minima, so below the package takes the best of ten starts. How many centres? The lowest
# possible inertia falls with each one more. The **silhouette** (Rousseeuw 1987) compares the
# own cluster with the next one: 1 is a cluster by itself, 0 a point on the border. As ever, it says
# something only next to a null: directions drawn at random.

# %%
sizes = (2, 4, 6, 10, 15, 20)
table = emb.compare_cluster_counts(known, sizes, SEED)
figure, sentence = embedding.cluster_counts(table)
plt.show()
random_directions = known.with_vectors(rng.normal(size=known.vectors.shape))
by_chance = emb.compare_cluster_counts(random_directions, sizes, SEED)
pairs = "; ".join(
    f"{size} centres {ours:.2f} against {chance:.2f}" for size, ours, chance
    in zip(sizes, table["silhouette"], by_chance["silhouette"], strict=True))
finding(
    "A cloud, no islands", table["silhouette"].max() < 0.5,
    yes=f"{sentence} Against random directions: {pairs}. The movies form a "
        "cloud, not islands.",
    no=f"{sentence} Against random directions: {pairs}. Here the movies do "
       "lie in groups with gaps between them.",
    control="the line of 0.5 is ours; random directions stand beside it",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** Look for an *elbow* on the left, a bend after which more centres hardly
# help, and on the right for how far the silhouette stays from 1 and from chance. K-means cuts a
# cloud as readily as islands. Ten is a convenient number of pieces, no discovery. What is inside?
# Here are the most rated movies of each.

# %%
clusters = emb.cluster_movies(known, n_clusters=10, seed=SEED)
say("\n".join(
    f"{cluster}. ({row['movies']} movies) {row['most rated']}"
    for cluster, row in clusters.table.iterrows()
))

# %% [markdown]
# **Your turn: names for ten clusters.** Give each cluster a name *from its titles*. (Where you do not know the movies, as
# in the sample, go by what the titles promise.) Then run on: the next cell sets your
# names beside the genres that are overrepresented. ×3 means: three times the share that this
# genre has over all these movies. (A genre needs three movies in the cluster to be listed.)

# %%
my_names = {  # such as "date night"
    0: "", 1: "", 2: "", 3: "", 4: "",
    5: "", 6: "", 7: "", 8: "", 9: "",
}

# %%
beside = clusters.table[["movies", "overrepresented genres"]].copy()
beside.insert(1, "your name", [my_names.get(c, "") for c in beside.index])
beside

# %%
def count_twice(labels):
    return int((emb.genre_lift(labels, known)[common] > 2).sum().sum())


if GENRED:
    common = known.genres.sum().nlargest(10).index.tolist()
    figure, sentence = embedding.lift_table(clusters, common)
    plt.show()
    rng = np.random.default_rng(SEED)
    dealt = [count_twice(rng.permutation(clusters.labels))
             for _ in range(100)]
    both = (f"{sentence} Of 100 random deals of the movies, the most orderly "
            f"has {max(dealt)} such cells, the mean {np.mean(dealt):.1f}.")
    finding(
        "Clusters collect genres", count_twice(clusters.labels) > max(dealt),
        yes=f"{both} Chance does not make such a table.",
        no=f"{both} Chance makes such a table too.",
        control="100 shuffles of the movies over the clusters",
        on=["sample", "100k", "latest-small"],
    )

# %% [markdown]
# Were there names that fitted? People name clouds too. Here the movies are dealt out to the
# clusters at random. Try to find names for these:

# %%
dealt = np.random.default_rng(SEED).permutation(clusters.labels)
by_fame = np.argsort(-known.counts, kind="stable")
for cluster in range(3):
    drawn = by_fame[dealt[by_fame] == cluster][:6]
    print(f"{cluster}.", "; ".join(known.labels[drawn]))

# %% [markdown]
# ## 4. Is it really genre?
#
# ### Neighbours, against shuffled labels
#
# For each movie take its ten nearest neighbours, and count those that share a genre with it. The
# share over all movies is the **genre purity**. As a loop over sets:

# %%
genre_sets = [set(names.split("|")) for names in known.movies["genres"]]


def purity_by_loop(sets):
    shared = 0
    for movie, row in enumerate(near):
        for neighbour in row:
            shared += bool(sets[movie] & sets[neighbour])
    return shared / near.size


if GENRED:
    ours = purity_by_loop(genre_sets)
    print(f"{ours:.1%} of the neighbours share a genre")

# %% [markdown]
# **Predict.** Is that much? Deal the sets of genres out to the movies at random and count again.
# Which share do you expect when genre has *nothing* to do with the vectors?

# %%
guess = None  # a share between 0 and 1

# %%
if GENRED:
    rng = np.random.default_rng(SEED)
    shuffles = [purity_by_loop(rng.permutation(genre_sets))
                for _ in range(20)]
    if guess is not None:
        print(f"You said {guess:.1%}.")
    say(f"Twenty shuffles: {min(shuffles):.1%} to {max(shuffles):.1%}, "
        f"{np.mean(shuffles):.1%} on average. The bar is there.")

# %% [markdown]
# Where a few genres are common, strangers share one too. A purity means something only next to
# this number. A thousand shuffles make a **permutation test**. What the shuffles give
# is called the **null**, a world in which genre and vectors have nothing to do with each other.
# The p-value is the share of worlds, the real one included, that look at least as orderly as ours
# (Phipson & Smyth 2010):
#
# $$p = \frac{1 + \#\{\text{shuffles with at least our purity}\}}{1 + \#\{\text{shuffles}\}}$$

# %% [markdown]
# {{turn:y043}}
#
# Write it as a function of our purity and of the array of the shuffles' purities. Mind shuffles that
# have exactly our purity.

# %%
# {{answer:y043}}


# %%
check("y043", p_value)

# %% [markdown]
# {{ladder:y043}}

# %% tags=["solution"]
solution("y043")

# %% [markdown]
# Now a thousand shuffles, by the package:

# %%
if GENRED:
    purity = emb.genre_purity(known, k=K, permutations=1000, seed=SEED)
    print(f"by hand {ours:.4f}, by the package {purity.share:.4f}")
    figure, sentence = evidence.purity_null(purity)
    plt.show()
    finding(
        "Neighbours share genres", purity.p_value < 0.01,
        yes=f"{sentence} Chance does not do that.",
        no=f"{sentence} Shuffled genres come as far: nothing is shown.",
        control="1,000 shuffles of the genres over the movies",
        on=["sample", "100k", "latest-small"],
    )

# %% [markdown]
# **An objection.** Perhaps the vectors only know *how known* a movie is and *from when*: people
# rate old westerns together because they are old. So shuffle again, but only among movies of
# about the same popularity and year: fifths of the one times fifths of the other (`.rank(pct=True)`
# gives each movie its place, from 0 to 1). What such steps of popularity and year explain then
# stays in the null.

# %%
facts = emb.popularity_and_year(known)  # (n, 2): log count, year
fifths = pd.DataFrame(facts).rank(method="first", pct=True)
fifths = np.ceil(5 * fifths).astype(int).to_numpy()  # 1 to 5 of each
alike = 10 * fifths[:, 0] + fifths[:, 1]  # (n,), two digits name a group
if GENRED:
    strict = emb.genre_purity(known, K, 500, SEED, within=alike)
    say(f"Within {len(set(alike))} groups alike in popularity and year, "
        f"shuffles reach {strict.expected:.1%} on average and "
        f"{strict.null.max():.1%} at most. We have {strict.share:.1%}.")

# %% [markdown]
# ### Clusters, against genres
#
# Do the ten clusters divide the movies as genres do? *Mutual information* says how much better one
# guesses a movie's genre once one knows its cluster. **Adjusted** for luck it is 1 for the
# same division and 0 for what chance gives (Vinh, Epps & Bailey 2010). It needs one genre a movie:
# the rarest again, as on the maps.

# %%
if GENRED:
    agreement = emb.genre_agreement(clusters.labels, known, seed=SEED)
    say(f"Adjusted mutual information **{agreement.ami:.2f}**: chance gives "
        f"0, the same division 1 (p = {agreement.p_value:.2g}).")

# %% [markdown]
# ### One probe for each genre, against probes that know less
#
# Last test: can a genre be read off the vector by one straight cut? A **linear probe** (Alain &
# Bengio 2016) is a logistic regression from the vector to "has this genre": it learns a weight for
# each coordinate, and the weighted sum is the movie's score. It is fitted on four fifths of the
# movies and scored on the rest ("out of fold"), five times. The **AUC** is the chance that a movie
# with the genre gets a higher score than one without; 0.5 is a coin.
#
# Alone, an AUC proves little. So the same probe gets two other inputs: popularity and year, and
# random vectors of the same size.

# %%
rng = np.random.default_rng(SEED)
inputs = {
    "our vectors": known.vectors,
    "popularity and year": facts,
    "random vectors": rng.normal(size=known.vectors.shape),
}
if GENRED:
    aucs = pd.DataFrame({
        name: emb.linear_probe(features, known.genres, seed=SEED)
        for name, features in inputs.items()
    })
    figure, sentence = evidence.probes(aucs)
    plt.show()
    say(sentence)

# %% [markdown]
# ### The verdict
#
# Three tests, one sentence. It is written by the cell that holds the results, and withdrawn on
# data that do not earn it.

# %%
from metrics import paired_difference

if GENRED:
    gain = paired_difference(
        aucs["our vectors"], aucs["popularity and year"],
        lower_is_better=False,
    )
    tests = (
        f"Neighbours: {strict.share:.1%} against {strict.expected:.1%} among "
        f"movies alike in popularity and year (p = {strict.p_value:.2g}). "
        f"Clusters: {agreement.ami:.2f} of 1 (p = {agreement.p_value:.2g}). "
        f"Probes: AUC {gain.mean:+.2f} over popularity and year (95 % "
        f"interval {gain.low:+.2f} to {gain.high:+.2f}), better for "
        f"{gain.wins} of {gain.n} genres.")
    finding(
        "The vectors hold what goes with genre",
        strict.p_value < 0.01 and agreement.p_value < 0.01 and gain.low > 0,
        yes=f"**The vectors hold something that goes with genre, beyond "
            f"popularity and year.** {tests}",
        no="**The three tests together do not show that the vectors hold "
           f"more of genre than popularity and year do.** {tests}",
        control="shuffles among like movies and of genres; an interval",
        on=["sample", "100k", "latest-small"],
    )

# %% [markdown]
# **What just happened?** Each test asks *whether*, and each answers *how much* on another scale.
# Compare the easiest genre with the hardest, and the neighbours with "all neighbours share a
# genre". The vectors were made to predict stars. Taste may go with genre, and it may have other
# reasons: an actor, an era, a way to be funny. None of this shows that the model has a notion of
# genre.
#
# Look at the random vectors in the figure, too. They know nothing, and yet their AUC for a single
# genre can lie well off the coin. So compare the means, not one genre. (And the interval treats
# genres as independent, which they are not: it is a rough one.)

# %% [markdown]
# ## 5. Similar movies
#
# The **cosine** of two vectors is the dot product of their directions: 1 for the same direction,
# 0 for a right angle, −1 for opposite ones.
#
# $$\cos(q_i, q_j) = \frac{q_i \cdot q_j}{\lVert q_i \rVert \, \lVert q_j \rVert} = \hat q_i \cdot \hat q_j$$
#
# ![Three arrows from the origin: A = (3, 4), B = (6, 8) in the same direction and twice as long, C = (12, 5) longer and at an angle. The dot product with A is 50 for B and 56 for C; the cosine is 1.00 for B and 0.86 for C.](images/cosine.svg)
#
# A loop over all movies; then normalize, one product, and sort:

# %%
best_known = int(known.counts.argmax())
q = known.vectors[best_known]
by_loop = [
    sum(a * b for a, b in zip(q, row, strict=True))
    / (sum(a * a for a in q) ** 0.5 * sum(b * b for b in row) ** 0.5)
    for row in known.vectors
]
cosine = known.unit @ known.unit[best_known]  # (n, k) @ (k,) -> (n,)
assert np.allclose(cosine, by_loop)
cosine[best_known] = -np.inf  # the nearest would be the movie itself
top = np.argsort(-cosine)[:K]
assert np.allclose(cosine[top], cosine[near[best_known]])  # as above
print("nearest to", known.labels[best_known])
print(*known.labels[top], sep="\n")

# %% [markdown]
# `find_similar_movies` does this by title. Case and articles do not matter; a year may be given. Where
# several titles match, it takes the one with the most ratings and says so:

# %%
from IPython.display import display

from title_search import UnknownTitle

try:
    display(emb.find_similar_movies("return", known, top_k=5).round(2))
except UnknownTitle as error:
    print(error)

# %%
typo = known.movies["title"][best_known].replace("r", "rr", 1) + "s"
try:
    emb.find_similar_movies(typo, known)
except UnknownTitle as error:
    print(error)

# %% [markdown]
# Type a title of your own. Which neighbours do you find sensible, and which absurd? Keep one absurd
# one for section 7.

# %%
title = known.labels[np.argsort(-known.counts)[2]]  # or a title you like
say(f"Nearest to **{title}**:")
emb.find_similar_movies(title, known, top_k=K).round(2)

# %% [markdown]
# ### Why cosine can mislead
#
# The model is judged by its predictions only. Stretch factor $f$ of all movies by $d_f$, and
# shrink it for all users by the same: $p_{uf} q_{if} = (p_{uf} / d_f)(q_{if}\, d_f)$. Every
# prediction stays as it is. We draw the $d_f$ at random; most lie between a third and three.
#
# **Predict.** What share of the ten nearest neighbours stays?

# %%
guess = None  # a share between 0 and 1

# %%
g = torch.Generator().manual_seed(SEED)
d = torch.randn(Q.shape[1], generator=g).exp()  # (k,), positive
stretched = tables._replace(user_factors=P / d, item_factors=Q * d)
someone = torch.arange(5)
assert torch.allclose(stretched.scores(someone), tables.scores(someone),
                      rtol=1e-3, atol=1e-3 * train.unit)
other = emb.movie_vectors(stretched, train, movies)
stay = emb.neighbour_stability([known, other.where(enough)], K)
if guess is not None:
    print(f"You said {guess:.0%}.")
finding(
    "The same predictions have other neighbours", stay.overlap < 0.8,
    yes=f"The same predictions, and **{stay.overlap:.0%}** of the neighbours "
        "stay.",
    no=f"**{stay.overlap:.0%}** of the neighbours survive this stretch: here "
       "one factor may outweigh all others.",
    control="predictions are equal to rounding (asserted); one stretch",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** For a loss that only sees the product $P Q^\top$, cosine is arbitrary
# (Steck, Ekanadham & Kallus 2024). Ours is not quite: the penalty on *both* sides prices a
# stretch, so each training settles on one scale. It does not make the cosines right: another
# penalty would have settled on another scale.
#
# **A repair.** Do not compare coordinates, compare what they *predict*. Two movies are alike when
# the same users are predicted to like them more, or less, than users on average do: take the
# correlation of $p_u \cdot q_i$ and $p_u \cdot q_j$ over all users $u$.

# %% [markdown]
# {{turn:y044}}
#
# Write that likeness for two movies. `P` holds the factors of all users.

# %%
# {{answer:y044}}


# %%
check("y044", likeness)

# %% [markdown]
# {{ladder:y044}}

# %% tags=["solution"]
solution("y044")

# %% [markdown]
# ### Deeper: all pairs at once, and neighbours without a model
#
# For all pairs: by a large matrix, then by short vectors whose cosine is that correlation.
# They come from one line of algebra: over the users the covariance of the two products is
# $q_i^\top C\, q_j$, where $C$ is the covariance of the users' factors. Write $C = L L^\top$ (Cholesky), and it is the dot product of $L^\top q_i$ and
# $L^\top q_j$. `prediction_vectors` returns these.

# %%
taste = (P.double() @ Q.double().T).numpy()  # (n_users, n_items)
by_users = np.corrcoef(taste[:, enough].T)  # (n, n)


def by_prediction(of_tables):
    vectors = every.with_vectors(emb.prediction_vectors(of_tables))
    return vectors.where(enough)


anchored = by_prediction(tables)  # (n, k)
assert np.allclose(anchored.unit @ anchored.unit.T, by_users, atol=1e-3)
after = by_prediction(stretched)
assert np.allclose(after.unit @ after.unit.T, by_users, atol=1e-3)
same = emb.neighbour_stability([anchored, after], K)
say(f"After the same stretch {same.overlap:.0%} of these neighbours stay.")
if GENRED:
    repaired = emb.genre_purity(anchored, K, 1, SEED).share
    say(f"Genre purity: {repaired:.1%}, by plain cosine {purity.share:.1%}.")

# %% [markdown]
# And without any model? The column of a movie in the table, less what the biases explain and with
# zeros in the empty cells, is a vector too, with a number for each user. Its cosine is what
# item-based recommenders have used for long (Sarwar et al. 2001). What do the factors add to it?
# (Users have vectors in the same space. A *distance* between a user and a movie says little all the same: what is
# predicted is a product, and it grows with length. Lab 11 adds a coordinate after which the nearest is the best.)

# %%
if GENRED:
    left = train.ratings - BiasModel().fit(train).predict(
        train.users, train.items)
    cells = torch.zeros(train.n_items, train.n_users)
    cells[train.items, train.users] = left
    columns = every.with_vectors(cells.numpy()).where(enough)
    raw = emb.genre_purity(columns, K, 1, SEED).share
    say(f"Genre purity of the columns' neighbours: {raw:.1%}, of the "
        f"factors' {repaired:.1%}.")

# %% [markdown]
# ## 6. Deeper: walk along a direction
#
# Take the main axes of the predictions' vectors and look at both ends. Nobody gave these axes a
# meaning. What would you call them?

# %%
walk = emb.principal_axes(anchored.vectors)
for number in (0, 1):
    say(f"**Axis {number + 1}**, {walk.shares[number]:.0%} of the variance:")
    display(emb.axis_extremes(walk.scores[:, number], anchored))

# %% [markdown]
# The bias $b_i$ has two ends as well. Where does everybody agree?

# %%
display(emb.axis_extremes(b_i, anchored))

# %% [markdown]
# Names are cheap, so check them. Is an axis perhaps just the number of ratings, the year, or how
# liked a movie is?

# %%
against = {"log ratings": facts[:, 0], "b_i": b_i}
if YEARED:
    against["year"] = facts[:, 1]
explained = pd.DataFrame(
    {
        name: [spearmanr(walk.scores[:, a], values).statistic
               for a in range(4)]
        for name, values in against.items()
    },
    index=[f"axis {a + 1}" for a in range(4)],
)
axis, fact = explained.abs().stack().idxmax()  # the largest cell
strongest = explained.loc[axis, fact]
both = (f"The strongest rank correlation is that of {axis} with {fact}, "
        f"{strongest:+.2f}")
finding(
    "No main axis is popularity, year or quality", abs(strongest) < 0.7,
    yes=f"{both}: no axis is one of these in disguise, which does not mean "
        "that none of it is in there.",
    no=f"{both}: that axis goes largely with this number.",
    control="the largest of all cells of the table below; no interval",
    on=["sample", "100k", "latest-small"],
)
explained.round(2)

# %% [markdown]
# ### Arithmetic with movies
#
# Word vectors are famous for *king − man + woman ≈ queen* (Mikolov et al. 2013). Does *c + (a −
# b)* work here? Choose a genre. Let $a$ have it, $b$ and $c$ not. If $a - b$ means "more of this
# genre", the neighbours of $\hat q_c + \hat q_a - \hat q_b$ have it more often than those of $\hat q_c$.
# But already $\hat q_c + \hat q_a$ lies nearer to $a$ and its kind, so that is the control: what taking $b$ off *adds*
# counts. We try 100 random triples for each genre, and beside them the direction from the mean of
# **all** movies without the genre to the mean of all with it.

# %%
def share_near(vector, leave_out, has):
    cosine = known.unit @ vector
    cosine[leave_out] = -np.inf
    return has[np.argsort(-cosine)[:K]].mean()


def try_arithmetic(genre, rng, trials=100):
    u, has = known.unit, known.genres[genre].to_numpy()
    step = u[has].mean(axis=0) - u[~has].mean(axis=0)
    step /= np.linalg.norm(step)
    rows = []
    for _ in range(trials):
        a = rng.choice(np.flatnonzero(has))
        b, c = rng.choice(np.flatnonzero(~has), size=2, replace=False)
        rows.append((share_near(u[c], [c], has),
                     share_near(u[c] + u[a], [a, c], has),
                     share_near(u[c] + u[a] - u[b], [a, b, c], has),
                     share_near(u[c] + step, [c], has), a, b, c))
    return pd.DataFrame(rows, columns=[
        "c alone", "c + a", "c + a - b", "c + mean direction", "a", "b", "c"])

# %%
if GENRED:
    rng = np.random.default_rng(SEED)
    trials = {genre: try_arithmetic(genre, rng) for genre in aucs.index}
    arithmetic = pd.DataFrame(
        {genre: tried.iloc[:, :4].mean() for genre, tried in trials.items()}
    ).T
    arithmetic.insert(0, "all movies", known.genres[aucs.index].mean())
    means = arithmetic.mean()
    both = ("Share of the ten nearest that have the genre, mean over genres: "
            + ", ".join(f"{name} **{value:.0%}**"
                        for name, value in means.items()) + ".")
    finding(
        "A mean direction carries farther than one difference",
        means["c alone"] < means["c + a - b"] < means["c + mean direction"],
        yes=f"{both} One pair of movies leads some way, the mean of many "
            "pairs farther.",
        no=f"{both} Here the shares do not rise in that order: from c alone, "
           "by one pair, to the mean of many.",
        control="c alone; 100 random triples for each genre",
        on=["sample", "100k", "latest-small"],
    )
    display(arithmetic.map("{:.0%}".format))

# %% [markdown]
# And what of the minus? Compare *c + a − b* with *c + a*, genre by genre:

# %%
if GENRED:
    plus = 100 * (means["c + a"] - means["c alone"])
    minus = paired_difference(
        100 * arithmetic["c + a - b"], 100 * arithmetic["c + a"],
        lower_is_better=False,
    )
    both = (f"Adding a changes the share by {plus:+.1f} points on average, "
            f"taking b off by {minus.mean:+.1f} more (95 % interval "
            f"{minus.low:+.1f} to {minus.high:+.1f}).")
    finding(
        "That the minus helps is not shown", minus.low <= 0,
        yes=f"{both} The interval is not above zero: the famous formula "
            "has not shown that it does more than a plus.",
        no=f"{both} The interval lies above zero: here the minus does work.",
        control="a paired interval over genres, which are few",
        on=["sample", "100k", "latest-small"],
    )

# %% [markdown]
# **What just happened?** One difference of two movies carries everything in which they differ. The
# mean of many differences keeps what they have in common. (The mean direction has also *seen* the
# labels of the movies that it finds, which flatters it.) Analogies that dazzle on a slide are
# picked: here are the best and the worst of 100, for the genre that gains most.

# %%
def tell(genre, row):
    trial = trials[genre].loc[row]
    a, b, c = (int(trial[name]) for name in "abc")
    point = known.unit[c] + known.unit[a] - known.unit[b]
    found = emb.nearest_to(point, known, 3, leave_out=[a, b, c])["title"]
    say(f"*{known.labels[c]}* + (*{known.labels[a]}* − *{known.labels[b]}*) "
        f"→ {'; '.join(found)}. {genre} among the ten nearest: "
        f"{trial['c alone']:.0%} before, {trial['c + a - b']:.0%} after.")


if GENRED:
    genre = (arithmetic["c + a - b"] - arithmetic["c alone"]).idxmax()
    order = trials[genre]["c + a - b"].sort_values(kind="stable").index
    tell(genre, order[-1])
    tell(genre, order[0])

# %% [markdown]
# ## 7. How much of this is an accident?
#
# Train again from another random start. The first movie's first coordinates, from both runs:

# %%
models = [model, fit_als(train, SEED + 1)]
runs = [
    emb.movie_vectors(m.tables(), train, movies).where(enough)
    for m in models
]
print("seed 0:", runs[0].vectors[0, :5].round(2))
print("seed 1:", runs[1].vectors[0, :5].round(2))
raw = np.corrcoef(runs[0].vectors.ravel(), runs[1].vectors.ravel())[0, 1]
turned = emb.procrustes(runs[1].vectors, runs[0].vectors)
both = (f"The coordinates correlate at {raw:+.2f}. After the best rotation "
        f"(Procrustes, lab 02), the one run explains **{turned.r2:.0%}** of "
        "the other.")
finding(
    "Two seeds find the same, turned", abs(raw) < 0.5 and turned.r2 > 0.9,
    yes=f"{both} The difference was the coordinate system.",
    no=f"{both} Here it is not a rotation, or not it alone, in which the two "
       "runs differ.",
    control="none: one pair of seeds",
    on=["sample", "100k"],
)

# %% [markdown]
# Never compare coordinates of two runs without rotating first. Neighbours by cosine need no
# rotation: lengths and angles do not change when everything turns.
#
# **Predict.** Three numbers between 0 and 10. How many of a movie's ten nearest neighbours are the
# same with another seed, (a) when both runs stop after 12 sweeps, the default of `ALS`, and
# (b) when both run until the vectors stand still, as above? (c) How many are the same if one model learns
# from one half of the *users*, and the other from the other half?

# %%
guess_early, guess_seed, guess_users = None, None, None  # 0 to 10 each

# %%
early = [
    emb.movie_vectors(ALS(seed=seed, epochs=12).fit(train).tables(), train,
                      movies).where(enough)
    for seed in (SEED, SEED + 1)
]
by_early = emb.neighbour_stability(early, K)
by_seed = emb.neighbour_stability(runs, K)
early_score = evaluate(ALS(seed=SEED, epochs=12).fit(part), held_out)["rmse"]
both = (f"After 12 sweeps another seed exchanges {1 - by_early.overlap:.0%} "
        f"of the neighbours, after convergence **{1 - by_seed.overlap:.0%}**. "
        f"The RMSE on a random tenth: {early_score:.4f} and "
        f"{scores['ALS']:.4f}.")
finding(
    "What another seed changes is mostly an unfinished fit",
    1 - by_seed.overlap < (1 - by_early.overlap) / 2,
    yes=f"{both} Most of what looked like an accident of the seed was an "
        "optimizer stopped early. Would the two RMSE have told you?",
    no=f"{both} Here longer sweeping takes away less than half of it: the "
       "loss has more than one valley, or the vectors still move.",
    control="the same two seeds, the same ratings; one pair",
    on=["sample", "100k"],
)

# %% [markdown]
# Now to the users. Each user goes to one half or the other. The control: the first half once more,
# with another seed.

# %%
shuffled_users = np.random.default_rng(SEED).permutation(train.user_ids.raw)
halves = []
for group in np.array_split(shuffled_users, 2):
    rows = ratings[ratings["user_id"].isin(group)]
    half = RatingsDataset(rows, IdMap.fit(group), train.item_ids)
    vectors = emb.movie_vectors(fit_als(half, SEED).tables(), half, movies)
    halves.append(vectors.where(enough))

# the control
group = np.array_split(shuffled_users, 2)[0]
rows = ratings[ratings["user_id"].isin(group)]
half = RatingsDataset(rows, IdMap.fit(group), train.item_ids)
again = emb.movie_vectors(fit_als(half, SEED + 1).tables(), half, movies)

by_half = emb.neighbour_stability([halves[0], again.where(enough)], K)
by_users = emb.neighbour_stability(halves, K)
if None not in (guess_early, guess_seed, guess_users):
    print(f"You said {guess_early}, {guess_seed} and {guess_users} of {K}. "
          f"It is {K * by_early.overlap:.1f}, {K * by_seed.overlap:.1f} and "
          f"{K * by_users.overlap:.1f}.")

# %%
def purity_of(vectors):
    return emb.genre_purity(vectors, K, 1, SEED).share


if GENRED:
    figure, sentence = evidence.stability(
        {"two seeds": by_seed, "half the users, two seeds": by_half,
         "two halves of the users": by_users},
        {"seed 0": purity.share, "seed 1": purity_of(runs[1]),
         "half A": purity_of(halves[0]), "half B": purity_of(halves[1])},
        purity.expected,
    )
    plt.show()
    say(sentence)
both = (f"Half of the data exchange {1 - by_half.overlap:.0%} of the "
        f"neighbours with another seed, and **{1 - by_users.overlap:.0%}** "
        f"with other users (chance: {1 - by_users.chance:.0%}).")

# %%
finding(
    "Other users change the neighbours of converged fits",
    by_half.overlap > 2 * by_users.overlap,
    yes=f"{both} The loss between the two comes with other users, and with "
        "the noise in their ratings.",
    no=f"{both} Here other users change not much more than another seed.",
    control="half of the users, the same ones, with another seed",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** This is the most important figure of the lab. There are two questions, and
# they are easily taken for one. *Has the optimizer arrived?* Another seed tells, and patience may
# mend it. *Do the data decide?* Only other data tell. The middle bar is the control for the last: half of
# the data, but the same users. What is lost between it and the last comes with
# other users and the noise in their ratings. Then look at
# the purity of each half, a number about many movies at once, beside the overlap, which is about
# single lists. (Each half has half of the ratings. Lists from all of them may hold better than
# these; we cannot see.) Think of the absurd neighbour that you kept.
#
# ### Deeper: the clusters, cut again
#
# And the ten clusters that you named? Does another training cut the cloud in the same way? A control
# first: K-means has seeds of its own. So we cut the *same* vectors five times, and then compare
# cuts of the one training with cuts of the other.

# %%
from itertools import combinations, product

from sklearn.metrics import adjusted_mutual_info_score

cuts, recuts = (
    [emb.cluster_movies(vectors, n_clusters=10, seed=seed).labels
     for seed in range(5)]
    for vectors in (known, runs[1])
)
own = [adjusted_mutual_info_score(a, b) for a, b in combinations(cuts, 2)]
across = [adjusted_mutual_info_score(a, b) for a, b in product(cuts, recuts)]
both = ("Adjusted mutual information of two cuts: "
        f"**{np.mean(own):.2f}** with the same vectors (from {min(own):.2f} "
        f"to {max(own):.2f}), **{np.mean(across):.2f}** with another "
        "training.")
finding(
    "Another training recuts no more than K-means does",
    np.mean(across) >= min(own),
    yes=f"{both} Another seed of K-means alone changes a cut as much.",
    no=f"{both} Another training changes more than K-means' own chance does.",
    control="five seeds of K-means on the same vectors",
    on=["sample", "100k"],
)

# %% [markdown]
# Below 1, a name that you gave to a cluster is a name for one cut. And agreement between seeds
# measures the optimizer, not the truth.

# %% [markdown]
# ### Deeper: do not cluster the map
#
# The t-SNE map shows clumps, so why not let K-means cut *those*? People do. Two numbers judge a cut: how much
# of the spread of the **vectors** it explains (1: each cluster is one point; dealt at random: near 0), and
# whether another map of the same vectors is cut in the same way. (K-means on the vectors seeks just the first, so
# ask how far behind the maps are.)

# %%
def explained(labels):
    """Share of the vectors' spread that lies between the clusters."""
    means = pd.DataFrame(known.unit).groupby(labels).transform("mean")
    return 1 - ((known.unit - means) ** 2).sum().sum() / (
        (known.unit - known.unit.mean(axis=0)) ** 2).sum()


map_cuts = [KMeans(10, n_init=10, random_state=SEED).fit(points).labels_
            for points in maps.values()]
on_vectors, on_maps = explained(cuts[0]), [explained(c) for c in map_cuts]
between = adjusted_mutual_info_score(*map_cuts)
both = (f"A cut of the vectors explains {on_vectors:.0%} of their spread, "
        "cuts of the maps " + " and ".join(f"{x:.0%}" for x in on_maps)
        + f". Two maps agree to {between:.2f}, two seeds on the vectors to "
        f"{np.mean(own):.2f} on average.")
finding(
    "A cut of the map is a worse cut of the vectors",
    max(on_maps) < on_vectors,
    yes=f"{both} A cut of a map groups what the map has put together.",
    no=f"{both} Here a map loses nothing that such a cut would need.",
    control="ten centres and ten starts each; two perplexities",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# Cut in the vectors, and use the map only to *look*.

# %% [markdown]
# ### Deeper: where the truth is known
#
# In the planted world of lab 02 each genre has a direction that we chose. So here we can ask:
# does the model, from ratings alone, find it? We train on the sample, rotate the vectors onto the
# true ones *without looking at genres*, and only then look where the genres lie: each genre's
# direction is fitted to its movies by least squares. (The penalty shortens what is found; so the
# figure draws it longer, by a factor that it states.)

# %%
world, world_movies = du.download_movielens("sample")
truth = du.load_truth()
world_train = RatingsDataset.fit(world)
world_tables = fit_als(world_train, SEED).tables()
planted = emb.movie_vectors(world_tables, world_train, world_movies)
planted = planted.with_vectors(emb.prediction_vectors(world_tables))
planted = planted.rated_at_least(MIN_RATINGS)

recovered = emb.compare_with_truth(planted, truth)
rng = np.random.default_rng(SEED)
dealt = [
    emb.compare_with_truth(
        planted.with_vectors(rng.permutation(planted.vectors)), truth
    )["cosine"].median() for _ in range(50)
]
figure, sentence = evidence.true_and_found(recovered)
plt.show()
both = (f"{sentence} With the vectors dealt out at random, the median is "
        f"{np.mean(dealt):.2f} on average and {max(dealt):.2f} at most.")

# %%
finding(
    "Planted genres are found", recovered["cosine"].median() > max(dealt),
    yes=both, no=f"{both} That is no better than chance.",
    control="50 shuffles of the vectors over the movies (always the sample)",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# And the neighbours? The true vectors have true neighbours:

# %%
true_points = emb.true_vectors(truth, planted.movies["item_id"].to_numpy())
against_truth = emb.neighbour_stability(
    [planted, planted.with_vectors(true_points)], K
)
world_again = fit_als(world_train, SEED + 1).tables()
again = emb.movie_vectors(world_again, world_train, world_movies)
again = again.with_vectors(emb.prediction_vectors(world_again))
seeds = emb.neighbour_stability(
    [planted, again.rated_at_least(MIN_RATINGS)], K
)
both = (f"Two seeds agree on **{seeds.overlap:.0%}** of the neighbours. With "
        f"the **truth** they agree on {against_truth.overlap:.0%} (chance: "
        f"{against_truth.chance:.0%}).")
finding(
    "Repeatable is not right",
    seeds.overlap > 0.9 and against_truth.overlap < 0.25,
    yes=f"{both} Repeatable nearly to the last neighbour, and most of them "
        "wrong.",
    no=f"{both} With these movies of the planted world (a number of ratings "
       "chosen for your data), the two do not lie that far apart.",
    control="the true vectors, which we planted (always the sample)",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** A genre's direction is taken from many movies at once, a movie's list from
# that movie's ratings alone. Hold the figure and the last numbers side by side: the same vectors
# can be good for the one and poor for the other. And the agreement of two seeds says nothing about
# either.

# %% [markdown]
# ## Common mistakes
#
# ### 1. A dot product for similarity
#
# **Common mistake 1.** The dot product grows with length, and length may be evidence (section 1). Then long vectors appear
# in many lists, and other movies in none. Count:

# %%
def appearances(similarity):
    similarity = similarity.copy()
    np.fill_diagonal(similarity, -np.inf)
    lists = np.argsort(-similarity, axis=1)[:, :K]
    return np.bincount(lists.ravel(), minlength=len(known))


by_dot = appearances(known.vectors @ known.vectors.T)  # broken
by_cosine = appearances(known.unit @ known.unit.T)  # repaired
say(f"Dot product: {known.labels[by_dot.argmax()]} is in {by_dot.max()} "
    f"lists, and {np.mean(by_dot == 0):.0%} of the movies are in none. "
    f"Cosine: at most {by_cosine.max()} lists, "
    f"{np.mean(by_cosine == 0):.0%} in none.")

# %% [markdown]
# ### 2. Dividing by a length of zero
#
# **Common mistake 2.** A movie that no training rating has touched can have a zero vector. $0/0$ is not a number (NaN).
# NumPy sorts NaN behind the largest number, so whoever takes the last ten of an ascending order gets
# it first:

# %%
with_zero = known.vectors.copy()
with_zero[0] = 0
lengths = np.linalg.norm(with_zero, axis=1, keepdims=True)
with np.errstate(invalid="ignore"):  # NumPy would warn here, rightly
    broken = with_zero / lengths
similarity = broken @ broken.T
np.fill_diagonal(similarity, -np.inf)
lists = np.argsort(similarity, axis=1)[:, ::-1][:, :K]  # largest last
share = (lists[1:] == 0).any(axis=1).mean()
repaired = emb.nearest_neighbours(known.with_vectors(with_zero), K)
assert 0 not in repaired[1:]
say(f"Broken: the empty movie is in {share:.0%} of the lists. Repaired: a "
    "zero vector has no direction, so it is in none.")

# %% [markdown]
# ### 3. A purity without its null
#
# **Common mistake 3.** "So many of the neighbours share a genre" sounds like a finding. Here are the neighbours by random
# vectors:

# %%
if GENRED:
    noise = known.with_vectors(inputs["random vectors"])
    nothing = emb.genre_purity(noise, K, 200, SEED)
    say(f"Random vectors: {nothing.share:.1%} of the neighbours share a "
        f"genre, and {nothing.expected:.1%} after shuffling "
        f"(p = {nothing.p_value:.2f}).")

# %% [markdown]
# ### 4. Coordinates of two runs side by side
#
# **Common mistake 4.** "Factor 3 is about action" is true of one run. Which factor of the next run is it? The same
# number means something else there. Rotate first, then compare:

# %%
before = [np.corrcoef(runs[0].vectors[:, f], runs[1].vectors[:, f])[0, 1]
          for f in range(Q.shape[1])]
after = [np.corrcoef(runs[0].vectors[:, f], turned.aligned[:, f])[0, 1]
         for f in range(Q.shape[1])]
say("Median correlation of equally numbered factors, without sign: "
    f"{np.median(np.abs(before)):.2f} as they are (broken), "
    f"{np.median(np.abs(after)):.2f} after rotation (repaired).")

# %% [markdown]
# ## Key questions
#
# **1. Why may rarely rated movies have short vectors?**
#
# <details><summary>Answer</summary>
#
# The fixed price δ pulls every vector towards zero, and only ratings pull against it. With few
# ratings the price wins, and a short vector says "little is known". With another penalty, such as
# a price per rating, this need not be so. Among movies with many ratings, a short vector may
# say that the biases leave little for taste to explain.
#
# </details>
#
# **2. More than half of the neighbours share a genre. What do you ask before you are impressed?**
#
# <details><summary>Answer</summary>
#
# What random neighbours would share. With two large genres among the movies that can be a lot.
# Then: whether popularity and year explain the rest, and whether the share survives on other
# users.
#
# </details>
#
# **3. Why are there two null models, one shuffling all labels and one shuffling within groups?**
#
# <details><summary>Answer</summary>
#
# They test different hypotheses. The first: genres have nothing to do with the vectors. The
# second: they have no more to do with them than popularity and year bring about. Rejecting the
# first is easy; the second is the interesting one.
#
# </details>
#
# **4. On a t-SNE map two clumps are far apart. What follows?**
#
# <details><summary>Answer</summary>
#
# Almost nothing about their distance in the vectors. Points of one clump are probably near each
# other. Change the perplexity, and see what stays.
#
# </details>
#
# **5. A model's predictions do not change when factor 1 is multiplied by ten for movies and
# divided by ten for users. What does change, and what is a similarity that does not?**
#
# <details><summary>Answer</summary>
#
# All lengths and cosines of the factors change. The correlation of two movies' predictions over
# the users does not: it is made of predictions only.
#
# </details>
#
# **6. (Deeper) In the planted world two converged seeds agree on the neighbours. A colleague concludes that the
# neighbours are right. Your answer?**
#
# <details><summary>Answer</summary>
#
# The agreement shows that the optimizer comes to similar vectors from both starts. Whether these
# are near the truth depends on the data. In the planted world the agreement with the truth is
# known, and it is far lower. Where the truth is unknown, compare models of different users.
#
# </details>
#
# **7. Why was nothing tuned on genres here?**
#
# <details><summary>Answer</summary>
#
# The more settings one tries on the labels, the larger the best purity by luck alone, and the
# p-value no longer counts the tries. A claim about what a model learned *without* labels must not
# use them.
#
# </details>

# %% [markdown]
# ## What was found
#
# Every claim of this lab, whether it holds on your data, and what it rests on:

# %%
show_findings()

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - read the length and the main axes of movie vectors, and seen where popularity sits and why
# - drawn maps of the movies, and measured what their distances do not mean
# - decided by a permutation test and by linear probes whether the vectors know genres
# - found similar movies by cosine, and shown other neighbours for the same predictions
# - told what another seed changes from what other data change
# - (Deeper) measured when vector arithmetic works and when it fails
#
# ## Further reading
#
# - Y. Koren, R. Bell, C. Volinsky (2009). *Matrix Factorization Techniques for Recommender
#   Systems.* Computer 42(8), 30–37. doi:10.1109/MC.2009.263
# - B. Sarwar, G. Karypis, J. Konstan, J. Riedl (2001). *Item-based Collaborative Filtering
#   Recommendation Algorithms.* WWW 10. doi:10.1145/371920.372071
# - H. Steck, C. Ekanadham, N. Kallus (2024). *Is Cosine-Similarity of Embeddings Really About
#   Similarity?* arXiv:2403.05440
# - S. Lin et al. (2025). *How Do Recommendation Models Amplify Popularity Bias? An Analysis from
#   the Spectral Perspective.* WSDM 2025. arXiv:2404.12008
# - L. van der Maaten, G. Hinton (2008). *Visualizing Data using t-SNE.* JMLR 9, 2579–2605
# - M. Wattenberg, F. Viégas, I. Johnson (2016). *How to Use t-SNE Effectively.* Distill.
#   doi:10.23915/distill.00002
# - P. J. Rousseeuw (1987). *Silhouettes.* J. Computational and Applied Mathematics 20, 53–65.
#   doi:10.1016/0377-0427(87)90125-7
# - N. X. Vinh, J. Epps, J. Bailey (2010). *Information Theoretic Measures for Clusterings
#   Comparison: Variants, Properties, Normalization and Correction for Chance.* JMLR 11, 2837–2854
# - B. Phipson, G. K. Smyth (2010). *Permutation P-values Should Never Be Zero: Calculating Exact
#   P-values When Permutations Are Randomly Drawn.* Statistical Applications in Genetics and
#   Molecular Biology 9(1), 39. doi:10.2202/1544-6115.1585
# - G. Alain, Y. Bengio (2016). *Understanding Intermediate Layers Using Linear Classifier
#   Probes.* arXiv:1610.01644
# - T. Mikolov, W. Yih, G. Zweig (2013). *Linguistic Regularities in Continuous Space Word
#   Representations.* NAACL-HLT 2013, 746–751
# - P. H. Schönemann (1966). *A Generalized Solution of the Orthogonal Procrustes Problem.*
#   Psychometrika 31, 1–10. doi:10.1007/BF02289451
# - F. M. Harper, J. A. Konstan (2015). *The MovieLens Datasets: History and Context.* ACM TiiS
#   5(4), 19. doi:10.1145/2827872
#
# ## Next lab
#
# Everything here ran on the CPU, and nothing is left to clean up. We can say what the vectors
# know. Can they choose a movie for tonight? Take the highest predicted stars, and look hard at the
# list: [lab 05: recommendations](05-recommendations.ipynb).
