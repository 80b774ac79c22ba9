"""What streets that change after a build of the flood zones are worked out from."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0017_split_and_merge'),
    ]

    operations = [
        migrations.AddField(model_name='floodbuild', name='reached', field=models.BinaryField(default=b'')),
        migrations.AddField(model_name='floodbuild', name='ticks', field=models.JSONField(default=dict)),
        migrations.AddField(model_name='floodbuild', name='refreshed_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='floodbuild', name='asked_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='flooddepth', name='digest', field=models.CharField(default='', max_length=32)),
    ]
