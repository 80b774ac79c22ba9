-- Question: what a look at a case has to know beside the units: who is out on it or has said no, whether it is an exercise's, whether anybody is held
-- for anything, and the run card in force: of those of its category, the one that asks for most severity that the case has.
-- Parameters: id, at, category, severity.
-- Index: incidents_assignment (incident), the primary key of an exercise's case, one_open_reservation_per_unit, one_run_card_in_force.
select (select coalesce(jsonb_agg(jsonb_build_array(a.responder_id, a.role, a.status, a.overdue_at is not null, a.ended_at is null) order by a.id), '[]')
          from public.incidents_assignment a where a.incident_id = %(id)s::bigint)::text,
       exists (select from public.incidents_exercisecase e where e.incident_id = %(id)s::bigint),
       exists (select from public.incidents_reservation r where r.ended_at is null and r.until > %(at)s::timestamptz),
       card.id, card.xmin::text
  from (select) always
  left join lateral (
       select c.id, c.xmin from public.incidents_runcard c
        where c.active and c.categories @> array[%(category)s::character varying] and c.severity_from <= %(severity)s::int
        order by c.severity_from desc, c.slug limit 1) card on true
