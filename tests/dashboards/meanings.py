"""What each measure means: its DAX as it was reviewed, the same question as SQL, and the figure that people know.

No test can run DAX. So the DAX may not change without this page, and the SQL beside it, which asks `reporting` what the DAX
asks the model, has to come to the figure of the mart or of the page inside Airflow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from include.sql import query
from tests.dashboards.project import Measure, Table, read_model

Row = dict[str, Any]
Ask = Callable[[Connection[Row], Row], Any]


@dataclass(frozen=True)
class Meaning:
    """A measure that is no plain sum.

    `sql` and `figure` answer for the filters of a visual: values for the names that the SQL binds, of which None filters
    nothing. `this_month` is the first day of the month in which they are asked.
    """

    dax: str
    sql: str
    figure: Ask
    filters: tuple[Row, ...]


def meaning_problems(project: Path, meanings: Mapping[str, Meaning]) -> list[str]:
    """Measures that add up another column than their description names, or are not as they were reviewed."""
    model = read_model(project)
    measures = {name: (table, measure) for table in model.values() for name, measure in table.measures.items()}
    problems = [f"{name} is reviewed and is no measure" for name in meanings if name not in measures]
    for name, (table, measure) in measures.items():
        dax = squeezed(measure.expression)
        if name in meanings:
            if dax != squeezed(meanings[name].dax):
                problems.append(f"{name} is not the DAX that was reviewed")
        elif not _is_plain_sum(dax, table, measure):
            problems.append(f"{name} is neither the sum of the column that it names nor reviewed")
    return problems


def squeezed(dax: str) -> str:
    """DAX without what it does not read: spaces and lines."""
    return re.sub(r"\s+", "", dax)


def _is_plain_sum(dax: str, table: Table, measure: Measure) -> bool:
    """Money is empty where a part of it is unknown, and of several donors' currencies."""
    home = re.search(r"METRICS\.md: (\w+)\.(\w+)\.$", measure.description)
    if not home or table.view != f"reporting.{home[1]}" or home[2] not in table.columns:
        return False
    column = f"{table.name}[{home[2]}]"
    if table.columns[home[2]].source_column != home[2]:
        return False
    plain = f"SUM({column})"
    if table.columns[home[2]].data_type == "decimal":
        plain = f"IF(COUNTBLANK({column})=0,{plain})"
        if "currency" in table.columns and "base_currency" not in table.columns:
            plain = f"IF(HASONEVALUE({table.name}[currency]),{plain})"
    return dax == plain


def _rows(connection: Connection[Row], page: str, filters: Row) -> list[Row]:
    """What a page's question answers for the month in which it is asked."""
    month = filters["this_month"]
    bound = {"in_month": month, "last": month, "months": 1, "rows": 1000} | filters
    return connection.execute(query(f"pages/{page}"), bound).fetchall()


def _whole(parts: list[Any]) -> Any:
    """The sum, which is empty where there is nothing, or a part is unknown."""
    return None if not parts or None in parts else sum(parts)


def _by_sql(statement: str) -> Ask:
    def ask(connection: Connection[Row], filters: Row) -> Any:
        (row,) = connection.execute(statement.encode(), filters).fetchall()
        return next(iter(row.values()))

    return ask


def _known(column: str) -> str:
    return f"case when count({column}) = count(*) then sum({column}) end"


_CELLS = (
    "(%(department)s::text is null or department_code = %(department)s) "
    "and (%(category)s::text is null or category_code = %(category)s)"
)
_CELL_FILTERS: tuple[Row, ...] = tuple(
    {"department": department, "category": category}
    for department, category in (("WATER", "FUEL"), ("ADMIN", "RENT"), ("WATER", None), ("CLOSED", None), (None, None))
)


def _of_page_month(column: str) -> Ask:
    return lambda connection, filters: _rows(connection, "select_budget_month", filters)[0][column]


def _of_month(dax: str, formula: str, figure: Ask, filters: tuple[Row, ...] = _CELL_FILTERS) -> Meaning:
    """Spend and budget of the month."""
    sums = f"{_known('spend')} as spend, {_known('budget')} as budget"
    where = f"month = %(this_month)s and {_CELLS}"
    return Meaning(
        dax, f"select {formula} from (select {sums} from reporting.monthly_spend_vs_budget where {where}) as m", figure, filters
    )  # fmt: skip


_LAST_MONTH = "(select max(month) from reporting.monthly_spend_vs_budget where month <= %(this_month)s)"


