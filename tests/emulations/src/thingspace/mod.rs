//! Verizon ThingSpace, with two token endpoints and expiring sessions.

mod operations;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evergrant_testing::{ApiServer, AuthServer, ManualClock, RecordedRequest};
use http::Method;
use serde_json::Value;

use self::operations::Operation;
use crate::m2m_sessions::Sessions;
use crate::routing_and_responses::route;

/// An emulation of `thingspace.yaml`: the API with its two token endpoints, on one server.
///
/// The schemes `thingspace_oauth` and `thingspace_oauth1` have separate authorization servers with separate clients and
/// tokens. A login opens a session. A logout or [`end_sessions`](Self::end_sessions) closes it, and it expires when it
/// is idle for too long on the clock of [`start_with_idle_limit`](Self::start_with_idle_limit).
///
/// ```
/// use emulations::Thingspace;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let thingspace = Thingspace::start();
/// let http = reqwest::Client::new();
/// let token = thingspace.oauth().issue_token(Thingspace::OAUTH_CLIENT_ID, &[]);
/// let user = serde_json::json!({"username": Thingspace::USERNAME, "password": Thingspace::PASSWORD});
/// let login = http.post(thingspace.api_url() + "/m2m/v1/session/login").bearer_auth(&token).json(&user);
/// let session: serde_json::Value = login.send().await?.json().await?;
///
/// let triggers = || {
///     let request = http.get(thingspace.api_url() + "/m2m/v2/triggers").bearer_auth(&token);
///     request.header("VZ-M2M-Token", session["sessionToken"].as_str().unwrap()).send()
/// };
/// assert_eq!(triggers().await?.status(), 200);
/// thingspace.end_sessions();
/// assert_eq!(triggers().await?.status(), 401);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Thingspace {
    api: ApiServer,
    oauth: AuthServer,
    oauth1: AuthServer,
    state: Arc<State>,
}

/// The state of the API.
struct State {
    oauth: AuthServer,
    oauth1: AuthServer,
    sessions: Sessions,
    triggers: Mutex<BTreeMap<String, Value>>,
    anomaly_triggers: Mutex<BTreeMap<String, Value>>,
}

impl Thingspace {
    /// `thingspace_oauth`: the client id.
    pub const OAUTH_CLIENT_ID: &str = "thingspace-client-id";
    /// `thingspace_oauth`: the client secret.
    pub const OAUTH_CLIENT_SECRET: &str = "not-a-real-thingspace+secret/%3A=";
    /// `thingspace_oauth1`: the client id.
    pub const OAUTH1_CLIENT_ID: &str = "thingspace1-client-id";
    /// `thingspace_oauth1`: the client secret.
    pub const OAUTH1_CLIENT_SECRET: &str = "not-a-real-thingspace1+secret/%3A=";
    /// `SessionToken`: the session of the vehicle network.
    pub const SESSION_TOKEN: &str = "not-a-real-vehicle-session";
    /// The user name for logins.
    pub const USERNAME: &str = "m2m-user";
    /// The password of the user.
    pub const PASSWORD: &str = "not-a-real-m2m-password";
    /// The only account.
    pub const ACCOUNT: &str = "0000123456-00001";
    /// The id of the only customer.
    pub const ECPD_ID: &str = "0000001";

    /// Starts all servers. They stop when the last clone is dropped. Sessions have no idle limit.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start() -> Self {
        Self::serve(Sessions::default(), None)
    }

    /// Like [`start`](Self::start), with sessions that expire when they are not used for `limit` on this clock. Token
    /// lifetimes use the same clock.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start_with_idle_limit(clock: &ManualClock, limit: Duration) -> Self {
        Self::serve(Sessions::with_idle_limit(clock, limit), Some(clock))
    }

    fn serve(sessions: Sessions, clock: Option<&ManualClock>) -> Self {
        let issuer = |id, secret| {
            let builder = AuthServer::builder().raw_basic().client(id, secret);
            match clock {
                Some(clock) => builder.clock(clock).start(),
                None => builder.start(),
            }
        };
        let oauth = issuer(Self::OAUTH_CLIENT_ID, Self::OAUTH_CLIENT_SECRET);
        let oauth1 = issuer(Self::OAUTH1_CLIENT_ID, Self::OAUTH1_CLIENT_SECRET);
        let api = oauth.api();
        api.only_routes();
        api.token_endpoint("/api/ts/v1/oauth2/token", &oauth);
        api.token_endpoint("/api/ts/v1/", &oauth1);
        let state = Arc::new(State {
            oauth: oauth.clone(),
            oauth1: oauth1.clone(),
            sessions,
            triggers: Mutex::default(),
            anomaly_triggers: Mutex::default(),
        });
        for (method, path, operation) in [
            (Method::POST, "/api/m2m/v1/session/login", State::log_in as Operation),
            (Method::POST, "/api/m2m/v1/session/logout", State::log_out),
            (Method::GET, "/api/m2m/v1/accounts/{aname}", State::account),
            (Method::POST, "/api/m2m/v1/sms", State::send_sms),
            (Method::GET, "/api/m2m/v2/triggers", State::triggers),
            (Method::POST, "/api/m2m/v2/triggers", State::create_trigger),
            (Method::POST, "/api/v2/triggers", State::create_anomaly_trigger),
            (Method::PUT, "/api/v2/triggers", State::update_anomaly_trigger),
            (
                Method::GET,
                "/api/v2/triggers/rateplanlist/{ecpdId}",
                State::rate_plan_triggers,
            ),
            (Method::POST, "/api/v2/clients/registration", State::register_client),
        ] {
            route(&api, &state, method, path, operation);
        }
        Self {
            api,
            oauth,
            oauth1,
            state,
        }
    }

    /// Returns the URL of the default server.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.api.url("/api")
    }

    /// Returns the URL of the server `OAuth Server`, which is the base of both token endpoints.
    #[must_use]
    pub fn oauth_server_url(&self) -> String {
        self.api.url("/api/ts/v1")
    }

    /// Returns the URL of the server `Registration`.
    #[must_use]
    pub fn registration_url(&self) -> String {
        self.api.url("")
    }

    /// Returns the API server, for faults and holds on all requests except token requests.
    #[must_use]
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// Returns the authorization server of `thingspace_oauth`.
    #[must_use]
    pub fn oauth(&self) -> &AuthServer {
        &self.oauth
    }

    /// Returns the authorization server of `thingspace_oauth1`.
    #[must_use]
    pub fn oauth1(&self) -> &AuthServer {
        &self.oauth1
    }

    /// Returns the received calls of operations.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.api.requests()
    }

    /// Returns the received token requests: first those of `thingspace_oauth`, then those of `thingspace_oauth1`.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        [self.oauth.requests(), self.oauth1.requests()].concat()
    }

    /// Closes all sessions.
    pub fn end_sessions(&self) {
        self.state.sessions.close_all();
    }

    /// Returns the number of sessions that were opened by a login.
    #[must_use]
    pub fn sessions_opened(&self) -> usize {
        self.state.sessions.opened()
    }
}

impl fmt::Debug for Thingspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thingspace")
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}
