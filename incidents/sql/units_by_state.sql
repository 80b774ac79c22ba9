-- Question: how many units stand how? Whoever is out in an exercise counts as free: the wall knows no exercises.
-- Parameters: none. Index: none needed, units are at most some thousand.
select case when u.availability = 'busy' and i.exercise then 'available' else u.availability end as state, count(*)
  from public.incidents_unit_map u
  left join public.incidents_incident i on i.id = u.incident_id
 group by 1
 order by 1
