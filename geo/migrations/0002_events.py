"""The transaction id of each event, the epoch of the sequence, and the city's CRS where PostGIS lacks it."""

from django.db import migrations

EVENTS = """
alter table geo_event alter column xid set default pg_current_xact_id()::text::bigint;
create table geo_epoch (
    only_one boolean primary key default true check (only_one),
    epoch text not null,
    pruned_to bigint not null default 0
);
insert into geo_epoch (epoch) values (substr(replace(gen_random_uuid()::text, '-', ''), 1, 8));
"""


class Migration(migrations.Migration):
    dependencies = [("geo", "0001_first")]
    operations = [
        migrations.RunSQL(
            EVENTS,
            "drop table geo_epoch; alter table geo_event alter column xid set default 0;",
        )
    ]
