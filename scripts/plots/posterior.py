"""Figures of lab 08: what is left open, chains, intervals, and the final table."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLACK, BLUE, GREY, VERMILION, drawn_once, looks


@drawn_once
def coordinate_posteriors(cases: list[dict]):
    """Densities of one user's one coordinate: dicts with label, n, mean and sd."""
    figure, ax = plt.subplots(figsize=(8, 3.8))
    widest = max(case["sd"] for case in cases)
    middle = np.mean([case["mean"] for case in cases])
    x = np.linspace(middle - 4 * widest, middle + 4 * widest, 400)
    for case, (colour, style, _) in zip(cases, looks(), strict=False):
        height = np.exp(-0.5 * ((x - case["mean"]) / case["sd"]) ** 2) / case["sd"]
        ax.plot(x, height, color=colour, linestyle=style, label=case["label"])
        ax.plot(case["mean"], 1 / case["sd"], "o", color=colour)
    ratio = cases[0]["sd"] / cases[-1]["sd"]
    ax.set(xlabel="the user's coordinate", ylabel="density (relative)", yticks=[])
    ax.set_title(
        f"{cases[0]['n']} ratings leave {ratio:.1f} times as much open as "
        f"{cases[-1]['n']}"
    )
    ax.legend()
    spreads = ", ".join(f"{c['sd']:.2f} after {c['n']} ratings" for c in cases)
    return figure, (
        "Each curve shows which values of the coordinate the ratings leave possible; "
        "the dot is its mean, the value that a ridge regression with this penalty "
        f"keeps. Standard deviations: {spreads}."
    )


@drawn_once
def samples_and_average(single, average, reference: float, name: str):
    """RMSE of each sweep's sample alone, and of the average of all so far."""
    sweeps = np.arange(1, len(single) + 1)
    figure, ax = plt.subplots()
    ax.plot(sweeps, single, color=GREY, lw=1.2, label="one sample")
    ax.plot(sweeps, average, color=BLUE, label="average of the samples so far")
    ax.axhline(reference, color=VERMILION, linestyle="--", label=name)
    ax.set_xscale("log")
    ax.set(xlabel="sweeps (logarithmic)", ylabel="RMSE (stars)")
    usual = np.median(single[len(single) // 2 :])
    ax.set_title(
        f"One sample {usual:.3f}, {name} {reference:.3f}, the average {average[-1]:.3f}"
    )
    ax.legend()
    better = np.flatnonzero(np.asarray(average) < reference)
    crossing = f"from sweep {better[0] + 1}" if len(better) else "never"
    return figure, (
        f"A single sample has a median of {usual:.3f} in the second half of the "
        f"sweeps. The average goes from {average[0]:.3f} to {average[-1]:.3f} as "
        f"samples are added, and lies below {name} {crossing}."
    )


@drawn_once
def chains(traces: list, column: str, label: str, skip: int):
    """One sampled quantity in several chains; `skip` sweeps are dropped as burn-in."""
    figure, ax = plt.subplots(figsize=(8, 3.6))
    for number, (trace, (colour, style, _)) in enumerate(
        zip(traces, looks(), strict=False), start=1
    ):
        ax.plot(
            trace["sweep"],
            trace[column],
            color=colour,
            linestyle=style,
            lw=1.4,
            label=f"chain {number}",
        )
    ax.axvspan(0, skip, color="0.92", label="burn-in, dropped")
    means = [trace[column][skip:].mean() for trace in traces]
    apart = max(means) - min(means)
    ax.set(xlabel="sweep", ylabel=label, xlim=(0, None))
    ax.set_title(f"After the burn-in the chains' means are {apart:.3f} apart")
    ax.legend()
    listed = " and ".join(f"{mean:.3f}" for mean in means)
    return figure, (
        f"The chains start from different random numbers. Dropping the first {skip} "
        f"sweeps, {label} averages {listed}."
    )


@drawn_once
def calibration(levels, with_noise, without_noise):
    """Share of ratings inside intervals of each level, against the level."""
    figure, ax = plt.subplots(figsize=(5.6, 4.4))
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, label="what they promise")
    ax.plot(levels, with_noise, marker="o", color=BLUE, label="spread and noise")
    ax.plot(
        levels,
        without_noise,
        marker="s",
        linestyle="--",
        color=VERMILION,
        label="spread alone",
    )
    worst = np.max(np.abs(np.asarray(with_noise) - levels))
    ax.set(xlabel="level of the interval", ylabel="share of the ratings inside")
    ax.set_title(f"With the noise, at most {100 * worst:.1f} points off its promise")
    ax.legend()
    return figure, (
        f"Intervals from spread and noise together are at most {100 * worst:.1f} "
        f"percentage points off. Those from the spread alone hold "
        f"{without_noise[-1]:.0%} of the ratings at a level of {levels[-1]:.0%}: they "
        "speak of the mean, not of a rating."
    )


@drawn_once
def spread_by_support(supports, spreads):
    """Spread of a prediction against the ratings that the movie has."""
    supports, spreads = np.asarray(supports), np.asarray(spreads)
    figure, ax = plt.subplots()
    ax.scatter(supports, spreads, s=6, alpha=0.25, color=BLUE, linewidths=0)
    edges = np.unique(np.quantile(supports, np.linspace(0, 1, 9)))[1:-1]
    group = np.searchsorted(edges, supports, "right")
    parts = [group == g for g in np.unique(group)]
    middles = [np.median(supports[part]) for part in parts]
    medians = [np.median(spreads[part]) for part in parts]
    ax.plot(middles, medians, marker="D", color=BLACK, label="median")
    ax.set(xscale="log", xlabel="training ratings of the movie (logarithmic)")
    ax.set(ylabel="spread of the prediction (stars)")
    first, last = f"{medians[0]:.2f}", f"{medians[-1]:.2f}"
    if first == last:
        ax.set_title(f"The spread is {first} stars for rare and known movies alike")
    else:
        way = "falls" if medians[-1] < medians[0] else "rises"
        ax.set_title(f"The spread {way} from {first} to {last} stars")
    ax.legend()
    return figure, (
        "Each point is a validation rating. The median spread is "
        f"{first} stars for movies with about {middles[0]:.0f} training "
        f"ratings and {last} for those with about {middles[-1]:.0f}."
    )


@drawn_once
def fold_scores(scores: dict):
    """RMSE of each model on each fold, a line a model, directly labelled."""
    figure, ax = plt.subplots(figsize=(8, 4.4))
    folds = np.arange(1, len(next(iter(scores.values()))) + 1)
    for (name, values), (colour, style, marker) in zip(
        scores.items(), looks(), strict=False
    ):
        ax.plot(folds, values, color=colour, linestyle=style, marker=marker)
        ax.annotate(
            f"{name} {np.mean(values):.4f}",
            (folds[-1], values[-1]),
            xytext=(9, -4),
            textcoords="offset points",
            color=colour,
        )
    best = min(scores, key=lambda name: np.mean(scores[name]))
    wins = sum(
        min(scores, key=lambda name: scores[name][f]) == best for f in range(len(folds))
    )
    ax.set(xlabel="fold", ylabel="RMSE (stars)", xticks=folds)
    ax.set_xlim(folds[0] - 0.2, folds[-1] + 1.9)
    ax.set_title(f"{best}: lowest on {wins} of {len(folds)} folds")
    listed = ", ".join(f"{name} {np.mean(v):.4f}" for name, v in scores.items())
    return figure, f"Mean RMSE over the folds: {listed}."
