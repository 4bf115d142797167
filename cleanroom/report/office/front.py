"""What workbook and slides say before and around any analysis."""

from dataclasses import dataclass

from cleanroom.analyses.result import Result
from cleanroom.report import facts, summary
from cleanroom.report.contents import Sources
from cleanroom.report.document import LedgerExtract, Report
from cleanroom.report.office.plans import About
from cleanroom.report.wording import Wording
from cleanroom.trust.agreement import Agreement


@dataclass(frozen=True)
class Book:
    """A report in one language: all that a workbook or a deck is made from."""

    sources: Sources
    wording: Wording

    @property
    def report(self) -> Report:
        """What ``report.json`` holds."""
        return self.sources.report

    @property
    def agreement(self) -> Agreement:
        """What the parties signed."""
        return self.sources.agreement

    @property
    def ledger(self) -> LedgerExtract:
        """Entries of the ledger."""
        return self.sources.ledger

    @property
    def mode(self) -> str:
        """The kind of protection, as it stands at every figure."""
        return self.wording.say(f"mode.{self.agreement.policy.mode}")

    @property
    def colon(self) -> str:
        """What stands between a name and what is said of it."""
        return self.wording.say("pages.colon")

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.wording.language == "zh_CN" else " "

    @property
    def host_has_data(self) -> bool:
        """Whether the host is a data party too."""
        return self.agreement.party(self.agreement.host).brings_data

    def host_note(self) -> str:
        """Who ran the session, and what that leaves open."""
        key = "page.host_has_data" if self.host_has_data else "page.host_neutral"
        return self.wording.say(key, host=self.wording.party(self.agreement.host))

    def facts(self) -> list[tuple[str, str]]:
        """Parties, periods and time of the report, by name."""
        say = self.wording.say
        names = [party.name for party in self.agreement.parties]
        return [
            (say("page.parties"), self.wording.names(names)),
            (say("page.periods"), "\n".join(facts.periods(self.agreement, self.wording))),
            (say("page.made"), self.wording.instant(self.report.created)),
        ]

    def headline(self) -> str:
        """The report in one sentence."""
        place = summary.headline(self.report.items)
        if place is None:
            return self.wording.say("page.no_items")
        return self.wording.sentence(self.report.items[place].result.finding)

    def stamp(self, result: Result) -> str:
        """Kind of evidence, and the verdict where something was compared."""
        said = self.wording.say(f"evidence.{result.evidence}")
        if not result.verdict:
            return said
        verdict = self.wording.say(f"verdict.{result.verdict}")
        return f"{said} · {self.wording.say('page.verdict')}{self.colon}{verdict}"

    def about(self) -> About:
        """What the file says of itself."""
        return About(
            self.wording.language,
            self.agreement.title,
            self.wording.say("page.kind"),
            self.wording.party(self.agreement.host),
            self.report.program,
            self.report.created,
        )
