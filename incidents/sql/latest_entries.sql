-- Question: what was done lately, in every case that this caller sees?
-- Parameters: limit, and the row rules' own; the relation and its rule are composed from layers.access over the alias t.
-- Index: the entries' primary key, read backwards; each case by its own.
select jsonb_build_object(
         'id', e.id, 'at', e.at, 'by', coalesce(nullif(p.display_name, ''), p.username), 'kind', e.kind,
         'status_from', nullif(e.status_from, ''), 'status_to', nullif(e.status_to, ''), 'note', e.note,
         'incident', jsonb_build_object('id', t.id, 'code', t.code, 'category', t.category, 'severity', t.severity))::text
  from public.incidents_entry e
  join {cases} t on t.id = e.incident_id
  left join public.geo_user p on p.id = e.by_id
 where {cases_where}
 order by e.id desc
 limit %(limit)s
