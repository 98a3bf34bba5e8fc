//! Verizon 5G Edge and ThingSpace: two servers, scopes, and a header that the API alone may see.

mod edge;
mod m2m;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use evergrant_testing::{ApiServer, AuthServer, RecordedRequest};
use http::Method;
use serde_json::Value;

use crate::answer::serve;
use crate::sessions::Sessions;

/// An emulation of `verizon-edge.yaml`: Edge Discovery, and ThingSpace with the token endpoint, each an origin of its own.
///
/// Every operation but the login needs the header `VZ-M2M-Token` with a session: [`VZ_M2M_TOKEN`](Self::VZ_M2M_TOKEN), or one
/// that a login has given. A token is good for what its scopes say; `ts.mec.fullaccess` is good for everything of the edge, and
/// `ts.mec.limitaccess` for discovery. Who asks for no scope gets none.
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
    kept: Arc<Kept>,
}

/// What the API keeps.
struct Kept {
    auth: AuthServer,
    sessions: Sessions,
    profiles: Mutex<Numbered>,
    endpoints: Mutex<Numbered>,
}

/// Things under ids that count up.
#[derive(Default)]
struct Numbered {
    things: BTreeMap<String, Value>,
    count: u32,
}

impl VerizonEdge {
    /// The client's id.
    pub const CLIENT_ID: &str = "verizon-client-id";
    /// The client's secret.
    pub const CLIENT_SECRET: &str = "not-a-real-verizon+secret/%3A=";
    /// A session of the M2M API that is there from the start.
    pub const VZ_M2M_TOKEN: &str = "not-a-real-vz-m2m-token";
    /// The user who may log in to the M2M API.
    pub const USERNAME: &str = "m2m-user";
    /// The user's password.
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

    /// Starts all servers; they are gone with the last clone.
    ///
    /// # Panics
    /// If no port or thread can be had.
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
        let kept = Arc::new(Kept {
            auth: auth.clone(),
            sessions: Sessions::default(),
            profiles: Mutex::default(),
            endpoints: Mutex::default(),
        });
        kept.sessions.add(Self::VZ_M2M_TOKEN);
        let profile = "/api/mec/eds/serviceprofiles/{serviceProfileId}";
        for (method, path, operation) in [
            (Method::GET, "/api/mec/eds/regions", Kept::regions as edge::Operation),
            (Method::GET, "/api/mec/eds/mecplatforms", Kept::platforms),
            (Method::GET, "/api/mec/eds/serviceprofiles", Kept::profiles),
            (Method::POST, "/api/mec/eds/serviceprofiles", Kept::create_profile),
            (Method::GET, profile, Kept::profile),
            (Method::PUT, profile, Kept::update_profile),
            (Method::DELETE, profile, Kept::delete_profile),
            (Method::GET, "/api/mec/eds/serviceendpoints", Kept::endpoints),
            (Method::POST, "/api/mec/eds/serviceendpoints", Kept::register_endpoints),
        ] {
            serve(&edge, &kept, method, path, operation);
        }
        let (login, account) = ("/api/m2m/v1/session/login", "/api/m2m/v1/accounts/{aname}");
        serve(&thingspace, &kept, Method::POST, login, Kept::log_in);
        serve(&thingspace, &kept, Method::GET, account, Kept::account);
        let list = "/api/m2m/v1/devices/actions/list";
        serve(&thingspace, &kept, Method::POST, list, Kept::devices);
        Self {
            edge,
            thingspace,
            auth,
            kept,
        }
    }

    /// The URL of the default server, Edge Discovery.
    #[must_use]
    pub fn edge_url(&self) -> String {
        self.edge.url("/api/mec/eds")
    }

    /// The URL of the server `Thingspace`.
    #[must_use]
    pub fn thingspace_url(&self) -> String {
        self.thingspace.url("/api")
    }

    /// The URL of the token endpoint, which lies below [`thingspace_url`](Self::thingspace_url).
    #[must_use]
    pub fn token_url(&self) -> String {
        self.thingspace.url("/api/ts/v1/oauth2/token")
    }

    /// The server of Edge Discovery, for faults and holds.
    #[must_use]
    pub fn edge(&self) -> &ApiServer {
        &self.edge
    }

    /// The server of ThingSpace, for faults and holds on everything but token requests.
    #[must_use]
    pub fn thingspace(&self) -> &ApiServer {
        &self.thingspace
    }

    /// The authorization server, for faults and holds on token requests, and for revocations.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// The calls of operations so far: those to Edge Discovery, then those to ThingSpace.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        [self.edge.requests(), self.thingspace.requests()].concat()
    }

    /// The requests for tokens so far.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        self.auth.requests()
    }

    /// Ends every session, the one that was there from the start included.
    pub fn end_sessions(&self) {
        self.kept.sessions.end_all();
    }
}

impl Numbered {
    fn add(&mut self, prefix: &str, thing: Value) -> String {
        self.count += 1;
        let id = format!("{prefix}-{:04}", self.count);
        self.things.insert(id.clone(), thing);
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
