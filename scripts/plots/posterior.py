"""Figures of lab 08: what is left open, chains, intervals, and the final table.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .style import BLACK, BLUE, GREY, VERMILION, drawn_once, looks
from .words import counted, listed


@drawn_once
def coordinate_posteriors(cases: list[dict]):
    """Densities of one coordinate of one user: dicts with label, n, mean and sd.

    n: how many ratings of the user are known; the fewest first, the most last.

    >>> few = {"label": "few", "n": 5, "mean": 0.1, "sd": 0.6}
    >>> figure, _ = coordinate_posteriors([few, few | {"n": 80, "sd": 0.2}])
    >>> figure.axes[0].get_title("left")
    '5 ratings leave 3.0 times as much open as 80'
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    widest = max(case["sd"] for case in cases)
    middle = np.mean([case["mean"] for case in cases])
    x = np.linspace(middle - 4 * widest, middle + 4 * widest, 400)
    for case, (colour, style, _) in zip(cases, looks(), strict=False):
        height = np.exp(-0.5 * ((x - case["mean"]) / case["sd"]) ** 2) / case["sd"]
        ax.plot(x, height, color=colour, linestyle=style, label=case["label"])
        ax.plot(case["mean"], 1 / case["sd"], "o", color=colour)
    first, last = cases[0], cases[-1]
    ratio = first["sd"] / last["sd"]
    ax.set(xlabel="the user's coordinate", ylabel="density (relative)", yticks=[])
    ax.set_title(
        f"{counted(first['n'], 'rating')} {'leaves' if first['n'] == 1 else 'leave'} "
        f"{ratio:.1f} times as much open as {last['n']:,}"
    )
    ax.legend()
    spreads = listed(
        [f"{case['sd']:.2f} after {counted(case['n'], 'rating')}" for case in cases]
    )
    return figure, (
        "Each curve shows which values of the coordinate the ratings leave possible; "
        "the dot is its mean, the value that a ridge regression with this penalty "
        f"keeps. Standard deviations: {spreads}."
    )


@drawn_once
def samples_and_average(single, average, reference: float, name: str):
    """RMSE of each sweep's sample alone, and of the average of all so far.

    `reference`: the RMSE of the model `name`.

    >>> single, average = [0.99, 0.96, 0.97], [0.99, 0.95, 0.92]
    >>> figure, sentence = samples_and_average(single, average, 0.935, "ALS")
    >>> sentence.split(" as samples are added, ")[1]
    'and is first below ALS after sweep 3.'
    """
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
    when = f"first below {name} after sweep {better[0] + 1}" if len(better) else None
    return figure, (
        f"A single sample has a median of {usual:.3f} in the second half of the "
        f"sweeps. The average goes from {average[0]:.3f} to {average[-1]:.3f} as "
        f"samples are added, and is {when or f'never below {name}'}."
    )


@drawn_once
def chains(traces: dict[str, pd.DataFrame], column: str, label: str, skip: int):
    """One sampled quantity in several chains; `skip` sweeps are dropped as burn-in.

    traces: start of the chain → a table with the columns sweep and `column`.

    >>> one = pd.DataFrame({"sweep": [1, 2, 3], "noise": [2.0, 0.9, 0.8]})
    >>> both = {"near": one, "far": one + 0.1}
    >>> figure, sentence = chains(both, "noise", "the noise", skip=1)
    >>> figure.axes[0].get_title("left")
    "After the burn-in the chains' means are 0.100 apart"
    """
    figure, ax = plt.subplots(figsize=(8, 3.6))
    for (start, trace), (colour, style, _) in zip(
        traces.items(), looks(), strict=False
    ):
        ax.plot(
            trace["sweep"],
            trace[column],
            color=colour,
            linestyle=style,
            lw=1.4,
            label=f"{start} start",
        )
    ax.axvspan(0, skip, color="0.92", label="burn-in, dropped")
    means = {start: trace[column][skip:].mean() for start, trace in traces.items()}
    apart = max(means.values()) - min(means.values())
    ax.set(xlabel="sweep", ylabel=label, xlim=(0, None))
    ax.set_title(f"After the burn-in the chains' means are {apart:.3f} apart")
    ax.legend()
    return figure, (
        f"Without the first {counted(skip, 'sweep')}, {label} averages "
        + listed(
            [f"{mean:.3f} from the {start} start" for start, mean in means.items()]
        )
        + "."
    )


@drawn_once
def calibration(levels, with_noise, without_noise):
    """Share of ratings inside intervals of each level, against the level.

    Levels and shares from 0 to 1, the highest level last.

    >>> figure, sentence = calibration([0.5, 0.9], [0.52, 0.85], [0.1, 0.2])
    >>> figure.axes[0].get_title("left")
    'With the noise, at most 5.0 points off its promise'
    """
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
    """Spread of a prediction against the ratings that the movie has.

    Both have one entry per validation rating: training ratings of its movie, and stars.

    >>> figure, sentence = spread_by_support([1, 10, 100], [0.5, 0.4, 0.3])
    >>> figure.axes[0].get_title("left")
    'The spread falls from 0.50 to 0.30 stars'
    """
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
        f"{first} stars for movies with about "
        f"{counted(round(middles[0]), 'training rating')} and {last} for those with "
        f"about {middles[-1]:,.0f}."
    )


