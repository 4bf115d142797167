"""Planned workbooks and decks become files, in the process that draws.

The libraries are loaded at the first use, so that whoever only plans does not load them.
"""

from collections.abc import Sequence

from cleanroom.report.office import plans

_MOMENT = "2000-01-01T00:00:00Z"


def workbooks(planned: Sequence[plans.Workbook]) -> tuple[bytes, ...]:
    """Each as an XLSX file. Raises ``sandbox.failed`` for a text that no cell can hold."""
    from cleanroom.report.office.xlsx import xlsx

    return tuple(xlsx(one) for one in planned)


def decks(planned: Sequence[plans.Deck]) -> tuple[bytes, ...]:
    """Each as a PPTX file."""
    from cleanroom.report.office.pptx import pptx

    return tuple(pptx(one) for one in planned)


def rehearse() -> None:
    """Load all that the libraries need, and use every part of them once."""
    languages: tuple[plans.Language, ...] = ("en", "zh_CN")
    for language in languages:
        about = plans.About(language, "a", "b", "c", "d", _MOMENT)
        workbooks([plans.Workbook(about, (_sheet(),))])
        decks([plans.Deck(about, (_slide(),))])


def _plot(kind: plans.Kind, series: int) -> plans.Plot:
    one = plans.Series("a", (1.0, None, 2.0), (0.5, 0.0, 0.0), (0.5, 0.0, 0.0), ("#0072b2",) * 3)
    labels, hatched = ("a", "=b", "数"), (False, True, False)
    scale = (0.0, 0.0, 3.0, 1.0, "0.0%")
    return plans.Plot(kind, "a", "b", labels, hatched, (one,) * series, 1, *scale)


def _sheet() -> plans.Sheet:
    cells = (
        plans.Cell(0, 1, "=数", "finding"),
        plans.Cell(2, 2, 1.0, "figure", "0.0%", total=True),
        plans.Cell(3, 3, None, "absent"),
    )
    charts = tuple(
        plans.SheetChart(plot, 0, 0, 1, 3, 300.0, 200.0)
        for plot in (_plot("bar", 1), _plot("line", 2))
    )
    return plans.Sheet("a", (10.0,) * 4, (plans.Row(15.0, cells),), charts, (1,), 1)


def _slide() -> plans.Slide:
    box = plans.Box(10.0, 10.0, 100.0, 50.0)
    said = (plans.Paragraph("数", 12.0, "#1f2933", bold=True, gap=2.0),)
    plain = plans.TextBox(box, said, fill="#f5f7f9", edge="#0072b2")
    cell = plans.TableCell(said, right=True, hatched=True)
    table = plans.SlideTable(box, "a", (50.0, 50.0), (25.0, 25.0), ((cell, cell),) * 2)
    charts = tuple(plans.SlideChart(box, plot, 9.0) for plot in (_plot("bar", 1), _plot("line", 2)))
    texts = (plain, plans.TextBox(box, said, hatched=True))
    return plans.Slide(plans.TextBox(box, said), texts, charts, (table,), "a\n数")
