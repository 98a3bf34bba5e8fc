//! The authorization server, and its log of token requests by process.

use std::time::Duration;

use evergrant_testing::{AuthServer, AuthServerBuilder};

use crate::worker::now;

/// An authorization server that records when it was started.
#[derive(Debug, Clone)]
pub struct Server {
    auth: AuthServer,
    started: Duration,
}

/// A token request. Times are since the machine started.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// When the server received it.
    pub at: Duration,
    /// When the process sent it. The lifetime of its token counts from here.
    pub sent: Duration,
    /// The name of the process that sent it.
    pub process: String,
    /// The status of the response, or `None` if there is no response yet.
    pub status: Option<u16>,
}

impl Server {
    /// Starts the server.
    pub fn start(builder: AuthServerBuilder) -> Self {
        let auth = builder.start();
        Self { auth, started: now() }
    }

    /// Returns the authorization server.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// Returns all token requests in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<TokenRequest> {
        let requests = self.auth.requests();
        let requests = requests
            .iter()
            .filter(|request| request.form_value("grant_type").is_some());
        let requests = requests.map(|request| {
            let at = self.started + request.at;
            let user_agent = request.header("user-agent").unwrap_or_default();
            let (process, sent) = user_agent.split_once(' ').unwrap_or((user_agent, ""));
            TokenRequest {
                at,
                sent: sent.parse().map_or(at, Duration::from_nanos),
                process: process.to_owned(),
                status: request.status.map(|status| status.as_u16()),
            }
        });
        requests.collect()
    }
}
