-- What changed in the month after it was closed: before, after, and the batches that did it.
select
    r.restated_at,
    coalesce(r.department_name, 'No department') as department_name,
    coalesce(r.category_name, 'No category') as category_name,
    r.spend_original_before,
    r.spend_original_after,
    r.currency as original_currency,
    r.spend_before,
    r.spend_after,
    r.spend_after - r.spend_before as change,
    r.budget_before,
    r.budget_after,
    r.base_currency as currency,
    r.dag_id,
    r.run_id,
    array_length(r.batch_ids, 1) as n_batches
from reporting.restatements as r
where r.month = %(in_month)s
    and (%(department)s::text is null or coalesce(r.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(r.category_code, '-') = %(category)s)
order by r.restated_at desc, r.restatement_id asc
limit %(rows)s
