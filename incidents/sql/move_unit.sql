-- Question: where is this unit now? Its newest position becomes its place; one that came late does not.
-- Parameters: responder. Index: the unique one on (responder, at).
update public.incidents_responder r
   set geom = p.geom, position_at = p.at, position_accuracy_m = p.accuracy_m, speed_kmh = p.speed_kmh, heading_deg = p.heading_deg, position_source = p.source
  from (select * from public.incidents_position where responder_id = %(responder)s order by at desc limit 1) p
 where r.id = %(responder)s and (r.position_at is null or r.position_at < p.at)
returning r.id
