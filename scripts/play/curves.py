"""Lab 03: a slider over training curves that were computed before."""

from collections.abc import Mapping, Sequence

from .page import COLOURS, Page, make_page, plain_table, table

Curves = tuple[Sequence[float], Sequence[float]]


def training_curves(
    curves: Mapping[str, Curves], key: str, name: str = "setting", unit: str = "RMSE"
) -> Page:
    """Errors on training and validation data by epoch, one setting at a time.

    curves: setting → (training errors, validation errors), one number per epoch from
    the first; the slider follows their order. name: what is set, such as "λ". The table
    of all settings stands beside it, and stays where no script runs. key: names this
    page, see `make_page`. Raises `ValueError` for no curves, for curves without an
    epoch, and for two curves of unequal length.

    >>> training_curves({"0": ([1.0, 0.8], [1.1, 1.2])}, "two-epochs", name="λ")
    λ  best epoch  best RMSE  last RMSE
    0  1           1.100      1.200
    """
    if not curves:
        raise ValueError("There are no curves to show: give at least one setting.")
    for setting, (train, validation) in curves.items():
        if not len(train) or len(train) != len(validation):
            raise ValueError(
                f"{name} = {setting} has {len(train)} training errors and "
                f"{len(validation)} validation errors: give one of each per epoch."
            )
    head = [name, "best epoch", f"best {unit}", f"last {unit}"]
    rows = [
        [
            setting,
            best_epoch(validation),
            f"{min(validation):.3f}",
            f"{validation[-1]:.3f}",
        ]
        for setting, (_, validation) in curves.items()
    ]
    data = {
        "settings": list(curves),
        "train": [[round(float(x), 5) for x in train] for train, _ in curves.values()],
        "validation": [
            [round(float(x), 5) for x in validation]
            for _, validation in curves.values()
        ],
        "name": name,
        "unit": unit,
        "colours": COLOURS,
    }
    static = (
        '<div class="columns"><div class="picture"></div>'
        f'<div class="numbers">{table(head, rows, caption="On validation data")}</div>'
        "</div>"
    )
    return make_page("curves", key, static, data, plain_table(head, rows))


def best_epoch(validation: Sequence[float]) -> int:
    """The first epoch with the smallest error, counted from 1.

    >>> best_epoch([1.2, 1.0, 1.0])
    2
    """
    return min(range(len(validation)), key=lambda epoch: validation[epoch]) + 1
