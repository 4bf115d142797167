"""The first rows of a file, masked, and how the file is written."""

from cleanroom.prepare.jobs import Preview
from cleanroom.prepare.mapping import FileSpec
from cleanroom.prepare.mask import mask
from cleanroom.prepare.read import open_source

MOST_ROWS = 100


def preview(spec: FileSpec, rows: int) -> Preview:
    """At most ``rows`` rows (100 at most). Columns that share a name are left out.

    Raises what files raise.
    """
    source = open_source(spec)
    columns = [name for name in source.shape.columns if source.shape.columns.count(name) == 1]
    shown: list[tuple[str, ...]] = []
    for block in source.blocks(columns):
        frame = block().frame.head(min(rows, MOST_ROWS) - len(shown)).fill_null("")
        shown += [tuple(mask(value) for value in row) for row in frame.rows()]
        if len(shown) >= min(rows, MOST_ROWS):
            break
    shape = source.shape
    return Preview(
        format=shape.format,
        encoding=shape.encoding,
        separator=shape.separator,
        header=shape.header,
        sheet=shape.sheet,
        columns=tuple(columns),
        rows=tuple(shown),
    )
