-- Question: every unit that the caller may see, with what candidates need to know of it.
-- Skills and equipment come as one text each, their words apart by a character that no word has: arrays took the driver half of its time.
-- Parameters: the row rule's own, limit; relation and where are composed from an Opened over the alias t.
-- Index: none needed, units are at most some thousand.
select t.id, t.code, t.name, t.kind, a.name, t.authority, t.mode, r.weight_t, array_to_string(t.skills, chr(31)), t.availability, t.incident_code, t.position_at,
       public.st_x(t.geom), public.st_y(t.geom), t.position_accuracy_m, array_to_string(t.equipment, chr(31)), t.rested_since, t.shift_ends_at, t.in_exercise
  from {relation} t
  join public.incidents_responder r on r.id = t.id
  join public.geo_agency a on a.id = t.agency_id
 where {where}
 order by t.code
 limit %(limit)s
