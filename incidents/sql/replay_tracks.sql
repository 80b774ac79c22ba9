-- Question: where were the units of a case while they were its own? One row a fix, oldest first within an assignment.
-- Parameters: incident, units (those that the caller may see), until, most. Index: the unique one on (responder, at).
select a.id, p.at, public.st_x(w.place), public.st_y(w.place), p.source
  from public.incidents_assignment a
  join public.incidents_position p on p.responder_id = a.responder_id and p.at >= a.requested_at and p.at <= coalesce(a.ended_at, %(until)s),
       lateral (select public.st_transform(p.geom, 4326) as place) w
 where a.incident_id = %(incident)s and a.responder_id = any(%(units)s)
 order by a.id, p.at
 limit %(most)s
