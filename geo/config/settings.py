"""Django's settings, typed from the environment; a bad start is refused with the name of the variable that is wrong."""

import os
import secrets
from pathlib import Path
from types import ModuleType

import environ
import rasterio
import shapely
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from geo.city import CITY

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(os.environ.get("NBIOC_VAR", BASE_DIR / "var"))
env = environ.Env()

DEBUG = env.bool("NBIOC_DEBUG", default=False)
TESTING = env.bool("NBIOC_TESTING", default=False)
PORT = env.int("PORT", default=8000)
LAN = env.bool("LAN", default=False)
# What the telephone bridge signs with: whsec_ and base64; two, a space between, while one takes the other's place.
TELEPHONE_SECRETS = env.str("NBIOC_TELEPHONE_SECRET", default="").split()


def _secret_key() -> str:
    """The key of this installation: from the environment, or made once and kept with the data."""
    if key := os.environ.get("NBIOC_SECRET_KEY"):
        if len(key) < 32:
            raise ImproperlyConfigured("NBIOC_SECRET_KEY is shorter than 32 characters.")
        return key
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = ["*"] if LAN else ["localhost", "127.0.0.1", "[::1]", "testserver", *env.list("NBIOC_HOSTS", default=[])]
CSRF_TRUSTED_ORIGINS = env.list("NBIOC_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "geo",
    "layers",
    "cameras",
    "incidents",
    "tiles",
    "geo.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before anything that looks into a form.
    "geo.config.middleware.BodyCapMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "geo.config.middleware.CallerMiddleware",
]

ROOT_URLCONF = "geo.config.urls"
WSGI_APPLICATION = "geo.config.wsgi.application"
AUTH_USER_MODEL = "geo.User"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

if not os.environ.get("DATABASE_URL"):
    raise ImproperlyConfigured(
        "DATABASE_URL is not set: start by script/server, which runs a PostGIS of its own, or give postgis://user:password@host/name of yours."
    )
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "django.contrib.gis.db.backends.postgis",
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off -c lock_timeout=5s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A file that is brought in, and the form around it.
LARGEST_BODY_BYTES = 2 * 2**30 + 2**20

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LANGUAGE_CODE = CITY.languages[0]
LANGUAGES = [(code, LANG_INFO[code]["name_local"]) for code in dict.fromkeys((*CITY.languages, "vi", "en"))]
TIME_ZONE = CITY.timezone
USE_TZ = True
USE_I18N = True

FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ROOT = FRONTEND_DIST if FRONTEND_DIST.exists() else None
WHITENOISE_INDEX_FILE = False
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LAN
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

if TESTING:
    # A thousand slow hashes prove nothing about the city.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]


def _bundled(package: ModuleType, library: str) -> str | None:
    """A C library that a wheel brought along and has loaded; None where the package was built against the system's."""
    libraries = sorted((Path(package.__file__ or "").parents[1] / f"{package.__name__}.libs").glob(f"{library}-*.so*"))
    return str(libraries[0]) if libraries else None


# One GDAL and one GEOS in a process: the distribution's would bring a hundred libraries and 26 MB more into every worker.
GDAL_LIBRARY_PATH = _bundled(rasterio, "libgdal")
GEOS_LIBRARY_PATH = _bundled(shapely, "libgeos_c")
ELEVATION_PATH = VAR_DIR / "rasters" / "elevation.tif"
# Debian 12 ships GDAL 3.6, which Django 5.2 supports; the warning is about a newer one.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
