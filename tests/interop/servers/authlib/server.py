"""Authlib on Flask: percent-decodes Basic except `+`; has introspection, revocation, metadata, client assertions and the
JWT bearer grant; tokens in memory."""

import json
import os
import time

os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")  # read when Authlib is imported; loopback only

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.common.security import generate_token
from flask import Flask, jsonify, request
from joserfc.jwk import JWKRegistry, OctKey


class Client(ClientMixin):
    def __init__(self, entry):
        self.id, self.secret, self.scopes = entry["id"], entry["secret"], entry.get("scopes", [])
        self.lifetime, self.quirk = entry.get("lifetime") or 3600, entry.get("quirk")
        self.alg, self.jwk = entry.get("alg"), entry.get("jwk")

    def get_client_id(self):
        return self.id

    def get_allowed_scope(self, scope):
        return list_to_scope([one for one in scope_to_list(scope or "") if one in self.scopes])

    def check_client_secret(self, client_secret):
        return self.secret == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        if self.alg:
            return method == JWTBearerClientAssertion.CLIENT_AUTH_METHOD
        return method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type):
        return grant_type == "client_credentials" or (self.alg and grant_type == JWTBearerGrant.GRANT_TYPE)

    def verification_key(self):
        return JWKRegistry.import_key(self.jwk) if self.jwk else OctKey.import_key(self.secret)


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


clients = {
    entry["id"]: Client(entry)
    for variable in ("INTEROP_CLIENTS", "INTEROP_KEYS")
    for entry in json.loads(os.environ[variable])
}
root = f"http://127.0.0.1:{os.environ['INTEROP_PORT']}"
tokens = {}


def save_token(payload, request):
    tokens[payload["access_token"]] = Token(request.client, payload)


class Grant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [
        "client_secret_basic",
        "client_secret_post",
        JWTBearerClientAssertion.CLIENT_AUTH_METHOD,
    ]

    def validate_token_request(self):
        super().validate_token_request()
        if self.request.client.quirk == "scope required" and not self.request.payload.scope:
            raise InvalidScopeError()


class ClientAssertion(JWTBearerClientAssertion):
    """Accepts each assertion once."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def get_audiences(self):
        return [root]

    def validate_jti(self, claims, jti):
        is_new = jti not in self.seen
        self.seen.add(jti)
        return is_new

    def resolve_client_public_key(self, client):
        return client.verification_key()


class AssertionGrant(JWTBearerGrant):
    def get_audiences(self):
        return [f"{root}/oauth/token"]

    def resolve_issuer_client(self, issuer):
        return clients.get(issuer)

    def resolve_client_public_key(self, client):
        return client.verification_key()


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
server.register_client_auth_method(JWTBearerClientAssertion.CLIENT_AUTH_METHOD, ClientAssertion())
server.register_grant(Grant)
server.register_grant(AssertionGrant)
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


@app.get("/.well-known/oauth-authorization-server")
def metadata():
    document = AuthorizationServerMetadata(
        issuer=root,
        token_endpoint=f"{root}/oauth/token",
        introspection_endpoint=f"{root}/oauth/introspect",
        revocation_endpoint=f"{root}/oauth/revoke",
        response_types_supported=["token"],
        grant_types_supported=["client_credentials", JWTBearerGrant.GRANT_TYPE],
        token_endpoint_auth_methods_supported=[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
        ],
        token_endpoint_auth_signing_alg_values_supported=["HS256", "RS256", "ES256"],
        scopes_supported=app.config["OAUTH2_SCOPES_SUPPORTED"],
    )
    document.validate_response_types_supported()
    document.validate_grant_types_supported()
    document.validate_token_endpoint_auth_methods_supported()
    return jsonify(document)


@app.get("/api/whoami")
@require_oauth()
def whoami():
    return jsonify(client_id=current_token.client.id, scope=current_token.get_scope())


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ["INTEROP_PORT"]), threaded=True)
