"""What a profile's options make of a record: each option by a small file of its own."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.errors import BadConfiguration, BadFile
from include.ingest.datasets import dataset
from include.ingest.profile import Layout, month_number
from include.ingest.validation import Tally, validate_file

EXPENSE = {"constants": {"origin": "ledger", "kind": "payment", "status": "posted", "currency": "KES", "vendor": "V"}}
READING = {"dataset": "meter_readings", "key": ["meter", "starts_at"], "constants": {"meter": "M"}}
LONDON = "Europe/London"


class Home:
    """What became of a file: rows as dictionaries, identities, rejects, the tally."""

    def __init__(self, text: str, mapping: dict[str, Any], *, name: str = "file.csv", **layout: Any) -> None:
        each = Layout.model_validate({"files": "*", "datasets": [mapping], **layout})
        spec = dataset(each.datasets[0].dataset)
        lines: list[Any] = []
        self.rejects: list[tuple[str, str]] = []
        self.tally: Tally = validate_file(
            io.BytesIO(text.encode()),
            layout=each,
            mapping=each.datasets[0],
            dataset=spec,
            accept=lines.append,
            reject=lambda reject: self.rejects.append((reject.field, reject.code)),
            context={"today": dt.date(2026, 11, 23), "earliest": dt.date(2000, 1, 1)},
            zone=ZoneInfo("Africa/Nairobi"),
            delivery=each.delivery(name, dt.date(2026, 11, 23)),
        )
        self.rows = [dict(zip(spec.contract.model_fields, line[3:], strict=True)) for line in lines]
        self.identities = [line[2] for line in lines]

    def column(self, field: str) -> list[Any]:
        return [row[field] for row in self.rows]


def expense(**columns: Any) -> dict[str, Any]:
    return {"dataset": "expenses", "columns": {"spent_on": "Date", "amount": "Amount", **columns}, **EXPENSE}


def test_a_template_makes_a_text_of_columns_and_a_blank_column_makes_none() -> None:
    home = Home(
        "No,Name,Unit\n7,North,A\n8,,B\n",
        {
            "dataset": "users",
            "key": "employee_no",
            "templates": {"employee_no": "EMP-{No}", "full_name": "{Unit} {No}", "job_title": "{Name|Title} of {Unit}"},
        },
    )
    assert home.column("employee_no") == ["EMP-7", "EMP-8"]
    assert home.column("full_name") == ["A 7", "B 8"]
    assert home.column("job_title") == ["North of A", None]


def test_a_template_without_its_column_refuses_the_file_where_the_field_is_needed() -> None:
    with pytest.raises(BadFile, match="ID"):
        Home("Other\n1\n", {"dataset": "users", "templates": {"employee_no": "E{ID}", "full_name": "E{ID}"}})


def test_people_named_in_every_line_are_taken_once_and_the_rest_is_skipped() -> None:
    users = {"dataset": "users", "key": "employee_no", "templates": {"employee_no": "{ID}", "full_name": "N {ID}"}}
    home = Home("ID,Hours\n1,2\n1,3\n2,1\n1,2\n", {**users, "distinct": True})
    assert home.column("employee_no") == ["1", "2"]
    assert (home.tally.rows_read, home.tally.rows_skipped) == (2, 1 + 2), "a header and two repetitions"


def test_numbers_are_scaled_and_rounded_half_up_to_what_the_field_keeps() -> None:
    home = Home(
        "At,Wh\n2026-01-01T00:00:00,95\n2026-01-01T00:30:00,0.05\n2026-01-01T01:00:00,0.04\n",
        {**READING, "columns": {"starts_at": "At", "energy_kwh": {"from": "Wh", "scale": 0.001}}},
    )
    assert home.column("energy_kwh") == [Decimal("0.095"), Decimal("0.0001"), Decimal("0.0000")]
    assert home.tally.warnings == [{"code": "rounded", "rows": "2", "difference": "0.00001"}]


def test_a_timestamp_that_names_the_end_is_shifted_to_the_start_and_read_in_the_file_s_zone() -> None:
    columns = {
        "starts_at": {"from": "Read", "formats": ["%d %b %Y %H:%M:%S"], "shift_minutes": -30},
        "energy_kwh": "kWh",
    }
    home = Home("Read,kWh\n26 Aug 2019 00:30:00,1\n", {**READING, "columns": columns}, timezone=LONDON)
    assert home.column("starts_at")[0] == dt.datetime(2019, 8, 25, 23, 0, tzinfo=dt.UTC)


def test_the_hour_that_comes_twice_is_two_hours_where_the_values_differ() -> None:
    columns = {"starts_at": "At", "energy_kwh": "kWh"}
    text = "At,kWh\n" + "".join(
        f"2022-10-30 {time},{value}\n"
        for time, value in (("01:00", 1), ("01:00", 2), ("01:00", 1), ("01:00", 2), ("00:30", 5), ("00:30", 6))
    )
    home = Home(text, {**READING, "columns": columns, "repeated_hour": "starts_at"}, timezone=LONDON)
    first, second = home.identities[:2]
    assert (first[-25:], second[-25:]) == ("2022-10-30T00:00:00+00:00", "2022-10-30T01:00:00+00:00")
    assert home.identities[2:4] == [first, second], "a reading sent again keeps its place"
    assert home.identities[4] == home.identities[5], "no other half hour comes twice"


def test_an_hour_that_comes_twice_must_be_part_of_the_key() -> None:
    with pytest.raises(ValueError, match="not in the key"):
        Home("", {**READING, "key": ["meter"], "repeated_hour": "starts_at"})


def test_a_column_per_half_hour_becomes_a_row_each_and_no_two_fall_together_when_the_clocks_change() -> None:
    header = "Meter,Day," + ",".join(f"[{n // 2:02}:{n % 2 * 30:02}]" for n in range(48))
    days = "".join(f"M,{day}/03/2026," + ",".join("1" for _ in range(48)) + "\n" for day in (28, 29))
    mapping = {
        "dataset": "meter_readings",
        "key": ["meter", "starts_at"],
        "columns": {"meter": "Meter"},
        "unpivot": {
            "columns": r"^\[\d\d:\d\d\]$",
            "value": "energy_kwh",
            "field": "starts_at",
            "day": {"from": "Day", "formats": "%d/%m/%Y"},
        },
    }
    home = Home(f"{header}\n{days}", mapping, timezone=LONDON)
    assert len(set(home.identities)) == 96
    assert home.column("starts_at")[0] == dt.datetime(2026, 3, 28, tzinfo=dt.UTC)


BUDGET = {
    "dataset": "budgets",
    "key": ["department", "category", "period_from", "version"],
    "columns": {"department": "Dept"},
    "constants": {"currency": "KES", "version": "1", "granularity": "year"},
}


def test_a_column_per_category_becomes_a_row_per_category_under_one_name() -> None:
    home = Home(
        'Dept,Office budget,Winding-up budget,Office spend\nNorth,"£1,136.41",Uncapped,5\nSouth,7 (provisional),3,\n',
        {
            **BUDGET,
            "unpivot": {
                "columns": "^(?P<category>.+) budget$",
                "value": "amount",
                "cell": {"nothing": "Uncapped", "strip": r"\s*\(.*\)"},
                "words": {"Winding-up": "Wind-up"},
            },
            "delivery": {"from": ["period_from", "in_force_from"], "to": "period_to"},
        },
        name="report_10_11.csv",
        delivered=r"_(?P<year>\d\d)_\d\d",
        fiscal_first_month=4,
    )
    assert [(row["department"], row["category"], row["amount"]) for row in home.rows] == [
        ("North", "Office", Decimal("1136.41")),
        ("South", "Office", Decimal(7)),
        ("South", "Wind-up", Decimal(3)),
    ]
    assert {(row["period_from"], row["period_to"]) for row in home.rows} == {
        (dt.date(2010, 4, 1), dt.date(2011, 3, 31))
    }


@pytest.mark.parametrize(("named", "first"), [("begin", dt.date(2024, 7, 1)), ("end", dt.date(2023, 7, 1))])
def test_a_column_per_fiscal_year_is_named_after_its_first_or_last_year(named: str, first: dt.date) -> None:
    home = Home(
        "Dept,FY23 Actual,FY24 Adopted\nNorth,1,2\n",
        {
            **BUDGET,
            "unpivot": {
                "columns": r"^FY(?P<year>\d\d) Adopted$",
                "value": "amount",
                "field": ["period_from", "in_force_from"],
                "end_field": "period_to",
            },
        },
        fiscal_first_month=7,
        fiscal_year_named_after=named,
    )
    assert home.column("period_from") == [first]
    assert home.column("period_to") == [dt.date(first.year + 1, 6, 30)]


def test_personal_numbers_are_struck_from_names_and_marked_in_texts() -> None:
    cpf = r"\d{3}\.\d{3}\.\d{3}-\d{2}"
    home = Home(
        "Date,Amount,Payee,Tax,Text\n2026-01-01,1,Ana 111.222.333-44,111.222.333-44,paid to 111.222.333-44 in cash\n",
        {
            **expense(
                vendor={"from": "Payee", "strip": rf"\s*{cpf}"},
                vendor_code={"from": "Tax", "strip": cpf},
                description={"from": "Text", "scrub": [cpf, r"\bcash\b"]},
            ),
            "constants": {name: value for name, value in EXPENSE["constants"].items() if name != "vendor"},
        },
    )
    (row,) = home.rows
    assert (row["vendor"], row["vendor_code"], row["description"]) == ("Ana", None, "paid to […] in […]")


def test_a_header_is_found_by_names_that_no_field_needs() -> None:
    site = {
        "dataset": "sites",
        "key": "code",
        "distinct": True,
        "constants": {"code": "S", "name": "S", "timezone": "Africa/Nairobi"},
    }
    home = Home("sep=,\nMPR,kWh\n1,2\n1,3\n", site, format={"header_names": ["MPR", "kWh"]})
    assert (len(home.rows), home.rejects) == (1, [])


LEDGER = {
    "dataset": "expenses",
    "columns": {"spent_on": "Date", "vendor": "Supplier"},
    "constants": {"origin": "ledger", "status": "posted", "currency": "KES"},
    "derive": {"kind": {"sign_of": "amount", "positive": "payment", "negative": "refund"}},
}


def test_a_credit_counts_with_the_other_sign() -> None:
    rule = {"columns": "^(Debit|Credit)$", "value": "amount", "negative": "^credit$", "cell": {"nothing": "0.00"}}
    text = "Date,Supplier,Debit,Credit\n2026-01-05,A,100.00,0.00\n2026-01-06,B,,20.00\n2026-01-07,C,0.00,-5.00\n"
    home = Home(text, {**LEDGER, "unpivot": rule})
    assert [(row["kind"], row["amount"]) for row in home.rows] == [
        ("payment", Decimal(100)),
        ("refund", Decimal(-20)),
        ("payment", Decimal(5)),
    ]


def test_only_a_number_has_a_sign_to_turn() -> None:
    rule = {"columns": "^(Debit|Credit)$", "value": "description", "negative": "^Credit$"}
    with pytest.raises(BadConfiguration, match="description, which has none"):
        Home("Date,Supplier,Debit,Credit\n2026-01-05,A,x,y\n", {**LEDGER, "unpivot": rule})


def test_a_group_that_is_no_field_is_named() -> None:
    with pytest.raises(BadConfiguration, match="colour"):
        Home("Dept,red\nN,1\n", {**BUDGET, "unpivot": {"columns": "^(?P<colour>red)$", "value": "amount"}})


def test_hours_finer_than_the_contract_are_rounded_too_and_their_mistakes_are_no_amounts() -> None:
    columns = {"employee": "No", "starts_on": "From", "ends_on": "To", "hours": "Hours"}
    leave = {
        "dataset": "leave_applications",
        "columns": columns,
        "constants": {"leave_type": "sick", "status": "taken"},
    }
    home = Home("No,From,To,Hours\nE,2026-01-01,2026-01-01,3.335\nE,2026-01-02,2026-01-02,three\n", leave)
    assert home.column("hours") == [Decimal("3.34")]
    assert home.rejects == [("hours", "invalid_number")]


def test_a_missing_amount_is_named_and_not_what_is_derived_from_it() -> None:
    constants = {name: value for name, value in EXPENSE["constants"].items() if name != "kind"}
    sign = {"kind": {"sign_of": "amount", "positive": "payment", "negative": "refund"}}
    home = Home("Date,Amount\n2026-01-01,-\n2026-01-01,-2\n", {**expense(), "constants": constants, "derive": sign})
    assert home.rejects == [("amount", "missing_value")]
    assert home.column("kind") == ["refund"]


@pytest.mark.parametrize("name", ["mars", "Mar", "machi", "März", "marzo", "03"])
def test_a_month_is_known_by_its_name_in_several_languages(name: str) -> None:
    assert month_number(name) == 3


@pytest.mark.parametrize(("name", "number"), [("juin", 6), ("juil.", 7), ("août", 8), ("Dezembro", 12), ("set", 9)])
def test_no_two_months_are_mixed_up(name: str, number: int) -> None:
    assert month_number(name) == number


def test_a_word_that_is_no_month_is_none() -> None:
    with pytest.raises(ValueError, match="jui"):
        month_number("jui")


def test_a_month_in_columns_stands_for_a_date_that_is_blank() -> None:
    mapping = {**expense(), "month_only": {"field": "spent_on", "year": "Y", "month": "M"}}
    home = Home("Date,Y,M,Amount\n2026-02-03,2026,2,1\n,2026,feb,2\n,2026,0,3\n,,,4\n", mapping)
    assert [(str(row["spent_on"]), row["is_month_only"]) for row in home.rows] == [
        ("2026-02-03", False),
        ("2026-02-01", True),
    ]
    assert home.rejects == [("spent_on", "invalid_date")] * 2


def test_a_yearly_budget_is_spread_over_twelve_months_to_the_cent() -> None:
    period = {"from": ["period_from", "in_force_from"], "to": "period_to"}
    home = Home(
        "Dept,Amount\nNorth,1000.00\n",
        {
            **BUDGET,
            "columns": {"department": "Dept", "amount": "Amount"},
            "constants": {"currency": "KES", "version": "1"},
            "delivery": period,
            "spread": "year_over_months",
        },
        name="2026.csv",
        delivered=r"(?P<year>\d{4})",
        fiscal_first_month=7,
    )
    assert [str(amount) for amount in home.column("amount")] == ["83.33"] * 11 + ["83.37"]
    assert (home.rows[0]["period_from"], home.rows[-1]["period_to"]) == (dt.date(2026, 7, 1), dt.date(2027, 6, 30))
    assert set(home.column("granularity")) == {"month"}


def test_a_column_per_month_becomes_a_row_per_month() -> None:
    home = Home(
        "Dept,Jul 2026,Aug 2026,Total\nNorth,1,,1\n",
        {
            **BUDGET,
            "unpivot": {
                "columns": r"^(?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})$",
                "value": "amount",
                "field": ["period_from", "in_force_from"],
                "end_field": "period_to",
            },
            "constants": {"currency": "KES", "version": "1"},
        },
        known_columns=["Total"],
    )
    assert [(row["period_from"], row["period_to"], row["amount"]) for row in home.rows] == [
        (dt.date(2026, 7, 1), dt.date(2026, 7, 31), Decimal(1))
    ]


@pytest.mark.parametrize(
    ("cell", "code"), [("()", "invalid_amount"), ("12345678901234567890123456789.123", "out_of_range")]
)
def test_a_bad_cell_of_a_wide_table_costs_its_own_row_only(cell: str, code: str) -> None:
    home = Home(
        f"Dept,Jul 2026,Aug 2026,Sep 2026\nNorth,1,{cell},3\n",
        {
            **BUDGET,
            "unpivot": {
                "columns": r"^(?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})$",
                "value": "amount",
                "field": ["period_from", "in_force_from"],
                "end_field": "period_to",
            },
            "constants": {"currency": "KES", "version": "1"},
        },
    )
    assert home.column("amount") == [Decimal(1), Decimal(3)]
    assert home.rejects == [("amount", code)]


def test_a_column_that_is_taken_for_a_month_and_is_none_is_named_as_the_profile_s_mistake() -> None:
    wide = {"columns": "^(?P<month>[a-z]{3})$", "value": "amount", "field": "period_from"}
    with pytest.raises(BadConfiguration, match="names no month") as refusal:
        Home("Dept,Jan,Who\nNorth,1,2\n", {**BUDGET, "unpivot": wide, "constants": {"currency": "KES"}})
    assert refusal.value.code == "bad_profile"


def test_a_slot_without_its_day_is_refused_and_a_record_that_ends_early_as_well() -> None:
    home = Home(
        "H1,H2,Day\n1,2,2026-03-01\n3,4\n5,6,0001-01-01\n",
        {**READING, "unpivot": {"columns": "^H", "value": "energy_kwh", "field": "starts_at", "day": "Day"}},
    )
    assert (len(home.rows), set(home.rejects)) == (
        2,
        {("energy_kwh", "missing_value"), ("energy_kwh", "out_of_range")},
    )


@pytest.mark.parametrize(
    ("amount", "start", "reject"),
    [
        ("9" * 30, "2026-01-01", ("amount", "out_of_range")),
        ("1200", "9999-07-01", ("period_from", "out_of_range")),
    ],
)
def test_a_year_that_cannot_be_spread_is_one_reject(amount: str, start: str, reject: tuple[str, str]) -> None:
    home = Home(
        f"Dept,Amount,From\nNorth,{amount},{start}\nSouth,12,2026-01-01\n",
        {
            **BUDGET,
            "columns": {"department": "Dept", "amount": "Amount", "period_from": "From"},
            "constants": {"currency": "KES", "version": "1", "in_force_from": "2026-01-01"},
            "spread": "year_over_months",
        },
    )
    assert (len(home.rows), home.rejects) == (12, [reject])


def test_brackets_around_nothing_are_no_total_and_one_reject() -> None:
    home = Home("Date,Amount\n2026-01-01,1\n,()\n", expense(), totals={"field": "amount"})
    assert (len(home.rows), home.rejects) == (1, [("amount", "invalid_amount")])


def test_a_year_of_twenty_digits_is_no_date() -> None:
    home = Home(
        f"Year,Month,Amount\n{'9' * 20},1,5\n2026,1,5\n",
        {
            "dataset": "expenses",
            "columns": {"amount": "Amount"},
            "month_only": {"field": "spent_on", "year": "Year", "month": "Month"},
            **EXPENSE,
        },
    )
    assert (len(home.rows), home.rejects) == (1, [("spent_on", "invalid_date")])


def test_words_that_the_map_does_not_know_are_counted_and_not_lost() -> None:
    category = {"from": "Kind", "values": {"T": "Travel"}}
    home = Home("Date,Amount,Kind\n2026-01-01,1,t\n2026-01-01,1,X\n2026-01-01,1,Travel\n", expense(category=category))
    assert home.column("category") == ["Travel", "X", "Travel"]
    assert home.tally.unmapped == {("category", "X"): 1}


def test_two_header_rows_that_come_again_at_each_page_are_no_data() -> None:
    header = ",2026,\nDate,Amount,Note\n"
    columns = {"spent_on": "Date", "amount": "2026 Amount"}
    home = Home(
        f"{header}2026-01-01,1,\n{header}2026-01-02,2,\n",
        {**expense(), "columns": columns},
        format={"header_rows": 2},
    )
    assert (len(home.rows), home.rejects, home.tally.rows_skipped) == (2, [], 4)


def test_two_header_rows_are_one_and_an_upper_cell_spans_what_is_blank() -> None:
    mapping = expense(spent_on="Paid on", amount="Amount net")
    home = Home("Paid,Amount,\non,net,gross\n2026-01-01,1,2\n", mapping, format={"header_rows": 2})
    assert home.column("amount") == [Decimal(1)]


@pytest.mark.parametrize(("policy", "warnings"), [("ignore", []), ("warn", [{"code": "new_columns", "columns": "1"}])])
def test_a_new_column_is_ignored_or_warned_of(policy: str, warnings: list[dict[str, str]]) -> None:
    text = "Date,Amount,Known,New\n2026-01-01,1,2,3\n"
    assert Home(text, expense(), known_columns=["Known"], new_columns=policy).tally.warnings == warnings


def test_a_new_column_freezes_a_source_that_says_so() -> None:
    with pytest.raises(BadFile) as refusal:
        Home("Date,Amount,New\n2026-01-01,1,3\n", expense(), new_columns="refuse")
    assert refusal.value.code == "new_columns"


def test_a_record_that_says_nothing_to_a_dataset_is_skipped_and_not_rejected() -> None:
    home = Home("Date,Amount\n2026-01-01,\n2026-01-02,5\n", {**expense(), "skip_if_blank": "amount"})
    assert (len(home.rows), home.rejects, home.tally.rows_read) == (1, [], 1)


def test_one_column_can_hold_year_and_month() -> None:
    rule = {"field": "spent_on", "column": {"from": "Period", "formats": "%b-%y"}}
    home = Home("Period,Amount\nMar-19,1\n,2\n", {**expense(), "columns": {"amount": "Amount"}, "month_only": rule})
    assert [(str(row["spent_on"]), row["is_month_only"]) for row in home.rows] == [("2019-03-01", True)]
    assert home.rejects == [("spent_on", "invalid_date")]
    with pytest.raises(ValueError, match="needs `formats`"):
        Home("", {**expense(), "month_only": {"field": "spent_on", "column": "Period"}})


PLANS = {
    "leave_applications": (("starts_on", "ends_on"), {"employee": "E1", "leave_type": "annual", "status": "approved"}),
    "budgets": (
        ("period_from", "period_to"),
        {"department": "D", "granularity": "month", "version": "1", "in_force_from": "2026-01-01"},
    ),
    "fx_rates": (
        ("valid_from", "valid_to"),
        {"kind": "daily", "from_currency": "USD", "to_currency": "KES", "provider": "CBK"},
    ),
    "grants": (("starts_on", "ends_on"), {"code": "G", "title": "A grant", "donor": "D", "status": "active"}),
}


@pytest.mark.parametrize("kind", PLANS)
def test_what_lies_ahead_has_a_plausible_day_too(kind: str) -> None:
    (first, last), constants = PLANS[kind]
    amount = {"fx_rates": "rate", "leave_applications": "days"}.get(kind, "amount")
    constants = constants | {amount: "3.0"} | ({"currency": "KES"} if amount == "amount" else {})
    ahead = "2031-11-24" if kind == "leave_applications" else "2041-11-24"
    home = Home(
        f"From,To\n2027-03-01,2027-03-05\n0219-03-01,2027-03-05\n2027-03-01,9999-03-05\n2027-03-01,{ahead}\n",
        {"dataset": kind, "columns": {first: "From", last: "To"}, "constants": constants},
    )
    assert (len(home.rows), home.rejects) == (1, [(first, "ancient_date"), *[(last, "far_future")] * 2])
