//! The clients that every server knows; none of their secrets is a real one.

use serde_json::{Value, json};

/// A client as the servers are told about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registered {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    /// How long its tokens live, in seconds; `None` leaves that to the server.
    pub(crate) lifetime: Option<u64>,
}

/// What every client may ask for.
pub(crate) const SCOPES: [&str; 2] = ["books.read", "orders.read"];

/// Nothing in it needs encoding.
pub(crate) const PLAIN: Registered = Registered {
    id: "evergrant-plain",
    secret: "plain-not-a-real-secret",
    lifetime: None,
};

/// Everything in it that servers disagree about.
pub(crate) const SPECIAL: Registered = Registered {
    id: "svc special+%",
    secret: "a+b%2Fc/d:e f&g=h~\"!",
    lifetime: None,
};

/// Its tokens live for four seconds.
pub(crate) const SHORT: Registered = Registered {
    id: "evergrant-short",
    secret: "short-not-a-real-secret",
    lifetime: Some(4),
};

/// A public client whose users sign in, with tokens that live for four seconds.
pub(crate) const SIGN_IN: Registered = Registered {
    id: "evergrant-sign-in",
    secret: "",
    lifetime: Some(4),
};

/// That one, as a server's script reads it from `INTEROP_SIGN_IN`.
pub(crate) fn sign_in() -> Value {
    json!({ "id": SIGN_IN.id, "lifetime": SIGN_IN.lifetime, "scopes": SCOPES })
}

/// All others, as the servers' scripts read them from `INTEROP_CLIENTS`.
pub(crate) fn registrations() -> Value {
    let client = |client: Registered| json!({ "id": client.id, "secret": client.secret, "lifetime": client.lifetime, "scopes": SCOPES });
    Value::Array([PLAIN, SPECIAL, SHORT].map(client).into())
}
