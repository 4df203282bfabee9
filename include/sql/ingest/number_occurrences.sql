insert into occurrences (row_number, occurrence)
select alike.row_number, alike.occurrence
from (
    select s.row_number, row_number() over (partition by s.identity order by s.row_number) as occurrence
    from stage as s
    where s.identity in (select d.identity from stage as d group by d.identity having count(*) > 1)
) as alike
where alike.occurrence > 1
