select from left_out as l where l.verdict = 'rejected' limit 1
