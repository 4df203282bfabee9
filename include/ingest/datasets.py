"""The datasets, in reference order: a dataset may refer to those above it, and to itself."""

from dataclasses import dataclass

from include.errors import BadConfiguration
from include.schemas import inputs
from include.schemas.generated import Contract


@dataclass(frozen=True)
class Reference:
    """A field that names a row of another dataset, and the column that holds its key.

    `scope` is a field that narrows the look-up: a grant's budget line is looked up within its grant.
    """

    field: str
    column: str
    target: str
    scope: str | None = None


@dataclass(frozen=True)
class Dataset:
    """One table of core and what may be delivered for it.

    `key` holds the columns that identify a row whichever source delivers it; where it is empty, a row belongs to
    its source and is identified by (source, source_key). `month` names the SQL expression of the affected month
    (include/sql/ingest/months/<month>.sql). `checks` says whether include/sql/ingest/checks/<name>.sql refuses rows.
    """

    name: str
    contract: type[Contract]
    references: tuple[Reference, ...] = ()
    key: tuple[str, ...] = ()
    month: str | None = None
    checks: bool = False

    @property
    def is_money(self) -> bool:
        """Whether its rows carry an amount beside a currency."""
        return {"amount", "currency"} <= self.contract.model_fields.keys()

    @property
    def reference_fields(self) -> set[str]:
        """Fields of the contract that are no columns of the table."""
        return {reference.field for reference in self.references} | {
            reference.scope for reference in self.references if reference.scope
        }


DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "departments",
            inputs.DepartmentInput,
            (Reference("parent", "parent_id", "departments"),),
            key=("code",),
        ),
        Dataset(
            "categories",
            inputs.CategoryInput,
            (Reference("parent", "parent_id", "categories"),),
            key=("code",),
        ),
        Dataset(
            "users",
            inputs.UserInput,
            (
                Reference("department", "department_id", "departments"),
                Reference("manager", "manager_id", "users"),
            ),
            key=("employee_no",),
            checks=True,
        ),
        Dataset("vendors", inputs.VendorInput, key=("code",)),
        Dataset("donors", inputs.DonorInput, key=("code",)),
        Dataset("grants", inputs.GrantInput, (Reference("donor", "donor_id", "donors"),), key=("code",)),
        Dataset(
            "grant_budget_lines",
            inputs.GrantBudgetLineInput,
            (Reference("grant", "grant_id", "grants"), Reference("category", "category_id", "categories")),
            key=("grant_id", "code"),
        ),
        Dataset("fx_rates", inputs.FxRateInput, (Reference("donor", "donor_id", "donors"),), month="valid_from"),
        Dataset(
            "budgets",
            inputs.BudgetInput,
            (
                Reference("department", "department_id", "departments"),
                Reference("category", "category_id", "categories"),
                Reference("approved_by", "approved_by_id", "users"),
            ),
            month="period_from",
        ),
        Dataset(
            "expenses",
            inputs.ExpenseInput,
            (
                Reference("department", "department_id", "departments"),
                Reference("category", "category_id", "categories"),
                Reference("vendor", "vendor_id", "vendors", scope="vendor_code"),
                Reference("employee", "employee_id", "users"),
                Reference("approver", "approver_id", "users"),
            ),
            month="spent_on",
        ),
        Dataset(
            "expense_allocations",
            inputs.ExpenseAllocationInput,
            (
                Reference("expense", "expense_id", "expenses"),
                Reference("grant", "grant_id", "grants"),
                Reference("grant_budget_line", "grant_budget_line_id", "grant_budget_lines", scope="grant"),
            ),
            month="expense",
            checks=True,
        ),
        Dataset(
            "leave_applications",
            inputs.LeaveApplicationInput,
            (Reference("employee", "employee_id", "users"), Reference("approver", "approver_id", "users")),
            month="starts_on",
        ),
        Dataset(
            "leave_entitlements",
            inputs.LeaveEntitlementInput,
            (Reference("employee", "employee_id", "users"),),
            key=("employee_id", "leave_type", "year"),
        ),
        Dataset("sites", inputs.SiteInput, key=("code",)),
        Dataset("meters", inputs.MeterInput, (Reference("site", "site_id", "sites"),), key=("code",)),
        Dataset(
            "meter_readings",
            inputs.MeterReadingInput,
            (Reference("meter", "meter_id", "meters"),),
            month="starts_at",
        ),
    )
}


def in_reference_order(names: set[str]) -> list[str]:
    """Names sorted so that whatever is referred to comes first."""
    return [name for name in DATASETS if name in names]


def dataset(name: str) -> Dataset:
    """The dataset of that name.

    :raises BadConfiguration: there is none (`unknown_dataset`)
    """
    if name not in DATASETS:
        raise BadConfiguration(f"No dataset {name}; known: {', '.join(DATASETS)}", code="unknown_dataset")
    return DATASETS[name]
