"""Code that makes or prices releases counts in whole numbers, and takes chance from one place.

Floating-point noise gives the numbers under it away (Mironov 2012), and a budget in floats comes
out a little under or over. So the code that decides about releases has no floats at all; noise is
drawn in one module, by OpenDP, on integers.
"""

import ast
from collections.abc import Iterator

import pytest

GUARDED = ("cleanroom/disclosure/", "cleanroom/sandbox/inside/")
INSIDE = "cleanroom/sandbox/inside/"
# Inside, only these may have floats, and why.
FLOATS = {
    "noise.py": "OpenDP takes its scale as a float",
    "noise_trial.py": "a test of the noise compares frequencies with probabilities",
    "unpack.py": "seconds to wait",
}
# Chance of any other kind: seeded, or made for keys. ``os.urandom`` for a nonce is no noise.
CHANCE = ("random", "numpy.random", "np.random", "secrets", "scipy", "opendp")
NOISE = "noise.py"
WHOLE_MATH = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm", "prod"}
FLOAT_ARRAYS = {
    *("float16", "float32", "float64", "floating", "double", "single"),
    *("average", "divide", "mean", "sqrt", "std", "true_divide", "var"),
}
FLOAT_CODES = ("f2", "f4", "f8", "<f2", "<f4", "<f8", ">f4", ">f8", "=f8")


def chance(tree: ast.Module) -> list[int]:
    """Lines that reach for a source of chance."""
    lines = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            names = [ast.unparse(node)]
        if any(name == one or name.startswith(one + ".") for name in names for one in CHANCE):
            lines.append(node.lineno)
    return lines


def floats(tree: ast.Module) -> list[int]:
    """Lines that make a float: literals, ``float``, true division, roots and means."""
    return sorted({node.lineno for node in ast.walk(tree) if any(_float(node))})


def _float(node: ast.AST) -> Iterator[bool]:
    if isinstance(node, ast.Constant):
        yield isinstance(node.value, float | complex)
        yield isinstance(node.value, str) and node.value in FLOAT_CODES
    if isinstance(node, ast.BinOp | ast.AugAssign):
        yield isinstance(node.op, ast.Div)
        yield isinstance(node.op, ast.Pow) and _negative(node)
    if isinstance(node, ast.Name):
        yield node.id in ("float", "complex")
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        yield node.module == "math" and not names <= WHOLE_MATH
        yield node.module in ("statistics", "cmath", "decimal", "fractions")
        yield node.module == "numpy" and bool(names & FLOAT_ARRAYS)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield node.value.id == "math" and node.attr not in WHOLE_MATH
        yield node.value.id in ("np", "numpy") and node.attr in FLOAT_ARRAYS
    if isinstance(node, ast.Attribute):
        yield node.attr in ("mean", "std", "var")


def _negative(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether a power is to a negative number, as far as that can be seen."""
    exponent = node.right if isinstance(node, ast.BinOp) else node.value
    return isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub)


def guarded(modules: dict[str, ast.Module]) -> dict[str, ast.Module]:
    return {path: tree for path, tree in modules.items() if path.startswith(GUARDED)}


def test_release_code_has_no_floats(modules: dict[str, ast.Module]) -> None:
    exempt = {INSIDE + name for name in FLOATS}
    found = {
        path: lines
        for path, tree in guarded(modules).items()
        if path not in exempt and (lines := floats(tree))
    }
    assert found == {}


def test_the_exempt_need_their_exemption(modules: dict[str, ast.Module]) -> None:
    needless = [name for name in FLOATS if not floats(modules[INSIDE + name])]
    assert needless == []


def test_chance_comes_from_the_noise_module_only(modules: dict[str, ast.Module]) -> None:
    found = {path: lines for path, tree in guarded(modules).items() if (lines := chance(tree))}
    assert list(found) == [INSIDE + NOISE]


def test_what_decides_about_releases_is_looked_at(modules: dict[str, ast.Module]) -> None:
    """A file that moves out of the two folders would escape the rule."""
    inside = ("gate", "rules", "difference", "reuse", "books", "state", "members", "earlier")
    about = ("price", "policy", "canonical", "cells", "predicates", "course", "coarser", "widths")
    wanted = {f"{INSIDE}{name}.py" for name in inside}
    wanted |= {f"cleanroom/disclosure/{name}.py" for name in about}
    assert wanted <= set(guarded(modules))
    assert not wanted & {INSIDE + name for name in FLOATS}


@pytest.mark.parametrize(
    "planted",
    [
        "x = 0.5",
        "x = 1e3",
        "x = float(n)",
        "def f(n: float) -> int: ...",
        "x = a / b",
        "x /= 2",
        "x = n ** -1",
        "import math\nx = math.sqrt(n)",
        "from math import sqrt",
        "import statistics\nfrom statistics import NormalDist",
        "from decimal import Decimal",
        "x = np.zeros(3, 'f8')",
        "x = values.astype('<f4')",
        "x = np.float64(1)",
        "x = np.mean(values)",
        "x = values.mean()",
        "from numpy import float64",
    ],
)
def test_a_planted_float_is_found(planted: str) -> None:
    assert floats(ast.parse(planted)) != []


@pytest.mark.parametrize(
    "planted",
    [
        "import random",
        "from random import gauss",
        "import numpy.random as r",
        "from numpy.random import default_rng",
        "from numpy import random",
        "x = np.random.normal(0, 1)",
        "x = numpy.random.normal(0, 1)",
        "import secrets",
        "from secrets import randbelow",
        "from scipy.stats import norm",
        "from opendp.measurements import make_gaussian",
    ],
)
def test_planted_chance_is_found(planted: str) -> None:
    assert chance(ast.parse(planted)) != []


@pytest.mark.parametrize(
    "innocent",
    [
        "x = a // b",
        "x = -(-a // b)",
        "x = n ** 2",
        "from math import isqrt, prod",
        "x = np.zeros(3, '<u4')",
        "import os\nnonce = os.urandom(12)",
        'path = "a/b"',
        "x = divmod(a, b)",
    ],
)
def test_whole_numbers_are_let_through(innocent: str) -> None:
    assert floats(ast.parse(innocent)) == []
    assert chance(ast.parse(innocent)) == []
