({row}.starts_at at time zone %(timezone)s)::date
