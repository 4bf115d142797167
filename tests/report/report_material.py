"""A session's papers made by hand: agreement, packages, ledger and releases that belong together.

Numbers follow the sizes of scenario A; noise and thresholds are applied here as the policy says, so
that reports look like those of a real session.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleanroom.analyses.registry import ANALYSES
from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec, DatasetSpec, Identifier
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price, price, sigma, total
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release, Vector
from cleanroom.report.build import ReportInputs, Sign
from cleanroom.report.document import REPORT_TYPE, Item, LedgerExtract
from cleanroom.tables import Type
from cleanroom.trust import agreement as agreements
from cleanroom.trust import codec, envelope, ledger, package
from cleanroom.trust.agreement import Agreement, AllowedAnalysis, DataProtection, Party
from cleanroom.trust.grant import SelfTest
from cleanroom.trust.identity import Identity

PHONE = Identifier("phone", "phone-cn11/1", "plain")
EMAIL = Identifier("email", "email-basic/1", "plain")
DEVICE = Identifier("device", "device-id/1", "plain")
AGES = ("19-24", "25-34", "35-44", "45-54", "55-64", "65+")
CHANNELS = ("朋友圈", "公众号", "搜索", "朋友推荐")
ALL = ("A01", "A03", "A04")


@dataclass(frozen=True)
class Labels:
    """Strings that parties choose, so that tests can choose hostile ones."""

    title: str = "春季新品联合分析"
    platform: str = "成品社交"
    brand: str = "清源美妆"
    ages: tuple[str, ...] = AGES
    channels: tuple[str, ...] = CHANNELS
    dataset: str = "members-2017"


@dataclass(frozen=True)
class Papers:
    """What a session leaves behind: inputs of a report, and the identities that can sign."""

    inputs: ReportInputs
    identities: dict[str, Identity]
    agreement: Agreement

    @property
    def sign(self) -> Sign:
        """The host's signature over a manifest."""
        key = self.identities[self.agreement.host].signing
        return lambda body: envelope.sign(REPORT_TYPE, body, [key])


def category(domain: Sequence[str], *, missing: bool = True, sensitive: bool = False) -> ColumnSpec:
    return ColumnSpec(Type.CATEGORY, tuple(domain), missing=missing, sensitive=sensitive)


def datasets(labels: Labels) -> tuple[DatasetSpec, ...]:
    exposures = {
        "ts": ColumnSpec(Type.DATETIME),
        "until": ColumnSpec(Type.DATETIME),
        "channel": category(labels.channels, missing=False),
    }
    conversions = {
        "ts": ColumnSpec(Type.DATETIME),
        "kind": category(("pay",), missing=False),
        "paid": ColumnSpec(Type.MONEY, cap=50_000),
    }
    people = {"a_age_band": category(labels.ages)}
    return (
        DatasetSpec(
            "platform",
            "users",
            "2016-04-01",
            "2018-01-01",
            {"people": people, "exposures": exposures},
        ),
        DatasetSpec(
            "brand", labels.dataset, "2017-01-01", "2018-01-01", {"conversions": conversions}
        ),
    )


def identities(labels: Labels, *, neutral: bool) -> dict[str, Identity]:
    created = "2026-06-01T08:00:00Z"
    found = {
        "platform": Identity.create(labels.platform, created),
        "brand": Identity.create(labels.brand, created),
    }
    if neutral:
        found["host"] = Identity.create("中立承载", created)
    return found