@drawn_once
def fold_scores(scores: dict):
    """RMSE of each model on each fold, one line per model, with its name at the end.

    >>> figure, sentence = fold_scores({"ALS": [0.92, 0.94], "Bayes": [0.91, 0.93]})
    >>> sentence
    'Mean RMSE over the folds: ALS 0.9300, Bayes 0.9200.'
    """
    figure, ax = plt.subplots(figsize=(8, 4.4))
    folds = np.arange(1, len(next(iter(scores.values()))) + 1)
    heights, place = {}, -np.inf  # of the names: at least a line apart
    apart = 0.06 * np.ptp(list(scores.values()))
    for name in sorted(scores, key=lambda name: scores[name][-1]):
        place = heights[name] = max(scores[name][-1], place + apart)
    for (name, values), (colour, style, marker) in zip(
        scores.items(), looks(), strict=False
    ):
        ax.plot(folds, values, color=colour, linestyle=style, marker=marker)
        ax.annotate(
            f"{name} {np.mean(values):.4f}",
            (folds[-1], heights[name]),
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
    ax.set_title(
        f"{best}: lowest mean, and lowest on {wins} of {counted(len(folds), 'fold')}"
    )
    means = ", ".join(f"{name} {np.mean(v):.4f}" for name, v in scores.items())
    return figure, f"Mean RMSE over the folds: {means}."


@drawn_once
def accuracy_by_length(lengths, curves: dict, reference: float, name: str):
    """RMSE of the average over the last half of a chain, against its length.

    curves: start of the chain → RMSE at each of `lengths` (stars). `reference`: the
    RMSE of the model `name`.

    >>> curves = {"near": [0.95, 0.90, 0.91], "far": [0.93, 0.92, 0.91]}
    >>> figure, _ = accuracy_by_length([10, 80, 400], curves, 0.92, "ALS")
    >>> figure.axes[0].get_title("left")
    'From the near start 80 of 400 sweeps are best'
    """
    figure, ax = plt.subplots()
    for (start, values), (colour, style, marker) in zip(
        curves.items(), looks(), strict=False
    ):
        ax.plot(
            lengths,
            values,
            color=colour,
            linestyle=style,
            marker=marker,
            label=f"{start} start",
        )
    ax.axhline(reference, color=GREY, linestyle="--", label=name)
    ax.set(xscale="log", xlabel="sweeps, the first half dropped (logarithmic)")
    ax.set(ylabel="RMSE of the average (stars)")
    start, values = next(iter(curves.items()))
    best = lengths[int(np.argmin(values))]
    ax.set_title(f"From the {start} start {best} of {lengths[-1]} sweeps are best")
    ax.legend()
    ends = ", ".join(
        f"from the {start} start {values[0]:.4f} after {lengths[0]} sweeps, "
        f"{min(values):.4f} at best and {values[-1]:.4f} after {lengths[-1]}"
        for start, values in curves.items()
    )
    return figure, f"RMSE of the average: {ends}. {name} has {reference:.4f}."


@drawn_once
def gains(intervals: dict, base: str):
    """What each variant changes against `base`: estimates with their intervals.

    intervals: variant → `metrics.Interval` of its RMSE less that of `base`.

    >>> from metrics import Interval
    >>> figure, _ = gains({"both": Interval(-0.01, -0.02, -0.005, 0.95, 9)}, "none")
    >>> figure.axes[0].get_title("left")
    '1 of 1 surely lower than “none”'
    """
    figure, ax = plt.subplots(figsize=(8, 0.6 * len(intervals) + 1.6))
    for row, interval in enumerate(intervals.values()):
        ends = [[interval.estimate - interval.low], [interval.high - interval.estimate]]
        ax.errorbar(
            interval.estimate, row, xerr=ends, fmt="o", color=BLUE, capsize=4, lw=1.8
        )
    ax.axvline(0, color=GREY, linestyle="--")
    ax.set_yticks(range(len(intervals)), list(intervals))
    ax.invert_yaxis()
    ax.set(xlabel=f"change of the RMSE against “{base}” (stars)")
    ax.set_ylim(len(intervals) - 0.5, -0.5)
    sure = sum(interval.high < 0 for interval in intervals.values())
    ax.set_title(f"{sure} of {len(intervals)} surely lower than “{base}”")
    listed = ", ".join(
        f"{name} {x.estimate:+.4f} ({x.low:+.4f} to {x.high:+.4f})"
        for name, x in intervals.items()
    )
    level = next(iter(intervals.values())).level
    return figure, (
        f"Change of the RMSE against “{base}”, with {level:.0%} intervals: {listed}."
    )
