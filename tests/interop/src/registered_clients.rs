//! The clients registered at every server. Their secrets are not real.

use serde_json::{Value, json};

/// A client's registration at the servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientRegistration {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    /// Lifetime of its tokens in seconds; `None` for the server's default.
    pub(crate) lifetime: Option<u64>,
    /// Special behaviour of the server for this client, if the server supports it.
    pub(crate) quirk: Option<&'static str>,
}

/// The scopes that every client may request.
pub(crate) const SCOPES: [&str; 2] = ["books.read", "orders.read"];

/// Its id and secret need no encoding.
pub(crate) const PLAIN: ClientRegistration = ClientRegistration {
    id: "evergrant-plain",
    secret: "plain-not-a-real-secret",
    lifetime: None,
    quirk: None,
};

/// Its id and secret have characters that servers handle differently.
pub(crate) const SPECIAL: ClientRegistration = ClientRegistration {
    id: "svc special+%",
    secret: "a+b%2Fc/d:e f&g=h~\"!",
    lifetime: None,
    quirk: None,
};

/// Its tokens are valid for four seconds.
pub(crate) const SHORT: ClientRegistration = ClientRegistration {
    id: "evergrant-short",
    secret: "short-not-a-real-secret",
    lifetime: Some(4),
    quirk: None,
};

/// The server requires a scope in each request.
pub(crate) const SCOPE_REQUIRED: ClientRegistration = with_quirk("evergrant-scoped", "scope required");

/// Its responses have `expires_at` instead of `expires_in`.
pub(crate) const EXPIRES_AT: ClientRegistration = with_quirk("evergrant-expires-at", "expires_at alone");

/// Its tokens are bound to its key (RFC 9449).
pub(crate) const DPOP: ClientRegistration = with_quirk("evergrant-dpop", "dpop");

const fn with_quirk(id: &'static str, quirk: &'static str) -> ClientRegistration {
    ClientRegistration {
        id,
        secret: "quirky-not-a-real-secret",
        lifetime: None,
        quirk: Some(quirk),
    }
}

/// A public client for signed-in users, with tokens that are valid for four seconds.
pub(crate) const SIGN_IN: ClientRegistration = ClientRegistration {
    id: "evergrant-sign-in",
    secret: "",
    lifetime: Some(4),
    quirk: None,
};

/// The [`SIGN_IN`] client, as the servers' scripts read it from `INTEROP_SIGN_IN`.
pub(crate) fn sign_in() -> Value {
    json!({ "id": SIGN_IN.id, "lifetime": SIGN_IN.lifetime, "scopes": SCOPES })
}

/// All other clients, as the servers' scripts read them from `INTEROP_CLIENTS`.
pub(crate) fn registrations() -> Value {
    let client = |client: ClientRegistration| {
        json!({
            "id": client.id,
            "secret": client.secret,
            "lifetime": client.lifetime,
            "scopes": SCOPES,
            "quirk": client.quirk,
        })
    };
    let clients = [PLAIN, SPECIAL, SHORT, SCOPE_REQUIRED, EXPIRES_AT, DPOP];
    Value::Array(clients.map(client).into())
}
