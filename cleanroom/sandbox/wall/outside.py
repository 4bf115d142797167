"""What the launching process does to itself: command line and window hold keys too."""

import ctypes
import sys

from cleanroom.sandbox.wall import limits, report

PR_SET_DUMPABLE = 4


def harden_outside() -> dict[str, str]:
    """No core dumps, and other programs of this user may not look into the memory. Best effort.

    Returns ``on`` or ``off: <reason>`` for ``no_core_dump`` and ``not_dumpable``.
    """
    return {"no_core_dump": _no_core_dump(), "not_dumpable": _not_dumpable()}


def _no_core_dump() -> str:
    try:
        import resource
    except ImportError:
        return report.off("this system has no resource limits")
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (limits.CORE_BYTES, limits.CORE_BYTES))
    except (OSError, ValueError) as error:
        return report.off(type(error).__name__)
    return report.ON


def _not_dumpable() -> str:
    if sys.platform != "linux":
        return report.off("only done on Linux")
    if ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0) != 0:
        return report.off("refused by the system")
    return report.ON
