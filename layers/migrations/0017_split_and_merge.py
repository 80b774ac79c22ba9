"""Land records have a kind for parcels that were divided and put together anew at once."""

from django.db import migrations, models

from layers.library.land_records import KINDS


class Migration(migrations.Migration):
    dependencies = [("layers", "0016_speed_fits")]

    operations = [
        migrations.AlterField(
            model_name="landrecord", name="kind", field=models.CharField(max_length=20, choices=[(kind.value, kind.vi) for kind in KINDS])
        )
    ]
