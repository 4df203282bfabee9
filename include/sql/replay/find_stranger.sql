select m.row_number
from ops.mendings as m
left join ops.rejects as r on m.reject_id = r.reject_id and r.source = %(source)s and r.dataset = %(dataset)s
where m.batch_id = %(batch_id)s and r.reject_id is null
order by m.row_number
limit 1
