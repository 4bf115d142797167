"""True answers once more, person by person in plain Python over the files' rows."""

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import groupby
from typing import Any

import population_oracle as oracle
from population_oracle import World, moment

DAY = 86_400
CHANNELS = ("朋友圈", "公众号", "视频号", "小程序", "搜索", "朋友推荐", "直播")
CAMPAIGNS = ("日常", "38焕新", "618", "双11")
CELLS = (*CHANNELS, "none", "unmatched")
GROUPS = ("朋友圈", "视频号", "搜索", "朋友推荐", "其他")
QUARTERS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01")
EVENT = (moment("2025-10-20"), moment("2025-11-21"))
CONVERTED_UNTIL = moment("2025-11-27")
CAP = 500_000
PER_THOUSAND = {"朋友圈": 6_000, "视频号": 4_000}


def filled(names: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    """How often each name occurs."""
    counts = Counter(found)
    assert set(counts) <= set(names), set(counts) - set(names)
    return {name: counts[name] for name in names}


def fen(amount: str) -> int:
    """Hundredths of an amount as text."""
    whole, part = amount.removeprefix("¥").split(".")
    return int(whole) * 100 + int(part)


class Answers:
    """Everything that is asked, each answer by itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.brand_of = world.brand_of
        self.size = world.platform.count

    @cached_property
    def seen(self) -> dict[int, list[tuple[int, int, int, str, str]]]:
        """Person of the platform -> (ts, campaign, channel, kind, campaign's name), ordered."""
        rows = self.world.events("platform", "exposures", "user_id", "2025-01-01")
        found = defaultdict(list)
        for row in zip(
            rows["of"], rows["ts"], rows["计划"], rows["渠道"], rows["行为"], strict=True
        ):
            of, ts, campaign, channel, kind = row
            code = (CAMPAIGNS.index(campaign), CHANNELS.index(channel))
            found[of].append((ts, *code, kind, campaign))
        return {of: sorted(events) for of, events in found.items()}

    @cached_property
    def sold(self) -> dict[int, list[dict[str, Any]]]:
        """Person of the brand -> rows, ordered by time."""
        rows = self.world.events("brand", "orders", "member_id", "2024-01-01")
        rows["paid"] = [fen(text) for text in rows["实付金额"]]
        rows["list"] = [fen(text) for text in rows["标价"]]
        rows["qty"] = rows["数量"].astype(int)
        found = defaultdict(list)
        for row in rows.to_dict("records"):
            found[row["of"]].append(row)
        return found

    @cached_property
    def pays(self) -> dict[int, list[dict[str, Any]]]:
        """Person of the brand -> payments."""
        kept = {o: [r for r in rows if r["类型"] == "付款"] for o, rows in self.sold.items()}
        return {of: rows for of, rows in kept.items() if rows}

    def pays_between(self, brand: int | None, start: int, end: int) -> list[dict[str, Any]]:
        """Payments in [start, end]."""
        return [row for row in self.pays.get(brand, []) if start <= row["ts"] <= end]

    def next_pay(self, brand: int | None, since: int) -> int | None:
        """The time of the first payment from a time on."""
        return next((row["ts"] for row in self.pays.get(brand, []) if row["ts"] >= since), None)

    def touch(self, platform: int | None, ts: int, *, last: bool = True) -> str:
        """The channel of the last or first exposure in 14 days."""
        if platform is None:
            return "unmatched"
        events = self.seen.get(platform, [])
        events = events[bisect.bisect_left(events, (ts - 14 * DAY,)) :]
        events = [event for event in events if event[0] <= ts]
        if not events:
            return "none"
        at = events[-1 if last else 0][0]
        return CHANNELS[max(event[1:3] for event in events if event[0] == at)[1]]

    def newcomers(self, since: str, until: str) -> list[tuple[int | None, int, int]]:
        """(platform, brand, first payment) of persons who are new in a span."""
        found = []
        for person in self.world.persons:
            rows = self.pays.get(person.of[1], [])
            if rows and moment(since) <= rows[0]["ts"] < moment(until):
                found.append((person.of[0], person.of[1], rows[0]["ts"]))
        return found

    def persons(self) -> dict[str, Any]:
        found = {}
        for party, own in zip(self.world.truth["parties"], self.world.parties, strict=True):
            digits = ("13800000000", "13800138000", "13888888888", "13900000000")
            dummies = {oracle.md5(text) for text in digits}
            assert dummies <= own.hot["phone"]
            found[party] = {
                "rows": len(own.rows),
                "accounts": own.accounts,
                "merged_accounts": own.merged,
                "left_out": own.left_out,
                "persons": own.count,
                "identifiers": {kind: len(tokens) for kind, tokens in own.tokens.items()},
                "hot_phones_beside_the_dummies": len(own.hot["phone"] - dummies),
            }
        return found

    def overlap(self) -> dict[str, Any]:
        names = self.world.truth["parties"]
        regions = Counter(
            "+".join(n for n, of in zip(names, person.of, strict=True) if of is not None)
            for person in self.world.persons
        )
        both = [p for p in self.world.persons if p.of[0] is not None and p.of[1] is not None]
        kinds = oracle.KINDS
        winners = [next(k for k in kinds if k in p.hits[1]) for p in both]
        shared = {
            kind: {
                f"{a}+{b}": len(
                    set(self.world.parties[names.index(a)].tokens[kind])
                    & set(self.world.parties[names.index(b)].tokens[kind])
                )
                for a, b in (("platform", "brand"), ("platform", "partner"), ("brand", "partner"))
                if b in names
            }
            for kind in kinds
        }
        patterns = Counter("+".join(k for k in kinds if k in p.hits[1]) for p in both)
        return {
            "regions": {name: count for name, count in regions.items() if count},
            "pairs": {"platform+brand": {
                "persons_in_both": len(both),
                "brand_persons_in_both": len({p.of[1] for p in both}),
                "winner": filled(kinds, winners),
                "hit": filled(kinds, (kind for p in both for kind in p.hits[1])),
                "pattern": dict(patterns),
            }},
            "shared_identifiers": shared,
            "by_phone_alone": self._by_phone(),
        }  # fmt: skip

    def _by_phone(self) -> dict[str, int]:
        own = [
            oracle.people(self.world.folder, party, ("phone",)) for party in ("platform", "brand")
        ]
        shared = set(own[0].tokens["phone"]) & set(own[1].tokens["phone"])
        one_each, ties = zip(*map(self._one_phone, own), strict=True)
        return {
            "persons_in_both_with_one_phone_each": len(one_each[0] & one_each[1]),
            "persons_whose_phone_hangs_on_keys": sum(ties),
            "platform_persons": own[0].count,
            "brand_persons": own[1].count,
            "platform_persons_in_both": len({own[0].tokens["phone"][token] for token in shared}),
        }

    def _one_phone(self, own: oracle.People) -> tuple[set[str], int]:
        """Phones of persons' latest rows; and for how many persons there are two of a day."""
        rows = own.rows[own.rows["id_phone"].isin(set(own.tokens["phone"]))]
        latest: dict[int, tuple[str, set[str]]] = {}
        for pid, as_of, token in zip(rows["pid"], rows["as_of"], rows["id_phone"], strict=True):
            day, tokens = latest.get(own.person[pid], ("", set()))
            if as_of > day:
                day, tokens = as_of, set()
            if as_of == day:
                latest[own.person[pid]] = (day, tokens | {token})
        several = sum(len(tokens) > 1 for _, tokens in latest.values())
        return {next(iter(tokens)) for _, tokens in latest.values()}, several

    def profile(self, column: str, levels: tuple[str, ...]) -> dict[str, Any]:
        values = ["missing" if v == "未知" else v for v in self.world.platform.latest[column]]
        buyers = {p for p, b in self.brand_of.items() if b in self.pays}
        return {
            "all": filled(levels, values),
            "also_brand": filled(levels, (values[p] for p in self.brand_of)),
            "buyers": filled(levels, (values[p] for p in buyers)),
        }

    def new_customers(self) -> dict[str, Any]:
        spans = {"2025": ("2025-01-01", "2026-01-01"), "double_11": ("2025-10-20", "2025-11-21")}
        for number in range(4):
            spans[f"2025-Q{number + 1}"] = (QUARTERS[number], QUARTERS[number + 1])
        found = {}
        for name, span in spans.items():
            people = self.newcomers(*span)
            cells = [self.touch(p, ts) for p, _, ts in people]
            first = [self.touch(p, ts, last=False) for p, _, ts in people]
            values: Counter[str] = Counter()
            clipped: Counter[str] = Counter()
            for cell, (_, brand, ts) in zip(cells, people, strict=True):
                day = ts // DAY
                value = sum(r["paid"] for r in self.pays[brand] if r["ts"] // DAY == day)
                values[cell] += value
                clipped[cell] += min(value, CAP)
            found[name] = {
                "last_touch": filled(CELLS, cells),
                "first_touch": filled(CELLS, first),
                "first_order_value": {cell: values[cell] for cell in CELLS},
                "first_order_value_clipped": {cell: clipped[cell] for cell in CELLS},
            }
        return found

    def quality(self) -> dict[str, Any]:
        found = {cell: {"new_customers": 0, "bought_again": 0, "sent_back": 0} for cell in CELLS}
        for platform, brand, ts in self.newcomers("2025-01-01", "2025-10-03"):
            cell = found[self.touch(platform, ts)]
            end = ts + 90 * DAY
            cell["new_customers"] += 1
            cell["bought_again"] += self._again(brand, ts, end)
            cell["sent_back"] += any(
                r["类型"] == "退款" and ts <= r["ts"] <= end for r in self.sold[brand]
            )
        return found

    def _again(self, brand: int, ts: int, end: int) -> bool:
        return any(r["ts"] // DAY > ts // DAY and r["ts"] <= end for r in self.pays[brand])

    def premium(self) -> dict[str, Any]:
        given = self.world.truth["parameters"]
        benchmark = given["benchmark_prices_in_hundredths"]
        spans = [(moment(a), moment(b), p) for a, b, p in given["usual_percent_of_list_price"][:-1]]
        other = given["usual_percent_of_list_price"][-1][2]
        found: dict[str, Any] = {
            cell: {"buyers": 0, "sums": Counter(), "squares": Counter()} for cell in CELLS
        }
        for platform, brand, ts in self.newcomers("2025-01-01", "2026-01-01"):
            cell = found[self.touch(platform, ts)]
            means: Counter[str] = Counter()
            for row in self.pays[brand]:
                usual = next((p for a, b, p in spans if a <= row["ts"] < b), other)
                base = benchmark[row["品类"]]
                parts = {
                    "total": math.log(row["paid"] / row["qty"] / base),
                    "mix": math.log(row["list"] / base),
                    "season": math.log(usual / 100),
                }
                parts["like_for_like"] = parts["total"] - parts["mix"] - parts["season"]
                for name, value in parts.items():
                    means[name] += value / len(self.pays[brand])
            means["clipped"] = max(-1.0, min(1.0, means["total"]))
            cell["buyers"] += 1
            cell["sums"].update(means)
            for name in ("clipped", "like_for_like"):
                cell["squares"][name] += means[name] ** 2
        return found

    def arms(self) -> dict[str, Any]:
        rows = oracle.read(self.world.folder, "platform", "arms")
        rows["ts"] = oracle.seconds(rows["机会时间"])
        found: dict[str, Any] = {}
        for row in rows.to_dict("records"):
            person = self.world.platform.person.get(row["user_id"])
            if person is None:
                continue
            arm = found.setdefault(row["实验"], {}).setdefault(row["分组"], Counter())
            pays = self.pays_between(self.brand_of.get(person), row["ts"], row["ts"] + 14 * DAY)
            sales = sum(pay["paid"] for pay in pays)
            arm["persons"] += 1
            arm["exposed"] += any(
                e[3] == "imp" and e[4] == row["实验"] for e in self.seen.get(person, [])
            )
            arm["converted"] += bool(pays)
            arm["payments"] += len(pays)
            arm["sales"] += sales
            arm["sales_clipped"] += min(sales, CAP)
            arm["squares_clipped"] += min(sales, CAP) ** 2
        return found

    @cached_property
    def imps(self) -> dict[int, list[tuple[int, str]]]:
        """Person -> (ts, channel) of impressions of Double 11."""
        kept = {
            of: [(e[0], CHANNELS[e[2]]) for e in events if e[3] == "imp" and e[4] == "双11"]
            for of, events in self.seen.items()
        }
        return {of: events for of, events in kept.items() if events}

    def frequency(self) -> dict[str, Any]:
        names = (*map(str, range(1, 10)), "10+")
        lists: dict[str, list[str]] = {
            name: []
            for name in (
                "persons",
                "converted",
                "persons_already_customers",
                "converted_already_customers",
            )
        }
        for of, events in self.imps.items():
            first = events[0][0]
            paid = self._response(of, first)
            count = len([ts for ts, _ in events if paid is None or ts <= paid])
            bucket = names[min(count, 10) - 1]
            customer = bool(self.pays_between(self.brand_of.get(of), 0, first - 1))
            lists["persons"].append(bucket)
            for name, fits in (
                ("converted", paid),
                ("persons_already_customers", customer),
                ("converted_already_customers", paid and customer),
            ):
                if fits:
                    lists[name].append(bucket)
        counts = {name: filled(names, buckets) for name, buckets in lists.items()}
        return {"impressions": sum(map(len, self.imps.values())), **counts}

    def _response(self, of: int, first: int) -> int | None:
        paid = self.next_pay(self.brand_of.get(of), first)
        return paid if paid is not None and paid < CONVERTED_UNTIL else None

    def spared(self) -> dict[str, Any]:
        classes = ("just bought", "customer", "above cap", "no response", "useful")
        kinds = ("all", "after a purchase", "beyond the cap", "either")
        by_person = {name: Counter() for name in classes}
        by_imp = {name: Counter() for name in kinds}
        for of, events in self.imps.items():
            first, brand = events[0][0], self.brand_of.get(of)
            clicked = any(e[3] == "click" and e[4] == "双11" for e in self.seen[of])
            responds = clicked or self._response(of, first) is not None
            fits = (
                bool(self.pays_between(brand, first - 30 * DAY, first - 1)),
                bool(self.pays_between(brand, 0, first - 1)),
                len(events) > 6,
                len(events) >= 4 and not responds,
                True,
            )
            own = by_person[classes[fits.index(True)]]
            own["persons"] += 1
            for rank, (ts, channel) in enumerate(events):
                after = bool(self.pays_between(brand, ts - 30 * DAY, ts - 1))
                for name, good in zip(
                    kinds, (True, after, rank >= 6, after or rank >= 6), strict=True
                ):
                    for counter in (by_imp[name], own if name == "all" else None):
                        if good and counter is not None:
                            counter["impressions"] += 1
                            counter["cost_in_thousandths"] += PER_THOUSAND[channel]
        return {"persons": by_person, "impressions": by_imp}

    def paths(self) -> dict[str, Any]:
        found: dict[str, Any] = {"converted": Counter(), "not_converted": Counter()}
        last, first = [], []
        for of in range(self.size):
            paid = self.next_pay(self.brand_of.get(of), EVENT[0])
            paid = paid if paid is not None and paid < EVENT[1] else None
            until = EVENT[1] - 1 if paid is None else paid
            met: dict[str, int] = {}
            for ts, _, channel, _, _ in self.seen.get(of, []):
                name = CHANNELS[channel] if CHANNELS[channel] in GROUPS else "其他"
                if EVENT[0] <= ts <= until:
                    met.setdefault(name, ts)
            steps = sorted(met, key=lambda name: (met[name], GROUPS.index(name)))
            found["not_converted" if paid is None else "converted"][" > ".join(steps)] += 1
            if paid is not None:
                last.append(self.touch(of, paid))
                first.append(self.touch(of, paid, last=False))
        found["last_touch"], found["first_touch"] = filled(CELLS, last), filled(CELLS, first)
        return found

    def phases(self) -> dict[str, Any]:
        days = ("2025-10-20", "2025-11-01", "2025-11-12", "2025-11-21")
        edges = [moment(day) for day in days]
        names = ("预热", "爆发", "返场")
        found: dict[str, Any] = defaultdict(Counter)
        for of in range(self.size):
            times = [event[0] for event in self.seen.get(of, [])]
            spans = zip(names, edges, edges[1:], strict=False)
            mask = "+".join(n for n, a, b in spans if any(a <= ts < b for ts in times))
            brand = self.brand_of.get(of)
            pays = self.pays_between(brand, edges[0], edges[-1] - 1)
            found[mask]["persons"] += 1
            found[mask]["buyers"] += bool(pays)
            new = bool(pays) and self.pays[brand][0]["ts"] >= edges[0]
            found[mask]["new_customers"] += new
            found[mask]["sales_clipped"] += min(sum(pay["paid"] for pay in pays), CAP)
        return found

    def stages(self) -> dict[str, Any]:
        names = ("无", "认知", "兴趣", "购买", "忠诚")
        found = {name: dict.fromkeys(names, 0) for name in names}
        before, after = moment("2025-10-01"), moment("2026-01-01")
        for of in range(self.size):
            found[names[self._stage(of, before)]][names[self._stage(of, after)]] += 1
        return found

    def _stage(self, of: int, at: int) -> int:
        since = at - 90 * DAY
        kinds = {e[3] for e in self.seen.get(of, []) if since <= e[0] < at}
        rows = [r for r in self.sold.get(self.brand_of.get(of), []) if since <= r["ts"] < at]
        days = {r["ts"] // DAY for r in rows if r["类型"] == "付款"}
        if days:
            return 4 if len(days) > 1 else 3
        if kinds & {"click", "share", "follow"} or any(r["类型"] == "加购" for r in rows):
            return 2
        return 1 if kinds else 0

    def first_touches(self) -> dict[str, Any]:
        found = {
            f"2025-{month:02}": {k: dict.fromkeys(CHANNELS, 0) for k in ("persons", "converted")}
            for month in range(1, 13)
        }
        starts = [moment(f"2025-{month:02}-01") for month in range(1, 13)]
        for of, events in self.seen.items():
            ts = events[0][0]
            channel = CHANNELS[max(e[1:3] for e in events if e[0] == ts)[1]]
            cell = found[f"2025-{bisect.bisect_right(starts, ts):02}"]
            cell["persons"][channel] += 1
            paid = self.next_pay(self.brand_of.get(of), ts)
            cell["converted"][channel] += paid is not None and paid <= ts + 14 * DAY
        return found

    def attributed(self) -> dict[str, Any]:
        counts, amounts = Counter(), Counter()
        for of, brand in self.brand_of.items():
            for pay in self.pays_between(brand, EVENT[0], EVENT[1] - 1):
                channel = self.touch(of, pay["ts"])
                counts[channel] += 1
                amounts[channel] += pay["paid"]
        names = CELLS[:-1]
        return {"payments": {n: counts[n] for n in names}, "amount": {n: amounts[n] for n in names}}

    def loyalty(self) -> dict[str, Any]:
        names = ("1-30", "31-60", "61-90", "91-180", "181+", "not yet")
        found = {
            f"{year}-Q{quarter}": dict.fromkeys(names, 0)
            for year in (2024, 2025) for quarter in range(1, 5)
        }  # fmt: skip
        starts = {name: moment(f"{name[:4]}-{int(name[-1]) * 3 - 2:02}-01") for name in found}
        for rows in self.pays.values():
            days = sorted({row["ts"] // DAY for row in rows})
            gap = days[1] - days[0] if len(days) > 1 else None
            place = 5 if gap is None else bisect.bisect_left((30, 60, 90, 180), gap)
            quarter = max((start, name) for name, start in starts.items() if start <= rows[0]["ts"])
            found[quarter[1]][names[place]] += 1
        return found

    def price_bands(self) -> dict[str, Any]:
        names = ("<100", "100-300", "300-600", "600-1200", ">=1200")
        chosen = {}
        for brand, rows in self.pays.items():
            count, latest = Counter(), {}
            for row in rows:
                if row["ts"] >= moment("2025-01-01"):
                    edges = (10_000, 30_000, 60_000, 120_000)
                    band = bisect.bisect_right(edges, row["paid"] // row["qty"])
                    count[band] += 1
                    latest[band] = max(row["ts"], latest.get(band, 0))
            if count:
                chosen[brand] = names[max((count[b], latest[b], b) for b in count)[2]]
        matched = set(self.brand_of.values())
        return {
            "buyers": filled(names, chosen.values()),
            "also_platform": filled(names, (v for b, v in chosen.items() if b in matched)),
        }

    def dayparts(self) -> dict[str, Any]:
        names = ("00-06", "06-09", "09-12", "12-14", "14-18", "18-24")
        found = {system: dict.fromkeys(names, 0) for system in ("iOS", "Android")}
        for rows in self.pays.values():
            row = next((row for row in rows if row["ts"] >= moment("2025-01-01")), None)
            if row is not None:
                place = bisect.bisect_right((6, 9, 12, 14, 18), row["ts"] % DAY // 3600)
                found[row["设备"]][names[place]] += 1
        return found

    def friends(self) -> dict[str, Any]:
        kinds = ("share", "click", "join", "first_order")
        rows = oracle.read(self.world.folder, "platform", "referrals")
        person = self.world.platform.person
        edges = [
            (person[a], person[b], kind)
            for a, b, kind in zip(rows["from_user"], rows["to_user"], rows["类型"], strict=True)
            if a in person and b in person
        ]
        referred = {friend for _, friend, kind in edges if kind == "first_order"}
        quality: dict[str, Any] = {"referred": Counter(), "others": Counter()}
        for platform, brand, ts in self.newcomers("2025-01-01", "2025-10-03"):
            if platform is None:
                continue
            cell, end = quality["referred" if platform in referred else "others"], ts + 90 * DAY
            own = [row for row in self.sold[brand] if ts <= row["ts"] <= end]
            kind = {
                name: [r for r in own if r["类型"] == name] for name in ("付款", "退款", "评价")
            }
            cell["new_customers"] += 1
            cell["bought_again"] += self._again(brand, ts, end)
            cell["sent_back"] += bool(kind["退款"])
            cell["payments"] += len(kind["付款"])
            cell["refunds"] += len(kind["退款"])
            cell["reviews"] += len(kind["评价"])
            cell["good_reviews"] += sum(row["评价"] == "好评" for row in kind["评价"])
            cell["value_clipped"] += min(sum(row["paid"] for row in kind["付款"]), CAP)
        by_kind = {
            kind: list(group)
            for kind, group in groupby(
                sorted(edges, key=lambda edge: edge[2]), key=lambda edge: edge[2]
            )
        }
        return {
            "edges": {kind: len(by_kind.get(kind, [])) for kind in kinds},
            "senders": {kind: len({e[0] for e in by_kind.get(kind, [])}) for kind in kinds},
            "friends": {kind: len({e[1] for e in by_kind.get(kind, [])}) for kind in kinds},
            "quality": quality,
        }  # fmt: skip
