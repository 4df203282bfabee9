-- The month's expenses that the reader may see, largest first, from a position on; with a grant, those that it bears,
-- and how much of each.
select
    f.expense_id,
    f.spent_on,
    f.is_month_only,
    coalesce(f.department_name, 'No department') as department_name,
    coalesce(f.category_name, 'No category') as category_name,
    f.vendor_name,
    f.kind,
    f.status,
    f.measure,
    f.amount,
    f.currency,
    f.rate,
    f.amount_base,
    f.base_currency,
    (
        select sum(s.amount)
        from reporting.allocation_facts as s
        where s.expense_id = f.expense_id and s.grant_code = %(for_grant)s
    ) as charged,
    f.source
from reporting.expense_facts as f
where f.month = %(in_month)s
    and (%(department)s::text is null or coalesce(f.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(f.category_code, '-') = %(category)s)
    and (
        %(for_grant)s::text is null
        or exists (
            select from reporting.allocation_facts as a
            where a.expense_id = f.expense_id and a.month = %(in_month)s and a.grant_code = %(for_grant)s
        )
    )
order by f.amount_base desc nulls first, f.expense_id asc
limit %(rows)s offset %(skipped)s