def agreement(
    known: dict[str, Identity],
    mode: str,
    labels: Labels,
    kinds: tuple[Identifier, ...],
) -> Agreement:
    policy = Policy(mode, answer_quantum_ms=0)  # type: ignore[arg-type]
    parties = [
        Party("platform", "platform", known["platform"].card(), True),
        Party("brand", "brand", known["brand"].card(), True),
    ]
    if "host" in known:
        parties.append(Party("host", "host", known["host"].card(), False))
    return Agreement(
        v=1,
        id=secrets.token_hex(16),
        version=1,
        predecessor="",
        origin="",
        title=labels.title,
        template="neutral-host" if "host" in known else "platform-hosts",
        purposes=("新客来源与人群画像",),
        created="2026-06-01T08:00:00Z",
        not_before="2026-06-01T08:00:00Z",
        expires="2027-06-01T08:00:00Z",
        time_zone="Asia/Shanghai",
        currency="CNY",
        host="host" if "host" in known else "platform",
        parties=tuple(parties),
        identifiers=kinds,
        datasets=datasets(labels),
        policies={"platform": policy, "brand": policy},
        effective=policy,
        analyses=tuple(AllowedAnalysis(name, ("platform", "brand")) for name in ALL),
        min_isolation=2,
        session_hours=8,
        data_protection=DataProtection(),
    )


def release(
    question: Question,
    catalogue: Catalogue,
    policy: Policy,
    truth: Sequence[Sequence[int]],
    rng: Random,
) -> Release:
    """True numbers per measure, made into a release as the gate would."""
    form = shape(question, catalogue)
    vectors = []
    held = [policy.mode == "threshold" and round(rng.gauss(n, 3)) < policy.tau for n in truth[0]]
    for measure, numbers in zip(form.measures, truth, strict=True):
        around = sigma(measure, form, policy)
        base = policy.rounding if policy.mode == "threshold" and measure.unit == "people" else 1
        noisy = [base * round(rng.gauss(n, around) / base) for n in numbers]
        values = tuple(None if out else n for n, out in zip(noisy, held, strict=True))
        vectors.append(Vector(measure.name, values, around, base))
    paid = price(form, policy)
    key = replay_key(question, catalogue)
    return Release(key, policy.mode, "released", tuple(vectors), paid)


def true_numbers(kinds: int, scale: int = 1) -> dict[str, list[list[int]]]:
    """Scenario A: overlap by winning identifier, age band by match, new customers by channel.

    ``scale`` makes a larger audience of the same shape.
    """
    linked = {1: [1000], 3: [1011, 208, 38]}[kinds]
    target = [604, 37, 113, 162, 237, 51, 53]
    rest = [199, 9, 29, 32, 51, 8, 19]
    ages = [n for pair in zip(target, rest, strict=True) for n in pair]
    customers = [165, 96, 41, 12, 262, 118]
    worth = [
        int(n * 4_350 * f) for n, f in zip(customers, (1.0, 1.1, 0.9, 1.4, 1.2, 1.1), strict=True)
    ]
    numbers = {
        "A01": [[1604 - sum(linked), 1832 - sum(linked), *linked]],
        "A03": [ages],
        "A04": [customers, worth],
    }
    return {
        name: [[n * scale for n in measure] for measure in measures]
        for name, measures in numbers.items()
    }


PARAMS = {
    "A01": {},
    "A03": {"party": "platform", "column": "a_age_band", "versus": "brand"},
    "A04": {
        "exposures": "platform",
        "conversions": "brand",
        "new_since": "2017-04-01",
        "new_until": "2018-01-01",
        "while_active": True,
        "first_order_value": True,
    },
}


def item(
    name: str, catalogue: Catalogue, policy: Policy, truth: Sequence[Sequence[int]], rng: Random
) -> Item:
    analysis = ANALYSES[name]
    params = msgspec.convert(PARAMS[name], analysis.params)
    questions = analysis.questions(params, catalogue)
    releases = tuple(release(question, catalogue, policy, truth, rng) for question in questions)
    result = analysis.result(params, catalogue, releases, policy)
    built = msgspec.to_builtins(params)
    return Item(name, built, tuple(questions), releases, ("platform", "brand"), result)


