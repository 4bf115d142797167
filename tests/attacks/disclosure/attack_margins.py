"""Attack 8: withheld cells from margins. Every margin of a table is known from earlier answers;
what is withheld in the table is solved for, or bounded by linear programming.
"""

import numpy as np
from attack_scores import share_error
from attack_table import Row, Size, replaced
from attack_worlds import NO_COMPLEMENT, NO_DIFFERENCE, NO_NOISE, NO_ROUNDING, THRESHOLD
from inside_material import Desk, catalogue_of, open_database
from room_material import Rows, dataset, tokens_of
from scipy.optimize import linprog

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion
from cleanroom.tables import Type

ROWS, COLUMNS = 8, 6
WIDTH = 12.0  # what noise and rounding may do to a margin
_ROW, _COLUMN = "platform.people.a_row", "platform.people.a_column"


def table(dice: np.random.Generator) -> np.ndarray:
    """Counts with some small cells among large ones."""
    counts = dice.integers(70, 300, (ROWS, COLUMNS))
    small = dice.random((ROWS, COLUMNS)) < 0.12
    counts[small] = dice.integers(3, 45, int(small.sum()))
    return counts


def desk_of(counts: np.ndarray) -> Desk:
    """People of the platform that fill the table; a brand that shares 400 of them."""
    levels = [tuple(f"v{i}" for i in range(n)) for n in (ROWS, COLUMNS)]
    people = {
        name: ColumnSpec(Type.CATEGORY, domain, missing=False)
        for name, domain in zip(("a_row", "a_column"), levels, strict=True)
    }
    agreed = catalogue_of(
        {
            "platform": dataset("platform", {"people": people}),
            "brand": dataset("brand", {"people": {}}),
        }
    )
    cells = np.repeat(np.arange(ROWS * COLUMNS), counts.ravel())
    total = len(cells)
    rows = {
        "platform": Rows(
            total,
            {"a_row": cells // COLUMNS + 1, "a_column": cells % COLUMNS + 1},
            {"email": tokens_of(range(total), range(total))},
        ),
        "brand": Rows(
            700, {}, {"email": tokens_of(range(700), [*range(400), *range(total, total + 300)])}
        ),
    }
    desk = Desk(open_database(agreed, rows), agreed, THRESHOLD)
    desk.ask("A01", MatchQuestion(agreed.parties))
    return desk


def attack(counts: np.ndarray, width: float) -> tuple[int, int]:
    """Holes, and how many of them the attacker names exactly: by bounds that meet, or, with noise,
    by the middle of the bounds.
    """
    desk = desk_of(counts)
    margins = [_values(desk, (_ROW,), ROWS), _values(desk, (_COLUMN,), COLUMNS)]
    # columns go in order of name
    inner = _values(desk, (_COLUMN, _ROW), ROWS * COLUMNS).reshape(COLUMNS, ROWS).T
    holes = np.argwhere(np.isnan(inner))
    left, right = [], []
    for axis, margin in enumerate(margins):
        for line, total in enumerate(margin):
            if not np.isnan(total):
                left.append(holes[:, axis] == line)
                right.append(total - np.nansum(np.take(inner, line, axis=axis)))
    if not len(holes) or not left:
        return len(holes), 0
    exact = 0
    for number, (row, column) in enumerate(holes):
        bounds = _bounds(np.array(left, float), np.array(right), width, number)
        if bounds is not None and (width or bounds[1] - bounds[0] < 0.5):
            exact += round(sum(bounds) / 2) == counts[row, column]
    return len(holes), exact


def _bounds(
    matrix: np.ndarray, rest: np.ndarray, width: float, hole: int
) -> tuple[float, float] | None:
    """Least and most people that a hole can have."""
    goal = np.zeros(matrix.shape[1])
    goal[hole] = 1
    limits = np.concatenate([rest + width, width - rest])
    solved = [linprog(s * goal, A_ub=np.vstack([matrix, -matrix]), b_ub=limits) for s in (1, -1)]
    return (solved[0].fun, -solved[1].fun) if all(s.success for s in solved) else None


def _values(desk: Desk, columns: tuple[str, ...], cells: int) -> np.ndarray:
    release = desk.ask("A03", AttributeQuestion(("platform",), columns))
    if release.status == "refused":
        return np.full(cells, np.nan)
    return np.array([np.nan if v is None else v for v in release.vectors[0].values], float)


def share(width: float, tables: int, dice: np.random.Generator) -> tuple[float, int]:
    """Share of holes whose number is hit exactly, and how many holes there were."""
    found = [attack(table(dice), width) for _ in range(tables)]
    holes = sum(number for number, _ in found)
    return sum(exact for _, exact in found) / max(1, holes), holes


def run(size: Size) -> list[Row]:
    """Withheld cells that are known to the person afterwards."""
    tables = 8 if size == "short" else 80
    dice = np.random.default_rng(8)
    with replaced(NO_NOISE, NO_ROUNDING, NO_COMPLEMENT, NO_DIFFERENCE):
        off, _ = share(0.0, tables, dice)
    on, holes = share(WIDTH, tables, dice)
    bound = 0.1 + share_error(0.1, holes)
    return [Row("8 margins", "withheld cells known exactly", off, 0.5, on, bound)]
