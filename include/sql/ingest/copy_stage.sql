copy pg_temp.stage from stdin (format binary)
