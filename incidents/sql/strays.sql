-- Question: which units of a ward's agency are out of it without having been sent, and how far?
-- Parameters: at, fresh (positions must be younger), known (those that are told already), out_m, back_m (known ones are out until they are this near).
-- Index: none needed, units are some hundred; the ward by its code.
select r.id, public.st_distance(r.geom, w.geom)
  from public.incidents_responder r
  join public.geo_agency g on g.id = r.agency_id and g.ward_code <> ''
  join public.layers_adminunit w on w.code = g.ward_code and w.valid_from <= (%(at)s)::date and (w.valid_until is null or w.valid_until > (%(at)s)::date)
 where r.duty = 'on_duty' and r.geom is not null and r.position_at > %(fresh)s
   and not exists (select 1 from public.incidents_assignment a where a.responder_id = r.id and a.ended_at is null)
   and public.st_distance(r.geom, w.geom) > case when r.id = any(%(known)s::bigint[]) then %(back_m)s else %(out_m)s end
 order by r.id
