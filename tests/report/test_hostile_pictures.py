"""What a drawing process that was taken over could hand over as charts and workbooks."""

import pytest

from cleanroom.errors import SandboxError
from cleanroom.report import picture
from cleanroom.report.office import package

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {0}>{1}</svg>'


def lied(svg: str) -> bool:
    try:
        picture.check(svg)
    except SandboxError as error:
        return error.code == "sandbox.lied"
    return False


def test_sizes_as_charts_have_them() -> None:
    for sizes in ("", 'width="620" height="148"', 'width="0.5" height="148.25"'):
        svg = picture.check(SVG.format(sizes, "<g><path d='M0,0'/></g>"))
        assert "viewBox" in picture.inline(svg, 1, "words")


@pytest.mark.parametrize("size", ["x", "", "nan", "inf", "-1", "1e9", "10%", "9" * 400, "1_0", "٣"])
@pytest.mark.parametrize("side", ["width", "height"])
def test_sizes_that_are_no_numbers(side: str, size: str) -> None:
    """They become the numbers of the page's own frame."""
    assert lied(SVG.format(f'{side}="{size}"', ""))


def test_groups_in_groups() -> None:
    """Programs that show a picture go as deep as it does."""
    assert not lied(SVG.format("", "<g>" * 20 + "</g>" * 20))
    assert lied(SVG.format("", "<g>" * 10_000 + "</g>" * 10_000))


def test_names_with_a_prefix() -> None:
    """A page takes them for other elements than a reader of XML does."""
    assert lied(SVG.format("", '<x:g xmlns:x="http://www.w3.org/2000/svg"/>'))
    assert not lied(SVG.format('aria-label="a:b xmlns:c"', "<text>a:b</text>"))


def test_characters_that_no_file_holds() -> None:
    assert lied(SVG.format("", "\ud800"))
    assert lied(SVG.format("", "\x00"))


WORKBOOK = "xl/workbook.xml"


def spoiled(part: bytes) -> bool:
    try:
        package.check("xlsx", package.pack({WORKBOOK: part}))
    except SandboxError as error:
        return error.code == "sandbox.lied"
    return False


def test_parts_as_office_programs_write_them() -> None:
    for start in (
        b"",
        b'<?xml version="1.0" encoding="UTF-8"?>',
        b"\xef\xbb\xbf<?xml version='1.0'?>",
    ):
        assert not spoiled(start + b"<a/>")


TYPE = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'


@pytest.mark.parametrize(
    "part",
    [
        TYPE.encode("utf-16"),
        TYPE.encode("utf-16-le"),
        TYPE.encode("utf-16-be"),
        b'<?xml version="1.0" encoding="cp037"?>' + TYPE.encode("cp037"),
        b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-f/+AD4-</a>',
        b"<?xml version='1.0' encoding='latin-1'?><a>\xe9</a>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='latin-1'?><a/>",
        b"<a>\xe9</a>",
        b"<a/>\x00",
    ],
)
def test_parts_in_another_encoding(part: bytes) -> None:
    """What is looked for would not be found, and other programs would read something else."""
    assert spoiled(part)
