"""`manage.py import_check`: proves that the importer is shut in, and says by which walls."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.confined import proving
from layers.confined.sandbox import walls


class Command(BaseCommand):
    help = "Prove that files are read behind walls that hold, and say which."

    def handle(self, *_: Any, **__: Any) -> None:
        if through := proving.faults():
            raise CommandError("\n".join(["The importer is not shut in:", *through]))
        self.stdout.write(f"Files are read behind {walls()}: no network, no file but the job's, named drivers only.")
