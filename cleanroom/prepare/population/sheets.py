"""One chunk as the rows of every party's files.

A sheet is the table of one file, in the party's own words and order of columns; ``describing``
says what they mean. Each party's sheets are a module: ``platform_sheets`` and so on.
"""

from cleanroom.prepare.population import brand_sheets, partner_sheets, platform_sheets
from cleanroom.prepare.population.accounts import Pen, Sheets
from cleanroom.prepare.population.world import Chunk


def sheets(chunk: Chunk, pen: Pen) -> Sheets:
    """All rows of the chunk."""
    found = {**platform_sheets.sheets(chunk, pen), **brand_sheets.sheets(chunk, pen)}
    if "partner" in chunk.rosters:
        found |= partner_sheets.sheets(chunk, pen)
    return found
