"""PDF files and web pages, read by Poppler, veraPDF and Chromium."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cleanroom.report.document import AGREEMENT, REPORT, Report
from cleanroom.report.wording import Language, Wording, party_names
from cleanroom.trust import codec
from cleanroom.trust.agreement import read

KINDS = ("threshold", "dp", "markup")
LANGUAGES: dict[str, Language] = {"en": "en", "zh": "zh_CN"}
NEW_PAGE = "\f"


def tool(*names: str) -> str:
    """Path of a program, or a skip that says which one is missing."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip(f"not installed: {names[0]}")


def run(program: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8")


def squeezed(text: str) -> str:
    """Without spaces and breaks: where a line ends is the layout's affair."""
    return re.sub(r"\s", "", text)


def figures(folder: Path, language: Language) -> Iterator[str]:
    """Every sentence and every figure of every table, as the report words them."""
    report = codec.decode((folder / REPORT).read_bytes(), Report, "report", 64 << 20)
    agreed = read((folder / AGREEMENT).read_bytes()).agreement
    wording = Wording(language, party_names(agreed), agreed.currency)
    yield agreed.title
    for item in report.items:
        result = item.result
        for said in (result.title, result.finding, *result.can_say, *result.cannot_say):
            yield wording.sentence(said)
        for table in result.tables:
            for row in table.rows:
                yield wording.label(row.label)
                for value in row.values:
                    yield wording.value(value)
                    yield wording.range(value)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_poppler_reads_every_sentence_and_figure(
    made_reports: dict[str, Path], kind: str, lang: str
) -> None:
    program = tool("pdftotext")
    folder = made_reports[kind]
    said = squeezed(run(program, "-enc", "UTF-8", folder / f"report.{lang}.pdf", "-"))
    wanted = list(figures(folder, LANGUAGES[lang]))
    assert len(wanted) > 60
    assert [one for one in wanted if squeezed(one) not in said] == []
    assert "root:x:" not in said


@pytest.mark.parametrize("name", ["report.en", "report.zh", "data-protection.zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_poppler_finds_whole_fonts_tags_and_no_script(
    made_reports: dict[str, Path], kind: str, name: str
) -> None:
    file = made_reports[kind] / f"{name}.pdf"
    fonts = run(tool("pdffonts"), file).splitlines()[2:]
    assert fonts
    # Columns from the right: object and generation, then uni, sub, emb.
    assert {tuple(line.split()[-5:-2]) for line in fonts} == {("yes", "yes", "yes")}
    about = run(tool("pdfinfo"), file)
    assert re.search(r"Tagged:\s+yes", about)
    assert re.search(r"JavaScript:\s+no", about)
    assert re.search(r"Page size:\s+595.\d+ x 841.\d+ pts \(A4\)", about)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_and_five_cards_stand_on_page_one(
    made_reports: dict[str, Path], lang: str
) -> None:
    folder = made_reports["dp"]
    text = run(tool("pdftotext"), "-enc", "UTF-8", folder / f"report.{lang}.pdf", "-")
    first = squeezed(text.split(NEW_PAGE)[0])
    report = codec.decode((folder / REPORT).read_bytes(), Report, "report", 64 << 20)
    wording = Wording(LANGUAGES[lang], names_of(folder), "CNY")
    assert squeezed(wording.sentence(report.items[2].result.finding)) in first
    assert first.count(squeezed(wording.say("page.interval"))) >= 5
    assert wording.say("mode.dp").replace(" ", "") in first


def names_of(folder: Path) -> dict[str, str]:
    return party_names(read((folder / AGREEMENT).read_bytes()).agreement)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_is_empty_or_overflows(
    made_reports: dict[str, Path], tmp_path: Path, lang: str
) -> None:
    """On every page there is ink, and none in the margins."""
    for kind in KINDS:
        file = made_reports[kind] / f"report.{lang}.pdf"
        run(tool("pdftoppm"), "-r", "40", "-gray", "-png", file, tmp_path / f"{kind}-{lang}")
        pages = sorted(tmp_path.glob(f"{kind}-{lang}-*.png"))
        assert len(pages) >= 7
        for path in pages:
            with Image.open(path) as page:
                ink = page.point(lambda level: 255 if level < 200 else 0).getbbox()
                assert ink is not None
                assert ink[0] >= 0.07 * page.width
                assert ink[2] <= 0.93 * page.width


@pytest.mark.parametrize("profile", ["2a", "ua1"])
def test_verapdf_agrees(made_reports: dict[str, Path], profile: str) -> None:
    program = tool("verapdf")
    for kind in KINDS:
        for file in sorted(made_reports[kind].glob("*.pdf")):
            said = json.loads(run(program, "--format", "json", "-f", profile, file))
            (job,) = said["report"]["jobs"]
            result = job["validationResult"]
            results: list[Any] = result if isinstance(result, list) else [result]
            assert all(one["compliant"] for one in results), file.name


def screenshot(page: Path, target: Path, width: int, *, dark: bool) -> Image.Image:
    theme = "--blink-settings=preferredColorScheme=" + ("0" if dark else "1")
    run(
        tool("chromium", "chromium-browser", "google-chrome"),
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", theme),
        f"--user-data-dir={target.parent / 'profile'}",
        f"--window-size={width},1600",
        f"--screenshot={target}",
        page.as_uri(),
    )
    with Image.open(target) as shown:
        return shown.convert("RGB")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_chromium_shows_both_themes(
    made_reports: dict[str, Path], tmp_path: Path, lang: str, dark: bool
) -> None:
    """The ground has the colour of its theme, there is ink, and nothing sticks out at the sides."""
    page = made_reports["dp"] / f"report.{lang}.html"
    ground = (0x14, 0x19, 0x1E) if dark else (255, 255, 255)
    for width in (500, 1100):
        shown = screenshot(page, tmp_path / f"{width}.png", width, dark=dark)
        assert shown.width == width
        assert shown.getpixel((2, 2)) == ground
        assert len(set(shown.get_flattened_data())) > 20
        edge = shown.crop((width - 6, 0, width, shown.height))
        assert edge.getcolors() == [(6 * shown.height, ground)]