def _year_to_date(column: str) -> Meaning:
    """At the last month that has come, the same for all departments and categories."""
    return Meaning(
        f"""
        VAR latest =
            CALCULATE(
                MAX(monthly_spend_vs_budget[month]),
                REMOVEFILTERS(departments),
                REMOVEFILTERS(categories),
                KEEPFILTERS(monthly_spend_vs_budget[month] <= TODAY())
            )
        RETURN
            CALCULATE(
                IF(COUNTBLANK(monthly_spend_vs_budget[{column}]) = 0, SUM(monthly_spend_vs_budget[{column}])),
                monthly_spend_vs_budget[month] = latest
            )
        """,
        f"select {_known(column)} from reporting.monthly_spend_vs_budget where month = {_LAST_MONTH} and {_CELLS}",
        _of_page_month(column),
        _CELL_FILTERS,
    )


_LATEST_OF_GRANTS = """
    VAR latest =
        ADDCOLUMNS(
            VALUES(grant_burn[grant_code]),
            "latest",
            COALESCE(
                CALCULATE(MAX(grant_burn[month]), KEEPFILTERS(grant_burn[month] <= TODAY())),
                CALCULATE(MIN(grant_burn[month]))
            )
        )
    RETURN
"""
_GRANTS_TODAY = """
    reporting.grant_burn
    inner join (
        select grant_code, coalesce(max(month) filter (where month <= %(this_month)s), min(month)) as month
        from reporting.grant_burn
        where %(grant)s::text is null or grant_code = %(grant)s
        group by grant_code
    ) as latest using (grant_code, month)
"""
_EACH_GRANT: tuple[Row, ...] = ({"grant": "G1"}, {"grant": "G2"}, {"grant": "G3"})
_GRANT_FILTERS: tuple[Row, ...] = (*_EACH_GRANT, {"grant": None})


def _of_page_grants(column: str) -> Ask:
    return lambda connection, filters: _whole(
        [
            row[column]
            for row in _rows(connection, "select_grants", filters)
            if filters["grant"] in (None, row["grant_code"])
        ]
    )


def _of_grants(dax: str, formula: str, column: str, filters: tuple[Row, ...] = _GRANT_FILTERS) -> Meaning:
    """Each grant as it stands this month, at its end, or at its beginning where that is yet to come."""
    return Meaning(dax, f"select {formula} from {_GRANTS_TODAY}", _of_page_grants(column), filters)


def _grant_column(column: str) -> Meaning:
    return _of_grants(
        f"""
        {_LATEST_OF_GRANTS}
            IF(
                HASONEVALUE(grant_burn[currency]),
                CALCULATE(
                    IF(COUNTBLANK(grant_burn[{column}]) = 0, SUM(grant_burn[{column}])),
                    TREATAS(latest, grant_burn[grant_code], grant_burn[month])
                )
            )
        """,
        _known(column),
        column,
    )


_STAFF = "(%(department)s::text is null or department_code = %(department)s)"
_STAFF_FILTERS: tuple[Row, ...] = ({"department": None}, {"department": "WATER"})


def _staff(connection: Connection[Row], filters: Row) -> Any:
    return _whole(
        [
            row["n_staff"]
            for row in _rows(connection, "select_headcount", filters)
            if filters["department"] is None or row["department_name"] == f"Department {filters['department']}"
        ]
    )


def _waiting(connection: Connection[Row], filters: Row) -> Any:
    kinds = {"submitted": "n_to_approve", "approved": "n_to_pay"}
    shown = [kinds[filters["status"]]] if filters["status"] else list(kinds.values())
    return sum(row[kind] for row in _rows(connection, "select_backlog", filters) for kind in shown)


_CLAIMS = (
    "reporting.reimbursement_times where month = %(month)s and department_code = 'WATER' and category_code = 'FUEL'"
)


def _median(column: str) -> Meaning:
    """Of one month, department and category: medians do not add up."""
    return Meaning(
        f"IF(COUNTROWS(reimbursement_times) = 1, MAX(reimbursement_times[{column}]))",
        f"select case when count(*) = 1 then max({column}) end from {_CLAIMS}",
        _by_sql(
            f"select {column} from marts.reimbursement_times inner join marts.departments using (department_id) "
            "where month = %(month)s and code = 'WATER'"
        ),
        ({"month": "2025-07-01"},),
    )


_SOURCE = "(%(source)s::text is null or source = %(source)s)"
_EACH_SOURCE: tuple[Row, ...] = ({"source": "leeds"}, {"source": "phoenix"})
_SOURCE_FILTERS: tuple[Row, ...] = (*_EACH_SOURCE, {"source": None})


