(
                select jsonb_object_agg(field.key, field.value)
                from jsonb_each(t.$column) as field
                where exists (
                    select from privacy.raw_columns as c
                    where c.table_name = t.table_name and field.key = any(c.column_names)
                        and privacy.holds(c.group_name)
                )
            )
