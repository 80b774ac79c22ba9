-- Question: which alarms stand for this caller, and what may it know of the case and the unit that they are about?
-- Parameters: heard (kind -> level from which the caller hears it), alarm (one alone, or null), limit, and the row rules' own;
-- the relations and their rules are composed from layers.access over the alias t.
-- Index: one_alarm_a_kind_and_subject (those that stand are few); cases and units by their ids.
select jsonb_build_object(
         'id', a.id, 'kind', a.kind, 'subject', a.subject, 'raised_at', a.raised_at, 'due_at', a.due_at, 'level', a.level, 'escalated_at', a.escalated_at,
         'acknowledged_at', a.acknowledged_at, 'acknowledged_by', coalesce(nullif(p.display_name, ''), p.username), 'note', a.note, 'data', a.data,
         'of_case', a.incident_id is not null, 'incident', c.item, 'responder', u.item)::text
  from public.incidents_alarm a
  left join public.geo_user p on p.id = a.acknowledged_by_id
  left join lateral (select jsonb_build_object('id', t.id, 'code', t.code, 'category', t.category, 'severity', t.severity, 'status', t.status,
                                               'place_name', t.place_name, 'ward_name', t.ward_name) as item
                       from {cases} t where t.id = a.incident_id and {cases_where}) c on true
  left join lateral (select jsonb_build_object('id', t.id, 'code', t.code, 'name', t.name) as item
                       from {units} t where t.id = a.responder_id and {units_where}) u on true
  -- Of an exercise only who takes part hears, and they hear all that they would in earnest.
  left join lateral (select %(user)s::bigint = any(e.people) as taking
                       from public.incidents_exercisecase ec join public.incidents_exercise e on e.id = ec.exercise_id
                      where ec.incident_id = a.incident_id) x on true
 where a.cleared_at is null
   and (%(alarm)s::bigint is null or a.id = %(alarm)s::bigint)
   and a.level >= (%(heard)s::jsonb ->> a.kind)::int
   and (a.incident_id is null or c.item is not null
        or (a.level > 0 and (x.taking or exists (select 1 from {counted} t where t.id = a.incident_id and {counted_where}))))
   and coalesce(x.taking, true)
   and (a.responder_id is null or u.item is not null or a.incident_id is not null)
 order by a.acknowledged_at is not null, a.raised_at desc, a.id desc
 limit %(limit)s
