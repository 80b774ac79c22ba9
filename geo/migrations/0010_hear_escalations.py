"""A permission to hear alarms that nobody took: the leaders' starting role gets it."""

from django.db import migrations

def give(apps, schema_editor):
    for role in apps.get_model("geo", "Role").objects.filter(slug__in=("leader",)):
        if "hear_escalations" not in role.permissions:
            role.permissions = [*role.permissions, "hear_escalations"]
            role.save(update_fields=["permissions"])


def take(apps, schema_editor):
    for role in apps.get_model("geo", "Role").objects.filter(permissions__contains=["hear_escalations"]):
        role.permissions = [code for code in role.permissions if code != "hear_escalations"]
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ('geo', '0009_compartments'),
    ]

    operations = [
        migrations.RunPython(give, take),
    ]
