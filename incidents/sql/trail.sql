-- Question: where was this unit in a span of time, in order?
-- Parameters: id, from, until, limit. Index: one_position_per_moment.
select p.at, public.st_x(p.geom), public.st_y(p.geom)
  from public.incidents_position p
 where p.responder_id = %(id)s and p.at >= %(from)s and p.at < %(until)s
 order by p.at
 limit %(limit)s