def _batches(dax: str, formula: str, column: str) -> Meaning:
    return Meaning(
        dax,
        f"select {formula} from reporting.ingestion_batches where {_SOURCE}",
        _by_sql(f"select sum({column}) from reporting.ingestion_quality where {_SOURCE}"),
        _SOURCE_FILTERS,
    )


def _batch_rows(column: str) -> Meaning:
    return _batches(
        f'CALCULATE(SUM(ingestion_batches[{column}]), ingestion_batches[status] <> "dry_run")',
        f"sum({column}) filter (where status <> 'dry_run')",
        column,
    )


def _batches_that_are(*statuses: str) -> tuple[str, str]:
    """DAX and SQL."""
    quoted = ", ".join(f'"{status}"' for status in statuses)
    dax = f"CALCULATE(COUNTROWS(ingestion_batches), ingestion_batches[status] IN {{{quoted}}})"
    return dax, f"count(*) filter (where status in ({quoted.replace(chr(34), chr(39))}))"


_LOADED, _DUPLICATE, _FAILED = (_batches_that_are(*statuses) for statuses in (("loaded", "withdrawn"), ("duplicate",), ("failed",)))  # fmt: skip
_ENDED_DAX = "[Loaded batches] + [Duplicate batches] + [Failed batches]"
_ENDED = "nullif(count(*) filter (where status in ('loaded', 'withdrawn', 'duplicate', 'failed')), 0)"


def _rate(dax: str, formula: str, column: str) -> Meaning:
    """Of a source that has one row in the mart."""
    return Meaning(
        dax,
        f"select round({formula}, 6) from reporting.ingestion_batches where {_SOURCE}",
        _by_sql(f"select {column} from reporting.ingestion_quality where {_SOURCE}"),
        _EACH_SOURCE,
    )


def _both(one: str, other: str) -> str:
    return f"IF(NOT ISBLANK([{one}]) && NOT ISBLANK([{other}]), [{other}] - [{one}])"


