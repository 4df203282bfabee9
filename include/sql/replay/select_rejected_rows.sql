-- Records of a batch of which something was rejected, and how many of its rows.
select r.row_number, count(*)
from ops.rejects as r
where r.batch_id = %(batch_id)s
group by r.row_number
