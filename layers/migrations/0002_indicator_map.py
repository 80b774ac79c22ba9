"""The view behind the indicators' layer: each figure with the shape of its ward."""

from django.db import migrations

VIEW = """
create view layers_indicator_map as
select i.id, i.code, i.title_vi, i.title_en, i.value, i.target, i.unit, i.n, i.period_from, i.period_until,
       i.updated_at, i.source, w.name as ward_name, w.geom
  from layers_indicator i join layers_adminunit w on w.id = i.ward_id
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0001_first")]
    operations = [migrations.RunSQL(VIEW, "drop view layers_indicator_map")]
