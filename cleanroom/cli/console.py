"""What the command line prints: plain lines, or one JSON object per line with ``--json``."""

import json
import sys
import time
from collections.abc import Iterable, Sequence

from cleanroom.errors import CleanroomError

_REDRAW_SECONDS = 0.1


class Console:
    """Results go to standard output; progress and errors to standard error."""

    def __init__(self) -> None:
        self.as_json = False
        self.language = "en"
        self.quiet = False
        self._began = time.monotonic()
        self._drawn = 0.0
        self._stage = ""

    def configure(self, *, as_json: bool, language: str, quiet: bool) -> None:
        """Take over the global options."""
        self.as_json, self.language, self.quiet = as_json, language, quiet

    def say(self, line: str, **facts: object) -> None:
        """A sentence for people; the facts for programs."""
        if self.as_json:
            self.put({"message": line, **facts})
        else:
            sys.stdout.write(line + "\n")

    def put(self, record: dict[str, object]) -> None:
        """A record, as JSON or as indented lines."""
        if self.as_json:
            sys.stdout.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
            return
        width = max((len(key) for key in record), default=0)
        for key, value in record.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            sys.stdout.write(f"  {key:<{width}}  {shown}\n")

    def table(self, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under headings."""
        if self.as_json:
            for row in rows:
                self.put(dict(zip(heading, row, strict=True)))
            return
        listed = [[str(value) for value in row] for row in rows]
        widths = [
            max(len(line[i]) for line in [list(heading), *listed]) for i in range(len(heading))
        ]
        for line in [list(heading), *listed]:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            sys.stdout.write("  ".join(cells).rstrip() + "\n")

    def progress(self, stage: str, done: int, total: int) -> None:
        """Stage, rows or parts done, and seconds since the command began."""
        now = time.monotonic()
        if self.quiet or (stage == self._stage and now - self._drawn < _REDRAW_SECONDS):
            return
        self._stage, self._drawn = stage, now
        seconds = round(now - self._began, 1)
        if self.as_json:
            record = {"stage": stage, "done": done, "total": total, "seconds": seconds}
            sys.stderr.write(json.dumps(record) + "\n")
        else:
            amount = f" {done:,}" + (f" of {total:,}" if total else "") if done else ""
            sys.stderr.write(f"[{seconds:6.1f} s] {stage}{amount}\n")

    def warn(self, line: str, key: str) -> None:
        """Something to look at that stops nothing; also when progress is not shown."""
        if self.as_json:
            sys.stderr.write(json.dumps({"warning": key, "what": line}, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(f"! {line}\n")

    def error(self, error: CleanroomError) -> None:
        """What happened, what was not harmed, what to do, and the code."""
        if self.as_json:
            record = {
                "error": error.code,
                **{part: error.part(part, self.language) for part in ("what", "safe", "do")},
            }
            sys.stderr.write(json.dumps(record, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(error.message(self.language) + "\n")

    def usage(self, why: str, usage: str) -> None:
        """What of the command line was not understood."""
        if self.as_json:
            sys.stderr.write(json.dumps({"error": "usage", "what": why}, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(f"{usage}\n\n{why}\n" if usage else f"{why}\n")


console = Console()
