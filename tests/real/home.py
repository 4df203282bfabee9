"""What the one run over all real files left in the warehouse, asked file by file."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.pipeline import Pipeline

# Source profile → where its files lie in the shared data.
SETS = {
    "absenteeism": "hr/uci_absenteeism",
    "boston": "budgets/boston",
    "cabinetoffice": "expenses/cabinetoffice",
    "ceaps": "expenses/ceaps",
    "darlington": "expenses/darlington",
    "energysparks": "electricity/energysparks",
    "gla": "expenses/gla",
    "home_meter": "electricity/meter",
    "ipsa": "budgets/ipsa",
    "leeds": "expenses/leeds",
    "networkrail": "expenses/networkrail",
    "phoenix": "expenses/phoenix",
}
DIFFERENCES = Path(__file__).with_name("differences.yaml")

_EXPENSES = """
    select to_char(e.spent_on, 'YYYY-MM') as month, count(*) as n, sum(e.amount) as amount,
        min(e.spent_on)::text as first, max(e.spent_on)::text as last,
        count(*) filter (where e.is_month_only) as month_only
    from core.expenses as e join ops.batches as b using (batch_id) join ops.files as f using (file_id)
    where f.name = %(file)s and f.source = %(source)s group by 1 order by 1
"""


@dataclass(frozen=True)
class Home:
    """The warehouse after the run."""

    pipeline: Pipeline
    run_id: str

    def query(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of the warehouse."""
        return self.pipeline.query(statement, {"run_id": self.run_id, **parameters})

    def batches(self, **of: str) -> list[dict[str, Any]]:
        """The run's batches, with their file's name and the sum of amounts rejected; `of` narrows by column."""
        rows = self.query(
            "select b.*, f.name, coalesce(a.rejected, 0) as amount_rejected from ops.batches b "
            "join ops.files f using (file_id) left join lateral (select sum(amount_rejected) as rejected "
            "from ops.batch_amounts as a where a.batch_id = b.batch_id) as a on true where b.run_id = %(run_id)s"
        )
        return [row for row in rows if all(row[name] == value for name, value in of.items())]

    def expenses(self, source: str, file: str) -> list[dict[str, Any]]:
        """A file's expenses by month: month, n, amount, first, last, month_only."""
        return self.query(_EXPENSES, source=source, file=file)


def cents(amount: str) -> Decimal:
    """An amount of the oracle, as the warehouse keeps it."""
    return Decimal(amount).quantize(Decimal("0.01"))


def differences() -> list[dict[str, Any]]:
    """The declared differences from the oracle: file, rule, rows, amount, why."""
    return yaml.safe_load(DIFFERENCES.read_text(encoding="utf-8"))


def difference(file: str, rule: str) -> tuple[int, Decimal]:
    """(rows, amount) of a declared difference; nothing when there is none."""
    found = [each for each in differences() if (each["file"], each["rule"]) == (file, rule)]
    return (found[0]["rows"], Decimal(found[0]["amount"])) if found else (0, Decimal(0))
