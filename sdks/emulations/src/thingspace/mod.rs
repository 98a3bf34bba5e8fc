//! Verizon ThingSpace: two token endpoints, and sessions that end.

mod operations;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evergrant_testing::{ApiServer, AuthServer, ManualClock, RecordedRequest};
use http::Method;
use serde_json::Value;

use self::operations::Operation;
use crate::answer::serve;
use crate::sessions::Sessions;

/// An emulation of `thingspace.yaml`: the API with its two token endpoints, on one server.
///
/// The schemes `thingspace_oauth` and `thingspace_oauth1` have an authorization server each, which know nothing of each other's
/// clients and tokens. A session is what a login gives, and ends with a logout, with [`end_sessions`](Self::end_sessions), or
/// when it has idled for too long on the clock of [`start_idling`](Self::start_idling).
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
    kept: Arc<Kept>,
}

/// What the API keeps.
struct Kept {
    oauth: AuthServer,
    oauth1: AuthServer,
    sessions: Sessions,
    triggers: Mutex<BTreeMap<String, Value>>,
    anomaly_triggers: Mutex<BTreeMap<String, Value>>,
}

impl Thingspace {
    /// `thingspace_oauth`: the client's id.
    pub const OAUTH_CLIENT_ID: &str = "thingspace-client-id";
    /// `thingspace_oauth`: the client's secret.
    pub const OAUTH_CLIENT_SECRET: &str = "not-a-real-thingspace+secret/%3A=";
    /// `thingspace_oauth1`: the client's id.
    pub const OAUTH1_CLIENT_ID: &str = "thingspace1-client-id";
    /// `thingspace_oauth1`: the client's secret.
    pub const OAUTH1_CLIENT_SECRET: &str = "not-a-real-thingspace1+secret/%3A=";
    /// `SessionToken`: the session of the vehicle network.
    pub const SESSION_TOKEN: &str = "not-a-real-vehicle-session";
    /// The user who may log in.
    pub const USERNAME: &str = "m2m-user";
    /// The user's password.
    pub const PASSWORD: &str = "not-a-real-m2m-password";
    /// The only account.
    pub const ACCOUNT: &str = "0000123456-00001";
    /// The only customer's id.
    pub const ECPD_ID: &str = "0000001";

    /// Starts all servers; they are gone with the last clone. Sessions do not idle out.
    ///
    /// # Panics
    /// If no port or thread can be had.
    #[must_use]
    pub fn start() -> Self {
        Self::serve(Sessions::default(), None)
    }

    /// The same, with sessions that end when they have not been used for `limit` on this clock, which the lifetimes of the
    /// tokens go by too.
    ///
    /// # Panics
    /// If no port or thread can be had.
    #[must_use]
    pub fn start_idling(clock: &ManualClock, limit: Duration) -> Self {
        Self::serve(Sessions::idling(clock, limit), Some(clock))
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
        let kept = Arc::new(Kept {
            oauth: oauth.clone(),
            oauth1: oauth1.clone(),
            sessions,
            triggers: Mutex::default(),
            anomaly_triggers: Mutex::default(),
        });
        for (method, path, operation) in [
            (Method::POST, "/api/m2m/v1/session/login", Kept::log_in as Operation),
            (Method::POST, "/api/m2m/v1/session/logout", Kept::log_out),
            (Method::GET, "/api/m2m/v1/accounts/{aname}", Kept::account),
            (Method::POST, "/api/m2m/v1/sms", Kept::send_sms),
            (Method::GET, "/api/m2m/v2/triggers", Kept::triggers),
            (Method::POST, "/api/m2m/v2/triggers", Kept::create_trigger),
            (Method::POST, "/api/v2/triggers", Kept::create_anomaly_trigger),
            (Method::PUT, "/api/v2/triggers", Kept::update_anomaly_trigger),
            (
                Method::GET,
                "/api/v2/triggers/rateplanlist/{ecpdId}",
                Kept::rate_plan_triggers,
            ),
            (Method::POST, "/api/v2/clients/registration", Kept::register_client),
        ] {
            serve(&api, &kept, method, path, operation);
        }
        Self {
            api,
            oauth,
            oauth1,
            kept,
        }
    }

    /// The URL of the default server.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.api.url("/api")
    }

    /// The URL of the server `OAuth Server`, below which both token endpoints lie.
    #[must_use]
    pub fn oauth_server_url(&self) -> String {
        self.api.url("/api/ts/v1")
    }

    /// The URL of the server `Registration`.
    #[must_use]
    pub fn registration_url(&self) -> String {
        self.api.url("")
    }

    /// The API's server, for faults and holds on everything but token requests.
    #[must_use]
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The authorization server of `thingspace_oauth`.
    #[must_use]
    pub fn oauth(&self) -> &AuthServer {
        &self.oauth
    }

    /// The authorization server of `thingspace_oauth1`.
    #[must_use]
    pub fn oauth1(&self) -> &AuthServer {
        &self.oauth1
    }

    /// The calls of operations so far.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.api.requests()
    }

    /// The requests for tokens so far: those for `thingspace_oauth`, then those for `thingspace_oauth1`.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        [self.oauth.requests(), self.oauth1.requests()].concat()
    }

    /// Ends every session, as if all had idled out.
    pub fn end_sessions(&self) {
        self.kept.sessions.end_all();
    }

    /// How many sessions have been begun by a login.
    #[must_use]
    pub fn sessions_begun(&self) -> usize {
        self.kept.sessions.begun()
    }
}

impl fmt::Debug for Thingspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thingspace")
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}
