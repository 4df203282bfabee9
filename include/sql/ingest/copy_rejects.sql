copy ops.rejects (batch_id, source, dataset, file_name, row_number, field, code, sample, part) from stdin
