insert into occurrences (line, occurrence)
select alike.line, alike.occurrence
from (
    select s.line, row_number() over (partition by s.identity order by s.line) as occurrence
    from stage as s
    where s.identity in (select d.identity from stage as d group by d.identity having count(*) > 1)
) as alike
where alike.occurrence > 1
