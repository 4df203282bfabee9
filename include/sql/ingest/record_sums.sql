insert into ops.batch_amounts (batch_id, currency, amount_read, amount_accepted, amount_rejected)
values (%(batch_id)s, %(currency)s, %(read)s, %(accepted)s, %(rejected)s)
