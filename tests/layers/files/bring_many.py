"""Brings many files into the city of this process's profile and database, each as a layer of its own: a job a line in, an outcome a line out.

The road is the command's: walls, staging, comparison, rules, history, one transaction.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from geo.errors import Problem  # noqa: E402
from layers.files.importing import Wish, import_file  # noqa: E402

STANDS = """select (select count(*) from made.{slug}),
       (select count(*) from made.{slug} where public.layers_is_sane(geom)),
       (select count(*) from public.layers_history where layer = '{slug}' and op = 'insert')"""


def outcome(job: dict[str, Any]) -> dict[str, Any]:
    """What became of one file: what was read, came in and stands, or the code of its refusal. Anything else is a fault of ours and ends the process."""
    slug = f"file_{job['number']}"
    try:
        report = import_file(wish=Wish(Path(job["path"]), slug=slug, **job["answers"]), by=None, because="every file", at=timezone.now())
    except Problem as problem:
        return {"code": problem.code}
    with connection.cursor() as cursor:
        cursor.execute(STANDS.format(slug=slug))
        stands, sane, kept = cursor.fetchone()
    return {"read": report.told["read"], "written": report.written, "left_out": report.left_out, "stands": stands, "sane": sane, "history": kept}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)
