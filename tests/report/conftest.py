"""Reports built once for the tests that only read them."""

from pathlib import Path

import pytest
from report_material import Labels, Papers, papers

from cleanroom.report.build import build
from cleanroom.report.render import draw

HOSTILE = Labels(
    title='</title><script>alert("t")</script>',
    platform="<img src=x onerror=alert(1)>",
    brand="=HYPERLINK(1)",
    ages=("</svg><script>x</script>", "{{ 7*7 }}", "=1+1", "'\"><b>", "datum.c1", "http://x.test/"),
    channels=("@SUM(A1)", "-2+3", "${c0}", "x" * 64),
    dataset="../../etc",
)


@pytest.fixture(scope="session")
def threshold() -> Papers:
    return papers("threshold")


@pytest.fixture(scope="session")
def dp() -> Papers:
    return papers("dp", neutral=True, scale=40)


@pytest.fixture(scope="session")
def hostile() -> Papers:
    return papers("dp", labels=HOSTILE, scale=40)


def _built(made: Papers, folder: Path) -> Path:
    return build(made.inputs, folder / "report", made.sign, draw)


@pytest.fixture(scope="session")
def threshold_report(threshold: Papers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(threshold, tmp_path_factory.mktemp("threshold"))


@pytest.fixture(scope="session")
def dp_report(dp: Papers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(dp, tmp_path_factory.mktemp("dp"))


@pytest.fixture(scope="session")
def hostile_report(hostile: Papers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(hostile, tmp_path_factory.mktemp("hostile"))
