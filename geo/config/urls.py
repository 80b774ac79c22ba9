"""The addresses of the synchronous part; tiles go by the fast path of the ASGI shell."""

from django.contrib import admin
from django.urls import path

from geo.config.api import alive, api, page, ready
from incidents.intake.phone_links_api import here
from incidents.units.positions_api import osmand
from layers.ogc import features as ogc

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("healthz", alive),
    path("readyz", ready),
    path("osmand", osmand),
    *ogc.urlpatterns,
    path("", page, {"name": "index"}),
    path("here/<str:token>", here, {"page": page}),
    *(path(name, page, {"name": name}) for name in ("wall", "field", "edit")),
]
