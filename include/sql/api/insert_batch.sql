insert into ops.api_batches (batch_id, source, dataset, kind, file_name, sha256, n_rows, n_refused)
values (%(batch_id)s, %(source)s, %(dataset)s, %(kind)s, %(file_name)s, %(sha256)s, %(n_rows)s, %(n_refused)s)
