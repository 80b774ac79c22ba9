"""What a made layer says beside its columns: who edits it, whether changes need review, its style; and when it was removed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0004_parcel_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='madelayer',
            name='edit',
            field=models.CharField(default='edit_assets', help_text='The permission that changes its rows.', max_length=40),
        ),
        migrations.AddField(
            model_name='madelayer',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='madelayer',
            name='review',
            field=models.BooleanField(default=False, help_text='Whether changes need a second person.'),
        ),
        migrations.AddField(
            model_name='madelayer',
            name='style',
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
