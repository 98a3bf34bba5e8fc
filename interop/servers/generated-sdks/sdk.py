"""A generated SDK in Python and its runtime, as an application uses them: the counterpart of sdk.mjs."""

import json
import sys

import requests
from apimatic_core.http.request.http_request import HttpRequest
from paypalserversdk.api_helper import APIHelper
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.o_auth_token import OAuthToken
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient


class LedTo(requests.adapters.HTTPAdapter):
    """Leads requests to the server under test: the SDK's own endpoint is built in."""

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
    session, led = requests.Session(), LedTo(url)
    session.trust_env = False
    session.mount("https://", led)
    token = client(id, secret, session).oauth_2.fetch_token()
    return {
        "authorization": led.authorization,
        "accessToken": token.access_token,
        "stored": [APIHelper.json_serialize(token), json.dumps(token.__dict__)],
    }


def load(text, clockSkew=None):
    token = OAuthToken.from_dictionary(APIHelper.json_deserialize(text))
    # A provider that gives the token again, or else the SDK would fetch one in place of one that has expired.
    settings = {"o_auth_token": token, "o_auth_clock_skew": clockSkew, "o_auth_token_provider": lambda last, _: last}
    auth = client("id", "not-a-real-secret", **settings).oauth_2
    if not auth.is_valid():
        return {"refused": auth.error_message}
    request = HttpRequest("GET", "http://127.0.0.1/", headers={})
    auth.apply(request)
    return {"authorization": request.headers["Authorization"]}


request = json.load(sys.stdin)
answer = fetch_token(**request["fetch"]) if "fetch" in request else [load(**stored) for stored in request["load"]]
json.dump(answer, sys.stdout)
