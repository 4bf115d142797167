"""The page of an analysis in the catalogue, in one language: as lines, and as a record."""

from collections.abc import Iterator

from cleanroom import text
from cleanroom.analyses import handbook
from cleanroom.analyses.handbook import Fit, Parameter
from cleanroom.analyses.needs import ANY, Need


class _Unsaid(dict[str, str]):
    """Facts that only a result has."""

    def __missing__(self, key: str) -> str:
        return "…"


class Page:
    """What the catalogue says of one analysis; ``fit``: how it stands to an agreement, if one was
    named.
    """

    def __init__(self, name: str, language: str, fit: Fit | None = None) -> None:
        self._analysis = handbook.find(name)
        self._language, self._fit = language, fit
        self.id = self._analysis.id

    def _say(self, key: str, **facts: object) -> str:
        return text.say(f"help.{key}", self._language, **facts)

    def _own(self, key: str) -> str:
        return text.sentences(self._language)[f"analyses.{self.id}.{key}"]

    def _help(self, key: str) -> str:
        return self._say(f"{self.id}.{key}")

    def _all(self, section: str) -> list[str]:
        """Every sentence of a section; facts that only a result has read as an ellipsis."""
        known = text.sentences(self._language)
        return [known[key].format_map(_Unsaid()) for key in handbook.sentences(section)]

    @property
    def _evidence(self) -> str:
        return text.say(f"report.evidence.{self._analysis.evidence}", self._language)

    def entry(self) -> dict[str, object]:
        """The line of the list, as a record."""
        record: dict[str, object] = {
            "id": self.id,
            "group": handbook.group_of(self.id),
            "title": self._own("title"),
            "purpose": self._own("purpose"),
            "evidence": self._analysis.evidence,
        }
        if self._fit is not None:
            record["agreed"] = self._fit.agreed
            record["lacking"] = {lack.party: list(lack.columns) for lack in self._fit.lacking}
            record["possible"] = self._fit.possible
        return record

    def brief(self) -> list[str]:
        """The line of the list, as text."""
        line = [
            f"{self.id}  {self._own('title')}  [{self._evidence}]",
            f"     {self._own('purpose')}",
        ]
        return [*line, *(f"     {said}" for said in self._standing())]

    def _standing(self) -> Iterator[str]:
        if self._fit is None:
            return
        yield self._say("agreed" if self._fit.agreed else "not_agreed")
        for lack in self._fit.lacking:
            columns = ", ".join(lack.columns)
            yield self._say("lacking", party=lack.party, columns=columns)
        if not self._fit.lacking:
            yield self._say("complete")

    def whole(self) -> dict[str, object]:
        """The page as a record."""
        return {
            **self.entry(),
            "evidence_note": text.say(
                f"report.evidence_note.{self._analysis.evidence}", self._language
            ),
            "requirements": {
                "said": self._help("requirements"),
                "tables": [
                    {"party": n.party, "table": n.table, "columns": n.columns, "more": n.more}
                    for n in self._analysis.needs
                ],
            },
            "parameters": [self._parameter(one) for one in handbook.parameters(self._analysis)],
            "returns": self._help("returns"),
            "example": handbook.example(self._analysis),
            "metrics": self._all(f"help.{self.id}.metric"),
            "interpretation": self._help("interpretation"),
            "recommendation": self._help("recommendation"),
            "can_say": self._all(f"analyses.{self.id}.can_say"),
            "cannot_say": self._all(f"analyses.{self.id}.cannot_say"),
        }

    def _parameter(self, one: Parameter) -> dict[str, object]:
        return {
            "name": one.name,
            "kind": one.kind,
            "choices": one.choices,
            "required": one.required,
            "default": one.default,
            "said": self._help(f"parameter.{one.name}"),
        }

    def lines(self) -> Iterator[str]:
        """The page as text, section by section."""
        yield f"{self.id}  {self._own('title')}"
        yield self._own("purpose")
        for section, content in self._sections():
            yield ""
            yield self._say(f"heading.{section}")
            for line in content:
                yield f"  {line}" if line else ""

    def _sections(self) -> Iterator[tuple[str, list[str]]]:
        yield (
            "evidence",
            [
                self._evidence,
                text.say(f"report.evidence_note.{self._analysis.evidence}", self._language),
            ],
        )
        if self._fit is not None:
            yield "agreement", list(self._standing())
        needs = [self._need(need) for need in self._analysis.needs]
        yield "requirements", [self._help("requirements"), *needs]
        told = [line for p in handbook.parameters(self._analysis) for line in self._told(p)]
        yield "parameters", told
        yield "returns", [self._help("returns")]
        yield "example", handbook.example(self._analysis).splitlines()
        yield "metrics", self._all(f"help.{self.id}.metric")
        yield "interpretation", [self._help("interpretation")]
        yield "recommendation", [self._help("recommendation")]
        yield "can_say", self._all(f"analyses.{self.id}.can_say")
        yield "cannot_say", self._all(f"analyses.{self.id}.cannot_say")

    def _need(self, need: Need) -> str:
        if not need.table:
            return self._say("need.people", party=need.party)
        columns = [self._say("need.any") if one == ANY else one for one in need.columns]
        facts = {"party": need.party, "table": need.table, "columns": ", ".join(columns)}
        if need.more:
            return self._say("need.more", more=", ".join(need.more), **facts)
        return self._say("need.table", **facts)

    def _told(self, one: Parameter) -> list[str]:
        kind = self._say(f"kind.{one.kind}", choices=" | ".join(one.choices))
        given = self._say("required") if one.required else self._default(one.default)
        head = self._say("parameter", name=one.name, kind=kind, given=given)
        return [head, f"    {self._help(f'parameter.{one.name}')}"]

    def _default(self, value: object) -> str:
        """The default as it would stand in a plan."""
        if value in ("", (), [], {}):
            return self._say("left_out")
        shown = str(value).lower() if isinstance(value, bool) else value
        if isinstance(value, list | tuple):
            shown = ", ".join(map(str, value))
        return self._say("default", value=shown)
