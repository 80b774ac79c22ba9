"""Django as plain WSGI: synchronous, in a fixed pool of threads under the ASGI shell."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")
application = get_wsgi_application()
