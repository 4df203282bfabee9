-- What the month's expenses charged to the chosen grant, in the donor's currency, by department and category; no sum
-- where a rate is missing.
select
    coalesce(f.department_name, 'No department') as department_name,
    coalesce(f.category_name, 'No category') as category_name,
    count(distinct a.expense_id) as n_expenses,
    case
        when not bool_or(a.is_rate_missing and a.measure = 'spent')
            then coalesce(sum(a.amount_donor) filter (where a.measure = 'spent'), 0)
    end as spent,
    case
        when not bool_or(a.is_rate_missing and a.measure = 'committed')
            then coalesce(sum(a.amount_donor) filter (where a.measure = 'committed'), 0)
    end as committed,
    max(a.donor_currency) as currency,
    count(*) filter (where a.is_rate_missing) as n_rates_missing
from reporting.allocation_facts as a
inner join reporting.expense_facts as f on a.expense_id = f.expense_id
where a.month = %(in_month)s and f.month = %(in_month)s
    and a.grant_code = %(for_grant)s
    and a.measure in ('spent', 'committed')
    and (%(department)s::text is null or coalesce(f.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(f.category_code, '-') = %(category)s)
group by f.department_name, f.category_name
order by spent desc nulls first, f.department_name asc, f.category_name asc
limit %(rows)s
