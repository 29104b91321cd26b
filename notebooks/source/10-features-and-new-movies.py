# %% [markdown]
# # 10 Features: what can be said of a movie that nobody has rated?
#
# *A factorization knows a movie by its ratings. Give it the genres and the year as well,
# and it has something to say on the first day, before anyone has rated.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under a minute on ML-100K, a quarter of a minute on the bundled sample |
# | **Memory** | 0.7 GB |
# | **Difficulty** | intermediate: sums of vectors, one regression |
# | **Builds on** | lab 02 (factorization), lab 03 (honest measuring), lab 05 (lists), lab 08 (priors; section 6 only) |
#
# **After this lab you can**
#
# - hold out movies instead of ratings, and say which index a new movie has;
# - write a movie as its own row plus the rows of its features;
# - say why a model needs both, and show what each costs when it is left out;
# - tell two questions apart: what will be watched, and what will be liked;
# - put features into the prior of a Bayesian model;
# - serve a model as two towers with an index, and add a movie without training.
#
# **Prerequisites**: $\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$ of lab 02, and ridge
# regression.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** A streaming service adds movies every day. On its first day a
# movie has no ratings, and a model that knows only ratings cannot tell it from any other.
# So it puts it on nobody's list, and few will rate it. What a service does know on that day is
# what the movie *is*: its genre, its year, its cast. Services train models on both (Covington et
# al. 2016 describe one).
#
# **In plain words.** A new teacher comes to your school. You have never met her, but you
# hear that she teaches music and coaches chess. You have known music teachers and chess
# players. So you have a first idea, and it is better than none. After a month of lessons
# you know her, and the first idea no longer matters much. A good model does the same.

# %%
import gc
import json
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
from IPython.display import display
from torch.nn import functional as F

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED = 0

# %%
import data_utils as du
from checks import check, example, hint, solution
from findings import begin_findings, finding, show_findings
from metrics import (
    auc_within_users,
    bootstrap_rmse_difference,
    ndcg_among,
    paired_difference,
    rmse,
)
from models import (
    BayesianMF,
    BiasModel,
    ContentKNN,
    FeatureMapping,
    GenreMeans,
    ImplicitALS,
    Popularity,
)
from plots import newcomers as plots
from recipes import fit_hybrid, fit_mf
from recommend import VectorIndex, item_tower, user_tower
from reporting import say

# %% [markdown]
# This lab needs movies with features. A table of your own may have none; then the lab
# says so and goes on with the bundled sample.

# %%
ratings, movies = du.download_movielens(DATASET)
if not len(du.movie_features(movies, du.IdMap.fit(movies["item_id"]))):
    say("These movies have no genres and no years, so the lab goes on with "
        "the bundled sample, whose movies have both.")
    ratings, movies = du.download_movielens("sample")
edition = du.edition_of(ratings)
begin_findings(edition)
LOW, HIGH = ratings["rating"].min(), ratings["rating"].max()
LIKED_FROM = min(LOW + 0.75 * (HIGH - LOW),  # 4 of 5 stars; of counts,
                 ratings["rating"].quantile(0.75))  # the upper quarter
say(f"{len(ratings):,} ratings of {ratings['item_id'].nunique():,} movies. "
    f"A movie counts as liked from {LIKED_FROM:g} stars on.")

# %% [markdown]
# ## 1. A new movie gets one number
#
# **Concept.** To measure what a model says of new movies, take movies away. We draw a
# fifth of the movies and hold out *all* their ratings. The usual split of ratings would
# not do: it leaves most movies some ratings to train on.
#
# A second part of the test is for comparison: a tenth of the other ratings, less those of movies
# that this leaves without any.

# %%
new_split = du.movies_held_out_split(ratings, share=0.2, seed=SEED)
known_split = du.train_test_split_random(new_split.train, 0.1, seed=SEED)
print(new_split.report)

# %% [markdown]
# **Which index has a new movie?** In the earlier labs the map of ids was made from the
# training ratings, and a movie outside of it had the index −1, `UNKNOWN`. All new movies
# then share one index, and no model can tell them apart. A shop knows its catalogue, so
# here the map is made from the *catalogue*. A new movie has an index and a row of its
# own. No rating has trained that row.

# %%
users = du.IdMap.fit(ratings["user_id"])
items = du.IdMap.fit(movies["item_id"])
train = du.RatingsDataset(known_split.train, users, items)
known = train.encode(du.drop_cold(*known_split[:2])[1])
new = train.encode(new_split.test)
new_movies = new.items.unique()
old_map = du.RatingsDataset.fit(known_split.train).encode(new_split.test)
print("indices under a map of the training ratings",
      set(old_map.items.tolist()))
print("indices under a map of the catalogue", new_movies[:4].tolist(), "...")


# %%
def errors(model):
    """Test RMSE on known and on new movies, stars."""
    return tuple(rmse(model.predict(part.users, part.items), part.ratings)
                 for part in (known, new))


def gap(a, b, part):
    """RMSE of a minus RMSE of b, with a 95 % interval.

    Over users where movies are known; over movies where they are new, for
    what a model is asked tomorrow is other movies.
    """
    pair = (model.predict(part.users, part.items) for model in (a, b))
    drawn = part.items if part is new else part.users
    return bootstrap_rmse_difference(*pair, part.ratings, drawn.numpy(), SEED,
                                     500, 0.95)


