//! Pushed authorization requests: bound to a client, short-lived and single-use (RFC 9126).

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::super::endpoint::Form;
use super::super::registered_clients_and_tokens::Registry;

/// The pushed authorization requests of the server.
#[derive(Default)]
pub(in crate::auth) struct PushedRequests {
    pub(super) is_enabled: bool,
    /// Whether the authorization endpoint accepts no other requests.
    pub(super) is_required: bool,
    requests: HashMap<String, PushedRequest>,
}

struct PushedRequest {
    client_id: String,
    form: Form,
    expires_at: SystemTime,
}

/// The lifetime of a request, as servers choose it (RFC 9126 section 2.2).
pub(in crate::auth) const LIFETIME: Duration = Duration::from_secs(60);

impl Registry {
    pub(in crate::auth) fn pushed_authorization_enabled(&self) -> bool {
        self.users.pushed.is_enabled
    }

    pub(in crate::auth) fn pushed_authorization_required(&self) -> bool {
        self.users.pushed.is_required
    }

    /// Stores a request, and returns its `request_uri`.
    pub(in crate::auth) fn push(&mut self, client_id: &str, form: Form, now: SystemTime) -> String {
        let uri = format!("urn:ietf:params:oauth:request_uri:{}", self.unique("request"));
        let request = PushedRequest {
            client_id: client_id.to_owned(),
            form,
            expires_at: now + LIFETIME,
        };
        self.users.pushed.requests.insert(uri.clone(), request);
        uri
    }

    /// Takes a request of this client, or returns why it is not valid.
    pub(in crate::auth) fn take_pushed(
        &mut self,
        request_uri: &str,
        client_id: Option<&str>,
        now: SystemTime,
    ) -> Result<Form, &'static str> {
        let request = self.users.pushed.requests.remove(request_uri);
        let request = request.ok_or("the request_uri is unknown or was used before")?;
        if client_id != Some(&*request.client_id) {
            return Err("the request_uri was issued to another client");
        }
        match now < request.expires_at {
            true => Ok(request.form),
            false => Err("the request_uri has expired"),
        }
    }
}
