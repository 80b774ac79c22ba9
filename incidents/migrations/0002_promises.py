"""What the database keeps by itself: the sequence of a case is append-only; a unit's availability follows from its assignments."""

from django.db import migrations

PROMISES = """
create function public.incidents_entry_is_kept() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'The sequence of a case is append-only.' using errcode = 'NB002';
end $$;
create trigger entry_is_kept before update or delete on public.incidents_entry
  for each row execute function public.incidents_entry_is_kept();

create view public.incidents_unit_map as
select r.id, r.code, r.name, r.kind, r.agency_id, r.authority, r.mode, r.skills, r.phone, r.user_id,
       r.position_at, r.position_accuracy_m, r.speed_kmh, r.heading_deg, r.geom,
       case when r.duty <> 'on_duty' then r.duty when a.id is not null then 'busy' else 'available' end as availability,
       a.incident_id, i.code as incident_code, a.status as assignment_status
  from public.incidents_responder r
  left join public.incidents_assignment a on a.responder_id = r.id and a.ended_at is null
  left join public.incidents_incident i on i.id = a.incident_id;
"""
BACK = """
drop view public.incidents_unit_map;
drop trigger entry_is_kept on public.incidents_entry;
drop function public.incidents_entry_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_first")]
    operations = [migrations.RunSQL(PROMISES, BACK)]
