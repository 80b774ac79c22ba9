"""Whether this city's data is simulated: the pages say so for as long as it stands."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("geo", "0002_events")]
    operations = [migrations.RunSQL("alter table geo_epoch add column simulated boolean not null default false", "alter table geo_epoch drop column simulated")]
