"""The sheet of one analysis: sentence, key figures, charts, tables, what may be said."""

from collections.abc import Sequence
from itertools import zip_longest

from cleanroom.analyses.result import Card, Column, Row, Table, Text, Value
from cleanroom.report import facts
from cleanroom.report.document import Item
from cleanroom.report.office import figures, plans
from cleanroom.report.office.front import Book
from cleanroom.report.office.plans import Plot
from cleanroom.report.office.plot import plot
from cleanroom.report.office.sheet import POINTS_PER_PIXEL, Part, Sheet, side_by_side

_LABEL, _FIGURE, _END, _VERDICT = 38.0, 13.5, 11.0, 18.0  # widths in characters
# Texts are set over so many columns, so that they keep a readable length.
_TEXT_COLUMNS = 10
_ROW = 20.0  # about how high a row of a table is, in points
_ENDS = ("low", "high")
_CHART_WIDTH = 820.0  # pixels, as all sizes of charts
_CHART_ROW, _CHART_ROW_COMPARED, _CHART_LINE = 36.0, 46.0, 16.0
_CHART_FRAME, _CHART_LEGEND = 70.0, 25.0


def analysis_sheet(name: str, book: Book, item: Item) -> plans.Sheet:
    """The whole sheet."""
    sheet = _AnalysisSheet(Sheet(name, _widths(item)), book, item)
    return sheet.written()