MEANINGS: Mapping[str, Meaning] = {
    "Variance": _of_month(_both("Spend", "Budget"), "budget - spend", _of_page_month("variance")),
    "Variance %": _of_month(
        "DIVIDE(100 * [Variance], [Budget])",
        "round(100 * (budget - spend) / nullif(budget, 0), 6)",
        _by_sql(f"select variance_pct from reporting.monthly_budget_status where month = %(this_month)s and {_CELLS}"),
        _CELL_FILTERS[:2],
    ),
    "Share used": _of_month(
        "IF(NOT ISBLANK([Spend]), DIVIDE([Spend], [Budget]))",
        "round(spend / nullif(budget, 0), 6)",
        _of_page_month("share_used"),
    ),
    "Spend, year to date": _year_to_date("spend_ytd"),
    "Budget, year to date": _year_to_date("budget_ytd"),
    "Run rate": _year_to_date("run_rate"),
    "Variance, year to date": Meaning(
        _both("Spend, year to date", "Budget, year to date"),
        f"select {_known('budget_ytd')} - {_known('spend_ytd')} from reporting.monthly_spend_vs_budget "
        f"where month = {_LAST_MONTH} and {_CELLS}",
        _of_page_month("variance_ytd"),
        _CELL_FILTERS,
    ),
    "Grant budget": _grant_column("budget"),
    "Grant spend to date": _grant_column("spent_to_date"),
    "Grant commitments to date": _grant_column("committed_to_date"),
    "Burn rate": _grant_column("burn_rate"),
    "Projected grant spend": _grant_column("projected_spend"),
    "Grant unspent": _of_grants(
        "IF(NOT ISBLANK([Grant budget]) && NOT ISBLANK([Grant spend to date]), [Grant budget] - [Grant spend to date])",
        f"{_known('budget')} - {_known('spent_to_date')}",
        "unspent",
    ),
    "Projected unspent": _of_grants(
        "IF(NOT ISBLANK([Grant budget]) && NOT ISBLANK([Projected grant spend]), [Grant budget] - [Projected grant spend])",
        f"{_known('budget')} - {_known('projected_spend')}",
        "projected_unspent",
    ),
    "Grant share used": _of_grants(
        "DIVIDE([Grant spend to date], [Grant budget])",
        f"round({_known('spent_to_date')} / nullif({_known('budget')}, 0), 6)",
        "share_used",
        _EACH_GRANT,
    ),
    "Share of time": _of_grants(
        f"""
        {_LATEST_OF_GRANTS}
            IF(
                HASONEVALUE(grant_burn[grant_code]),
                CALCULATE(
                    MAX(grant_burn[share_of_time]),
                    TREATAS(latest, grant_burn[grant_code], grant_burn[month])
                )
            )
        """,
        "max(share_of_time)",
        "share_of_time",
        _EACH_GRANT,
    ),
    "Headcount": Meaning(
        """
        VAR latest =
            CALCULATE(MAX(headcount[month]), REMOVEFILTERS(departments), KEEPFILTERS(headcount[month] <= TODAY()))
        RETURN
            CALCULATE(SUM(headcount[n_staff]), headcount[month] = latest)
        """,
        "select sum(n_staff) from reporting.headcount "
        f"where month = (select max(month) from reporting.headcount where month <= %(this_month)s) and {_STAFF}",
        _staff,
        _STAFF_FILTERS,
    ),
    "Working time": Meaning(
        "CALCULATE(SUM(headcount[staff_days]), KEEPFILTERS(headcount[month] <= TODAY()))",
        f"select sum(staff_days) from reporting.headcount where month <= %(this_month)s and {_STAFF}",
        _by_sql(
            "select sum(staff_days) from marts.headcount inner join marts.departments using (department_id) "
            "where month in ('2025-06-01', '2025-07-01', '2025-08-01') "
            "and (%(department)s::text is null or code = %(department)s)"
        ),
        _STAFF_FILTERS,
    ),
    "Absence rate": Meaning(
        "DIVIDE(CALCULATE([Leave days], KEEPFILTERS(leave_usage[month] <= TODAY())), [Working time])",
        "select round(sum(days_approved) / (select sum(staff_days) from reporting.headcount "
        f"where month = %(month)s and month <= %(this_month)s and {_STAFF}), 6) "
        f"from reporting.leave_usage where month = %(month)s and month <= %(this_month)s and {_STAFF}",
        _by_sql(f"select absence_rate from reporting.leave_usage where month = %(month)s and {_STAFF}"),
        tuple({"month": month, "department": "WATER"} for month in ("2025-07-01", "2025-08-01")),
    ),
    "Aged open claims": Meaning(
        "COUNTROWS(open_claims)",
        "select count(*) from reporting.open_claims where %(status)s::text is null or status = %(status)s",
        _waiting,
        ({"status": None}, {"status": "approved"}, {"status": "submitted"}),
    ),
    "Days to approve, median": _median("days_to_approve_median"),
    "Days to pay, median": _median("days_to_pay_median"),
    "Batches": _batches(
        'CALCULATE(COUNTROWS(ingestion_batches), ingestion_batches[status] <> "dry_run")',
        "count(*) filter (where status <> 'dry_run')",
        "n_batches",
    ),
    "Loaded batches": _batches(*_LOADED, "n_loaded"),
    "Duplicate batches": _batches(*_DUPLICATE, "n_duplicate"),
    "Failed batches": _batches(*_FAILED, "n_failed"),
    "Rows read": _batch_rows("rows_read"),
    "Rows loaded": _batch_rows("rows_loaded"),
    "Rows unchanged": _batch_rows("rows_unchanged"),
    "Rows superseded": _batch_rows("rows_superseded"),
    "Rows rejected": _batch_rows("rows_rejected"),
    "Success rate": _rate(
        f"DIVIDE([Loaded batches] + [Duplicate batches], {_ENDED_DAX})",
        f"({_LOADED[1]} + {_DUPLICATE[1]})::numeric / {_ENDED}",
        "success_rate",
    ),
    "Failure rate": _rate(
        f"DIVIDE([Failed batches], {_ENDED_DAX})", f"{_FAILED[1]}::numeric / {_ENDED}", "failure_rate"
    ),
    "Reject rate": _rate(
        "DIVIDE([Rows rejected], [Rows read])",
        "sum(rows_rejected) filter (where status <> 'dry_run') / nullif(sum(rows_read) filter (where status <> 'dry_run'), 0)",
        "reject_rate",
    ),
    "Reject codes": Meaning(
        "COUNTROWS(ingestion_rejects)",
        f"select count(*) from reporting.ingestion_rejects where {_SOURCE}",
        _by_sql(
            "select sum(counted.value::bigint) from reporting.ingestion_quality "
            f"cross join jsonb_each_text(reject_codes) as counted where {_SOURCE}"
        ),
        ({"source": "leeds"}, {"source": None}),
    ),
}
