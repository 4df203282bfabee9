-- What changed for grants in a month after it was closed, or in all of them: before, after, and the batches that did it.
select
    r.restated_at,
    r.month,
    r.grant_code,
    r.grant_title,
    coalesce(r.budget_line_name, 'Charged to no line') as budget_line_name,
    r.spent_original_before,
    r.spent_original_after,
    r.committed_original_before,
    r.committed_original_after,
    r.currency as original_currency,
    r.spent_before,
    r.spent_after,
    r.committed_before,
    r.committed_after,
    r.donor_currency as currency,
    r.dag_id,
    r.run_id,
    array_length(r.batch_ids, 1) as n_batches
from reporting.grant_restatements as r
where (%(in_month)s::date is null or r.month = %(in_month)s)
    and (%(for_grant)s::text is null or r.grant_code = %(for_grant)s)
order by r.restated_at desc, r.grant_restatement_id asc
limit %(rows)s
