"""Authlib on Flask: percent-decodes Basic except `+`; has introspection and revocation; tokens in memory."""

import json
import os
import time

os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")  # read when Authlib is imported; loopback only

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.common.security import generate_token
from flask import Flask, jsonify, request


class Client(ClientMixin):
    def __init__(self, entry):
        self.id, self.secret, self.scopes = entry["id"], entry["secret"], entry["scopes"]
        self.lifetime, self.quirk = entry["lifetime"] or 3600, entry["quirk"]

    def get_client_id(self):
        return self.id

    def get_allowed_scope(self, scope):
        return list_to_scope([one for one in scope_to_list(scope or "") if one in self.scopes])

    def check_client_secret(self, client_secret):
        return self.secret == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type):
        return grant_type == "client_credentials"


class Token(TokenMixin):
    def __init__(self, client, payload):
        self.client, self.payload, self.issued, self.revoked = client, payload, time.time(), False

    def check_client(self, client):
        return self.client.id == client.id

    def get_scope(self):
        return self.payload.get("scope", "")

    def is_expired(self):
        return time.time() >= self.issued + self.client.lifetime

    def is_revoked(self):
        return self.revoked


clients = {entry["id"]: Client(entry) for entry in json.loads(os.environ["INTEROP_CLIENTS"])}
tokens = {}


def save_token(payload, request):
    tokens[payload["access_token"]] = Token(request.client, payload)


class Grant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def validate_token_request(self):
        super().validate_token_request()
        if self.request.client.quirk == "scope required" and not self.request.payload.scope:
            raise InvalidScopeError()


class Generator(BearerTokenGenerator):
    """Adds `expires_at`, and removes `expires_in` for clients with that quirk."""

    def generate(self, grant_type, client, *others):
        token = super().generate(grant_type, client, *others)
        token["expires_at"] = int(time.time()) + token["expires_in"]
        if client.quirk == "expires_at alone":
            del token["expires_in"]
        return token


class Lookup:
    def query_token(self, token_string, token_type_hint):
        return tokens.get(token_string)

    def check_permission(self, token, client, request):
        return token.check_client(client)


class Introspection(Lookup, IntrospectionEndpoint):
    def introspect_token(self, token):
        active = not token.is_expired() and not token.is_revoked()
        return {"active": active, "client_id": token.client.id, "scope": token.get_scope()}


class Revocation(Lookup, RevocationEndpoint):
    def revoke_token(self, token, request):
        token.revoked = True


class Validator(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return tokens.get(token_string)


app = Flask(__name__)
app.config["OAUTH2_SCOPES_SUPPORTED"] = sorted({scope for client in clients.values() for scope in client.scopes})
server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
server.register_grant(Grant)
server.register_endpoint(Introspection)
server.register_endpoint(Revocation)
server.register_token_generator(
    "default",
    Generator(
        lambda **_: generate_token(42),
        expires_generator=lambda client, grant_type: client.lifetime,
    ),
)
require_oauth = ResourceProtector()
require_oauth.register_token_validator(Validator())



@app.after_request
def show_user_agent(response):
    response.headers["X-Seen-User-Agent"] = request.headers.get("User-Agent", "")
    return response


app.post("/oauth/token", endpoint="token")(server.create_token_response)
app.post("/oauth/introspect", endpoint="introspect")(lambda: server.create_endpoint_response("introspection"))
app.post("/oauth/revoke", endpoint="revoke")(lambda: server.create_endpoint_response("revocation"))


@app.get("/api/whoami")
@require_oauth()
def whoami():
    return jsonify(client_id=current_token.client.id, scope=current_token.get_scope())


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ["INTEROP_PORT"]), threaded=True)
