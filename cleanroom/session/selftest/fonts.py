"""Fonts for reports: which ones PDF pages and their pictures will be set in on this computer.

Web pages keep their text as text and take the browser's fonts, from the same folders.
"""

from collections.abc import Collection

from cleanroom.report import fonts
from cleanroom.report.fonts import Chosen
from cleanroom.session.selftest.outcome import Check, Status

LETTERS = frozenset(map(ord, "ABCXYZabcxyz0123456789.,%±"))


def trial() -> list[Check]:
    """Look where the typesetter looks."""
    import typst

    found = typst.Fonts(False, True, [str(folder) for folder in fonts.folders()])
    return checks_of(fonts.choose(found.fonts()))


def checks_of(chosen: Chosen) -> list[Check]:
    """Latin letters are needed; without Chinese characters only Chinese pages suffer."""
    return [
        _check("latin", chosen.covered >= LETTERS, chosen, fonts.LATIN, Status.FAILED),
        _check("chinese", chosen.chinese, chosen, fonts.HAN, Status.WARNING),
    ]


def _check(
    script: str, drawn: bool, chosen: Chosen, families: Collection[str], otherwise: Status
) -> Check:
    if not drawn:
        return Check("fonts", script, otherwise, f"no_{script}", advice=script)
    # the last of all comes with the typesetter
    family = next((name for name in chosen.families if name in families), chosen.families[-1])
    return Check("fonts", script, Status.OK, "font", {"font": family})
