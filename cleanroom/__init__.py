"""The data clean room without a window: prepare, match, ask, release, report."""

__version__ = "0.1.0"
