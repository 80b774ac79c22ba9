"""The addresses of the synchronous part; tiles go by the fast path of the ASGI shell."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
