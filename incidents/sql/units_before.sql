-- Question: how does each of these units move, and where was it last?
-- Parameters: ids. Index: primary key. The caller may add a lock at the end.
select r.id, r.mode, r.position_at, public.st_x(r.geom), public.st_y(r.geom), r.position_accuracy_m
  from public.incidents_responder r
 where r.id = any(%(ids)s)
 order by r.id
