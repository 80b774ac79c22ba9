-- Question: every unit with where it is, what it can and whether it can be sent: its statuses follow from duty, crew, equipment and open assignment.
-- No clock in here: what depends on the hour (age, tiredness) is said by who reads. Index: one_open_assignment_per_unit, one_open_shift_a_unit,
-- crew_of_a_unit_now, equipment by its unit. Crews and equipment are gathered for all units at once: unit by unit they were two thirds of
-- the work; of one unit (its id a constant) PostgreSQL asks for that unit's alone.
-- Parameters: none; the migrations make the view of it.
create view public.incidents_unit_map as
select r.id, r.code, r.name, r.kind, r.agency_id, r.authority, r.mode,
       -- What the unit can: its own skills but those that only broken things gave, with those of its crew and of what works.
       case when c.responder_id is null and e.responder_id is null then own.sorted else
       array(select s from unnest(r.skills) s where s <> all(coalesce(e.broken, '{}')) or s = any(e.working) or s = any(c.skills)
             union select unnest(e.working) union select unnest(c.skills) order by 1)::character varying(30)[] end as skills,
       r.phone, r.user_id, r.position_at, r.position_accuracy_m, r.speed_kmh, r.heading_deg, r.geom,
       case when r.duty <> 'on_duty' then r.duty when a.id is not null then 'busy' when d.deserted then 'unmanned' else 'available' end as availability,
       -- Which restricted case a unit is on is told by incidents.queries, to who sees the case.
       a.incident_id, (case when not i.restricted then i.code end)::varchar(12) as incident_code, a.status as assignment_status,
       r.duty, r.activity,
       case when r.duty <> 'on_duty' or d.deserted then 'not_available'
            -- Grave work is not left; what is slight may be, a rehearsal always, and a unit that waits for an answer has not begun.
            when a.id is not null then case when i.severity <= 2 or i.exercise or a.status = 'requested' then 'conditionally_available' else 'not_available' end
            when v.id is not null or e.crippled or d.short or r.activity in ('break', 'meal', 'training') then 'conditionally_available'
            else 'available' end as primary_status,
       d.secondary[1] as secondary_status, d.secondary as secondary_statuses,
       coalesce(c.n, 0)::int as crew_now, r.crew as crew_seats, h.on_at as on_since, h.ends_at as shift_ends_at, h.rested_since, coalesce(e.kinds, '{}') as equipment,
       coalesce(i.exercise, false) as in_exercise,
       r.last_check_at, case when a.status = 'on_scene' then a.check_due_at end as check_due_at
  from public.incidents_responder r
  left join public.incidents_assignment a on a.responder_id = r.id and a.ended_at is null
  left join public.incidents_incident i on i.id = a.incident_id
  left join public.incidents_reservation v on v.responder_id = r.id and v.ended_at is null
  left join public.incidents_shift h on h.responder_id = r.id and h.off_at is null
  -- Many units can the same: PostgreSQL remembers what it has sorted.
  cross join lateral (select coalesce(array_agg(distinct s order by s), '{}')::character varying(30)[] as sorted from unnest(r.skills) s) own
  left join (
       select w.responder_id, count(distinct w.id) as n, coalesce(array_agg(distinct q.skill) filter (where q.skill is not null), '{}') as skills
         from public.incidents_crewing w join public.incidents_member m on m.id = w.member_id left join lateral unnest(m.qualifications) q(skill) on true
        where w.until is null group by w.responder_id) c on c.responder_id = r.id
  left join (
       select x.responder_id,
              coalesce(array_agg(distinct q.skill) filter (where x.state = 'ready' and q.skill is not null), '{}') as working,
              coalesce(array_agg(distinct q.skill) filter (where x.state <> 'ready' and q.skill is not null), '{}') as broken,
              coalesce(array_agg(distinct x.kind) filter (where x.state = 'ready' and x.kind <> ''), '{}')::text[] as kinds,
              bool_or(x.state <> 'ready') as issues, bool_or(x.state <> 'ready' and x.essential) as crippled
         from public.incidents_equipment x left join lateral unnest(x.skills) q(skill) on true group by x.responder_id) e on e.responder_id = r.id
  cross join lateral (
       select r.crew_least > 0 and c.n is null as deserted, r.crew_least > coalesce(c.n, 0) as short,
              array_remove(array[
                case r.duty when 'out_of_service' then 'out_of_service' when 'off_duty' then 'off_duty' end,
                case a.status when 'requested' then 'dispatched' when 'accepted' then 'acknowledged' else a.status end,
                case when r.crew_least > coalesce(c.n, 0) then 'unmanned' end,
                case when v.id is not null then 'reserved' end,
                case when e.issues then 'equipment_issues' end,
                case when r.duty = 'on_duty' and a.id is null then nullif(r.activity, '') end,
                case when r.duty = 'on_duty' and a.id is null then 'on_duty' end], null)::text[] as secondary) d
