"""What the database keeps by itself: a camera without fresh frames is not shown as live, and a view that no longer fits is dropped."""

from django.db import migrations

# Longer than a camera takes to come back from a restart of its stream, shorter than a glance at the map.
SIGNAL = """
create view public.cameras_signal_map as
select c.id, c.code, c.name, c.agency_id, c.kind, c.usage, c.mount_height_m, c.heading_deg, c.tilt_deg, c.hfov_deg, c.range_m,
       c.last_frame_at, c.retention_days, c.legal_basis, c.version, c.geom, c.view,
       case when c.state in ('online', 'degraded') and coalesce(c.last_frame_at < pg_catalog.now() - interval '30 seconds', true)
            then 'offline' else c.state end as state
  from public.cameras_camera c;

create function public.cameras_drop_old_view() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (new.geom::text, new.heading_deg, new.hfov_deg, new.range_m, new.mount_height_m)
     is distinct from (old.geom::text, old.heading_deg, old.hfov_deg, old.range_m, old.mount_height_m)
     and new.view::text is not distinct from old.view::text then
    new.view := null;
  end if;
  return new;
end $$;
create trigger drop_old_view before update on public.cameras_camera
  for each row execute function public.cameras_drop_old_view();
"""
BACK = """
drop trigger drop_old_view on public.cameras_camera;
drop function public.cameras_drop_old_view();
drop view public.cameras_signal_map;
"""


class Migration(migrations.Migration):
    dependencies = [("cameras", "0001_first"), ("layers", "0001_first")]
    operations = [migrations.RunSQL(SIGNAL, BACK)]
