"""What a page says about protection, cost and sign-off, as pairs of words."""

import math
from collections.abc import Sequence
from typing import Any

from cleanroom.disclosure.policy import NANO
from cleanroom.report.document import Item, LedgerExtract, Report
from cleanroom.report.wording import Wording
from cleanroom.statistics.attacker import attacker_accuracy
from cleanroom.statistics.interval import two_sided_z
from cleanroom.statistics.noise import Noise
from cleanroom.trust import fingerprint, ledger
from cleanroom.trust.agreement import Agreement, Party
from cleanroom.trust.codec import sha256_hex
from cleanroom.trust.envelope import Envelope

Pairs = list[tuple[str, str]]


def instant(moment: str) -> str:
    """``2026-07-01T08:00:00Z`` as people read it."""
    return moment.replace("T", " ").removesuffix("Z") + " UTC" if moment else ""


def periods(agreement: Agreement, wording: Wording) -> list[str]:
    """Each data party with the days its dataset covers."""
    between = wording.say("pages.colon")
    return [
        f"{wording.party(dataset.party)}{between}{wording.days(dataset.start, dataset.end)}"
        for dataset in agreement.catalogue().datasets
    ]


def rho(nano: int) -> str:
    """A privacy budget as a decimal number."""
    return f"{nano / NANO:.9f}".rstrip("0").rstrip(".") if nano else "0"


def privacy_line(report: Report, agreement: Agreement, wording: Wording) -> str:
    """How the figures are protected, in one line for page one."""
    policy, spent = agreement.policy, report.session.spent
    mode = wording.say(f"mode.{policy.mode}")
    if policy.mode == "dp":
        return wording.say(
            "pages.privacy_line_dp",
            mode=mode,
            spent=rho(spent.nano_rho),
            limit=rho(policy.rho_session_nano),
            percent=f"{100 * attacker_accuracy(spent.nano_rho):.0f}%",
        )
    cells = sum(item.result.privacy.cells for item in report.items)
    withheld = sum(item.result.privacy.withheld for item in report.items)
    return wording.say(
        "pages.privacy_line_threshold", mode=mode, k=policy.k, cells=cells, withheld=withheld
    )


def protection(items: Sequence[Item], mode: str, wording: Wording) -> dict[str, Any]:
    """How the figures of each analysis are protected and what they cost: a table of words.

    ``mode``: that of the agreement's policy.
    """
    coarse = any(item.result.privacy.rounding > 1 for item in items)
    names = [
        "k",
        "noise",
        *(["rounding"] if coarse else []),
        "cells",
        "withheld",
        "cost",
        "attacker",
    ]
    return {
        "heads": [wording.say(f"pages.protection.{name}") for name in ("analysis", *names)],
        "rows": [
            [
                f"{item.analysis} {wording.sentence(item.result.title)}",
                *(_protected(item, name, wording) for name in names),
            ]
            for item in items
        ],
        "note": wording.say(f"pages.protection.note_{mode}"),
    }


def _protected(item: Item, name: str, wording: Wording) -> str:
    about = item.result.privacy
    if name == "noise":
        noise = Noise(about.people_of_noise, about.rounding)
        around = math.ceil(two_sided_z(0.95) * noise.sd)
        return wording.say("pages.protection.noise_value", noise=around)
    if name == "withheld":
        percent = f"{100 * about.withheld / about.cells:.0f}%" if about.cells else "0%"
        return wording.say(
            "pages.protection.withheld_value", withheld=about.withheld, percent=percent
        )
    if name == "cost":
        return _cost(item, wording)
    if name == "attacker":
        return f"{about.attacker_per_mille / 10:.0f}%"
    return f"{getattr(about, name):,}"


def _cost(item: Item, wording: Wording) -> str:
    about = item.result.privacy
    if item.releases and all(release.replayed for release in item.releases):
        return wording.say("pages.protection.replayed")
    if about.mode == "dp":
        return wording.say("pages.protection.cost_dp", rho=rho(about.nano_rho))
    return wording.say("pages.protection.cost_threshold", cells=about.cells_paid)


def privacy(item: Item, wording: Wording) -> list[str]:
    """How the figures of one analysis are protected and what they cost."""
    about = item.result.privacy
    noise = Noise(about.people_of_noise, about.rounding)
    around = math.ceil(two_sided_z(0.95) * noise.sd)
    percent = f"{100 * about.withheld / about.cells:.0f}%" if about.cells else "0%"
    said = [
        wording.say(f"privacy.k_{about.mode}", k=about.k),
        wording.say("privacy.noise", noise=around),
    ]
    if about.rounding > 1:
        said.append(wording.say("privacy.rounding", rounding=about.rounding))
    said.append(
        wording.say("privacy.cells", cells=about.cells, withheld=about.withheld, percent=percent)
    )
    if item.releases and all(release.replayed for release in item.releases):
        return [*said, wording.say("privacy.replayed")]
    if about.mode == "dp":
        return [*said, wording.say("privacy.cost_dp", rho=rho(about.nano_rho))]
    return [*said, wording.say("privacy.cost_threshold", cells=about.cells_paid)]