biases = BiasModel().fit(train)
on_known, on_new = errors(biases)
say(f"$\\mu + b_u + b_i$ errs by {on_known:.3f} stars on known movies. On new "
    f"ones only $\\mu + b_u$ is left, and that errs by **{on_new:.3f}**.")

# %% [markdown]
# **What just happened?** A new movie has no $b_i$ of its own, and no $q_i$. The prediction
# depends on the user alone. So all new movies tie: there is no best one among them, and
# no list to be made.

# %% [markdown]
# ## 2. A movie's features are a bag
#
# **Concept.** A feature is something that a movie has or has not: the genre *War*, the
# year 1994, the decade, two genres at once. A movie has a few of some hundred. We store
# the numbers of the features that it has, movie after movie, in one long tensor, and
# where each movie begins. This is the form of lab 07, where the bag of a user held the
# movies that the user had rated.

# %%
features = du.movie_features(movies, items)
print(features)
movie = int(new_movies[0])
title = movies.set_index("item_id")["title"]
print(title[items.raw[movie]], "has", features.of_row(movie))

# %% [markdown]
# **Formula.** Let $e_f$ be a row of a table of features. The features' part of movie
# $i$ is the sum over its bag $F(i)$:
#
# $$c_i = \sum_{f \in F(i)} e_f .$$
#
# **Code.** A loop, then `embedding_bag`, which adds up all bags in one call.

# %%
table = torch.randn(len(features), 4, generator=du.seeded(SEED))
begin = features.offsets[movie]
end = begin + features.counts[movie]
loop = sum(table[f] for f in features.values[begin:end])

bags = F.embedding_bag(features.values, table, features.offsets, mode="sum",
                       per_sample_weights=features.weights)
assert torch.allclose(loop, bags[movie], atol=1e-5)
assert torch.allclose(features.matrix() @ table, bags, atol=1e-4)
print("three ways to", bags[movie].numpy().round(3), tuple(bags.shape))

# %% [markdown]
# **What just happened?** The same vector came from a loop, from `embedding_bag`, and from
# a product with the matrix of zeros and ones. The bag is the product without the zeros.

# %% [markdown]
# {{turn:y101}}
#
# Write the sum for one movie. Here the offsets have one entry more, the end of the last bag. A
# movie without features has a row of zeros.

# %%
# {{answer:y101}}

# %%
check("y101", features_part)

# %% [markdown]
# {{ladder:y101}}

# %% tags=["solution"]
solution("y101")

# %% [markdown]
# **A table of your own.** Features may come from any table that has a row per movie. Numbers
# are cut into five parts of about as many movies each. Here it is the length of the title:

# %%
letters = pd.DataFrame({"item_id": movies["item_id"],
                        "letters": movies["title"].str.len()})
own = du.Features.of_table(letters, items, "item_id")
print(own, own.of_row(movie))

# %% [markdown]
# ## 3. Own row plus features
#
# **Concept.** Known movies should keep what their ratings say. New ones have nothing
# but features. One model can serve both (Kula 2015, LightFM):
#
# $$q_i = \text{own}_i + \sum_{f \in F(i)} e_f ,$$
#
# and the movie's bias is a sum of the same kind. The penalty falls on the own row. So a
# movie starts where its features put it, and leaves that place as far as its ratings
# ask. `HybridMF` is lab 02's factorization with these two sums.
#
# ![Heat, rated by many: own row (0.3, 0.2) plus the rows of Crime (0.4, −0.1), Thriller (0.2, 0.3) and 1990s (−0.1, 0.2) gives (0.8, 0.6). A new movie with the same features and an own row of zeros gets (0.5, 0.4) from the same three rows.](images/feature-rows.svg)
#
# We train three models on the same ratings: own rows only, features only, and both.
#
# **Predict.** The model with features only treats movies with the same features as one
# movie. On *known* movies, what is its test RMSE? (The biases above have theirs printed.)

# %%
guess = None  # stars, for example 0.9

# %%
models = {
    "own rows only": fit_mf(train, SEED, n_factors=16),
    "features only": fit_hybrid(train, SEED, features, own_rows=False),
    "both": fit_hybrid(train, SEED, features),
}
found = {"biases": errors(biases)}
found |= {name: errors(model) for name, model in models.items()}
table = pd.DataFrame(found, index=["known movies", "new movies"]).T
display(table.round(3))
if guess is not None:
    say(f"You said {guess}; it is **{found['features only'][0]:.3f}**.")

# %%
hybrid = models["both"]
q = hybrid.item_vectors().detach()
c = F.embedding_bag(features.values, hybrid.item_feature_factors.weight,
                    features.offsets, mode="sum",
                    per_sample_weights=features.weights).detach()
has_ratings = torch.bincount(train.items, minlength=train.n_items) > 0
assert torch.equal(q[new_movies], c[new_movies])
own_row = hybrid.item_factors.weight.detach()
together = c + own_row * has_ratings[:, None]
assert torch.allclose(q, together, atol=1e-5)
print("a new movie's vector is the sum of its features, to the last digit")

# %%
figure, sentence = plots.known_and_new(found)
plt.show()
say(sentence)

