-- What the months had before; and rows that have come into them from another month.
delete from {mart} as t
where %(is_full)s
    or t.month = any(%(months)s)
    or exists (select from {build} as b where {same})
