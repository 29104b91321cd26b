"""Drawings of labs 03, 07 and 08: one training step, a bag, the mean plus noise."""

from math import exp, sqrt

from drawings.arithmetic import dot, dot_in_words, number, vector
from drawings.canvas import (
    BLUE,
    EDGE,
    GREEN,
    MARGIN,
    MUTED,
    ORANGE,
    PALE,
    PAPER,
    PURPLE,
    SMALL,
    WIDTH,
    Sheet,
)


def training_step() -> Sheet:
    """What each of the four steps changes, for one rating and two single factors.

    Plain gradient descent on (p q − r)² with p = 0.5, q = 2, r = 3 and a rate of 0.05.
    The gradients before the step are left over from the batch before.
    """
    sheet = Sheet(394)
    p, q, r, rate = 0.5, 2.0, 3.0, 0.05
    slope_p, slope_q = 2 * (p * q - r) * q, 2 * (p * q - r) * p
    new_p, new_q = p - rate * slope_p, q - rate * slope_q
    steps = (
        ("1 predict", "and measure", BLUE),
        ("2 zero_grad", "forget", MUTED),
        ("3 backward", "find slopes", PURPLE),
        ("4 step", "move", ORANGE),
    )
    # one row for each number: before any step, and after each of the four
    values = {
        "p": (p, p, p, p, new_p),
        "q": (q, q, q, q, new_q),
        "p.grad": (1.0, 1.0, 0.0, slope_p, slope_p),
        "q.grad": (-3.0, -3.0, 0.0, slope_q, slope_q),
        "loss": (None, *[(p * q - r) ** 2] * 4),
    }
    left, wide, gap, top = MARGIN + 78, 104, 20, 144
    sheet.text(left + 46, 96, "before", colour=MUTED)
    for k, (name, does, hue) in enumerate(steps):
        x = left + (k + 1) * (wide + gap) - 6
        sheet.box(x, 62, wide, 56, [name, does], colour=hue, size=14)
        sheet.arrow((x - 18, 90), (x - 2, 90))
    for row, (name, numbers) in enumerate(values.items()):
        y = top + 36 * row
        sheet.text(left - 12, y + 20, name, anchor="end", bold=True)
        for k, value in enumerate(numbers):
            x = left + k * (wide + gap)
            changed = k and value != numbers[k - 1]
            hue = steps[k - 1][2] if changed else MUTED
            look = {"bold": True} if changed else {"edge": EDGE, "fill": "#ffffff"}
            text = "–" if value is None else number(value, 1)
            sheet.box(x, y, wide - 12, 28, text, colour=hue, **look)
    sheet.arrow((642, 330), (642, 346), (146, 346), (146, 328), width=1.5)
    sheet.box(320, 334, 148, 24, "the next batch", fill=PAPER, edge=PAPER)
    sheet.text(
        MARGIN, 380,
        f"One rating: r = 3. Prediction p × q: {number(p * q, 1)} before,"
        f" {number(new_p * new_q)} after; loss {number((p * q - r) ** 2, 1)},"
        f" then {number((new_p * new_q - r) ** 2)}.",
        anchor="start", size=14,
    )  # fmt: skip
    return sheet


