insert into ops.exports (kind, source, dataset, batch_id, file_name, n_rows, sha256, exported_by)
values ('rejects', %(source)s, %(dataset)s, %(batch_id)s, %(file_name)s, %(n_rows)s, %(sha256)s, %(exported_by)s)
