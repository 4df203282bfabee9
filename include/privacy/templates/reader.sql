
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        $groups
    offset 0
) as reader
