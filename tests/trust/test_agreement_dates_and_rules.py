"""Rules beyond the malformed files in tests/vectors: borders that must pass, and dates in force."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust_material import dataset, drafted, party, proposed, sign_all

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.errors import CleanroomError, TrustError
from cleanroom.tables import MAX_DOMAIN, TABLES, Type
from cleanroom.trust import agreement as agreements
from cleanroom.trust import agreement_rules
from cleanroom.trust.agreement import Agreement, Party, SignedAgreement, require_in_force
from cleanroom.trust.agreement_rules import check
from cleanroom.trust.dataset_rules import MAX_CAP, check_dataset
from cleanroom.trust.instants import instant, is_day, timestamp


def with_fields(agreement: Agreement, **fields: object) -> Agreement:
    return msgspec.structs.replace(agreement, **fields)


def broken(agreement: Agreement) -> str:
    """The rule that an agreement breaks."""
    with pytest.raises(TrustError, match=r"trust\.agreement_rule") as raised:
        check(agreement)
    return str(raised.value.facts["rule"])


# --- identifiers follow the protocol -------------------------------------------------------------


def test_recipes_and_kinds_are_those_of_the_sealing_desk() -> None:
    recipes = pytest.importorskip("cleanroom.prepare.recipes")
    assert {r.name: r.kind for r in recipes.RECIPES.values()} == agreement_rules.RECIPES


def test_token_bases_are_those_of_the_sealing_desk() -> None:
    tokens = pytest.importorskip("cleanroom.prepare.tokens")
    assert tuple(tokens.BASES) == agreement_rules.TOKEN_BASES


def test_threshold_mode_matches_by_every_kind_there_is() -> None:
    by_kind = {kind: recipe for recipe, kind in agreement_rules.RECIPES.items()}
    every = tuple(Identifier(kind, recipe, "sha256") for kind, recipe in by_kind.items())
    assert check(with_fields(proposed(mode="threshold"), identifiers=every))
    with pytest.raises(TrustError, match=r"trust\.dp_one_kind"):
        check(with_fields(proposed(mode="dp"), identifiers=every[:2]))


# --- parties -------------------------------------------------------------------------------------


def crowd(size: int) -> Agreement:
    """A draft with so many data parties; the first is the host."""
    names = ["platform", *(f"partner{i}" for i in range(1, size))]
    parties = tuple(
        Party(name, "platform" if name == "platform" else "partner", party(name).card(), True)
        for name in names
    )
    analyses = tuple(
        msgspec.structs.replace(allowed, receivers=("platform",)) for allowed in drafted().analyses
    )
    return with_fields(drafted(), parties=parties, analyses=analyses)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_two_to_five_parties_bring_data(size: int) -> None:
    assert len(check(crowd(size)).data_parties) == size


@pytest.mark.parametrize("size", [1, 6])
def test_fewer_or_more_do_not(size: int) -> None:
    assert broken(crowd(size)) == "data-parties"


def test_one_organisation_does_not_sit_on_two_chairs() -> None:
    agreement = proposed("neutral-host")
    first, second, host = agreement.parties
    twice = msgspec.structs.replace(second, card=first.card)
    assert broken(with_fields(agreement, parties=(first, twice, host))) == "organisations-differ"
    renamed = msgspec.structs.replace(first.card, name="Other")
    sly = msgspec.structs.replace(second, card=renamed)
    assert broken(with_fields(agreement, parties=(first, sly, host))) == "keys-differ"


# --- datasets ------------------------------------------------------------------------------------


def spec_for(kind: Type) -> ColumnSpec:
    return ColumnSpec(kind, ("a", "b") if kind is Type.CATEGORY else ())


def test_every_column_of_the_data_model_can_be_agreed() -> None:
    tables = {
        table.name: {c.name + ("x" if c.family else ""): spec_for(c.type) for c in table.columns}
        for table in TABLES.values()
    }
    check_dataset(DatasetSpec("brand", "everything", "2025-01-01", "2025-01-02", tables))


@pytest.mark.parametrize("table", TABLES)
def test_every_column_needs_its_own_type(table: str) -> None:
    for column in TABLES[table].columns:
        name = column.name + ("x" if column.family else "")
        needed = {c.name: spec_for(c.type) for c in TABLES[table].columns if c.required}
        for kind in Type:
            columns = {**needed, name: spec_for(kind)}
            found = DatasetSpec("brand", "d", "2025-01-01", "2025-01-02", {table: columns})
            if kind is column.type:
                check_dataset(found)
            else:
                with pytest.raises(TrustError, match=r"trust\.agreement_rule"):
                    check_dataset(found)


@pytest.mark.parametrize("name", ["a_", "x_a", "b_age", "pid", "A_age"])
def test_a_family_needs_a_name_and_other_columns_are_unknown(name: str) -> None:
    with pytest.raises(TrustError, match=r"trust\.agreement_rule"):
        check_dataset(dataset("brand", **{name: spec_for(Type.CATEGORY)}))


def test_columns_that_differ_only_by_case_are_one_too_many() -> None:
    wanted = {"a_age": spec_for(Type.CATEGORY), "a_Age": spec_for(Type.CATEGORY)}
    with pytest.raises(TrustError, match=r"trust\.agreement_rule"):
        check_dataset(dataset("brand", **wanted))


def test_the_borders_of_domains_and_caps_pass() -> None:
    widest = tuple(str(i) for i in range(MAX_DOMAIN))
    columns = {
        "ts": ColumnSpec(Type.DATETIME),
        "sku": ColumnSpec(Type.CATEGORY, widest),
        "brand": ColumnSpec(Type.CATEGORY, ("none",)),
        "paid": ColumnSpec(Type.MONEY, cap=MAX_CAP),
        "qty": ColumnSpec(Type.INTEGER, cap=0),
    }
    period = ("2025-01-01", "2025-01-02")
    check_dataset(DatasetSpec("brand", "d", *period, {"conversions": columns, "people": {}}))


# --- days and moments ----------------------------------------------------------------------------


@given(st.dates())
def test_days_have_one_spelling(day: object) -> None:
    assert is_day(str(day))
    assert not is_day(str(day).replace("-", ""))


@pytest.mark.parametrize("text", ["", "2025-1-1", "2025-02-30", "2025-W01-1", "2025-01-01 ", "x"])
def test_what_is_no_day(text: str) -> None:
    assert not is_day(text)


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moments_are_read_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert instant(timestamp(moment)) == whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T09:00:00",
        "2026-03-01T09:00:00+00:00",
        "2026-03-01T09:00:00z",
        "2026-03-01T09:00Z",
        "2026-03-01T09:00:00.5Z",
        "20260301T090000Z",
        "2026-03-01 09:00:00Z",
        "2026-13-01T09:00:00Z",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-10:00",
        "٢٠26-03-01T09:00:00Z",
    ],
)
def test_other_spellings_of_moments_are_refused(text: str) -> None:
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        instant(text)


# --- in force ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def accepted() -> SignedAgreement:
    return sign_all(proposed())


def code_at(signed: SignedAgreement, now: datetime) -> str:
    try:
        require_in_force(signed, now)
    except CleanroomError as error:
        return error.code
    return ""


def test_an_agreement_is_in_force_from_its_first_second_to_its_last(
    accepted: SignedAgreement,
) -> None:
    start = instant(accepted.agreement.not_before)
    end = instant(accepted.agreement.expires)
    second = timedelta(seconds=1)
    assert code_at(accepted, start) == ""
    assert code_at(accepted, end - second) == ""
    assert code_at(accepted, start - second) == "trust.agreement_not_yet"
    assert code_at(accepted, end) == "trust.agreement_expired"


def test_drafts_and_half_signed_agreements_are_not(accepted: SignedAgreement) -> None:
    now = instant(accepted.agreement.not_before)
    assert code_at(agreements.wrap(drafted()), now) == "trust.agreement_draft"
    half = msgspec.structs.replace(accepted.envelope, signatures=accepted.envelope.signatures[:1])
    assert code_at(agreements.read(half.to_bytes()), now) == "trust.agreement_unsigned"


def test_receivers_and_catalogue_follow_the_agreement(accepted: SignedAgreement) -> None:
    agreement = accepted.agreement
    assert agreement.receivers("A01") == ("platform", "brand")
    assert agreement.receivers("A18") == ()
    catalogue = agreement.catalogue()
    assert catalogue.parties == agreement.data_parties
    assert set(catalogue.references()) == {
        "platform.people.a_age_band",
        "brand.people.a_age_band",
    }
