-- Question: which ways were driven in a period, what was foreseen of each, and when did the unit really get there?
-- It was there at its own word or at its first fix near the scene, whichever was first. Exercises are no trips.
-- Parameters: from, until, near_m, longest_s. Index: requested_at of the assignment is read in full (some thousand a year), positions by (responder, at).
select a.id, r.mode, a.requested_at, a.accepted_at, a.enroute_at, least(a.on_scene_at, near.at), a.eta_s, a.turnout_s, a.class_s::text
  from public.incidents_assignment a
  join public.incidents_responder r on r.id = a.responder_id
  join public.incidents_incident i on i.id = a.incident_id
  left join lateral (
       select p.at from public.incidents_position p
        where p.responder_id = a.responder_id and p.at > a.enroute_at and p.at <= a.enroute_at + make_interval(secs => %(longest_s)s)
          and public.st_dwithin(p.geom, i.geom, %(near_m)s)
        order by p.at limit 1) near on true
 where a.requested_at >= %(from)s and a.requested_at < %(until)s and a.enroute_at is not null and a.eta_s is not null and a.class_s <> '{}'
   and not i.exercise and (a.on_scene_at is not null or near.at is not null)
 order by a.id
