-- A batch that is validated again: its rejects, sums and unmapped words are told anew from the same file.
with old_rejects as (
    delete from ops.rejects where batch_id = %(batch_id)s
),

old_words as (
    delete from ops.unmapped_values where batch_id = %(batch_id)s
),

old_references as (
    delete from ops.mendings where batch_id = %(batch_id)s
)

delete from ops.batch_amounts where batch_id = %(batch_id)s
