"""Uses a generated SDK in Python and its runtime as an application does: the counterpart of use_generated_sdk.mjs."""

import json
import sys

import requests
from apimatic_core.http.request.http_request import HttpRequest
from paypalserversdk.api_helper import APIHelper
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.o_auth_token import OAuthToken
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient


class RedirectingAdapter(requests.adapters.HTTPAdapter):
    """Redirects requests to the server under test, because the SDK's endpoint is built in."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.authorization = None

    def send(self, request, **settings):
        self.authorization = request.headers["Authorization"]
        request.url = self.url
        return super().send(request, **settings)


def client(client_id, secret, session=None, **settings):
    credentials = ClientCredentialsAuthCredentials(client_id, secret, **settings)
    return PaypalServersdkClient(http_client_instance=session, client_credentials_auth_credentials=credentials)


def fetch_token(url, id, secret):
    session, adapter = requests.Session(), RedirectingAdapter(url)
    session.trust_env = False
    session.mount("https://", adapter)
    token = client(id, secret, session).oauth_2.fetch_token()
    return {
        "authorization": adapter.authorization,
        "accessToken": token.access_token,
        "stored": [APIHelper.json_serialize(token), json.dumps(token.__dict__)],
    }


def load(text, clockSkew=None):
    token = OAuthToken.from_dictionary(APIHelper.json_deserialize(text))
    # The provider returns the same token; otherwise the SDK would replace an expired one.
    settings = {"o_auth_token": token, "o_auth_clock_skew": clockSkew, "o_auth_token_provider": lambda last, _: last}
    auth = client("id", "not-a-real-secret", **settings).oauth_2
    if not auth.is_valid():
        return {"rejected": auth.error_message}
    request = HttpRequest("GET", "http://127.0.0.1/", headers={})
    auth.apply(request)
    return {"authorization": request.headers["Authorization"]}


request = json.load(sys.stdin)
output = fetch_token(**request["fetch"]) if "fetch" in request else [load(**stored) for stored in request["load"]]
json.dump(output, sys.stdout)
