//! The authorization server, and the log of what it was asked by whom.

use std::time::Duration;

use evergrant_testing::{AuthServer, AuthServerBuilder};

use crate::member::now;

/// A server that knows when it was started.
#[derive(Debug, Clone)]
pub struct Server {
    auth: AuthServer,
    started: Duration,
}

/// A token request. Times are since the machine started.
#[derive(Debug, Clone)]
pub struct Request {
    /// When it had come in.
    pub at: Duration,
    /// Whose it is.
    pub member: String,
    /// What was answered; `None` while it is not.
    pub status: Option<u16>,
}

impl Server {
    /// Starts it.
    pub fn start(builder: AuthServerBuilder) -> Self {
        let auth = builder.start();
        Self { auth, started: now() }
    }

    /// The server itself.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// All token requests, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.auth.requests();
        let requests = requests
            .iter()
            .filter(|request| request.form_value("grant_type").is_some());
        let requests = requests.map(|request| Request {
            at: self.started + request.at,
            member: request.header("user-agent").unwrap_or_default().to_owned(),
            status: request.status.map(|status| status.as_u16()),
        });
        requests.collect()
    }
}
