"""People, agencies, roles and tokens in Django's admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from geo.models import Agency, Role, User

admin.site.register(Agency)
admin.site.register(Role)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Django's own form, and what bounds a person here."""

    fieldsets = (*UserAdmin.fieldsets, ("NBIOC", {"fields": ("display_name", "agency", "roles", "wards", "edit_layers", "language")}))
