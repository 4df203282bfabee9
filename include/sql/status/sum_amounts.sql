-- One row per dataset and currency: the amounts that were loaded.
select
    batches.dataset,
    amounts.currency,
    sum(amounts.amount_loaded) as amount_loaded
from ops.batch_amounts as amounts
inner join ops.batches as batches on amounts.batch_id = batches.batch_id
where batches.status = 'loaded'
group by batches.dataset, amounts.currency
having sum(amounts.amount_loaded) <> 0
order by batches.dataset, amounts.currency;
