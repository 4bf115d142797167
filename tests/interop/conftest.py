"""Reports for other people's programs to open."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / "report"), str(TESTS / "report" / "office")]


@pytest.fixture(scope="session")
def made_reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of reports by kind: threshold, dp, and one whose names are typst markup."""
    from report_material import Labels, papers

    from cleanroom.report.build import build
    from cleanroom.report.render import draw

    markup = Labels(
        title='#read("/etc/passwd") $x^2$ *b* <t>',
        platform="#set page(fill: red)",
        brand="= Head @ref //x",
        ages=("$a_1$", "// gone", "/* gone */", "\\u{41}", '#eval("1+1")', "[#3]"),
        channels=("`raw`", "- item", "~", "#pagebreak()"),
    )
    made = {
        "threshold": papers("threshold"),
        "dp": papers("dp", neutral=True, scale=40),
        "markup": papers("dp", labels=markup, scale=40),
    }
    folder = tmp_path_factory.mktemp("reports")
    return {kind: build(one.inputs, folder / kind, one.sign, draw) for kind, one in made.items()}
