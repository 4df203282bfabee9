select
    count(*) filter (where w.verdict = 'deleted') as deleted,
    count(*) filter (where w.verdict = 'restored') as restored,
    count(*) filter (where w.verdict in ('confirmed', 'changed_by_person'))
    + (
        select count(*)
        from core.ended_states(%(dataset)s, %(batches)s) as e
        where not exists (select from taken_back as known where known.id = e.row_id)
    ) as kept
from taken_back as w
