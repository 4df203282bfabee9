-- Which rows of the mart the build does not have as they stand, and which of the build the mart does not have: compared by
-- 128 bits over the whole row, which takes one pass over each.
create temporary table different on commit drop as
select
    t.place,
    b.first_half,
    b.second_half
from (
    select
        hash_record_extended(row({of_build}), 1) as first_half,
        hash_record_extended(row({of_build}), 2) as second_half
    from {build} as b
) as b
full join (
    select
        t.ctid as place,
        hash_record_extended(row({of_mart}), 1) as first_half,
        hash_record_extended(row({of_mart}), 2) as second_half
    from {mart} as t
) as t on b.first_half = t.first_half and b.second_half = t.second_half
where b.first_half is null or t.first_half is null
