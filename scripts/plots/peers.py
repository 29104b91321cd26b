"""The figure of the README's results: accuracy against seconds, beside other libraries.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np

from .labels import place_labels
from .style import LINE_COLOURS, MARKERS, drawn_once

LABELS = {
    "course": "this course",
    "surprise": "Surprise",
    "cornac": "Cornac",
    "lenskit": "LensKit",
    "myfm": "myFM",
}
"""How a library is written."""


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
    figure, ax = plt.subplots(figsize=(8, 5.2))
    points = [(np.median(row["seconds"]), np.mean(row["rmse"])) for row in rows]
    libraries = list(dict.fromkeys(row["library"] for row in rows))
    for number, library in enumerate(libraries):
        colour, marker = LINE_COLOURS[number], MARKERS[number]
        for row, point in zip(rows, points, strict=True):
            if row["library"] == library:
                hollow = library != "course" and row["how"] == "defaults"
                face = "white" if hollow else colour
                ax.plot(*point, marker, color=colour, ms=7, mfc=face)
        ax.plot([], [], marker, color=colour, ms=7, label=LABELS[library])
    ax.set(
        xscale="log",
        xlabel="seconds of one core for a fit (log scale)",
        ylabel="RMSE (stars), mean of u1–u5",
    )
    ax.margins(x=0.15, y=0.08)
    ax.legend(loc="lower left", ncols=2, fontsize=9)
    if ahead:
        title = f"Quicker or more accurate than all of ours: {', '.join(ahead)}"
    else:
        title = "For every library, a model of the course is as quick and as accurate"
    ax.set_title(title)
    texts = [
        row["name"] if row["library"] == "course" else f"{row['name']}, {row['how']}"
        for row in rows
    ]
    place_labels(ax, np.array(points), texts, most=len(texts), size=9, avoid=points)
    for text in ax.texts:  # a halo would be drawn as outlines: ten times the SVG
        text.set_path_effects([])
    ours = [
        (*point, row["name"])
        for row, point in zip(rows, points, strict=True)
        if row["library"] == "course"
    ]
    seconds, score, quickest = min(ours)
    most, lowest, best = min(ours, key=lambda point: point[1])
    sentence = (
        f"{len(rows)} fits on ML-100K, seconds against RMSE; hollow markers are "
        f"defaults. The course's models go from {quickest} ({score:.4f} in "
        f"{seconds:.3g} s) to {best} ({lowest:.4f} in {most:.3g} s). "
    )
    if ahead:
        sentence += f"None of them matches {', '.join(ahead)} in both."
    else:
        sentence += "Beside each point of a library one of them is as good in both."
    return figure, sentence
