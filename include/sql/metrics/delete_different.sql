-- Rows that are not in the build as they stand here: compared by a hash over the whole row, which finds gone ones, too.
delete from {mart} as t
where not exists (
    select from {build} as b
    where md5(row({of_build})::text) = md5(row({of_mart})::text)
)
