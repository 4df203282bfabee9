-- Rows of a batch that were rejected and of which no mended file has told anything yet.
select distinct r.row_number from ops.rejects as r where r.batch_id = %(batch_id)s
