"""Layers made while the city runs: their rows, and the schema that their tables stand in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0002_indicator_map'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MadeLayer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=60, unique=True)),
                ('title_vi', models.CharField(max_length=120)),
                ('title_en', models.CharField(max_length=120)),
                ('geometry_type', models.CharField(max_length=20)),
                ('fields', models.JSONField(default=list)),
                ('label', models.CharField(blank=True, max_length=60)),
                ('see', models.CharField(blank=True, help_text='The permission that shows it; empty: everybody.', max_length=40)),
                ('created_at', models.DateTimeField()),
                ('revision', models.IntegerField(default=1)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.RunSQL("create schema if not exists made", "drop schema made"),
    ]