def session(
    report: Report, agreement: Agreement, extract: LedgerExtract, wording: Wording
) -> Pairs:
    """What the session spent, under the meter of its mode."""
    policy, spent = agreement.policy, report.session.spent
    entries = [ledger.read(entry.encode()) for entry in extract.entries]
    pairs: Pairs = []

    def say(name: str, key: str, **values: object) -> None:
        pairs.append((wording.say(f"session.{name}"), wording.say(f"session.{key}", **values)))

    if policy.mode == "dp":
        limit = rho(policy.rho_session_nano)
        say("budget", "budget_dp", spent=rho(spent.nano_rho), limit=limit)
        percent = f"{100 * attacker_accuracy(spent.nano_rho):.0f}%"
        say("attacker", "attacker_dp", percent=percent)
    else:
        say("cells", "cells_threshold", cells=spent.cells, people=policy.people_per_cell)
    say(
        "answers",
        "answers_value",
        answers=spent.analyses,
        most=policy.analyses_max,
        refusals=report.session.refusals,
    )
    if extract.since_seq == 0:
        total = ledger.spent(entries)
        if policy.mode == "dp":
            say("lifetime", "lifetime_dp", spent=rho(total.nano_rho))
        else:
            say("lifetime", "lifetime_threshold", cells=total.cells, analyses=total.analyses)
    if report.session.lost_openings:
        say("lost", "lost_value", count=report.session.lost_openings)
    return pairs


def parties(agreement: Agreement, wording: Wording) -> list[dict[str, str]]:
    """Everybody in the agreement, with the fingerprint that people compare by voice."""
    return [
        {
            "name": wording.party(party.name),
            "role": _role(agreement, party, wording),
            "data": wording.say("sign.yes" if party.brings_data else "sign.no"),
            "fingerprint": _spoken(party, wording),
        }
        for party in agreement.parties
    ]


def _role(agreement: Agreement, party: Party, wording: Wording) -> str:
    role = wording.say(f"role.{party.role}")
    if party.name != agreement.host or party.role == "host":
        return role
    comma = "、" if wording.language == "zh_CN" else ", "
    return role + comma + wording.say("role.host")


def _spoken(party: Party, wording: Wording) -> str:
    if wording.language == "zh_CN":
        return " ".join(fingerprint.digits(party.card))
    return " ".join(fingerprint.words(party.card))


def datasets(report: Report, agreement: Agreement, wording: Wording) -> list[dict[str, str]]:
    """Each dataset with its period and the hash of its package's manifest."""
    return [
        {
            "name": f"{wording.party(dataset.party)} / {dataset.name}",
            "period": wording.days(dataset.start, dataset.end),
            "hash": _manifest_hash(report.packages, place),
        }
        for place, dataset in enumerate(agreement.catalogue().datasets)
    ]


def _manifest_hash(packages: Sequence[Envelope], place: int) -> str:
    return sha256_hex(packages[place].body) if place < len(packages) else ""


def signing(
    report: Report, agreement: Agreement, extract: LedgerExtract, wording: Wording
) -> list[tuple[str, str, bool]]:
    """What was signed and run, by name; True for what is a code."""
    about = report.session
    level = wording.say("sign.isolation_value", level=about.isolation)
    meaning = wording.say(f"sign.isolation_level_{about.isolation}")
    between = "：" if wording.language == "zh_CN" else ": "
    head = ledger.entry_hash(extract.entries[-1].encode()) if extract.entries else extract.since
    title = wording.say("sign.agreement_value", title=agreement.title, version=agreement.version)
    closed = instant(about.closed_at) or wording.say("sign.still_open")
    return [
        (wording.say("sign.agreement"), title, False),
        (wording.say("sign.agreement_hash"), report.agreement_sha256, True),
        (wording.say("sign.ledger"), head, True),
        (wording.say("sign.session"), about.id, True),
        (wording.say("sign.opened"), instant(about.opened_at), False),
        (wording.say("sign.closed"), closed, False),
        (wording.say("sign.isolation"), level + between + meaning, False),
        (wording.say("sign.program"), report.program, False),
    ]
