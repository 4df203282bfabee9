"""Ledgers that nobody of this project wrote, against an oracle computed elsewhere."""

from typing import Any

from tests.real.home import Home, cents, difference

# October's file is September's, byte for byte.
TWIN = "phoenix/october-2018.csv"


def test_every_expense_comes_home_to_the_cent_in_its_month(home: Home, expected: dict[str, Any]) -> None:
    for name, facts in expected.items():
        if name == TWIN:
            continue
        refused_rows, refused = difference(name, "ancient_date")
        months = home.expenses(*name.split("/"))
        assert sum(month["n"] for month in months) == facts["data_rows"] - refused_rows, name
        assert sum(month["amount"] for month in months) == cents(facts["sum"]) - refused, name
        by_month = {month: (n, cents(amount)) for month, (n, amount) in facts["by_month"].items() if len(month) == 7}
        if by_month:
            assert {month["month"]: (month["n"], month["amount"]) for month in months} == by_month, name
            assert min(month["first"] for month in months) == facts["min_date"], name
            assert max(month["last"] for month in months) == facts["max_date"], name


def test_rows_without_a_day_are_marked_and_stand_in_the_month_that_the_file_tells(home: Home) -> None:
    (darlington,) = home.expenses("darlington", "2013-02.csv")
    assert (darlington["month"], darlington["month_only"]) == ("2013-02", darlington["n"])
    ceaps = home.expenses("ceaps", "2008.csv")
    assert {month["month"][:4] for month in ceaps} == {"2008"}
    assert len(ceaps) == 11, "the file begins in February"
    assert all(month["month_only"] == month["n"] for month in ceaps)
    assert all(month["first"].endswith("-01") and month["last"].endswith("-01") for month in ceaps)
    assert sum(month["month_only"] for month in home.expenses("ceaps", "2019.csv")) == 0


def test_the_same_bytes_under_another_month_count_once_and_leave_that_month_missing(
    home: Home, expected: dict[str, Any]
) -> None:
    (twin,) = home.batches(source="phoenix", name="october-2018.csv")
    assert (twin["status"], twin["error_code"]) == ("duplicate", "duplicate_file")
    assert twin["warnings"] == [
        {
            "code": "period_missing",
            "period_from": "2018-10-01",
            "period_to": "2018-10-31",
            "same_as": "september-2018.csv",
        }
    ]
    assert home.expenses("phoenix", "october-2018.csv") == []


def test_total_rows_are_left_out_and_reported_when_they_disagree(home: Home) -> None:
    warnings = {(batch["source"], batch["name"]): batch["warnings"] for batch in home.batches(dataset="expenses")}
    assert warnings["networkrail", "2017-03.csv"] == [{"code": "total_mismatch", "difference": "0.01"}]
    assert warnings["networkrail", "2018-08.csv"] == [{"code": "total_mismatch", "difference": "-0.01"}]
    assert warnings["phoenix", "october-2017.csv"] == [], "its unlabelled total agrees with the sum"
    (vendors,) = home.query("select count(*) as n from core.vendors where name ilike '%%total%%'")
    assert vendors["n"] > 0, "real vendors survive"


def test_a_payment_that_is_labelled_detail_survives(home: Home) -> None:
    (last,) = home.query(
        "select count(*) filter (where e.document_no = '55349549' and e.amount = 6071.32) as in_2017, "
        "count(*) filter (where e.spent_on = '2013-02-01' and e.amount = 704.02) as in_2013 "
        "from core.expenses e where e.source = 'darlington'"
    )
    assert last["in_2017"] >= 1
    assert last["in_2013"] >= 1


def test_duplicates_inside_a_file_are_genuine(home: Home, expected: dict[str, Any]) -> None:
    (alike,) = home.query(
        "select count(*) as n from core.expenses e join ops.batches b using (batch_id) join ops.files f using (file_id)"
        " where f.source = 'phoenix' and f.name = 'october-2017.csv' and e.source_key not like '%%#1'"
    )
    assert alike["n"] == expected["phoenix/october-2017.csv"]["exact_duplicate_rows"]


def test_names_arrive_with_their_accents_whatever_the_file_s_encoding(home: Home) -> None:
    kinds = home.query("select name from core.categories where source = 'ceaps'")
    assert {
        "Aluguel de imóveis para escritório político, compreendendo despesas concernentes a eles.",
        "Divulgação da atividade parlamentar",
        "Passagens aéreas, aquáticas e terrestres nacionais",
    } <= {row["name"] for row in kinds}
    # What UTF-8 looks like when it was read as cp1252, and what could not be decoded at all.
    garbled = "Ã[\u0080-\u00bf©£¡³§ª­±]|Â[£°]|\ufffd"
    for table in ("vendors", "categories", "departments", "expenses"):
        (row,) = home.query(f"select count(*) as n from core.{table} as t where t::text ~ %(garbled)s", garbled=garbled)
        assert row["n"] == 0, table
