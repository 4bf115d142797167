"""What ``costing`` found, in words and as plain records."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from cleanroom import text
from cleanroom.analyses import reasons
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.coarser import Remedy
from cleanroom.disclosure.course import Line
from cleanroom.disclosure.forecast import Foreseen
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.widths import Width
from cleanroom.session.costing import Cost, rho
from cleanroom.trust.agreement import Agreement


@dataclass(frozen=True)
class Entry:
    """One question: its heading, what is said of it, and the same for programs."""

    heading: str
    said: tuple[str, ...]
    record: dict[str, Any]


class Words:
    """Says things in one language. ``cost``: what was foreseen under ``agreement``."""

    def __init__(self, cost: Cost, agreement: Agreement, language: str) -> None:
        self._cost, self._agreement, self._language = cost, agreement, language
        self._course = cost.forecast.course
        self._policy = agreement.policy
        told = self._course.standing.matched.values()
        self._matched = self._course.matched or next(iter(told), None)

    def _say(self, key: str, /, **facts: object) -> str:
        return text.say(f"cost.{key}", self._language, **facts)

    def _budget(self) -> int | None:
        """All cells, where they are a matter and known."""
        if self._policy.mode == "dp" or self._matched is None:
            return None
        return self._policy.cell_budget(self._matched)

    # --- before -----------------------------------------------------------------------------------

    def opening(self) -> list[str]:
        """What was looked at, and what is left before the plan."""
        said = [text.say(f"analyses.privacy.mode_{self._policy.mode}", self._language)]
        standing, entries = self._course.standing, self._cost.entries
        if entries is None:
            said.append(self._say("seen.nothing"))
        else:
            said.append(self._say("seen.ledger", entries=entries, answers=len(standing.answers)))
        known = self._matched is not None
        key = "seen.matched" if known else "seen.unmatched"
        said.append(self._say(key, matched=self._matched))
        spent = standing.lifetime
        if self._policy.mode == "dp":
            limit = rho(self._policy.rho_session_nano)
            said.append(self._say("seen.dp", limit=limit, spent=rho(spent.nano_rho)))
        else:
            facts = {"people": self._policy.people_per_cell, "spent": spent.cells}
            key = "seen.threshold_known" if known else "seen.threshold"
            said.append(self._say(key, budget=self._budget(), **facts))
        most = self._policy.analyses_max
        said.append(self._say("seen.answers", spent=spent.analyses, most=most))
        left = self._cost.left
        if left is not None:
            amounts = {"owner": left.owner, "pair": left.pair, "lifetime": left.lifetime}
            shown = {name: rho(amount) for name, amount in amounts.items()}
            said.append(self._say("seen.left", party=left.party, **shown))
        return said

    # --- question by question ---------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        """Every question of the plan in order."""
        for number, (step, questions) in enumerate(self._cost.steps, 1):
            for place, foreseen in enumerate(questions, 1):
                name = f"{number}.{place}" if len(questions) > 1 else str(number)
                yield self._entry(name, step.analysis.id, foreseen)

    def _entry(self, number: str, analysis: str, foreseen: Foreseen) -> Entry:
        line = foreseen.line
        heading = self._say("line.untitled", number=number, analysis=analysis)
        if line.question is not None:
            heading = self._say(
                "line.title",
                number=number,
                analysis=analysis,
                dimensions=" × ".join(self._dimensions(line)),
                cells=line.cells,
            )
        said = (*self._about(foreseen), *(self._remedy(one) for one in foreseen.remedies))
        return Entry(heading, said, self._record(number, analysis, foreseen, said))

    def _dimensions(self, line: Line) -> list[str]:
        assert line.question is not None
        versus = getattr(line.question, "versus", "")
        return [
            self._say("line.versus", party=versus) if name == "versus" else name
            for name in shape(line.question, self._agreement.catalogue()).dimensions
        ]

    def _about(self, foreseen: Foreseen) -> Iterator[str]:
        line = foreseen.line
        if line.error is not None:
            yield self._say("line.refused", reason=self._why(line))
            yield line.error.part("what", self._language)
            yield line.error.part("do", self._language)
            return
        if line.fate == "refused":
            yield self._say("line.refused", reason=self._why(line))
            if not foreseen.remedies:
                yield text.say(reasons.next_step(line.refused).key, self._language)
            return
        yield from self._costs(foreseen)
        for width in line.widths:
            yield self._width(width)
        if _hangs(line) and line.needs is not None:
            yield self._say("line.needs", needs=f"{line.needs:,}")

    def _costs(self, foreseen: Foreseen) -> Iterator[str]:
        line = foreseen.line
        if line.answer == "stored":
            before = self._course.standing.answers.values()
            known = any(answer.question == line.question for answer in before)
            yield self._say("line.stored" if known else "line.repeated")
            return
        if line.answer == "added_up":
            yield self._say("line.added_up")
            return
        if line.answer == "perhaps":
            yield self._say("line.perhaps")
        if line.refused:
            key = "line.uncertain" if line.uncertain else "line.refused"
            yield self._say(key, reason=self._why(line))
        else:
            yield self._price(line.price, foreseen.spent.most)

    def _why(self, line: Line) -> str:
        return text.say(reasons.why(line.refused).key, self._language)

    def _price(self, price: Price, session: Price) -> str:
        if self._policy.mode == "dp":
            left = max(0, self._policy.rho_session_nano - session.nano_rho)
            facts = {"rho": rho(price.nano_rho), "percent": self._percent(price), "left": rho(left)}
            return self._say("line.dp", **facts)
        total = self._course.standing.lifetime.cells + session.cells
        budget = self._budget()
        if budget is None:
            return self._say("line.threshold", cells=price.cells, total=total)
        left = budget - total
        return self._say("line.threshold_known", cells=price.cells, left=left, budget=budget)

    def _percent(self, price: Price) -> str:
        limit = max(1, self._policy.rho_session_nano)
        return f"{(200 * price.nano_rho + limit) // (2 * limit)}%"

    def _width(self, width: Width) -> str:
        if width.unit == "money":
            half = f"{width.half // 100:,}.{width.half % 100:02}"
            return self._say("line.money", half=half, currency=self._agreement.currency)
        key = "line.people" if width.unit == "people" else "line.other"
        return self._say(key, half=f"{width.half:,}", measure=width.measure)

    def _remedy(self, remedy: Remedy) -> str:
        shown = {
            name: ", ".join(fact) if isinstance(fact, list) else fact
            for name, fact in remedy.facts.items()
        }
        return self._say(f"remedy.{remedy.kind}", **shown)

    def _record(
        self, number: str, analysis: str, foreseen: Foreseen, said: tuple[str, ...]
    ) -> dict[str, Any]:
        line = foreseen.line
        return {
            "number": number,
            "analysis": analysis,
            "question": msgspec.to_builtins(line.question),
            "fate": line.fate,
            "answer": line.answer if line.question is not None else "",
            "reason": line.refused,
            "needs": line.needs,
            "cells": line.cells,
            "price": msgspec.to_builtins(line.price),
            "session": msgspec.to_builtins(foreseen.spent.most),
            "intervals": [msgspec.to_builtins(width) for width in line.widths],
            "remedies": [{"kind": one.kind, **one.facts} for one in foreseen.remedies],
            "said": list(said),
        }

    # --- after ------------------------------------------------------------------------------------

    def closing(self) -> list[str]:
        """The whole plan: what it costs, and what is known then to the best attacker."""
        price = self._cost.forecast.price
        standing = self._course.standing
        if self._policy.mode == "dp":
            facts = {"rho": rho(price.nano_rho), "percent": self._percent(price)}
            said = [self._say("total.dp", **facts)]
        else:
            said = [self._say("total.threshold", cells=price.cells)]
        left = self._policy.analyses_max - standing.lifetime.analyses - price.analyses
        said.append(self._say("total.answers_left", left=max(0, left)))
        percent = f"{100 * self._cost.attacker:.0f}%"
        said.append(self._say(f"total.attacker_{self._policy.mode}", percent=percent))
        owner = self._cost.left
        if owner is not None:
            spent = rho(owner.lifetime + price.nano_rho)
            said.append(self._say("total.lifetime", rho=spent, party=owner.party))
        count, still = len(self._course.lines), self.open
        if still:
            said.append(self._say("total.open", open=still, count=count))
        elif not self._cost.forecast.refused:
            said.append(self._say("total.fits"))
        return said

    @property
    def open(self) -> int:
        """Questions of which it can't be said yet."""
        return sum(_hangs(line) for line in self._course.lines)

    def summary(self) -> dict[str, Any]:
        """The whole plan for programs."""
        found = self._cost.forecast
        left = self._cost.left
        return {
            "questions": len(self._course.lines),
            "refused": len(found.refused),
            "open": self.open,
            "price": msgspec.to_builtins(found.price),
            "before": msgspec.to_builtins(self._course.standing.lifetime),
            "matched": self._matched,
            "attacker": round(self._cost.attacker, 4),
            "owner": msgspec.to_builtins(left) if left else None,
            "said": [*self.opening(), *self.closing()],
        }


def _hangs(line: Line) -> bool:
    """Whether a reader should know that it is open: every overlap has more than nobody."""
    return line.fate == "open" and line.needs != 0