class _AnalysisSheet:
    def __init__(self, sheet: Sheet, book: Book, item: Item) -> None:
        self._sheet = sheet
        self._book = book
        self._item = item
        self._say = book.wording.say
        self._sentence = book.wording.sentence

    def written(self) -> plans.Sheet:
        """Everything, from top to bottom."""
        result, sheet = self._item.result, self._sheet
        self._text(f"{result.analysis}  {self._sentence(result.title)}", "heading")
        self._text(self._sentence(result.finding), "finding")
        sheet.frozen = sheet.row
        self._text(self._book.stamp(result), "kind")
        self._text(self._about(), "small")
        for note in result.notes:
            self._text(self._sentence(note))
        if result.cards:
            self._part(self._say("office.figures"), _ROW * (3 + len(result.cards)))
            self._cards(result.cards)
        plots = [plot(chart, self._book.wording) for chart in result.charts]
        places = [self._place(one) for one in plots]
        for table in result.tables:
            self._table(table)
        self._list(self._say("page.can_say"), result.can_say)
        self._list(self._say("page.cannot_say"), result.cannot_say)
        self._list(self._say("page.method"), result.method)
        self._part(self._say("page.privacy"))
        for line in facts.privacy(self._item, self._book.wording):
            self._text(line)
        self._chart_data(plots, places)
        return sheet.plan()

    def _text(self, said: str, look: str = "plain") -> None:
        self._sheet.line(said, look, last=_TEXT_COLUMNS - 1)

    def _part(self, heading: str, points: float = 3 * _ROW) -> None:
        """A heading and what belongs to it, ``points`` high, on one page if possible."""
        self._sheet.keep(points)
        self._sheet.gap()
        self._text(heading, "part")

    def _mode(self) -> None:
        """The kind of protection, which stands at every figure."""
        self._text(self._book.mode, self._book.agreement.policy.mode)

    def _about(self) -> str:
        result = self._item.result
        receivers = self._book.wording.names(self._item.receivers)
        parts = [
            self._sentence(result.purpose),
            self._say(f"evidence_note.{result.evidence}"),
            self._say("page.receivers") + self._book.colon + receivers,
        ]
        return self._book.gap.join(parts)

    def _cards(self, cards: Sequence[Card]) -> None:
        names: list[Part] = [("", "head", "")]
        names += [(self._say(f"office.{key}"), "head_figure", "") for key in ("figure", *_ENDS)]
        self._sheet.cells(side_by_side(names))
        for card in cards:
            parts: list[Part] = [(self._sentence(card.title), "label", "")]
            self._sheet.cells(side_by_side([*parts, *self._figure(card.value)]))
            if card.note:
                self._text(self._sentence(card.note), "small")
        self._legend([card.value for card in cards])
        self._mode()

    def _place(self, one: Plot) -> int:
        """Heading and empty rows for a chart; the row where it goes."""
        points = _chart_height(one) * POINTS_PER_PIXEL + 8
        self._part(one.title, points + 3 * _ROW)
        row = self._sheet.skip(points)
        self._mode()
        return row

    def _table(self, table: Table) -> None:
        self._part(self._sentence(table.title), _ROW * (6 + len(table.rows)))
        with_ends = [_has_interval(table, place) for place in range(len(table.columns))]
        self._sheet.cells(side_by_side(self._heading(table, with_ends)))
        for row in table.rows:
            parts = self._row(row, with_ends, compared=table.compared)
            self._sheet.cells(side_by_side(parts, total=row.total))
        self._legend([value for row in table.rows for value in row.values])
        self._mode()

    def _heading(self, table: Table, with_ends: Sequence[bool]) -> list[Part]:
        parts: list[Part] = [(self._sentence(table.head), "head", "")]
        for column, ends in zip(table.columns, with_ends, strict=True):
            parts += [(name, "head_figure", "") for name in self._names(column, ends=ends)]
        if table.compared:
            parts.append((self._say("page.verdict"), "head_verdict", ""))
        return parts

    def _names(self, column: Column, *, ends: bool) -> list[str]:
        name = self._sentence(column.heading)
        return [name, *(self._say(f"office.{end}") for end in _ENDS)] if ends else [name]

    def _row(self, row: Row, with_ends: Sequence[bool], *, compared: bool) -> list[Part]:
        parts: list[Part] = [(self._book.wording.label(row.label), "label", "")]
        for value, ends in zip(row.values, with_ends, strict=True):
            parts += self._figure(value)[: 3 if ends else 1]
        if compared:
            said = self._say(f"verdict.{row.verdict}") if row.verdict else ""
            parts.append((said, "verdict", ""))
        return parts

    def _figure(self, value: Value) -> list[Part]:
        """A figure as a number, or in words why there is none; then both ends of its interval."""
        wording = self._book.wording
        number = figures.figure(value)
        if number is None:
            look = "absent" if value.status in ("withheld", "below") else "end"
            return [(wording.value(value), look, ""), (None, look, ""), (None, look, "")]
        plain = figures.number_format(value, wording, bound=False)
        low, high = figures.ends(value)
        exact = figures.number_format(value, wording)
        return [(number, "figure", exact), (low, "end", plain), (high, "end", plain)]

    def _legend(self, values: Sequence[Value]) -> None:
        """What intervals hold, and what hatching means where there is any."""
        result, say = self._item.result, self._say
        parts = [say(f"sampling.{result.sampling}")]
        parts += [
            say(f"page.{status}_legend", k=result.privacy.k)
            for status in ("below", "withheld")
            if any(value.status == status for value in values)
        ]
        self._text(" · ".join(parts), "small")

    def _list(self, heading: str, lines: Sequence[Text]) -> None:
        if lines:
            self._part(heading)
            for line in lines:
                self._text(self._sentence(line))

    def _chart_data(self, plots: Sequence[Plot], places: Sequence[int]) -> None:
        """The cells behind the charts, at the end of the sheet, and the charts over their rows."""
        if not plots:
            return
        self._part(self._say("office.chart_data"))
        self._text(self._say("office.chart_data_note"), "small")
        for one, row in zip(plots, places, strict=True):
            self._sheet.keep(_ROW * (3 + 1.5 * len(one.labels)))
            self._sheet.gap()
            self._text(one.title, "name")
            heading = self._sheet.row
            self._block(one)
            last = self._sheet.row - 1
            size = _CHART_WIDTH, _chart_height(one)
            self._sheet.add_chart(plans.SheetChart(one, row, heading, heading + 1, last, *size))

    def _block(self, one: Plot) -> None:
        """Label, then value and lengths of the whiskers per series."""
        names: list[Part] = [(self._say("table.label"), "head", "")]
        for series in one.series:
            said = (series.name, self._say("office.down"), self._say("office.up"))
            names += [(name, "head_figure", "") for name in said]
        self._sheet.cells(side_by_side(names))
        for place, (label, hatched) in enumerate(zip(one.labels, one.hatched, strict=True)):
            look = "absent" if hatched else "figure"
            parts: list[Part] = [(label, "label", "")]
            for series in one.series:
                number = series.values[place]
                lengths = (series.down[place], series.up[place])
                found = (number, *(lengths if number is not None else (None, None)))
                parts += [(at, look, one.number_format) for at in found]
            self._sheet.cells(side_by_side(parts))


def _chart_height(one: Plot) -> float:
    row = max(_CHART_ROW, _CHART_LINE * one.label_lines + 4)
    if one.compared:
        return _CHART_FRAME + _CHART_LEGEND + max(row, _CHART_ROW_COMPARED) * len(one.labels)
    return _CHART_FRAME + row * len(one.labels)


def _has_interval(table: Table, place: int) -> bool:
    """Whether any figure of a column has an end of an interval."""
    values = [row.values[place] for row in table.rows]
    return any(end is not None for value in values for end in figures.ends(value))


def _widths(item: Item) -> list[float]:
    """Widths of the columns that the sheet of an item needs, in characters.

    Figures and ends of intervals share a column where tables differ, so the wider one counts.
    """
    found: list[float] = [_FIGURE, _END, _END] * (_TEXT_COLUMNS // 3)
    for table in item.result.tables:
        columns: list[float] = []
        for place in range(len(table.columns)):
            columns += [_FIGURE, _END, _END] if _has_interval(table, place) else [_FIGURE]
        columns += [_VERDICT] if table.compared else []
        found = [max(pair) for pair in zip_longest(found, columns, fillvalue=0.0)]
    return [_LABEL, *found]
