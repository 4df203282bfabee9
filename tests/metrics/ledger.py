"""A small organisation written straight into core, as loads would leave it, and the metrics made of it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from include.metrics import books
from include.metrics.building import Built, build
from include.metrics.marts import MARTS
from include.metrics.publishing import Published, publish
from include.metrics.scope import Scope, resolve_scope
from include.schemas.organisation import Organisation, load_organisation
from tests.conftest import Warehouse

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """What a run of the metrics did."""

    scope: Scope
    built: Built
    published: Published | None

    def nodes(self, kind: str) -> dict[str, str]:
        """Status by name of the nodes of a kind."""
        return {node.name: node.status for node in self.built.nodes if node.kind == kind}


@dataclass
class Ledger:
    """Writes rows and says which months they change; `make` builds and publishes."""

    warehouse: Warehouse
    organisation: Organisation = field(default_factory=load_organisation)
    runs: int = 0

    def query(self, statement: str, parameters: Row | None = None) -> list[Row]:
        """Rows as the superuser sees them."""
        with psycopg.connect(self.warehouse.admin_dsn, row_factory=dict_row) as connection:
            return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]

    def value(self, statement: str, parameters: Row | None = None) -> Any:
        """The single value of a query."""
        (row,) = self.query(statement, parameters)
        (value,) = row.values()
        return value

    def execute(self, statement: str, parameters: Row | None = None) -> None:
        """A change by the superuser."""
        with psycopg.connect(self.warehouse.admin_dsn) as connection:
            connection.execute(statement, parameters)  # type: ignore[arg-type]

    def add(self, table: str, **values: Any) -> uuid.UUID:
        """A row of core.<table>; answers its id, and notes the month that it changes."""
        row_id = uuid.uuid4()
        row = {
            "id": row_id, "source": "test", "source_key": str(row_id), "source_version": dt.datetime.now(dt.UTC), **values,
        }  # fmt: skip
        with psycopg.connect(self.warehouse.admin_dsn) as connection:
            connection.execute(
                sql.SQL("insert into core.{} ({}) values ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(map(sql.Placeholder, row)),
                ),
                row,
            )
        month = next(
            (values[name] for name in ("spent_on", "valid_from", "period_from", "starts_on") if name in values), 0
        )
        if month and table != "grants":
            self.touch(table, month)
        return row_id

    def touch(self, dataset: str, day: dt.date) -> None:
        """Note that a load changed a month."""
        self.execute(
            "insert into ops.affected_periods as a (dataset, month) values (%(dataset)s, date_trunc('month', %(day)s::date)) "
            "on conflict (dataset, month) do update set version = a.version + 1",
            {"dataset": dataset, "day": day},
        )

    def department(self, code: str) -> uuid.UUID:
        return self.add("departments", code=code, name=f"Department {code}")

    def category(self, code: str) -> uuid.UUID:
        return self.add("categories", code=code, name=f"Category {code}")

    def vendor(self, code: str, *, is_unreviewed: bool = False) -> uuid.UUID:
        return self.add("vendors", code=code, name=f"Vendor {code}", is_unreviewed=is_unreviewed)

    def person(self, number: str, department: uuid.UUID, **values: Any) -> uuid.UUID:
        return self.add("users", employee_no=number, full_name=f"Person {number}", department_id=department, **values)

    def payment(self, day: str, amount: str, currency: str = "KES", **values: Any) -> uuid.UUID:
        """A ledger's payment, refund or, with `status`, whatever else."""
        kind = "payment" if Decimal(amount) >= 0 else "refund"
        row: Row = {"origin": "ledger", "kind": kind, "status": "posted", "cost_centre": "1", **values}
        return self.add(
            "expenses", spent_on=dt.date.fromisoformat(day), amount=Decimal(amount), currency=currency, **row
        )

    def rate(self, kind: str, currency: str, day: str, rate: str, until: str | None = None, **values: Any) -> uuid.UUID:
        first = dt.date.fromisoformat(day)
        last = dt.date.fromisoformat(until) if until else first
        return self.add(
            "fx_rates", kind=kind, from_currency=currency, to_currency=values.pop("to", "KES"), valid_from=first,
            valid_to=last, rate=Decimal(rate), provider="test", **values,
        )  # fmt: skip

    def budget(self, month: str, amount: str, **values: Any) -> uuid.UUID:
        first = dt.date.fromisoformat(f"{month}-01")
        last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        row: Row = {"period_to": last, "currency": "KES", "in_force_from": first, **values}
        return self.add("budgets", period_from=first, amount=Decimal(amount), **row)

    def correct(self, expense: uuid.UUID, **changes: Any) -> None:
        """Change an expense as a later delivery does: the month it was in and the month it is in are affected."""
        (before,) = self.query("select spent_on from core.expenses where id = %(id)s", {"id": expense})
        with psycopg.connect(self.warehouse.admin_dsn) as connection:
            connection.execute(
                sql.SQL("update core.expenses set {} where id = {}").format(
                    sql.SQL(", ").join(
                        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
                    ),
                    sql.Placeholder("id"),
                ),
                {"id": expense, **changes},
            )
        (after,) = self.query("select spent_on from core.expenses where id = %(id)s", {"id": expense})
        for day in {before["spent_on"], after["spent_on"]}:
            self.touch("expenses", day)

    def environment(self) -> dict[str, str]:
        """What dbt's profile asks for."""
        dsn = conninfo_to_dict(self.warehouse.dsn("svc_dbt"))
        return {
            "GAUSS_DBT_HOST": str(dsn["host"]),
            "GAUSS_DBT_PORT": str(dsn["port"]),
            "GAUSS_DBT_DATABASE": str(dsn["dbname"]),
            "GAUSS_DBT_USER": str(dsn["user"]),
            "DBT_ENV_SECRET_GAUSS_PASSWORD": str(dsn["password"]),
        }

    def make(self, **options: Any) -> Made:
        """Build, and publish what is sound, as the operators do."""
        self.runs += 1
        names = {"dag_id": "transform_metrics", "run_id": f"run {self.runs}"}
        with psycopg.connect(self.warehouse.dsn("svc_pipeline")) as connection:
            scope = resolve_scope(connection, self.organisation, **options)
            books.write_holidays(connection, self.organisation)
            build_id = books.open_build(connection, scope, **names, attempt=1)
        built = build(scope, self.organisation, self.environment())
        with psycopg.connect(self.warehouse.dsn("svc_pipeline")) as connection:
            code = None if built.is_sound else "metrics_failed"
            books.close_build(connection, build_id, built, error_code=code, seconds=1)
        if not built.is_sound:
            return Made(scope, built, None)
        with psycopg.connect(self.warehouse.dsn("svc_pipeline")) as connection:
            return Made(scope, built, publish(connection, **names))

    def hashes(self) -> dict[str, tuple[int, str]]:
        """Number of rows of each mart, and a digest over them that their order does not change."""
        return {
            mart.name: tuple(
                self.query(
                    f"select count(*) as n, md5(string_agg(md5(t::text), '' order by md5(t::text))) as digest "
                    f"from marts.{mart.name} as t"
                )[0].values()
            )
            for mart in MARTS
        }
