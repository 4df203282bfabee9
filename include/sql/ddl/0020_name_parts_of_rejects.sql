-- A record of a wide table gives several rows. Which of them was rejected is known from here on, so that a mended record
-- brings that one home and not its neighbours once more.
alter table ops.rejects add column part integer;
comment on column ops.rejects.part is
'Which of the rows that its record gave, counted from 1; null where it was rejected before this was noted.';
