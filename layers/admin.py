"""The lists that an administrator of land keeps, in Django's admin: purposes of land and the smallest parcels of a split."""

from django.contrib import admin

from layers.library.land_uses import LandUse, MinimumArea


@admin.register(LandUse)
class LandUseAdmin(admin.ModelAdmin):
    list_display = ("code", "vi", "en", "valid_from", "valid_until", "source")
    search_fields = ("code", "vi")


@admin.register(MinimumArea)
class MinimumAreaAdmin(admin.ModelAdmin):
    list_display = ("land_use", "ward_kind", "min_area_m2", "severity", "decision", "valid_from", "valid_until")
    list_filter = ("severity", "ward_kind")
