-- Registered and not yet seen under their name: the service may have been killed between the two.
select batch_id, source, kind, file_name, sha256
from ops.api_batches
where delivered_at is null and accepted_at < now() - interval '10 seconds'
order by file_name
limit 1000
