"""The policy as SQL: row security and masked views, ready to be run again whenever the policy has changed.

python -m include.privacy.security_sql      writes include/sql/security/*.sql; a test holds them fresh
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from string import Template

from include.privacy.policy import Policy, Table, Way, load_policy

TEMPLATES = Path(__file__).with_name("templates")
SECURITY = Path(__file__).resolve().parents[1] / "sql" / "security"

# What the pipeline writes: all of core but former versions, which it does not even read.
NOT_WRITTEN_BY_PIPELINE = {"row_versions": ""}
WRITTEN_BY_PIPELINE = "select, insert, update"
METRICS_LOGIN = "svc_dbt"


def security_files(policy: Policy) -> dict[str, str]:
    """The text of each generated file by its name."""
    return {
        "row_security.sql": row_security(policy),
        "reporting_views.sql": reporting_views(policy),
    }


def row_security(policy: Policy) -> str:
    """Policies, and the grants on tables: default deny, forced on owners too."""
    tables = "".join(_row_security_of(table) for table in policy.tables.values())
    return _fill("row_security", tables=tables).rstrip() + "\n"


def reporting_views(policy: Policy) -> str:
    """One masked view per table that anybody may read, and the right to read it."""
    views = [table for table in policy.tables.values() if table.readers()]
    raw_columns = [
        _raw_columns(table.name, group, columns)
        for table in views
        for group in table.readers()
        if (columns := [name for name in table.columns if table.way(name, group) is Way.raw])
    ]
    return (
        _fill(
            "reporting_views",
            raw_columns=",\n".join(raw_columns),
            views="".join(_view(table) for table in views),
        ).rstrip()
        + "\n"
    )


def _row_security_of(table: Table) -> str:
    named = f"{table.schema_name}.{table.name}"
    rights = ""
    if table.schema_name == "core":
        rights = NOT_WRITTEN_BY_PIPELINE.get(table.name, WRITTEN_BY_PIPELINE)
    pipeline = ""
    if rights:
        # Without DELETE: rows of core are deleted by a mark, so that they can be explained.
        pipeline = (
            f"grant {rights} on {named} to pipeline;\n"
            f"create policy pipeline_works on {named} to pipeline using (true) with check (true);\n"
        )
    metrics = ""
    if table.metrics:
        columns = textwrap.fill(
            ", ".join(table.metrics), width=112, initial_indent="    ", subsequent_indent="    ", break_long_words=False
        )
        metrics = (
            f"grant select (\n{columns}\n) on {named} to {METRICS_LOGIN};\n"
            f"create policy metrics_read on {named} for select to {METRICS_LOGIN} using (true);\n"
        )
    readers = table.readers()
    return _fill(
        "row_security_of_table",
        schema=table.schema_name,
        table=table.name,
        owner=f"owner_{table.schema_name}",
        pipeline=pipeline + metrics,
        rows=_holds(readers) if readers else "false",
    ).replace("\n\ngrant select", "\ngrant select")


def _raw_columns(table: str, group: str, columns: list[str]) -> str:
    names = textwrap.fill(", ".join(columns), width=100, subsequent_indent="    ", break_long_words=False)
    return f"('{table}', '{group}', '{{\n    {names}\n}}')"


def _view(table: Table) -> str:
    readers = table.readers()
    columns = [_column(table, name) for name in table.seen_by_somebody()]
    text = ",\n    ".join(columns)
    asked = [f"privacy.holds('{group}') as {group}" for group in readers]
    return _fill(
        "reporting_view",
        schema=table.schema_name,
        table=table.name,
        columns=text,
        reader="\n" + _fill("reader", groups=",\n        ".join(asked)).strip() if "reader." in text else "",
        keys="\ncross join privacy.pseudonym_keys as k" if "k.inner_key" in text else "",
        where="\nwhere t.deleted_at is null" if "deleted_at" in table.columns else "",
        comment=f"{table.schema_name}.{table.name} as the reader may see it; the policy says who sees what.",
        readers=", ".join(readers),
    )


def _column(table: Table, name: str) -> str:
    """The column in the view: bare where all readers see it raw, else a case from the most to the least."""
    if table.groups_that_see(name, Way.raw) == table.readers():
        return f"t.{name}"
    seen = {
        Way.raw: f"t.{name}",
        Way.masked: _masked(table, name),
        Way.pseudonym: f"privacy.pseudonym(t.{name}, k.inner_key, k.outer_key)",
    }
    cases = [
        f"        when {' or '.join(f'reader.{group}' for group in groups)} then {expression}"
        for way, expression in seen.items()
        if (groups := table.groups_that_see(name, way))
    ]
    return "\n".join(["case", *cases, f"    end as {name}"])


def _masked(table: Table, name: str) -> str:
    mask = table.columns[name].mask
    if mask == "visible_fields":
        return _fill("visible_fields", column=name).strip()
    return f"privacy.mask_{mask}(t.{name})"


def _holds(groups: list[str]) -> str:
    """Asked once per statement: as a sub-select it does not run for each row."""
    names = ", ".join(f"'{group}'" for group in groups)
    return f"(select privacy.holds({names}))"


def _fill(template: str, **parts: str) -> str:
    return Template((TEMPLATES / f"{template}.sql").read_text(encoding="utf-8")).substitute(parts)


def main() -> None:
    """Write the generated files."""
    for name, text in security_files(load_policy()).items():
        (SECURITY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