# %%
helps_new = gap(hybrid, biases, new)
percent = -helps_new.estimate / found["biases"][1]
finding(
    "Features predict new movies better than the user's mean",
    helps_new.high < 0,
    yes=f"On new movies the model with both errs by {-helps_new.estimate:.3f} "
    f"stars less than $\\mu + b_u$, **{percent:.1%}** (95 % "
    f"{-helps_new.high:.3f} to {-helps_new.low:.3f}).",
    no=f"On new movies both less $\\mu + b_u$ is {helps_new.estimate:+.3f} "
    f"stars (95 % {helps_new.low:+.3f} to {helps_new.high:+.3f}): these "
    "features do not tell movies apart well enough to be seen.",
    control="these new movies drawn again; one split",
    on=["100k", "latest-small"])

# %% [markdown]
# **Why are own rows needed?** Two movies with the same genres and year can be very
# unlike: one is loved, one is not. Features cannot know. Ratings do, and only an own row
# can hold what they say.

# %%
costs = gap(models["features only"], hybrid, known)
finding(
    "Without own rows known movies are predicted worse",
    costs.low > 0,
    yes=f"Leaving out the own rows costs **{costs.estimate:.3f}** stars on "
    f"known movies (95 % {costs.low:.3f} to {costs.high:.3f}).",
    no=f"Leaving out the own rows changes the error on known movies by "
    f"{costs.estimate:+.3f} stars (95 % {costs.low:+.3f} to "
    f"{costs.high:+.3f}): here features say nearly all that ratings do.",
    control="the same users drawn again; one split",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **And do features help known movies?** It is tempting to say yes. The interval decides.

# %%
change = gap(hybrid, models["own rows only"], known)
finding(
    "Features help movies that are known",
    change.high < 0,
    yes=f"On known movies features lower the error by "
    f"{-change.estimate:.4f} stars (95 % {-change.high:.4f} to "
    f"{-change.low:.4f}), and the interval bears it for this split.",
    no=f"On known movies both less own rows only is {change.estimate:+.4f} "
    f"stars (95 % {change.low:+.4f} to {change.high:+.4f}): no help can be "
    "claimed.",
    control="the same users drawn again; one split",
    on=[])

# %% [markdown]
# **What just happened?** The model with own rows only has nothing to say of new movies,
# and the model with features only cannot tell known movies from their twins. The model
# with both does both jobs. For new movies no own row takes part in any prediction: there
# the two models with features differ only in what was learned beside the own rows, the tables
# of features and of users. See in the table above how much that is on your data.

# %% [markdown]
# **Do they say anything?** As a control, every movie gets the features of another one, dealt out
# by lot. If they did as well, the real ones would say nothing. If they do worse than
# $\mu + b_u$, the model believes in noise.

# %%
lot = movies["item_id"].sample(frac=1, random_state=SEED).to_numpy()
dealt = du.movie_features(movies.assign(item_id=lot), items)
for name, bags in (("its own", features), ("another's", dealt)):
    brief = fit_hybrid(train, SEED, bags, epochs=5)
    print(f"{name:9} features, five epochs: {errors(brief)[1]:.3f} stars on "
          "new movies")

# %% [markdown]
# {{turn:y102}}
#
# Put the two parts together for all movies at once, and mind those that nobody has rated.

# %%
# {{answer:y102}}

# %%
check("y102", movie_vectors)

# %% [markdown]
# {{ladder:y102}}

# %% tags=["solution"]
solution("y102")

# %% [markdown]
# **Genres or years?** Which of the features carries more? `features.only("genres")` keeps those
# whose names begin so. Each part alone, on new movies, and what it errs more than both together:

# %%
for start in (["genres"], ["decade", "year"]):
    part = fit_hybrid(train, SEED, features.only(*start))
    less = gap(part, hybrid, new)
    print(f"{', '.join(start):13} {errors(part)[1]:.3f} stars, "
          f"{less.estimate:+.3f} (95 % {less.low:+.3f} to {less.high:+.3f})")

# %% [markdown]
# ## 4. Rivals without a table to train
#
# **Concept.** A hybrid has to beat what takes no training. Two classics:
#
# - **genre means**: what *you* gave to movies of this genre, on average, damped;
# - **content neighbours**: what you gave to the twenty of your movies whose features are
#   most like the new one's.
#
# RMSE is one measure. A second asks for order only. Take a movie that a user liked and
# one that the same user did not like. How often does the model score the liked one
# higher? That is the **AUC** within users; guessing gives 0.5.

# %%
liked = new.ratings >= LIKED_FROM
rivals = {
    "user's mean": biases,
    "genre means": GenreMeans(features.only("genres")).fit(train),
    "content neighbours": ContentKNN(features).fit(train),
    "hybrid": hybrid,
}


def liking(model):
    """AUC of liked against other new movies, mean over users."""
    scores = model.predict(new.users, new.items)
    return auc_within_users(scores, liked, new.users)


rows = {name: {"RMSE": errors(model)[1], "AUC": liking(model)}
        for name, model in rivals.items()}
pd.DataFrame(rows).T.round(3)

# %%
aucs = {name: row["AUC"] for name, row in rows.items()}
rank = sorted(aucs, key=aucs.get, reverse=True)
finding(
    "The hybrid orders new movies by liking at least as well as its rivals",
    rank[0] == "hybrid",
    yes=f"The hybrid has the highest AUC, **{aucs['hybrid']:.3f}**; next is "
    f"{rank[1]} with {aucs[rank[1]]:.3f}. The user's mean ties all movies, "
    "and has a half.",
    no=f"Here {rank[0]} has the highest AUC, {aucs[rank[0]]:.3f}; the hybrid "
    f"has {aucs['hybrid']:.3f}. A table of features has to be learned, and "
    "means are there at once.",
    control="one draw of movies; ten draws below",
    on=[])

# %% [markdown]
# **What just happened?** A user's own genre means are few numbers, and each is a mean of many
# ratings. The hybrid can add what *other* users do: if those who like war movies like westerns,
# it can say so of you, who have rated no western. Whether that is worth its table of features,
# the ten draws below say.

# %% [markdown]
# ## 5. Watched or liked? Two questions
#
# **Concept.** A list of new movies can be judged by what was *watched*: which of the new
# movies did the user come to rate, whatever the stars? (Of a movie that was watched and not
# rated we know nothing: "watched" means "rated" here.) That is NDCG@10 of lab 05, with lists
# drawn up among the new movies only. We fit a model of *what was watched*: implicit ALS.
# It has no vector for a new movie. One ridge regression makes it:
#
# $$q_i \approx a + \sum_{f \in F(i)} w_f , \qquad i \text{ with ratings},$$
#
# and $a + \sum w_f$ is the vector of a new movie (Gantner et al. 2010). `FeatureMapping`
# does that behind any factorization. Put popularity in the place of the factorization,
# and it predicts how popular a new movie will be.
#
# **Predict.** Which model fills the best lists of movies to be *watched*: the hybrid,
# predicted popularity, or the mapped implicit ALS? And which of these three has the
# highest AUC?

# %%
guess = None  # two names, for example "hybrid, hybrid"

# %%
rivals |= {
    "predicted popularity": FeatureMapping(Popularity(), features).fit(train),
    "mapped implicit ALS":
        FeatureMapping(ImplicitALS(seed=SEED), features).fit(train),
}
everyone = range(train.n_users)
two = {name: (liking(model),
              ndcg_among(model.scores(everyone), new, new_movies))
       for name, model in rivals.items()}
chance = torch.rand(train.n_users, train.n_items, generator=du.seeded(SEED))
two["random"] = (0.5, ndcg_among(chance, new, new_movies))
pd.DataFrame(two, index=["AUC of liked", "NDCG@10 of watched"]).T.round(3)

# %%
figure, sentence = plots.two_winners(two)
plt.show()
say(sentence)
if guess is not None:
    say(f"You said {guess}.")

# %%
best = {side: max(two, key=lambda name: two[name][side]) for side in (0, 1)}
finding(
    "What is watched and what is liked have different winners",
    best[0] != best[1],
    yes=f"**{best[1]}** finds the watched movies best (NDCG "
    f"{two[best[1]][1]:.3f}; random {two['random'][1]:.3f}), and its AUC is "
    f"{two[best[1]][0]:.3f}. **{best[0]}** knows the liked best (AUC "
    f"{two[best[0]][0]:.3f}), and its NDCG is {two[best[0]][1]:.3f}.",
    no=f"Here {best[0]} wins both, with AUC {two[best[0]][0]:.3f} and NDCG "
    f"{two[best[0]][1]:.3f} (random {two['random'][1]:.3f}).",
    control="one draw of movies; ten draws below",
    on=["100k"])

# %% [markdown]
# One draw of movies is one throw of the dice. The table holds the means of ten draws,
# measured beforehand, with two more models: ALS mapped in the same way, and that of section 6.
# Below it are paired differences over the draws. (The draws share most of their training
# ratings, so the intervals are widened as for the folds of lab 03.)

# %%
measured = home / "scripts" / "tools" / "cold_movies.json"
record = json.loads(measured.read_text(encoding="utf-8"))
if edition in record["means"]:
    means = record["means"][edition]
    numbers = {name: {m.upper(): row.get(m) for m in ("rmse", "auc", "ndcg")}
               for name, row in means.items()}
    table = pd.DataFrame(numbers).T.astype(float)
    display(table.map(lambda x: f"{x:.3f}" if pd.notna(x) else ""))
    say(f"Measured on {record['measured']}, ten draws.")
    draws = record["draws"][edition]
    for a, b, m in (("hybrid", "user's mean", "rmse"),
                    ("hybrid", "genre means", "auc"),
                    ("features in the prior", "user's mean", "rmse"),
                    ("mapped implicit ALS", "hybrid", "ndcg")):
        apart = paired_difference(draws[a][m], draws[b][m],
                                  test_train_ratio=0.25,
                                  lower_is_better=m == "rmse")
        print(f"{m.upper()}, {a} less {b}: {apart} draws")
else:
    say("Ten draws were not measured on these data: trust the one draw less.")

# %% [markdown]
# **What just happened?** People do not pick movies at random and then like them or not. They
# choose what to *watch*, and of that they *like* some. A model of stars, learned from movies
# that were watched, has never been asked what will be watched; it may put a fine, obscure movie
# first. A model of what is watched never saw a star. Neither is wrong. They answer different
# questions, and both are a shop's. It can draw up candidates by the one and put them in order
# by the other (Covington et al. 2016): section 8 does, and measures it.

# %% [markdown]
# ## 6. Features in the prior
#
# **Concept.** In lab 08 all movies came from one Gaussian. Let each come from a Gaussian
# whose mean depends on its features:
#
# $$q_i \sim N\big(m + \textstyle\sum_{f \in F(i)} w_f,\; \Lambda^{-1}\big).$$
#
# The $w_f$ and the strength of the ridge on them are sampled along with everything else
# (Macau, Simm et al. 2017). With no rating the posterior *is* this prior. With many, the
# prior hardly matters. So own row plus features is no new idea here: it is what Bayes'
# rule does with a prior mean, and no price has to be chosen.

# %%
chain = {"n_factors": 8, "epochs": 60, "burn_in": 20, "seed": SEED}
plain = BayesianMF(**chain).fit(train)
told = BayesianMF(item_features=features, **chain).fit(train)
pd.DataFrame({"no features": errors(plain), "features": errors(told),
              "biases, section 1": found["biases"]},
             index=["known movies", "new movies"]).T.round(3)

# %%
_, unsure = told.predict(new.users, new.items, return_std=True)
_, sure = told.predict(known.users, known.items, return_std=True)
more = (unsure.mean() / sure.mean()).item()
better, beside = gap(told, plain, new), gap(told, biases, new)
finding(
    "Features in the prior help new movies",
    better.high < 0,
    yes=f"Features lower the error on new movies by {-better.estimate:.3f} "
    f"stars (95 % {-better.high:.3f} to {-better.low:.3f}). Beside $\\mu + "
    f"b_u$ that makes {beside.estimate:+.3f} ({beside.low:+.3f} to "
    f"{beside.high:+.3f}).",
    no=f"With features less without is {better.estimate:+.3f} stars on new "
    f"movies (95 % {better.low:+.3f} to {better.high:+.3f}); beside $\\mu + "
    f"b_u$ the model with features has {beside.estimate:+.3f} "
    f"({beside.low:+.3f} to {beside.high:+.3f}).",
    control="these new movies drawn again; one short chain each",
    on=["sample", "100k", "latest-small"])
say(f"The spread of its predictions on new movies is {more:.1f} times that on "
    "known ones.")

# %% [markdown]
# **Why can a model without features be worse than $\mu + b_u$?** Its prior is that of the average
# *movie*. A rating is not of an average movie: well-known movies have most ratings, and other stars.
# Here is $b_i$, averaged both ways:

# %%
b_i, n = biases.tables().item_bias, torch.bincount(train.items)
n = F.pad(n, (0, train.n_items - len(n)))
print(f"mean b_i over movies {b_i[n > 0].mean():+.2f}, over ratings "
      f"{(b_i * n).sum() / n.sum():+.2f} stars")

# %% [markdown]
# On ML-100K more is known: the users' age, sex and occupation, and the dates at which
# training ratings were made. All of it went into the prior beside the histories of lab
# 08, and was measured once on the first official fold, after the settings had been
# chosen on a part of its training ratings.

# %%
path = home / "scripts" / "tools" / "features_in_prior.json"
prior = json.loads(path.read_text(encoding="utf-8"))
on_u1 = prior["rmse on u1"]
say(f"RMSE on fold u1 of ML-100K, measured on {prior['measured']}, four "
    "chains averaged: histories alone "
    f"{on_u1['histories alone, mean of the chains']}; with features "
    f"**{on_u1['features, mean of the chains']}**. Features less histories "
    f"alone: {prior['features less histories alone']}.")

# %% [markdown]
# **What just happened?** Known movies gain a little where much is told, and the paired
# interval says how little. The interval of the RMSE itself is many times as wide, for
# users differ a lot: two papers' figures on this fold, a few thousandths apart, cannot
# be told apart without pairing.

# %% [markdown]
# ## 7. How good can it get?
#
# **Concept.** In the planted world we know what made the ratings: each genre points in a
# direction of taste, and a movie is the mean of its genres' directions, a little of its
# own, and a quality that no feature tells. So the best possible prediction for a new movie is
# known, but for that little of its own: true users, true genre directions, and the average
# quality. (The hybrid is left out: on this world ten draws did not part it from $\mu + b_u$, as the
# table of section 5 says where the sample is read. Two rivals that are quick stand in for it.)

# %%
world, world_movies = du.download_movielens("sample")
truth = du.load_truth()
w_items = du.IdMap.fit(world_movies["item_id"])
w_users = du.IdMap.fit(world["user_id"])
has = pd.DataFrame({name: world_movies["genres"].str.split("|").map(
    lambda given, name=name: name in given) for name in truth.genres})
has = has.to_numpy(dtype=float)
of_genres = has @ truth.genre_directions / has.sum(1, keepdims=True)


def best_possible(split, test):
    """RMSE of one who knows all but what no genre tells; stars."""
    u = du.IdMap.fit(truth.user_ids).encode(split.test["user_id"])
    rows = du.IdMap.fit(truth.item_ids)
    i, j = (rows.encode(part["item_id"]) for part in (split.test, split.train))
    quality = truth.item_bias[j]  # of what was rated in training
    # Users give whole stars: 1, and one more for each step that is passed.
    opinion = (truth.mean + truth.user_bias[u] + quality.mean()
               + (truth.user_factors[u] * of_genres[i]).sum(1))
    spread = (truth.noise_sd**2 + quality.var()) ** 0.5
    steps = torch.tensor(np.array([1.5, 2.5, 3.5, 4.5]))
    above = (torch.tensor(opinion)[:, None] - steps) / spread
    return rmse(1 + torch.special.ndtr(above).sum(1), test.ratings)


# %% [markdown]
# The years of that world are drawn apart from tastes: they say nothing. Five draws of movies, and
# models with the genres alone and with the years as well:

# %%
w_features = du.movie_features(world_movies, w_items)
w_genres = w_features.only("genres")
w_draws = []
for seed in range(5):
    split = du.movies_held_out_split(world, share=0.2, seed=seed)
    w_train = du.RatingsDataset(split.train, w_users, w_items)
    w_test = w_train.encode(split.test)
    fitted = {"mean": BiasModel().fit(w_train),
              "neighbours": ContentKNN(w_genres).fit(w_train),
              "neighbours, years too": ContentKNN(w_features).fit(w_train),
              "genre means": GenreMeans(w_genres).fit(w_train)}
    row = {name: rmse(model.predict(w_test.users, w_test.items),
                      w_test.ratings) for name, model in fitted.items()}
    w_draws.append(row | {"best possible": best_possible(split, w_test)})
w_draws = pd.DataFrame(w_draws)
w_draws.mean().round(3)

# %%
possible = (w_draws["mean"] - w_draws["best possible"]).mean()


def over_draws(a, b):
    """Mean over the draws of a - b, with its 95 % interval; stars."""
    return paired_difference(w_draws[a], w_draws[b], test_train_ratio=0.25)


# %%
way = {name: over_draws(name, "mean")
       for name in ("neighbours", "genre means")}
beyond = over_draws("neighbours", "best possible")
finding(
    "In the planted world features go a part of the possible way",
    way["neighbours"].high < 0 < beyond.low,
    yes="Of the possible way from $\\mu + b_u$ the content neighbours go "
    f"**{-way['neighbours'].mean / possible:.0%}**, the genre means "
    f"{-way['genre means'].mean / possible:.0%}. Both have to estimate tastes "
    "from ratings.",
    no="The content neighbours less $\\mu + b_u$ have "
    f"{way['neighbours'].mean:+.3f} stars, the genre means "
    f"{way['genre means'].mean:+.3f}; possible would be {-possible:+.3f}.",
    control="the known truth; five draws of movies, neighbours "
    f"{way['neighbours'].low:+.3f} to {way['neighbours'].high:+.3f} stars, "
    f"means {way['genre means'].low:+.3f} to {way['genre means'].high:+.3f}",
    on=["sample", "100k", "latest-small"])

# %%
cost = over_draws("neighbours, years too", "neighbours")
finding(
    "In the planted world features that say nothing cost accuracy",
    cost.low > 0,
    yes=f"With the years the neighbours err by **{cost.mean:.3f}** stars "
    "more.",
    no=f"With the years the neighbours' error changes by {cost.mean:+.3f}.",
    control="five draws of movies, 95 %: "
    f"{cost.low:+.3f} to {cost.high:+.3f}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** Even the best possible prediction is not far from the mean:
# a movie's quality, and the noise of each rating, are in no genre. A better model cannot
# make a feature say more than it says. Better features could.

# %% [markdown]
# ## 8. Two towers and an index
#
# **Concept.** One function makes a vector of a user (a tower), another makes a vector of
# a movie from its row and its features. They meet in a dot product, and nowhere before.
# So all movie vectors can be made overnight and put into an **index**. A request makes
# one user vector and asks the index for the largest products. With $b_i$ behind $q_i$
# and a 1 behind $p_u$, the bias is part of the product.
#
# ![The user tower turns a user's row and recent ratings into the vector (0.6, 0.8), the movie tower a movie's row, genres and year into (0.5, 0.5). Their dot product is 0.70. The movie tower runs once for all movies; the user tower runs when the user comes.](images/two-towers.svg)
#
# Our index is exact: it compares with every movie. Large services use approximate ones,
# which look at a part and may miss some of the best. At the size of MovieLens none is
# needed: lab 11 measures it.

# %%
tables = hybrid.tables()
rated = torch.nonzero(has_ratings).squeeze(-1)
index = VectorIndex(rated, item_tower(tables, rated))
user = int(new.users[0])
before, _ = index.search(user_tower(tables, [user]), k=50)

index.add(new_movies, item_tower(tables, new_movies))  # no training
after, products = index.search(user_tower(tables, [user]), k=50)
stars = tables.mean + tables.user_bias[user] + products[0]
direct = tables.predict([user] * 50, after[0])
assert torch.allclose(stars, direct, atol=1e-3)
fresh = np.isin(after[0].numpy(), new_movies.numpy()).sum()
say(f"The index holds {len(index):,} movies. Movies that nobody has rated, "
    f"among the 50 largest products of this user: {fresh}.")

# %% [markdown]
# **What is it like?** The same vectors answer another question: which known movies are
# most like a movie that nobody has rated?

# %%
unit = F.normalize(q, dim=1)
times_rated = torch.bincount(train.items, minlength=train.n_items)
print("like", title[items.raw[movie]], features.of_row(movie))


def most_alike(among):
    """The five with the largest cosines, and how often each is rated."""
    alike = unit[among] @ unit[movie]
    nearest = among[alike.topk(min(5, len(among))).indices]
    shown = movies.set_index("item_id").loc[items.raw[nearest.numpy()]]
    return shown[["title", "genres"]].assign(ratings=times_rated[nearest])


display(most_alike(rated))
often = times_rated[rated] >= times_rated[rated].median()
most_alike(rated[often])

# %% [markdown]
# Look at the last column. A movie with few ratings has hardly left the place where its features put
# it, and there the new movie is too: such neighbours say no more than "the same genre and year". The
# second table asks the more often rated half only.

# %% [markdown]
# {{turn:y103}}
#
# Section 5 asked two questions. Use a model for each: one chooses the candidates, the other puts
# them in order. With `rivals["mapped implicit ALS"]` and the hybrid that is a list for `user`.

# %%
# {{answer:y103}}

# %%
check("y103", candidates_then_order)

# %% [markdown]
# {{ladder:y103}}

# %% tags=["solution"]
solution("y103")

# %%
W, L = (model.scores(everyone)[:, new_movies] for model in
        (rivals["mapped implicit ALS"], hybrid))
chosen = W.topk(min(30, len(new_movies)), dim=1).indices
both = torch.full_like(L, -torch.inf).scatter(1, chosen, L.gather(1, chosen))
for place in both[user].topk(min(5, len(new_movies))).indices:
    print(title[items.raw[int(new_movies[place])]])

# %% [markdown]
# Is that better than one model alone? For everybody, the first ten of each list: how many were
# watched, and which share of these was liked?

# %%
given = torch.full((train.n_users, train.n_items), torch.nan)
given[new.users, new.items] = new.ratings.float()
given, asked = given[:, new_movies], new.users.unique()
lists = {}
for name, scores in {"watched alone": W, "liked alone": L,
                     "candidates, then order": both}.items():
    top = scores[asked].topk(min(10, len(new_movies)), dim=1).indices
    stars = given[asked].gather(1, top)
    there = ~stars.isnan()
    lists[name] = {
        "watched of ten": there.double().sum(1).mean().item(),
        "of these liked": (stars[there] >= LIKED_FROM).double().mean().item()}
pd.DataFrame(lists).T.round(2)

# %%
alone, ordered = lists["watched alone"], lists["candidates, then order"]
finding(
    "Ordering the candidates finds fewer that are watched, better liked",
    all((ordered["watched of ten"] < alone["watched of ten"],
         ordered["of these liked"] > alone["of these liked"])),
    yes=f"Put in order, {ordered['watched of ten']:.1f} of ten were watched "
    f"in place of {alone['watched of ten']:.1f}, and "
    f"**{ordered['of these liked']:.0%}** of these were liked in place of "
    f"{alone['of these liked']:.0%}: the order has a price.",
    no=f"Put in order, {ordered['watched of ten']:.1f} of ten were watched "
    f"in place of {alone['watched of ten']:.1f}, and "
    f"{ordered['of these liked']:.0%} of these were liked in place of "
    f"{alone['of these liked']:.0%}.",
    control="one draw of movies, no interval; two more draws of ML-100K "
    "showed the same",
    on=["100k"])

# %% [markdown]
# ## Deeper: context, dates, and factorization machines
#
# **Dates that help, dates that cheat.** When a user joined is known before the user asks
# for anything. The mean date of a movie's *test* ratings is not: it is made of what we
# are to predict. Ask of each feature: would I have had it on that day?
# `du.rating_dates` therefore takes training ratings. That is not always enough. Where a split is
# not in time, as with fold u1 in section 6, many training ratings are younger than the test
# ratings, and so are their dates: what the figure there says holds for such folds only.
#
# **Factorization machines** (Rendle 2010) give every feature of a rating a vector and
# let each pair meet. With a user's and a movie's id as the only features they are the
# factorization of lab 02; with the user's history they are close to SVD++; with genres they are the
# hybrid, plus products between a movie's own features. Those products depend on the
# movie alone, as a bias does. Implicit ALS (lab 05) makes the same product and learns it by
# another loss, over all cells. NCF and EASE (lab 09) are no such case: the one mixes its vectors
# in a network, the other has a weight for each pair of movies.
#
# **New users** can be given features too: `fit_hybrid` and `BayesianMF` take `user_features`, and
# ML-100K has some. Do they say of a new user what genres say of a new movie? Hold out a fifth of the
# *users*:

# %%
table = du.load_users(edition)
if table is None:
    say("This edition says nothing of its users; ML-100K has a table of them.")
else:
    of_users = du.Features.of_table(table, users, "user_id")
    print(of_users, of_users.of_row(user))
    drawn = np.random.default_rng(SEED).permutation(users.raw)
    is_new = ratings["user_id"].isin(drawn[:len(drawn) // 5])
    of_old = du.RatingsDataset(ratings[~is_new], users, items)
    asked = of_old.encode(ratings[is_new])
    without = fit_hybrid(of_old, SEED)
    less = gap(fit_hybrid(of_old, SEED, None, of_users), without, asked)
    print(f"new users, with features less without: {less.estimate:+.3f} stars"
          f" (95 % {less.low:+.3f} to {less.high:+.3f})")

# %% [markdown]
# An interval that holds zero says that these features were not seen to help. A few ratings of the
# newcomer are another way: the fold-in of lab 05.

# %% [markdown]
# ## Common mistakes
#
# **Common mistake 1. Holding out ratings and calling it cold start.** Most movies keep some ratings in training.
# Hold out movies.

# %%
by_rating = du.train_test_split_random(ratings, 0.2, seed=SEED)
for name, split in (("broken", by_rating), ("repaired", new_split)):
    of_new = ~split.test["item_id"].isin(split.train["item_id"])
    print(f"{name:9} {of_new.mean():.1%} of the test ratings are of movies "
          "without a training rating")

# %% [markdown]
# **Common mistake 2. −1 as an index.** In Python it is the last row: every new movie becomes the last one of the
# catalogue. `predict` treats `UNKNOWN` apart; your own tensor code will not.

# %%
mine = int(old_map.items[0])
print(f"broken    row {mine} of the table is that of {title[items.raw[mine]]}")
mine = int(new.items[0])
print(f"repaired  row {mine} is that of {title[items.raw[mine]]}")

# %% [markdown]
# **Common mistake 3. A feature from the future**, such as the number of ratings that a movie will get. The figures
# look fine, and on the first day nobody has the feature.

# %%
counts = ratings["item_id"].value_counts().rename_axis("item_id")
future = du.Features.of_table(counts.reset_index(), items, "item_id")
popular = FeatureMapping(Popularity(), features + future).fit(train)
leaked = ndcg_among(popular.scores(everyone), new, new_movies)
print(f"broken    predicted popularity has NDCG@10 {leaked:.3f}")
print(f"repaired  {two['predicted popularity'][1]:.3f}")

# %% [markdown]
# **Common mistake 4. An untrained own row.** It holds what the generator drew. Leave it out for movies without
# ratings: that is exercise y102.

# %% [markdown]
# ## Key questions
#
# **1. Which index has a movie that nobody has rated?**
#
# <details>
# <summary>Answer</summary>
#
# Under a map of the training ratings, `UNKNOWN`, as all others like it. Under a map of
# the catalogue, one of its own; its own row is untrained, and its features say the rest.
#
# </details>
#
# **2. What does the model with features only lack on known movies?**
#
# <details>
# <summary>Answer</summary>
#
# Movies with the same features share one vector and one bias. What distinguishes them is
# in their ratings, and there is no row to hold it.
#
# </details>
#
# **3. Why can watched and liked have different winners?**
#
# <details>
# <summary>Answer</summary>
#
# Stars are given to movies that were chosen; a model of stars is silent on the choice. A
# model of the choice never sees stars. What makes a movie be watched, such as its fame, need
# not make it liked among those watched.
#
# </details>
#
# **4. What does a prior with features do as ratings come in?**
#
# <details>
# <summary>Answer</summary>
#
# With no ratings the movie's vector is the prior's mean, with its spread. Each rating
# adds precision, and the mean moves from what features say to what ratings say.
#
# </details>
#
# **5. Why can a two-tower model be served from an index, and a model that mixes user and
# movie earlier cannot?**
#
# <details>
# <summary>Answer</summary>
#
# Its movie vectors do not depend on the user, so they can be made once, and the search
# for the largest product needs nothing else. A model that mixes both first has to be run
# anew for every pair.
#
# </details>
#
# **6. The model with features does worse than the one without. What do you look at?**
#
# <details>
# <summary>Answer</summary>
#
# Does each movie still have its own row? Were penalty and learning rate chosen anew, on
# validation, for the larger model? Is a movie with forty tags the sum of forty vectors, where
# weights would even that out? And do the features say anything? Deal them out to other movies
# by lot: if new movies are predicted as well as before, they do not.
#
# </details>
#
# **7. Time of day, device, company: where do they go?**
#
# <details>
# <summary>Answer</summary>
#
# They belong to the rating, to neither user nor movie. A bag for each rating can be added to the
# user's vector in the same way; so can what changes with time, such as what was bought last. Use
# classes that come again, weekday and hour: the date of tomorrow has no trained row.
#
# </details>
#
# **8. Every user has taken one item only. What can be learned?**
#
# <details>
# <summary>Answer</summary>
#
# Nothing from one column about another: no two items share a user. What remains is popularity,
# and what is known of the users: a regression from their features to the items.
#
# </details>
#
# **9. Some movies cannot be had today. Where are they left out?**
#
# <details>
# <summary>Answer</summary>
#
# Of the index, before the search. Left out of the list afterwards, they take their places along,
# and the list is short.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - held out movies instead of ratings, and said which index a new movie has;
# - written a movie as its own row plus the rows of its features;
# - said why a model needs both, and shown what each costs when it is left out;
# - told two questions apart: what will be watched, and what will be liked;
# - put features into the prior of a Bayesian model;
# - served a model as two towers with an index, and added a movie without training.
#
# ## Further reading
#
# - M. Kula 2015, *Metadata Embeddings for User and Item Cold-start Recommendations*,
#   arXiv:1507.08439. LightFM: a row is the sum of its features, the id among them.
# - Z. Gantner et al. 2010, *Learning Attribute-to-Feature Mappings for Cold-Start
#   Recommendations*, ICDM, doi:10.1109/ICDM.2010.129.
# - J. Simm et al. 2017, *Macau: Scalable Bayesian Factorization with High-Dimensional
#   Side Information Using MCMC*, MLSP, doi:10.1109/MLSP.2017.8168143.
# - S. Rendle 2010, *Factorization Machines*, ICDM, doi:10.1109/ICDM.2010.127.
# - P. Covington, J. Adams & E. Sargin 2016, *Deep Neural Networks for YouTube
#   Recommendations*, RecSys, doi:10.1145/2959100.2959190. Candidates, then ranking.
# - F. M. Harper & J. A. Konstan 2015, *The MovieLens Datasets*, doi:10.1145/2827872.
#
# **Next**: a hundred thousand ratings took seconds. What becomes of thirty million? That is
# the question of [lab 11](11-all-of-movielens.ipynb).
#
# ## What held on your data

# %%
show_findings()
