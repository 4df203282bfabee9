select from left_out as l where l.verdict = 'rejected' order by l.line limit 1
