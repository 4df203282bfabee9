"""A file never seen: what it is, which column is what, how it would load, and what only a person can say."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from include.errors import BadFile
from include.ingest.inspecting import inspect
from include.ingest.profile import Profile
from include.ingest.proposing import ENOUGH, Proposal, propose, try_profile
from include.schemas.organisation import load_organisation
from tests.conftest import shared_data


def proposed(path: Path, **options: str) -> Proposal:
    return propose(path, "acme", load_organisation(), **options)


def written(folder: Path, text: str, name: str = "acme_2026-01.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def columns(proposal: Proposal) -> dict[str, str]:
    return {match.field: match.column for match in proposal.matches}


LEDGER = "Payment Date;Supplier;Dept;Nett Amount;Notes\n" + "".join(
    f"{day:02}/01/2026;Vendor {day};North;1.{day:03},50;text {day}\n" for day in range(1, 29)
)


def test_a_ledger_is_recognised_down_to_its_decimal_comma(tmp_path: Path) -> None:
    proposal = proposed(written(tmp_path, f"Export of the ledger\n\n{LEDGER}"))
    assert proposal.kind == "expenses"
    assert columns(proposal) == {
        "spent_on": "Payment Date",
        "vendor": "Supplier",
        "department": "Dept",
        "amount": "Nett Amount",
        "description": "Notes",
    }
    assert (proposal.inspection.delimiter, proposal.inspection.header_at) == (";", 3)
    assert proposal.trial.share == 1
    assert proposal.trial.shown[0]["amount"] == "1001.50"
    assert proposal.trial.creates == {"department": 1, "vendor": 28}


def test_what_it_writes_is_a_profile(tmp_path: Path) -> None:
    proposal = proposed(written(tmp_path, LEDGER))
    profile = Profile.model_validate(yaml.safe_load(proposal.text()))
    assert profile.reads[0].delivery("acme_2026-01.csv", load_organisation().today())[0].isoformat() == "2026-01-01"


def test_a_date_that_could_be_read_two_ways_is_asked_about(tmp_path: Path) -> None:
    text = "Date,Supplier,Amount\n01/02/2026,A,1.00\n03/04/2026,B,2.00\n"
    assert any("day/month or month/day" in doubt for doubt in proposed(written(tmp_path, text)).unclear)
    clear = "Date,Supplier,Amount\n01/02/2026,A,1.00\n03/24/2026,B,2.00\n"
    proposal = proposed(written(tmp_path, clear))
    assert not any("day/month" in doubt for doubt in proposal.unclear)
    assert proposal.trial.shown[1]["spent_on"] == "2026-03-24"


def test_a_column_without_a_telling_name_is_taken_for_the_only_thing_it_can_be(tmp_path: Path) -> None:
    proposal = proposed(written(tmp_path, "When,Supplier,X1\n2026-01-01,A,1.50\n2026-01-02,B,2.50\n"), kind="expenses")
    assert (columns(proposal)["spent_on"], columns(proposal)["amount"]) == ("When", "X1")
    assert any("X1 may be amount" in doubt for doubt in proposal.unclear)


def test_people_are_shown_by_their_shape_only_and_their_numbers_are_taken_out(tmp_path: Path) -> None:
    text = "Date,Supplier,Amount,Notes\n2026-01-01,Ana Souza,1.50,by ana@example.org 123.456.789-09\n"
    proposal = proposed(written(tmp_path, text * 1))
    assert "Ana" not in str(proposal.trial.shown)
    assert proposal.personal == {"Notes": ["e-mail address", "Brazilian CPF"]}
    assert "scrub" in proposal.text()


def test_a_total_below_the_rows_is_left_out_and_compared(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-{day:02},Vendor {day},Rent,{day}.50\n" for day in range(1, 10))
    proposal = proposed(written(tmp_path, f"Date,Supplier,Category,Amount\n{rows}Total,,,50.00\n"))
    assert proposal.document["reads"][0]["totals"] == {"field": "amount"}
    assert proposal.trial.tally is not None
    assert proposal.trial.tally.rows_read == 9
    assert any("differ by 0.50" in doubt for doubt in proposal.unclear)


def test_a_total_that_stands_elsewhere_is_told_by_its_label(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-{day:02},Vendor {day},{day}.50,x\n" for day in range(1, 10))
    proposal = proposed(written(tmp_path, f"Date,Supplier,Amount,Notes\n{rows},,Summe,49.50\n"))
    assert proposal.document["reads"][0]["skip"] == [{"column": "Amount", "matches": r"^(?:Summe)(?!\w)"}]
    assert proposal.trial.share == 1


def test_only_what_can_be_a_key_is_offered_as_one(tmp_path: Path) -> None:
    text = "Voucher,Date,Supplier,Amount\n1,2026-01-01,A,1.00\n2,2026-01-02,B,2.00\n"
    proposal = proposed(written(tmp_path, text))
    assert proposal.inspection.key_candidates() == ["Voucher", "Supplier"]
    assert proposal.document["reads"][0]["datasets"][0]["key"] == ["document_no"]


def test_a_budget_with_a_column_per_month_is_unpivoted(tmp_path: Path) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    text = "Department,Category," + ",".join(f"{month} 2026" for month in months) + "\n"
    text += "North,Rent," + ",".join("100.00" for _ in months) + "\n"
    proposal = proposed(written(tmp_path, text, name="budget.csv"))
    assert proposal.kind == "budgets"
    assert proposal.trial.tally is not None
    assert (proposal.trial.tally.rows_read, proposal.trial.share) == (12, 1)


def test_months_without_a_year_begin_the_file_s_fiscal_year(tmp_path: Path) -> None:
    text = "Cost centre,Line,Jul,Aug,Sep,Oct,Nov,Dec,Jan,Feb,Mar,Apr,May,Jun\nNorth,Rent" + ",100" * 12 + "\n"
    proposal = proposed(written(tmp_path, text, name="budget_2026.csv"))
    assert proposal.document["reads"][0]["fiscal_first_month"] == 7
    profile = Profile.model_validate(proposal.document)
    assert profile.reads[0].delivery("budget_2026.csv", load_organisation().today())[0].isoformat() == "2026-07-01"
    (trial,) = try_profile(tmp_path / "budget_2026.csv", profile, load_organisation()).values()
    assert trial.tally is not None
    assert trial.tally.rows_accepted == 12
    assert [row["period_from"] for row in trial.shown] == ["2026-07-01", "2026-08-01", "2026-09-01"]


def test_utf_16_without_a_mark_is_recognised(tmp_path: Path) -> None:
    path = written(
        tmp_path, "Date\tSupplier\tAmount\n2026-01-01\tZoë\t1.50\n2026-01-02\tB\t2.50\n", encoding="utf-16-le"
    )
    proposal = proposed(path)
    assert (proposal.inspection.encoding, proposal.inspection.delimiter) == ("utf-16-le", "\t")
    assert proposal.trial.share == 1


FRENCH = """Notes de frais;;;;;;
;;;;;;
N° note;Date;Rubrique;Montant;Devise;Matricule;Observations
NF-1;03/03/26;Déplacement;1 234,50 €;Euro;AG-07;"taxi
aéroport"
NF-2;04/03/26;Repas;(150,00);KSh;AG-08;IBAN FR76 3000 6000 0112 3456 7890 189
Sous-total;;;1 084,50;;;
N° note;Date;Rubrique;Montant;Devise;Matricule;Observations
NF-3;17/03/26;Repas;néant;Euro;AG-09;
NF-4;31/02/26;Repas;20,00;Euro;AG-10;
NF-5;18/03/26;Carburant;88,255;Euro;AG-09;
Total général;;;1 192,76;;;
"""


def test_a_report_with_sections_in_another_language_is_taken_apart(tmp_path: Path) -> None:
    proposal = proposed(written(tmp_path, FRENCH, name="frais_mars_2026.csv", encoding="cp1252"))
    assert columns(proposal) == {
        "spent_on": "Date",
        "category": "Rubrique",
        "amount": "Montant",
        "currency": "Devise",
        "employee": "Matricule",
        "description": "Observations",
    }
    (layout,) = proposal.document["reads"]
    (mapping,) = layout["datasets"]
    assert mapping["columns"]["currency"]["values"] == {"Euro": "EUR", "KSh": "KES"}
    assert mapping["columns"]["amount"]["nothing"] == ["néant"]
    assert layout["skip"][0]["column"] == "N° note"
    assert proposal.trial.tally is not None
    assert proposal.trial.tally.rows_read == 5, "headers and subtotals between the rows are none"
    assert "189" not in str(proposal.trial.shown), "an IBAN goes as a whole"
    assert any("every employee must be known" in doubt for doubt in proposal.unclear)


def test_a_workbook_is_proposed_for_like_any_file(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Payments of January"], [], ["Date", "Supplier", "Amount"], [dt.date(2026, 1, 5), "A", 10.5]):
        sheet.append(row)
    sheet.append([dt.date(2026, 1, 24), "B", 2000])
    path = tmp_path / "payments_2026-01.xlsx"
    book.save(path)
    proposal = proposed(path)
    assert (proposal.inspection.is_workbook, proposal.inspection.header_at) == (True, 3)
    assert proposal.document["reads"][0]["files"] == "*.xlsx"
    assert [row["spent_on"] for row in proposal.trial.shown] == ["2026-01-05", "2026-01-24"]


def test_the_name_s_date_is_no_part_of_a_longer_number(tmp_path: Path) -> None:
    text = "Meter,kWh,Timestamp\n1,1.5,2026-01-01 00:00\n1,2.5,2026-01-01 00:30\n"
    proposal = proposed(written(tmp_path, text, name="M_10010012345_02-03-2026.csv"))
    layout = Profile.model_validate(proposal.document).reads[0]
    first, last = layout.delivery("M_10010012345_02-03-2026.csv", load_organisation().today())
    assert (first, last) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2))
    assert any("day, month, year" in doubt for doubt in proposal.unclear)


def test_a_name_that_speaks_of_a_quarter_is_understood(tmp_path: Path) -> None:
    proposal = proposed(written(tmp_path, LEDGER, name="payments Q3 2026.csv"))
    delivery = Profile.model_validate(proposal.document).reads[0].delivery("payments Q3 2026.csv", dt.date(2026, 11, 1))
    assert delivery == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))


def test_the_end_of_an_interval_becomes_its_start_and_a_power_is_asked_about(tmp_path: Path) -> None:
    rows = "".join(
        f"M1,0.{hour:02},Import (kW),05-01-2026 {hour:02}:{minute}\n" for hour in range(9) for minute in ("00", "30")
    )
    proposal = proposed(written(tmp_path, f"MPRN,Read Value,Read Type,Read End Time\n{rows}"))
    (mapping,) = proposal.document["reads"][0]["datasets"]
    assert mapping["columns"]["starts_at"]["shift_minutes"] == -30
    assert mapping["key"] == ["meter", "starts_at"]
    assert any("Read Type speaks of kW" in doubt for doubt in proposal.unclear)
    assert proposal.trial.energy_kwh == sum(2 * Decimal(hour) / 100 for hour in range(9))


def test_a_year_in_a_column_is_a_budget_s_period(tmp_path: Path) -> None:
    text = "Fachbereich;Konto;Haushaltsjahr;Ansatz\nNord;Miete;2026;100\nNord;Strom;2026;250\nSüd;Miete;2027;75\n"
    proposal = proposed(written(tmp_path, text, name="plan.csv", encoding="cp1252"))
    assert (proposal.kind, proposal.is_told, proposal.trial.share) == ("budgets", True, 1)
    periods = [(row["period_from"], row["period_to"], row["granularity"]) for row in proposal.trial.shown]
    assert periods[0] == ("2026-01-01", "2026-12-31", "year")
    assert periods[2] == ("2027-01-01", "2027-12-31", "year")
    assert "&id" not in proposal.text(), "no alias stands in the YAML"


def test_columns_whose_names_differ_by_the_year_are_a_budget_in_the_currency_that_they_name(tmp_path: Path) -> None:
    text = "Unit,Aim,Grant_2026_EUR,of_it_staff_2026_EUR,Grant_2027_EUR,of_it_staff_2027_EUR\n"
    text += "A,Choir,100.00,60.00,110.00,65.00\nB,Brass band,200.00,0.00,0.00,0.00\n"
    proposal = proposed(written(tmp_path, text, name="grants.csv"))
    (mapping,) = proposal.document["reads"][0]["datasets"]
    assert mapping["unpivot"]["columns"] == r"^Grant_(?P<year>\d{4})_EUR$"
    assert mapping["constants"]["currency"] == "EUR"
    assert [(row["period_from"], row["amount"]) for row in proposal.trial.shown[:2]] == [
        ("2026-01-01", "100.00"),
        ("2027-01-01", "110.00"),
    ]
    assert any("Grant_2026_EUR, Grant_2027_EUR" in doubt for doubt in proposal.unclear)


@pytest.mark.parametrize(("header", "currency"), [("Amount (USD)", "USD"), ("Paid £", "GBP"), ("Betrag in EUR", "EUR")])
def test_a_header_may_name_the_currency(tmp_path: Path, header: str, currency: str) -> None:
    text = f"Date,Supplier,{header}\n2026-01-01,A,1.50\n2026-01-02,B,2.50\n"
    (mapping,) = proposed(written(tmp_path, text), kind="expenses").document["reads"][0]["datasets"]
    assert mapping["constants"]["currency"] == currency


def test_an_export_in_portuguese_is_matched_by_its_words(tmp_path: Path) -> None:
    rows = "".join(f"NE{day:03};{day:02}/01/2026;Papel Ltda;Material;1{day},50;Saúde\n" for day in range(1, 29))
    text = f"numero_empenho;data_empenho;razao_social;objeto;valor;orgao\n{rows}"
    proposal = proposed(written(tmp_path, text, name="empenhos_2026.csv"))
    assert columns(proposal) == {
        "document_no": "numero_empenho",
        "spent_on": "data_empenho",
        "vendor": "razao_social",
        "description": "objeto",
        "amount": "valor",
        "department": "orgao",
    }
    assert proposal.document["reads"][0]["datasets"][0]["key"] == ["document_no"]


def test_only_words_that_say_nothing_are_taken_for_no_value(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-{day:02},A,{day}.50\n" for day in range(1, 27))
    text = f"Date,Supplier,Amount\n{rows}2026-01-27,A,paid to Ana Souza\n2026-01-28,A,N/A\n"
    proposal = proposed(written(tmp_path, text))
    assert proposal.document["reads"][0]["datasets"][0]["columns"]["amount"]["nothing"] == ["N/A"]
    assert "Souza" not in proposal.text(), "a text in an amount may name a person"
    assert any("N/A among its numbers" in doubt for doubt in proposal.unclear)


def test_a_debit_and_a_credit_become_payments_and_refunds(tmp_path: Path) -> None:
    text = "Date,Account,Supplier,Debit,Credit\n2026-01-05,Rent,A,100.00,0.00\n2026-01-06,Fuel,B,50.25,0.00\n"
    proposal = proposed(written(tmp_path, f"{text}2026-01-07,Fuel,B,0.00,20.00\n"))
    assert (proposal.kind, proposal.is_told, proposal.trial.share) == ("expenses", True, 1)
    assert [(row["kind"], row["amount"]) for row in proposal.trial.shown] == [
        ("payment", "100.00"),
        ("payment", "50.25"),
        ("refund", "-20.00"),
    ]
    assert any("Credit for what comes back" in doubt for doubt in proposal.unclear)


def test_a_bank_statement_s_payments_are_turned(tmp_path: Path) -> None:
    rows = "".join(f"{day:02}.01.2026;Firma {day};-1.{day:03},50;EUR\n" for day in range(1, 28))
    text = f"Buchungstag;Empfänger;Betrag;Währung\n{rows}28.01.2026;Firma 1;12,00;EUR\n"
    proposal = proposed(written(tmp_path, text))
    assert proposal.trial.share == 1
    assert [(row["kind"], row["amount"], row["currency"]) for row in proposal.trial.shown[:1]] == [
        ("payment", "1001.50", "EUR")
    ]
    assert proposal.trial.tally is not None
    assert [str(sums.accepted) for sums in proposal.trial.tally.sums.values()] == ["27379.50"]


@pytest.mark.parametrize("row", ["Ana Souza,{:02}/01/2026,Rent,North\n", "Ana Souza,Rent,{}.50,North\n"])
def test_a_row_of_data_is_taken_for_no_header(tmp_path: Path, row: str) -> None:
    proposal = proposed(written(tmp_path, "".join(row.format(day) for day in range(1, 29))))
    assert proposal.inspection.header_at == 0
    assert proposal.document["reads"][0]["format"] == {"header_rows": 0}
    assert "Souza" not in proposal.text()


def test_a_header_that_names_too_few_columns_is_none(tmp_path: Path) -> None:
    rows = "".join(f"P{n},Member {n},{n}01,{n}02,{n}03\n" for n in range(1, 9))
    proposal = proposed(written(tmp_path, f"Party,Member,Travel\nAir,Road\n{rows}"))
    assert proposal.inspection.header_at == 0
    assert any("#1 to #5" in doubt for doubt in proposal.unclear)


def test_a_file_that_nothing_tells_is_only_tried(tmp_path: Path) -> None:
    text = "Alpha,Beta\nx,y\nz,w\nu,v\n"
    proposal = proposed(written(tmp_path, text))
    assert not proposal.is_told
    assert "KIND=" in proposal.unclear[0]
    assert proposed(written(tmp_path, text), kind="vendors").is_told


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF document"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), r"\.xls"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html>", "a web page"),
        (b'[{"date": "2026-01-01"}]', "a JSON document"),
    ],
)
def test_what_is_no_table_is_told_by_how_it_begins(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(start + b"1,2\n3,4\n")
    with pytest.raises(BadFile, match=what), path.open("rb") as raw:
        inspect(raw)


@pytest.mark.parametrize("text", ["", "\n\n\n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadFile) as refusal, written(tmp_path, text).open("rb") as raw:
        inspect(raw)
    assert refusal.value.code == "empty_file"


@pytest.mark.parametrize(
    "file",
    [
        "expenses/cabinetoffice/2019-06.csv",
        "expenses/ceaps/2008.csv",
        "expenses/ceaps/2019.csv",
        "expenses/darlington/2013-02.csv",
        "expenses/darlington/2017-08.csv",
        "expenses/gla/2013-P03.csv",
        "expenses/leeds/2011-06.csv",
        "expenses/leeds/2012-11.csv",
        "expenses/networkrail/2018-08.csv",
        "expenses/phoenix/october-2017.csv",
        "budgets/boston/fy24-adopted-operating-budget.csv",
        "electricity/energysparks/example.csv",
        "electricity/energysparks/example-sheffield-file.csv",
    ],
)
def test_a_real_file_loads_as_proposed(file: str) -> None:
    assert proposed(shared_data() / file).trial.share >= ENOUGH


@pytest.mark.parametrize(
    ("file", "doubt"),
    [
        ("hr/uci_absenteeism/Absenteeism_at_work.csv", "say under `values`"),
        ("budgets/ipsa/ipsa_totalspend_22_23.csv", "use `unpivot`"),
        ("electricity/meter/consumption.csv", "cannot do without meter"),
        ("electricity/energysparks/with-mixed-line-endings.csv", "cannot do without"),
    ],
)
def test_a_real_file_that_cannot_be_told_says_what_is_unclear(file: str, doubt: str) -> None:
    proposal = proposed(shared_data() / file)
    assert proposal.trial.share < ENOUGH
    assert any(doubt in each for each in proposal.unclear)


def test_the_sums_of_a_real_file_agree_with_its_own_total() -> None:
    proposal = proposed(shared_data() / "expenses" / "phoenix" / "october-2017.csv")
    assert proposal.trial.tally is not None
    assert [str(sums.accepted) for sums in proposal.trial.tally.sums.values()] == ["147396361.90"]
    assert not any("differ" in doubt for doubt in proposal.unclear)
