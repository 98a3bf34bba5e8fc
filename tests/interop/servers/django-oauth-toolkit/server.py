"""django-oauth-toolkit under gunicorn, with SQLite in the current folder: percent-decodes Basic; slow because it hashes secrets."""

import json
import os
import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path

os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback only
clients = json.loads(os.environ["INTEROP_CLIENTS"])
lifetimes = {client["id"]: client["lifetime"] or 3600 for client in clients}
quirks = {client["id"]: client["quirk"] for client in clients}

settings.configure(
    SECRET_KEY="not-a-real-secret",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "OPTIONS": {"timeout": 20}}},
    MIDDLEWARE=[f"{__name__}.show_user_agent"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "SCOPES": {scope: scope for client in clients for scope in client["scopes"]},
        "DEFAULT_SCOPES": [],
        "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
        "EXTRA_SERVER_KWARGS": {"token_expires_in": lambda request: lifetimes[request.client.client_id]},
    },
)
django.setup()

from oauth2_provider.models import get_access_token_model, get_application_model  # noqa: E402  (only after the set-up)
from oauth2_provider.decorators import protected_resource  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Validator(OAuth2Validator):
    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        return (scopes or quirks[client_id] != "scope required") and super().validate_scopes(
            client_id, scopes, client, request, *args, **kwargs
        )


def show_user_agent(get_response):
    def handle(request):
        response = get_response(request)
        response["X-Seen-User-Agent"] = request.headers.get("User-Agent", "")
        return response

    return handle


@protected_resource(scopes=[])
def whoami(request):
    bearer = request.headers["Authorization"].removeprefix("Bearer ")
    token = get_access_token_model().objects.get(token=bearer)
    return JsonResponse({"client_id": token.application.client_id, "scope": token.scope})


urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")), path("api/whoami", whoami)]


def create_database():
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    model = get_application_model()
    for client in clients:
        model.objects.create(
            client_id=client["id"],
            client_secret=client["secret"],
            client_type=model.CLIENT_CONFIDENTIAL,
            authorization_grant_type=model.GRANT_CLIENT_CREDENTIALS,
        )


if __name__ == "__main__":
    create_database()
    bind = f"127.0.0.1:{os.environ['INTEROP_PORT']}"
    gunicorn = ["-m", "gunicorn", "--bind", bind, "--threads", "4", "--no-control-socket", "server:application"]
    os.execv(sys.executable, [sys.executable, *gunicorn])
application = get_wsgi_application()
