"""From parameters to JSON: the questions of a page asked in one snapshot, as the reader's group and nobody else."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from pydantic import ValidationError

from include.dashboards.pages import BUDGET, OPERATIONS, Answer, Page
from include.dashboards.parameters import MOST_MONTHS, Parameters
from include.errors import BadParameter, NotForReader, WarehouseUnavailable
from include.privacy.policy import load_policy
from include.schemas.organisation import Organisation
from include.sql import query, statement

if TYPE_CHECKING:
    from psycopg import Connection

CONNECTION_SETTINGS = "-c timezone=UTC -c statement_timeout=5s -c jit=off -c plan_cache_mode=force_custom_plan"
"""Options of a reader's connection: a question that takes longer ends; just-in-time compilation would only cost. A plan
made once for all filters, chosen or not, can take a hundred times as long as one for those that are.
"""


def check_parameters(page: Page, given: Mapping[str, str]) -> Parameters:
    """The parameters of a request, bounded.

    :raises BadParameter: one is unknown, has the wrong form or is out of bounds; the sentence names it, not its value
    """
    try:
        return page.parameters.model_validate({name: value for name, value in given.items() if value != ""})
    except ValidationError as error:
        names = sorted({str(part["loc"][0]) for part in error.errors(include_url=False, include_input=False)})
        known = [name for name in names if name in page.parameters.model_fields]
        raise BadParameter(
            f"Not understood: {', '.join(known) or 'a parameter that this page does not have'}"
        ) from None


def read_page(
    connection: Connection[Any],
    page: Page,
    parameters: Parameters,
    *,
    reader: str,
    organisation: Organisation,
    only: str | None = None,
    also: Collection[str] = (),
) -> dict[str, Any]:
    """All answers of a page that the reader may have, or the one named `only`.

    :param connection: of svc_dashboard, outside of a transaction; it is given back as it was
    :param reader: the database role; every question is asked as it
    :param also: what is otherwise asked for by name, from the same snapshot as the page
    :return: page, reader, month, currency, zone, and `answers`: name → columns, rows, and whether there are more
    :raises NotForReader: there is nothing on this page for the reader, or not this answer
    :raises BadParameter: the answer that is asked for needs a parameter that was not given, or is not known by one
    :raises WarehouseUnavailable: the database does not answer, or not in time
    """
    answers = page.answers_for(reader)
    if only is not None:
        answers = tuple(answer for answer in answers if answer.name == only)
    if not answers or reader not in load_policy().groups:
        raise NotForReader("There is nothing on this page for your role")
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(statement("pages/become_reader", reader=sql.Identifier(reader)))
            values = _values(cursor, page, parameters, reader, organisation)
            published = cursor.execute(query("pages/select_last_publication")).fetchone()
            given = {
                answer.name: _ask(cursor, answer, values)
                for answer in answers
                if (only is not None or not answer.on_request or answer.name in also) and answer.fits(values)
            }
    except psycopg.errors.InsufficientPrivilege:
        raise NotForReader("Your role may not read this") from None
    except psycopg.errors.QueryCanceled:
        raise WarehouseUnavailable("The answer took too long: narrow the question", code="too_slow") from None
    except psycopg.OperationalError:
        raise WarehouseUnavailable("The warehouse does not answer") from None
    if only is not None and not given:
        needs, without = answers[0].needs, answers[0].without
        raise BadParameter(f"This needs {' and '.join(needs)}" if needs else f"This is not known by {without[0]}")
    return {
        "page": page.name,
        "title": page.title,
        "reader": reader,
        "organisation": organisation.name,
        "zone": organisation.timezone,
        "currency": organisation.base_currency,
        "month": values.get("month"),
        "asked_at": dt.datetime.now(dt.UTC),
        "published_at": published[0] if published else None,
        "answers": given,
    }


def as_json(answer: Mapping[str, Any]) -> bytes:
    """The answer as JSON; money stays a text of digits, so that no reader's floating point changes it."""
    return json.dumps(answer, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _ask(cursor: psycopg.Cursor[Any], answer: Answer, values: Mapping[str, Any]) -> dict[str, Any]:
    asked = (values["rows"], values[answer.counted_by] if answer.counted_by else None)
    most = min([answer.most, *(bound for bound in asked if bound)])
    cursor.execute(query(f"pages/{answer.sql}"), {**values, "rows": most + 1})
    rows = cursor.fetchall()
    columns = [column.name for column in cursor.description or ()]
    kept = rows[-most:] if answer.is_newest_last else rows[:most]
    return {"columns": columns, "rows": kept, "has_more": len(rows) > most}


def _values(
    cursor: psycopg.Cursor[Any], page: Page, parameters: Parameters, reader: str, organisation: Organisation
) -> dict[str, Any]:
    """The bound values: the request's, the month that is meant, and the fiscal year that it lies in."""
    values = {"source": None} | parameters.model_dump() | {"zone": organisation.timezone}
    this_month = organisation.today().replace(day=1)
    values |= {"for_grant": values.get("grant"), "skipped": values.get("offset", 0), "this_month": this_month}
    if "month" not in values:
        return values | {"in_month": None}
    month = dt.date.fromisoformat(f"{values['month']}-01") if values["month"] else None
    if month is None and page in (BUDGET, OPERATIONS):
        name = "select_months" if reader != "dashboard" else "select_overview_months"
        months = [row[0] for row in cursor.execute(query(f"pages/{name}"), {"rows": MOST_MONTHS})]
        month = next((known for known in months if known <= this_month), months[-1] if months else this_month)
    values |= {"month": month, "in_month": month}
    if month is not None:
        values |= fiscal_year_to(month, organisation) | {"last": month}
    return values


def fiscal_year_to(month: dt.date, organisation: Organisation) -> dict[str, dt.date]:
    """`first` and `last`: the fiscal year that a month lies in, up to that month."""
    year = month.year if month.month >= organisation.fiscal_year_first_month else month.year - 1
    return {"first": dt.date(year, organisation.fiscal_year_first_month, 1), "last": month}
