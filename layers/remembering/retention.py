"""How long revisions that came by files are kept: what an older one replaced is let go of, that it was replaced is not.

The city profile says for how many days (`[history] import_days`; without it, for ever). Edits by people are never let go of. As-of answers
no moment any more that would need what has gone.
"""

from datetime import datetime, timedelta

from django.db import connection

from geo import events
from geo.acting import acting
from geo.sql import statement


def prune(*, import_days: int, at: datetime, looking: bool = False) -> dict[str, int]:
    """Empty the import revisions that are older, layer by layer: how many rows, by slug. `looking` only counts.

    Who, when and why stay, and every later moment can be shown. Raises ValueError for a negative number of days.
    """
    if import_days < 0:
        raise ValueError(f"import_days is {import_days}: it cannot be negative.")
    before = at - timedelta(days=import_days)
    with acting(by=None, because=f"import revisions are kept for {import_days} days"), connection.cursor() as cursor:
        cursor.execute(statement("layers", "prunable"), {"before": before})
        found = {slug: (rows, last) for slug, rows, last in cursor.fetchall()}
        for slug, (rows, last) in ({} if looking else found).items():
            cursor.execute("select set_config('nbioc.pruning', 'on', true)")
            cursor.execute(statement("layers", "prune"), {"layer": slug, "before": before})
            cursor.execute("select set_config('nbioc.pruning', '', true)")
            cursor.execute("update public.layers_kept set since = greatest(since, %s) where layer = %s", [last, slug])
            events.publish(kind="history.pruned", layer=slug, at=at, data={"rows": rows, "since": last.isoformat()})
    return {slug: rows for slug, (rows, _) in found.items()}
