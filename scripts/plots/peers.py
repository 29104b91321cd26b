"""The figure of the README's results: accuracy against seconds, beside other libraries.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLACK, BLUE, LINE_COLOURS, MARKERS, drawn_once

LABELS = {"surprise": "Surprise", "cornac": "Cornac", "lenskit": "LensKit"}
"""How a library is written, where that is not its name here."""


@drawn_once
def accuracy_and_time(rows, ahead):
    """Each fit as a point: its seconds and its RMSE; hollow markers have defaults.

    rows: dicts with `library`, `name`, `how` ("defaults" or "tuned"), `rmse` and
    `seconds` of the folds; ahead: names of peers that no model of the course matches.

    >>> ours = {"library": "course", "name": "ALS", "how": "defaults",
    ...         "rmse": [0.91, 0.93], "seconds": [0.05, 0.06]}
    >>> other = ours | {"library": "myfm", "name": "myFM", "seconds": [2.0, 2.2]}
    >>> figure, sentence = accuracy_and_time([ours, other], [])
    >>> figure.axes[0].get_title("left")
    'For every library, a model of the course is as quick and as accurate'
    """
    figure, ax = plt.subplots(figsize=(8, 4.6))
    ours = [row for row in rows if row["library"] == "course"]
    x = [np.median(row["seconds"]) for row in ours]
    y = [np.mean(row["rmse"]) for row in ours]
    ax.plot(x, y, "o", color=BLUE, ms=8, label="this course")
    for row, left, low in zip(ours, x, y, strict=True):
        ax.annotate(
            row["name"],
            (left, low),
            (-7, -11),
            ha="right",
            textcoords="offset points",
            color=BLUE,
            fontsize=9,
        )
    theirs = [row for row in rows if row["library"] != "course"]
    names = list(dict.fromkeys(row["library"] for row in theirs))
    for row in theirs:
        number = 1 + names.index(row["library"])
        tuned = row["how"] == "tuned"
        colour = LINE_COLOURS[number]
        point = np.median(row["seconds"]), np.mean(row["rmse"])
        ax.plot(
            *point,
            MARKERS[number],
            color=colour,
            ms=7,
            mfc=colour if tuned else "white",
        )
        # Of a library's two points one is named to the left, the other to the right.
        ax.annotate(
            f"{row['name']}, {row['how']}",
            point,
            (7, 4) if tuned else (-7, 4),
            textcoords="offset points",
            ha="left" if tuned else "right",
            color=BLACK,
            fontsize=9,
        )
    for number, name in enumerate(names, start=1):
        ax.plot(
            [],
            [],
            MARKERS[number],
            color=LINE_COLOURS[number],
            label=LABELS.get(name, "myFM" if name == "myfm" else name),
        )
    ax.set(
        xscale="log",
        xlabel="seconds of one core for a fit (log scale)",
        ylabel="RMSE (stars), mean of u1–u5",
    )
    ax.margins(x=0.2, y=0.08)
    ax.legend(loc="upper right", ncols=2, fontsize=9)
    if ahead:
        title = f"Quicker or more accurate than all of ours: {', '.join(ahead)}"
    else:
        title = "For every library, a model of the course is as quick and as accurate"
    ax.set_title(title)
    best, quickest = int(np.argmin(y)), int(np.argmin(x))
    sentence = (
        f"{len(rows)} fits on ML-100K, seconds against RMSE; hollow markers are "
        f"defaults. The course's models go from {ours[quickest]['name']} "
        f"({y[quickest]:.4f} in {x[quickest]:.3g} s) to {ours[best]['name']} "
        f"({y[best]:.4f} in {x[best]:.3g} s). "
    )
    if ahead:
        sentence += f"None of them matches {', '.join(ahead)} in both."
    else:
        sentence += "Beside each point of a library one of them is as good in both."
    return figure, sentence
