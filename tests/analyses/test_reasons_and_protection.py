"""In both languages: every reason and what to do next, and what protects the figures."""

import pytest
from analysis_material import DP, KINDS, THRESHOLD, ask, catalogue, refused, run
from scipy.stats import norm

from cleanroom import text
from cleanroom.analyses import protection, reasons
from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Term
from cleanroom.disclosure.release import PUBLIC_REASONS
from cleanroom.report.wording import Wording

EN, ZH = Wording("en", {}, "CNY"), Wording("zh_CN", {}, "CNY")
ALL = (*PUBLIC_REASONS, reasons.WITHHELD)
# What withheld means is all that may be said of a rule that looks at data.
TELLING = ("fewer", "dominat", "difference", "person", "少于", "占比过大", "差分", "某人")
AGES = {"party": "platform", "column": "a_age", "versus": "brand"}


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("reason", ALL)
def test_every_reason_has_a_sentence_and_a_next_step(reason: str, language: str) -> None:
    assert text.has(reasons.why(reason).key, language)
    step = text.say(reasons.next_step(reason).key, language)
    assert step.endswith("." if language == "en" else "。")


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("table", ["reason", "next"])
def test_there_are_no_other_reasons(table: str, language: str) -> None:
    prefix = f"analyses.common.{table}."
    said = {key.removeprefix(prefix) for key in text.sentences(language) if key.startswith(prefix)}
    assert said == set(ALL)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_withheld_tells_nothing_of_the_data(language: str) -> None:
    for part in (reasons.why("withheld"), reasons.next_step("withheld")):
        assert not any(word in text.say(part.key, language) for word in TELLING)


@pytest.mark.parametrize("reason", [*ALL, "anything"])
def test_a_refused_analysis_says_why_and_what_next(reason: str) -> None:
    known = catalogue()
    given, question = ask("A03", known, **AGES)
    answer = refused(question, known, THRESHOLD, reason)
    finding = ANALYSES["A03"].result(given, known, [answer], THRESHOLD).finding
    said = reason if reason in ALL else reasons.WITHHELD
    assert finding.facts["next"] == Term(f"analyses.common.next.{said}")
    for wording in (EN, ZH):
        sentence = wording.sentence(finding)
        assert text.say(f"analyses.common.reason.{said}", wording.language) in sentence
        assert sentence.endswith(text.say(f"analyses.common.next.{said}", wording.language))


def test_the_attacker_of_a_guarantee() -> None:
    """One count at 10 people of noise: rho 0.01, right in 52.8 of 100 cases."""
    about = run("A01", catalogue(KINDS[:1]), DP, [([900, 700, 3000], 10)]).privacy
    expected = norm.cdf((2 * 0.01) ** 0.5 / 2)
    assert about.attacker_per_mille == round(1000 * expected) == 528
    mode, attacker = protection.said(about)
    assert EN.sentence(mode).startswith("Differential-privacy guarantee")
    assert ZH.sentence(mode).startswith("差分隐私保证")
    assert "53%" in EN.sentence(attacker)
    assert "至多为 53%" in ZH.sentence(attacker)


def test_the_attacker_without_one() -> None:
    """A count and a sum, each with noise of 3 people."""
    cells = [300, 200, 150, 500, 250]
    asked = {
        "exposures": "platform",
        "conversions": "brand",
        "new_since": "2025-01-01",
        "new_until": "2025-07-01",
        "first_order_value": True,
    }
    money = ([n * 8_000 for n in cells], 150_000)
    about = run("A04", catalogue(), THRESHOLD, [(cells, 3), money], 5, **asked).privacy
    assert about.attacker_per_mille == round(1000 * norm.cdf(2**0.5 / 3 / 2)) == 593
    mode, attacker = protection.said(about)
    assert "not a mathematical guarantee" in EN.sentence(mode)
    assert "最小人群门槛，不是数学保证" in ZH.sentence(mode)
    assert "59%" in EN.sentence(attacker)
    assert "约为 59%" in ZH.sentence(attacker)


def test_a_refusal_tells_an_attacker_no_number() -> None:
    known = catalogue()
    given, question = ask("A03", known, **AGES)
    answer = refused(question, known, THRESHOLD, "withheld")
    about = ANALYSES["A03"].result(given, known, [answer], THRESHOLD).privacy
    assert about.attacker_per_mille == 500


def test_a_replay_is_worth_as_much_to_an_attacker_as_the_first_time() -> None:
    """It costs nothing, but what it tells was told."""
    result = run("A01", catalogue(), THRESHOLD, [([345, 580, 1010, 210, 60], 3)], 5)
    assert result.privacy.attacker_per_mille == 566


def test_everything_under_an_agreement_together() -> None:
    """Two questions, one with a sum: three vectors; with a guarantee the budget says it all."""
    known = catalogue()
    _, overlap = ask("A01", known)
    _, orders = ask(
        "A04",
        known,
        exposures="platform",
        conversions="brand",
        new_since="2025-01-01",
        new_until="2025-07-01",
        first_order_value=True,
    )
    crowd = protection.attacker_so_far(THRESHOLD, 0, [overlap, orders], known)
    assert crowd == pytest.approx(norm.cdf(3**0.5 / 3 / 2))
    bound = protection.attacker_so_far(DP, 30_000_000, [overlap, orders], known)
    assert bound == pytest.approx(norm.cdf((2 * 0.03) ** 0.5 / 2))
    assert "61%" in EN.sentence(protection.said_so_far(THRESHOLD, crowd))
    assert "至多为 55%" in ZH.sentence(protection.said_so_far(DP, bound))
