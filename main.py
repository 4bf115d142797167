"""Start of the program: the window when there is one, else the command line or a worker."""

import importlib
import importlib.util
import sys

from cleanroom.__main__ import main as without_window


def main() -> None:
    """No arguments open the window, or show the command line's help where no window is built."""
    if len(sys.argv) == 1:
        if importlib.util.find_spec("gui") is not None:
            sys.exit(importlib.import_module("gui.app").main())
        sys.argv.append("--help")
    without_window()


if __name__ == "__main__":
    main()
