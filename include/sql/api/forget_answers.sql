delete from ops.api_requests where answered_at <= now() - interval '24 hours'
