"""How a text file is encoded, and its text as UTF-8, checked to the last byte.

A file's name says nothing about its encoding, so the bytes tell. A byte-order mark decides; else
zero bytes mean UTF-16; else the first text that is not ASCII is UTF-8 or, failing that, GB18030
(which holds GBK and GB2312). All three begin alike for ASCII, so the file is read only once.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cleanroom.errors import InputError

CHUNK: Final = 4 << 20
_HEAD: Final = 1 << 16

ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_ALIASES: Final = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "utf-16": "utf-16-le",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def by_name(name: str) -> str | None:
    """The encoding of ``ENCODINGS`` that a person calls ``name``, or None."""
    lower = name.lower().replace("_", "-")
    lower = _ALIASES.get(lower, lower)
    return lower if lower in ENCODINGS else None


def _utf_16(head: bytes) -> str | None:
    """ASCII letters, digits and separators in UTF-16 have their zero byte on one side only."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else name


def looks_like_text(head: bytes) -> bool:
    """Whether the first bytes of a file can be text in one of the encodings."""
    marked = any(head.startswith(mark) for mark, _ in _MARKS)
    return marked or b"\0" not in head or _utf_16(head) is not None


class TextFile:
    """A text file as chunks of strictly valid UTF-8, without its mark.

    ``encoding`` is final once the file was read; ``done`` counts its bytes read so far.
    """

    def __init__(self, path: Path, given: str | None = None) -> None:
        self.path = path
        self.done = 0
        self.size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
        marks = [(mark, name) for mark, name in _MARKS if head.startswith(mark)]
        self._mark = len(marks[0][0]) if marks and given in (None, marks[0][1]) else 0
        self._open_question = False
        if given is not None:
            self.encoding = given
        elif marks:
            self.encoding = marks[0][1]
        elif b"\0" in head:
            self.encoding = _utf_16(head) or "utf-8"
        else:
            self.encoding, self._open_question = "utf-8", True

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """The text, cut anywhere. Raises ``input.encoding`` with the line of the first byte that
        does not belong."""
        self.done = self._mark
        decoder: codecs.IncrementalDecoder | None = None
        with self.path.open("rb", buffering=0) as file:
            file.seek(self._mark)
            while raw := file.read(size):
                self.done += len(raw)
                # Pure ASCII, which is most of most files, passes as it stands.
                if raw.isascii() and self._like_ascii and not (decoder and _pending(decoder)):
                    yield raw
                    continue
                decoder = decoder or self._decoder(raw)
                yield self._checked(decoder, raw)
            if decoder:
                self._checked(decoder, b"")

    @property
    def _like_ascii(self) -> bool:
        return self.encoding in ("utf-8", "gb18030")

    def _decoder(self, raw: bytes) -> codecs.IncrementalDecoder:
        """At the first bytes that are not ASCII: UTF-8 or, failing that, GB18030."""
        if self._open_question:
            self._open_question = False
            if not _decodes("utf-8", raw) and _decodes("gb18030", raw):
                self.encoding = "gb18030"
        return codecs.getincrementaldecoder(self.encoding)()

    def _checked(self, decoder: codecs.IncrementalDecoder, raw: bytes) -> bytes:
        """The next bytes as UTF-8; empty ``raw`` says that the file ends here."""
        pending = len(_pending(decoder))
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            wrong = self.done - len(raw) - pending + error.start
        else:
            return raw if self.encoding == "utf-8" else text.encode()
        # Outside the except block, because the decoder's error holds bytes of the file.
        raise InputError(
            "input.encoding",
            file=self.path.name,
            encoding=self.encoding.upper(),
            line=self._line(wrong),
        )

    def _line(self, position: int) -> int:
        """The line (from 1) of a byte of the file."""
        with self.path.open("rb") as file:
            file.seek(self._mark)
            before = file.read(position - self._mark).decode(self.encoding, "ignore")
        return 1 + (before.count("\n") or before.count("\r"))


def _pending(decoder: codecs.IncrementalDecoder) -> bytes:
    """The bytes of half a character that the decoder keeps."""
    return decoder.getstate()[0]


def _decodes(encoding: str, raw: bytes) -> bool:
    """Whether bytes that may end in half a character are text in this encoding."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(raw)
    except UnicodeDecodeError:
        return False
    return True
