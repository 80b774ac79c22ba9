-- Question: how many reports of how many open cases came so near and so soon around this one, and which of the cases is the gravest and first?
-- Parameters: id, x, y (city metres), reach_m, since, until, exercise; relation and where are composed from an Opened over the alias t.
-- Index: reported_at (the span is short), or the place. An exercise is told apart by the column of that name.
select t.id, t.parent_id, 1 + (select count(*) from public.incidents_incident d where d.merged_into_id = t.id and d.exercise = %(exercise)s)
  from {relation} t
 where {where} and t.closed_at is null and t.exercise = %(exercise)s
   and public.st_dwithin(t.geom, public.st_setsrid(public.st_makepoint(%(x)s, %(y)s), {srid}), %(reach_m)s)
   and t.reported_at >= %(since)s and t.reported_at <= %(until)s
 order by t.severity desc, t.reported_at, t.id
 limit 200
