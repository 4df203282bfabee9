insert into ops.mendings (batch_id, row_number, reject_id, n_alike)
values (%(batch_id)s, %(row_number)s, %(reject_id)s, %(n_alike)s)
on conflict (batch_id, row_number, reject_id) do nothing
