"""A view is dropped whenever what it follows from changes, unless the verb that changes it says that it looked anew.

To compare the views was not enough: a dome that turns, and a mast that grows on open ground, see what they saw.
"""

from django.db import migrations

LOOKED_ANEW = """
create or replace function public.cameras_drop_old_view() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (new.geom::text, new.heading_deg, new.hfov_deg, new.range_m, new.mount_height_m)
     is distinct from (old.geom::text, old.heading_deg, old.hfov_deg, old.range_m, old.mount_height_m)
     and coalesce(current_setting('nbioc.looked_anew', true), '') <> new.id::text then
    new.view := null;
  end if;
  return new;
end $$;
"""
COMPARED = """
create or replace function public.cameras_drop_old_view() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (new.geom::text, new.heading_deg, new.hfov_deg, new.range_m, new.mount_height_m)
     is distinct from (old.geom::text, old.heading_deg, old.hfov_deg, old.range_m, old.mount_height_m)
     and new.view::text is not distinct from old.view::text then
    new.view := null;
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("cameras", "0002_signal")]
    operations = [migrations.RunSQL(LOOKED_ANEW, COMPARED)]