def svdpp_bag() -> Sheet:
    """A history's vectors, added and scaled, move the user before the product."""
    sheet = Sheet(364)
    own, movie = (0.4, 0.3), (0.5, -0.2)
    bag = {
        "Alien": (0.3, 0.1),
        "Heat": (0.5, -0.1),
        "Shrek": (-0.1, 0.4),
        "Up": (0.1, 0.0),
    }
    total = [sum(values) for values in zip(*bag.values(), strict=True)]
    scaled = [value / sqrt(len(bag)) for value in total]
    whole = [a + b for a, b in zip(own, scaled, strict=True)]

    sheet.text(
        MARGIN, 78, "N(u): what Ana rated", bold=True, colour=GREEN, anchor="start"
    )
    sheet.box(MARGIN, 90, 158, 172, fill=PALE[GREEN], colour=GREEN, radius=14)
    for k, (title, y) in enumerate(bag.items()):
        place = 106 + 36 * k
        sheet.text(MARGIN + 12, place + 20, title, anchor="start", size=14)
        sheet.box(MARGIN + 66, place, 82, 28, vector(y), colour=GREEN, fill="#ffffff",
                  size=14)  # fmt: skip
    sheet.text(100, 284, "one y for each movie", size=SMALL, colour=MUTED)

    sheet.arrow((186, 176), (222, 176), colour=GREEN)
    sheet.text(278, 138, "add them up", size=SMALL, colour=MUTED)
    sheet.box(228, 150, 100, 52, [vector(total), "Σ y"], colour=GREEN)
    sheet.arrow((334, 176), (374, 176), colour=GREEN)
    sheet.text(430, 138, "divide by √4", size=SMALL, colour=MUTED)
    sheet.box(380, 150, 100, 52, [vector(scaled), "Σ y / √|N|"], colour=GREEN)
    sheet.arrow((486, 176), (536, 176), colour=GREEN)
    sheet.text(510, 164, "+", size=20, bold=True)
    sheet.box(542, 150, 156, 52, [vector(whole), "user, with history"], colour=PURPLE)

    sheet.box(570, 64, 100, 52, [vector(own), "own row p"], colour=BLUE)
    sheet.arrow((620, 120), (620, 147), colour=BLUE)
    sheet.arrow((620, 206), (620, 233), colour=PURPLE)
    sheet.box(570, 236, 100, 52, [vector(movie), "movie q"], colour=ORANGE)
    sheet.text(558, 267, "dot product", anchor="end", colour=MUTED)
    sheet.text(MARGIN, 344, f"The match: {dot_in_words(whole, movie)}", anchor="start")
    without = number(dot(own, movie))
    sheet.text(
        WIDTH - MARGIN, 344, f"Without the history: {without}", anchor="end",
        colour=MUTED,
    )  # fmt: skip
    return sheet


def mean_plus_noise() -> Sheet:
    """ALS takes the middle of a bell, Gibbs sampling draws from the bell."""
    sheet = Sheet(372)
    mean, spread, noise = 0.6, 0.2, (-1.2, 0.5, 0.1, 1.3)
    draws = [mean + spread * z for z in noise]
    wide, base = 268, 218
    for left, name, hue in ((52, "ALS", BLUE), (400, "Gibbs sampling", ORANGE)):
        x = [left + wide * k / 60 for k in range(61)]
        bell = [(at, base - 100 * exp(-((k / 10 - 3) ** 2) / 2))
                for k, at in enumerate(x)]  # fmt: skip
        sheet.text(left + wide / 2, 76, name, bold=True, colour=hue)
        sheet.line(*bell, colour=hue, fill=PALE[hue])
        sheet.line((left, base), (left + wide, base), colour=MUTED, width=1)
        for step in (-2, 0, 2):
            at = left + wide * (step + 3) / 6
            sheet.text(at, base + 44, number(mean + spread * step, 1), size=SMALL,
                       colour=MUTED)  # fmt: skip
            sheet.line((at, base), (at, base + 6), colour=MUTED, width=1)
        if hue == BLUE:
            sheet.line((left + wide / 2, base), (left + wide / 2, base - 100),
                       colour=BLUE, dashed=True)  # fmt: skip
            sheet.dot(left + wide / 2, base + 16, 6)
        else:
            for z in noise:
                sheet.dot(left + wide * (z + 3) / 6, base + 16, 6, colour=ORANGE)
    sheet.text(186, 96, "one number: the mean", size=14)
    sheet.text(534, 96, "mean plus noise, each time anew", size=14)
    sheet.text(186, 290, f"always {number(mean)}", colour=BLUE, bold=True)
    words = ", ".join(number(value) for value in draws)
    sheet.text(534, 290, f"{words}, …", colour=ORANGE, bold=True)
    first = f"{number(mean)} + {number(spread)} × ({number(noise[0], 1)})"
    sheet.text(534, 312, f"{first} = {number(draws[0])}", size=14)
    sheet.text(
        MARGIN, 352,
        "The bell: what the ratings leave open about one factor of one user.",
        anchor="start", size=14,
    )  # fmt: skip
    return sheet
