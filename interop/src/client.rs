//! The clients that every server knows; none of their secrets is a real one.

use serde_json::{Value, json};

/// A client as the servers are told about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registered {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    /// How long its tokens live, in seconds; `None` leaves that to the server.
    pub(crate) lifetime: Option<u64>,
    /// What the server does differently for it, if it can.
    pub(crate) quirk: Option<&'static str>,
}

/// What every client may ask for.
pub(crate) const SCOPES: [&str; 2] = ["books.read", "orders.read"];

/// Nothing in it needs encoding.
pub(crate) const PLAIN: Registered = Registered {
    id: "evergrant-plain",
    secret: "plain-not-a-real-secret",
    lifetime: None,
    quirk: None,
};

/// Everything in it that servers disagree about.
pub(crate) const SPECIAL: Registered = Registered {
    id: "svc special+%",
    secret: "a+b%2Fc/d:e f&g=h~\"!",
    lifetime: None,
    quirk: None,
};

/// Its tokens live for four seconds.
pub(crate) const SHORT: Registered = Registered {
    id: "evergrant-short",
    secret: "short-not-a-real-secret",
    lifetime: Some(4),
    quirk: None,
};

/// Its server wants a scope in each request.
pub(crate) const SCOPE_REQUIRED: Registered = quirky("evergrant-scoped", "scope required");

/// Its responses have `expires_at`, and no `expires_in`.
pub(crate) const EXPIRES_AT: Registered = quirky("evergrant-expires-at", "expires_at alone");

/// Its tokens are bound to a key of its own (RFC 9449).
pub(crate) const DPOP: Registered = quirky("evergrant-dpop", "dpop");

const fn quirky(id: &'static str, quirk: &'static str) -> Registered {
    Registered {
        id,
        secret: "quirky-not-a-real-secret",
        lifetime: None,
        quirk: Some(quirk),
    }
}

/// A public client whose users sign in, with tokens that live for four seconds.
pub(crate) const SIGN_IN: Registered = Registered {
    id: "evergrant-sign-in",
    secret: "",
    lifetime: Some(4),
    quirk: None,
};

/// That one, as a server's script reads it from `INTEROP_SIGN_IN`.
pub(crate) fn sign_in() -> Value {
    json!({ "id": SIGN_IN.id, "lifetime": SIGN_IN.lifetime, "scopes": SCOPES })
}

/// All others, as the servers' scripts read them from `INTEROP_CLIENTS`.
pub(crate) fn registrations() -> Value {
    let client = |client: Registered| {
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
