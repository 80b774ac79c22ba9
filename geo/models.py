"""People, agencies, roles and tokens, and the table of events. Anything with a place on the map is a layer, not here."""

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from geo import prepared
from geo.permissions import PERMISSIONS

HELD = prepared.prepared("select r.permissions from public.geo_role r join public.geo_user_roles h on h.role_id = r.id where h.user_id = %(user)s::bigint")


class Agency(models.Model):
    """Who answers for what. Agencies end and have successors: the district level of 2023 is gone."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    directs_units = models.BooleanField(default=False, help_text="The centre directs its units; otherwise it asks for them.")
    duty_phone = models.CharField(max_length=40, blank=True)
    ward_code = models.CharField(max_length=10, blank=True, help_text="The ward that it answers for, by its code of today; empty: the whole city.")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permissions, editable."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    permissions = ArrayField(
        models.CharField(max_length=40, choices=[(code, names[0]) for code, names in PERMISSIONS.items()]),
        default=list,
        blank=True,
    )

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person, with an agency, wards and layers that bound what the roles allow."""

    display_name = models.CharField(max_length=150, blank=True)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    roles = models.ManyToManyField(Role, blank=True, related_name="people")
    wards = ArrayField(models.CharField(max_length=10), default=list, blank=True, help_text="Empty: every ward.")
    edit_layers = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="Empty: every layer of the role.")
    language = models.CharField(max_length=5, default="vi")
    # Kept by the database from whoever names people: part of what decides what a person sees, so that every cache knows of it.
    compartments = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False, help_text="Restricted cases that the person was named to.")

    def permissions(self) -> frozenset[str]:
        """The union of what the person's roles allow; nothing for the inactive."""
        if not self.is_active:
            return frozenset()
        if self.is_superuser:
            return frozenset(PERMISSIONS)
        if "roles" in getattr(self, "_prefetched_objects_cache", {}):
            return frozenset(code for role in self.roles.all() for code in role.permissions)
        # Asked with every request.
        with connection.cursor() as cursor:
            prepared.run(cursor, HELD, {"user": self.pk})
            return frozenset(code for (codes,) in cursor for code in codes)

    def may(self, permission: str) -> bool:
        """Whether any role of the person holds the permission."""
        return permission in self.permissions()


class Token(models.Model):
    """A machine's or a screen's key. Only its digest is kept."""

    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, *, name: str, user: User, expires_at: datetime | None = None) -> tuple["Token", str]:
        """A new token and its secret, which is shown once and never stored."""
        secret = secrets.token_urlsafe(32)
        return cls.objects.create(name=name, digest=cls.digest_of(secret), user=user, expires_at=expires_at), secret

    @classmethod
    def holder(cls, *, secret: str, at: datetime) -> User | None:
        """The person a secret stands for, or None when it is unknown, revoked, expired or its holder inactive."""
        alive = models.Q(expires_at=None) | models.Q(expires_at__gt=at)
        token = cls.objects.select_related("user").filter(alive, digest=cls.digest_of(secret), revoked_at=None).first()
        if token is None or not token.user.is_active:
            return None
        cls.objects.filter(pk=token.pk).update(last_used_at=at)
        return token.user


class SignInFailure(models.Model):
    """One wrong try to sign in: under which name, from which network."""

    account = models.CharField(max_length=150)
    network = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "at"]), models.Index(fields=["network", "at"])]


class Event(models.Model):
    """One thing that happened. Append-only; read up to the snapshot horizon (geo.events), never by id alone."""

    seq = models.BigAutoField(primary_key=True)
    # xid8 of the writing transaction, filled by the database (see the migration)
    xid = models.BigIntegerField(editable=False, db_default=0)
    kind = models.CharField(max_length=60)
    layer = models.CharField(max_length=60, blank=True)
    fids = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, db_constraint=False)
    because = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["xid", "seq"])]


class KeptAnswer(models.Model):
    """What was answered to a write that brought a key of its own: the same key again gets the same answer and has no second effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    # Of the method, the address and the body: the same key for another request is a mistake of whoever sends.
    digest = models.CharField(max_length=64)
    status = models.SmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_person_and_key")]
