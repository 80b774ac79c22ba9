-- Question: which units on their way have been near their scene for long enough by their positions, and since when?
-- Parameters: at, since (the oldest position looked at), fresh (the newest must be younger), reach_m, for_s.
-- Index: one_open_assignment_per_unit, one_position_per_moment.
select a.id, a.incident_id, a.responder_id, near.since
  from public.incidents_assignment a
  join public.incidents_incident i on i.id = a.incident_id and i.geom is not null
  join public.incidents_responder r on r.id = a.responder_id
  cross join lateral (
       select max(p.at) filter (where not public.st_dwithin(p.geom, i.geom, %(reach_m)s)) as out_at
         from public.incidents_position p
        where p.responder_id = a.responder_id and p.at > greatest(%(since)s, a.enroute_at) and p.at <= %(at)s) away
  cross join lateral (
       select min(p.at) as since, max(p.at) as until
         from public.incidents_position p
        where p.responder_id = a.responder_id and p.at > greatest(%(since)s, a.enroute_at, away.out_at) and p.at <= %(at)s) near
 where a.ended_at is null and a.status = 'enroute' and r.position_at > %(fresh)s
   and extract(epoch from near.until - near.since) >= %(for_s)s
 order by a.id
