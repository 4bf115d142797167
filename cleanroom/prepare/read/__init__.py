"""Reading a party's own files: CSV, Parquet and XLSX, recognised by content, block by block.

Nothing that cannot be read is left out in silence: records with a wrong number of fields are
counted with their lines, and everything else that is wrong is an error with its place.
"""

from cleanroom.prepare.read.open import open_source
from cleanroom.prepare.read.source import Block, Rows, Shape, Source, Wrong

__all__ = ["Block", "Rows", "Shape", "Source", "Wrong", "open_source"]
