"""The wall around a worker process: what the operating system enforces, and the proof of it.

A worker's entry point builds its own wall before it looks at anybody's data::

    w = wall.provider()
    w.harden(parent, memory_bytes, file_bytes)      # first statement, one thread
    w.enclose_code(extra_read, extra_write)         # before numpy, pyarrow, polars, opendp
    ...imports its libraries and uses each once...  # nothing can be imported afterwards
    w.enclose_data(writable, readable)              # data arrives only after this
    report = w.self_test()

The launching process calls :func:`harden_outside` once. Nothing in the environment, and no file,
can turn a layer off.
"""

from cleanroom.sandbox.wall import limits
from cleanroom.sandbox.wall.interface import Wall
from cleanroom.sandbox.wall.outside import harden_outside
from cleanroom.sandbox.wall.report import SelfTest
from cleanroom.sandbox.wall.select import provider

__all__ = ["SelfTest", "Wall", "harden_outside", "limits", "provider"]
