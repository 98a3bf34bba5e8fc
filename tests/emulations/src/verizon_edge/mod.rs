//! Verizon 5G Edge and ThingSpace, with two servers, scopes, and a header that must only be sent to the API.

mod edge_discovery;
mod m2m;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use evergrant_testing::{ApiServer, AuthServer, RecordedRequest};
use http::Method;
use serde_json::Value;

use crate::m2m_sessions::Sessions;
use crate::routing_and_responses::route;

/// An emulation of `verizon-edge.yaml`: Edge Discovery, and ThingSpace with the token endpoint, on separate origins.
///
/// All operations except the login require the header `VZ-M2M-Token` with a session:
/// [`VZ_M2M_TOKEN`](Self::VZ_M2M_TOKEN), or a session from a login. A token gives access to the operations of its
/// scopes: `ts.mec.fullaccess` to all edge operations, and `ts.mec.limitaccess` to discovery. A token request without
/// scopes returns a token without scopes.
///
/// ```
/// use emulations::VerizonEdge;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let verizon = VerizonEdge::start();
/// let token = verizon.auth().issue_token(VerizonEdge::CLIENT_ID, &["discovery:read"]);
/// let regions = reqwest::Client::new().get(verizon.edge_url() + "/regions").bearer_auth(token);
/// assert_eq!(regions.try_clone().unwrap().send().await?.status(), 401, "without a session");
/// let regions = regions.header("VZ-M2M-Token", VerizonEdge::VZ_M2M_TOKEN).send().await?;
/// assert_eq!(regions.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct VerizonEdge {
    edge: ApiServer,
    thingspace: ApiServer,
    auth: AuthServer,
    state: Arc<State>,
}

/// The state of the API.
struct State {
    auth: AuthServer,
    sessions: Sessions,
    profiles: Mutex<NumberedRecords>,
    endpoints: Mutex<NumberedRecords>,
}

/// Records with consecutive ids.
#[derive(Default)]
struct NumberedRecords {
    records: BTreeMap<String, Value>,
    count: u32,
}

impl VerizonEdge {
    /// The client id.
    pub const CLIENT_ID: &str = "verizon-client-id";
    /// The client secret.
    pub const CLIENT_SECRET: &str = "not-a-real-verizon+secret/%3A=";
    /// The initial session of the M2M API.
    pub const VZ_M2M_TOKEN: &str = "not-a-real-vz-m2m-token";
    /// The user name for logins to the M2M API.
    pub const USERNAME: &str = "m2m-user";
    /// The password of the user.
    pub const PASSWORD: &str = "not-a-real-m2m-password";
    /// The only account.
    pub const ACCOUNT: &str = "0000123456-00001";
    /// The name of one of the two regions.
    pub const REGION: &str = "US_EXAMPLE_1";
    /// All scopes.
    pub const SCOPES: [&str; 10] = [
        "discovery:read",
        "serviceprofile:read",
        "serviceprofile:write",
        "serviceregistry:read",
        "serviceregistry:write",
        "ts.mec.fullaccess",
        "ts.mec.limitaccess",
        "ts.application.ro",
        "read",
        "write",
    ];

    /// Starts all servers. They stop when the last clone is dropped.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start() -> Self {
        let auth = AuthServer::builder()
            .raw_basic()
            .client(Self::CLIENT_ID, Self::CLIENT_SECRET)
            .scopes(&Self::SCOPES)
            .start();
        let (edge, thingspace) = (auth.api(), auth.api());
        edge.only_routes();
        thingspace.only_routes();
        thingspace.token_endpoint("/api/ts/v1/oauth2/token", &auth);
        let state = Arc::new(State {
            auth: auth.clone(),
            sessions: Sessions::default(),
            profiles: Mutex::default(),
            endpoints: Mutex::default(),
        });
        state.sessions.add(Self::VZ_M2M_TOKEN);
        let profile = "/api/mec/eds/serviceprofiles/{serviceProfileId}";
        for (method, path, operation) in [
            (
                Method::GET,
                "/api/mec/eds/regions",
                State::regions as edge_discovery::Operation,
            ),
            (Method::GET, "/api/mec/eds/mecplatforms", State::platforms),
            (Method::GET, "/api/mec/eds/serviceprofiles", State::profiles),
            (Method::POST, "/api/mec/eds/serviceprofiles", State::create_profile),
            (Method::GET, profile, State::profile),
            (Method::PUT, profile, State::update_profile),
            (Method::DELETE, profile, State::delete_profile),
            (Method::GET, "/api/mec/eds/serviceendpoints", State::endpoints),
            (Method::POST, "/api/mec/eds/serviceendpoints", State::register_endpoints),
        ] {
            route(&edge, &state, method, path, operation);
        }
        let (login, account) = ("/api/m2m/v1/session/login", "/api/m2m/v1/accounts/{aname}");
        route(&thingspace, &state, Method::POST, login, State::log_in);
        route(&thingspace, &state, Method::GET, account, State::account);
        let list = "/api/m2m/v1/devices/actions/list";
        route(&thingspace, &state, Method::POST, list, State::devices);
        Self {
            edge,
            thingspace,
            auth,
            state,
        }
    }

    /// Returns the URL of the default server, Edge Discovery.
    #[must_use]
    pub fn edge_url(&self) -> String {
        self.edge.url("/api/mec/eds")
    }

    /// Returns the URL of the server `Thingspace`.
    #[must_use]
    pub fn thingspace_url(&self) -> String {
        self.thingspace.url("/api")
    }

    /// Returns the URL of the token endpoint, which is below [`thingspace_url`](Self::thingspace_url).
    #[must_use]
    pub fn token_url(&self) -> String {
        self.thingspace.url("/api/ts/v1/oauth2/token")
    }

    /// Returns the server of Edge Discovery, for faults and holds.
    #[must_use]
    pub fn edge(&self) -> &ApiServer {
        &self.edge
    }

    /// Returns the server of ThingSpace, for faults and holds on all requests except token requests.
    #[must_use]
    pub fn thingspace(&self) -> &ApiServer {
        &self.thingspace
    }

    /// Returns the authorization server, for faults and holds on token requests, and for revocations.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// Returns the received calls of operations: first those of Edge Discovery, then those of ThingSpace.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        [self.edge.requests(), self.thingspace.requests()].concat()
    }

    /// Returns the received token requests.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        self.auth.requests()
    }

    /// Closes all sessions, including the initial one.
    pub fn end_sessions(&self) {
        self.state.sessions.close_all();
    }
}

impl NumberedRecords {
    fn add(&mut self, prefix: &str, record: Value) -> String {
        self.count += 1;
        let id = format!("{prefix}-{:04}", self.count);
        self.records.insert(id.clone(), record);
        id
    }
}

impl fmt::Debug for VerizonEdge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerizonEdge")
            .field("edge", &self.edge)
            .field("thingspace", &self.thingspace)
            .finish_non_exhaustive()
    }
}
