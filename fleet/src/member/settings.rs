//! What a member is told, and what its parent tells it later: lines of JSON on its standard input, for a list of processes shows
//! everybody the arguments, and these hold secrets.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::steps::Fault;

/// The first line.
#[derive(Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Its `User-Agent` at the token endpoint.
    pub name: String,
    /// The token endpoint.
    pub token_url: String,
    /// The client that all members are.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The store's URL.
    pub store: String,
    /// The key ring; without one, tokens lie in the store as they are.
    pub keys: Option<String>,
    /// An API that tokens are shown to, where one is to be asked,
    pub api_url: Option<String>,
    /// by every so-manieth call, and by each one that was given a new token.
    pub api_every: u64,
    /// As the manager's setting; `None` is its default. So are the next two.
    pub lease_term: Option<Duration>,
    /// The share of a token's lifetime.
    pub renew_after: Option<f64>,
    /// How long a call without a token waits.
    pub max_wait: Option<Duration>,
    /// Between two calls.
    pub pause: Duration,
    /// How often it says how it fares.
    pub report_every: Duration,
    /// By how many seconds its wall clock is ahead; behind, where negative.
    pub clock_ahead: i64,
    /// Whether it says what it is about to do with the store and the server.
    pub announce: bool,
    /// What is to befall it from its start on.
    pub fault: Option<Fault>,
}

/// Each further line. The end of the input is an order to end as well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// This is to befall it from now on, in place of whatever was to.
    Suffer(Fault),
    /// Report for the last time, and end.
    Finish,
}

impl Settings {
    /// A member with the manager's defaults, that calls every 100 ms.
    #[must_use]
    pub fn new(token_url: &str, client: (&str, &str), store: &str) -> Self {
        Self {
            name: String::new(),
            token_url: token_url.to_owned(),
            client_id: client.0.to_owned(),
            client_secret: client.1.to_owned(),
            store: store.to_owned(),
            keys: None,
            api_url: None,
            api_every: 1,
            lease_term: None,
            renew_after: None,
            max_wait: None,
            pause: Duration::from_millis(100),
            report_every: Duration::from_millis(250),
            clock_ahead: 0,
            announce: false,
            fault: None,
        }
    }
}