def manifests(agreed: Agreement, known: dict[str, Identity]) -> tuple[envelope.Envelope, ...]:
    body = codec.encode(agreed)
    made = []
    for dataset in agreed.datasets:
        manifest = package.Manifest(
            v=2,
            package_id=secrets.token_hex(16),
            agreement_id=agreed.id,
            agreement_hash=codec.sha256_hex(body),
            owner=dataset.party,
            dataset=dataset.name,
            start=dataset.start,
            end=dataset.end,
            created="2026-06-20T02:00:00Z",
            suite=package.SUITE,
            tables=(),
            parts=(),
            profile=(),
        )
        made.append(package.sign_manifest(manifest, known[dataset.party].signing))
    return tuple(made)


def extract(
    agreed: Agreement,
    agreement_hash: str,
    session_id: str,
    packages: Sequence[envelope.Envelope],
    items: Sequence[Item],
    key: Ed25519PrivateKey,
    *,
    closed: bool = True,
) -> LedgerExtract:
    """The chain of one session: opening, one answer per release, closing statement."""
    opened = ledger.Opened(
        key.public_key().public_bytes_raw().hex(),
        agreement_hash,
        dict.fromkeys(agreed.data_parties, "0" * 64),
        {
            owner: codec.sha256_hex(sealed.body)
            for owner, sealed in zip(agreed.data_parties, packages, strict=True)
        },
        3,
        "",
    )
    bodies: list[dict[str, object]] = [{"opened": opened}]
    for one in items:
        for question, answer in zip(one.questions, one.releases, strict=True):
            digest = codec.sha256_hex(codec.encode(answer))
            entry = ledger.Answered(
                one.analysis,
                answer.question_key,
                question,
                answer.status,
                digest,
                "1" * 64,
                answer.price,
                one.receivers,
            )
            bodies.append({"answered": entry})
    if closed:
        prices = [answer.price for one in items for answer in one.releases]
        bodies.append(
            {"closed": ledger.Closed(total(prices) if prices else Price(0, 0, 0), 0, "done")}
        )
    prev, entries = agreement_hash, []
    for seq, body in enumerate(bodies, 1):
        at = f"2026-07-01T08:{seq:02d}:00Z"
        data = ledger.sign(ledger.Entry(1, agreed.id, seq, prev, session_id, at, **body), key)  # type: ignore[arg-type]
        prev = ledger.entry_hash(data)
        entries.append(data.decode())
    return LedgerExtract(1, agreed.id, agreement_hash, 0, tuple(entries))


def papers(
    mode: str = "threshold",
    *,
    labels: Labels | None = None,
    neutral: bool = False,
    analyses: Sequence[str] = ALL,
    seed: int = 5,
    scale: int = 1,
    closed: bool = True,
) -> Papers:
    labels = labels or Labels()
    known = identities(labels, neutral=neutral)
    kinds = (PHONE,) if mode == "dp" else (EMAIL, PHONE, DEVICE)
    agreed = agreement(known, mode, labels, kinds)
    agreed = agreements.with_matching_secret(agreed, b"s" * 32)
    keys = [known[party.name].signing for party in agreed.parties]
    sealed = envelope.sign(agreements.AGREEMENT_TYPE, codec.encode(agreed), keys)
    catalogue, rng = agreed.catalogue(), Random(seed)
    truth = true_numbers(len(kinds), scale)
    items = tuple(item(name, catalogue, agreed.policy, truth[name], rng) for name in analyses)
    packages = manifests(agreed, known)
    digest, session_id = codec.sha256_hex(sealed.body), secrets.token_hex(8)
    session_key = Ed25519PrivateKey.generate()
    chain = extract(agreed, digest, session_id, packages, items, session_key, closed=closed)
    test = SelfTest("linux", 3, {"landlock": "on"}, {"connect": "refused"})
    inputs = ReportInputs(
        agreement=sealed.to_bytes(),
        packages=packages,
        items=items,
        ledger=chain,
        session_id=session_id,
        self_tests={"engine": test, "ingest:platform": test, "ingest:brand": test},
        program="0.1.0",
        created="2026-07-01T09:00:00Z",
    )
    return Papers(inputs, known, agreed)
