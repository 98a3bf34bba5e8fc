//! Settings of a process, and messages that its parent sends later: lines of JSON on standard input. They have secrets,
//! and other users of the machine can see the arguments of a process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::renewal_steps::Fault;

/// The settings of a process, sent as the first line.
#[derive(Clone, Serialize, Deserialize)]
pub struct Settings {
    /// The name of the process, its `User-Agent` at the token endpoint.
    pub name: String,
    /// The token endpoint.
    pub token_url: String,
    /// The client id, the same for all processes.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// The URL of the store.
    pub store: String,
    /// The key ring. Without one, tokens are stored unencrypted.
    pub keys: Option<String>,
    /// The user whose token the processes share. Without one, they share the client's token.
    pub user: Option<String>,
    /// URL of an API to call with the tokens, if any.
    pub api_url: Option<String>,
    /// The API is called once in this many calls, and with each new token.
    pub calls_per_api_request: u64,
    /// Lease duration; `None` is the manager's default.
    pub lease_duration: Option<Duration>,
    /// Limit of a store operation; `None` is the manager's default.
    pub operation_timeout: Option<Duration>,
    /// Share of a token's lifetime after which it is renewed; `None` is the manager's default.
    pub renew_after: Option<f64>,
    /// Maximum time that a call waits when no token is cached; `None` is the manager's default.
    pub max_wait: Option<Duration>,
    /// Number of concurrent calls for each token.
    pub concurrent_calls: usize,
    /// Time between two calls.
    pub pause: Duration,
    /// Time between two reports of the counters.
    pub report_interval: Duration,
    /// Seconds that the wall clock is ahead; behind if negative.
    pub clock_offset_seconds: i64,
    /// Whether each step is reported.
    pub report_steps: bool,
    /// The fault to inject, from the start.
    pub fault: Option<Fault>,
}

/// A further line. The end of the input means [`Finish`](Self::Finish).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlMessage {
    /// Inject this fault. It replaces an earlier one that has not happened.
    Inject(Fault),
    /// Send the last report and end.
    Finish,
}

impl Settings {
    /// Settings with the manager's defaults and a call every 100 ms.
    #[must_use]
    pub fn new(token_url: &str, client: (&str, &str), store: &str) -> Self {
        Self {
            name: String::new(),
            token_url: token_url.to_owned(),
            client_id: client.0.to_owned(),
            client_secret: client.1.to_owned(),
            store: store.to_owned(),
            keys: None,
            user: None,
            api_url: None,
            calls_per_api_request: 1,
            lease_duration: None,
            operation_timeout: None,
            renew_after: None,
            max_wait: None,
            concurrent_calls: 1,
            pause: Duration::from_millis(100),
            report_interval: Duration::from_millis(250),
            clock_offset_seconds: 0,
            report_steps: false,
            fault: None,
        }
    }
}
