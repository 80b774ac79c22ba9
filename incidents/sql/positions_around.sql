-- Question: where were these units around these times?
-- Parameters: ids, from, until (arrays of one length). Index: one_position_per_moment.
select p.responder_id, p.at, public.st_x(p.geom), public.st_y(p.geom), p.accuracy_m
  from unnest(%(ids)s::bigint[], %(from)s::timestamptz[], %(until)s::timestamptz[]) w(id, from_, until)
  join public.incidents_position p on p.responder_id = w.id and p.at between w.from_ and w.until
