//! The MultiAuth sample, an API for testing credentials.

mod access_control;

use std::fmt;
use std::sync::Arc;

use evergrant_testing::{ApiServer, AuthServer, AuthServerBuilder, ManualClock, RecordedRequest};
use http::Method;

use self::access_control::{AccessControl, CHECKS};
use crate::routing_and_responses::route;

/// An emulation of `multiauth.yaml`: the API, which has the token endpoint of the user grants, and the authorization
/// server.
///
/// ```
/// use emulations::Multiauth;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let multiauth = Multiauth::start();
/// let url = multiauth.api_url() + "/auth/customAuthentication";
/// let request = reqwest::Client::new().get(url).header("accessToken", Multiauth::ACCESS_TOKEN);
/// assert_eq!(request.send().await?.text().await?, "passed");
/// assert_eq!(multiauth.api_requests().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Multiauth {
    api: ApiServer,
    auth: AuthServer,
}

impl Multiauth {
    /// `OAuthCCG`: the client id.
    pub const CCG_CLIENT_ID: &str = "ccg-client-id";
    /// `OAuthCCG`: the client secret.
    pub const CCG_CLIENT_SECRET: &str = "not-a-real-ccg+secret/%3A=";
    /// `OAuthACG`: the client id.
    pub const ACG_CLIENT_ID: &str = "acg-client-id";
    /// `OAuthACG`: the client secret.
    pub const ACG_CLIENT_SECRET: &str = "not-a-real-acg+secret/%3A=";
    /// `OAuthACG`: the redirect URI. `http://127.0.0.1/callback`, on any port, is registered too.
    pub const ACG_REDIRECT_URI: &str = "https://app.example/callback";
    /// `OAuthACG`: the scope `ReadScope`, which the operation `getUser` requires.
    pub const READ_SCOPE: &str = "file_requests.read";
    /// `OAuthROPCG`: the client id.
    pub const ROPCG_CLIENT_ID: &str = "ropcg-client-id";
    /// `OAuthROPCG`: the client secret.
    pub const ROPCG_CLIENT_SECRET: &str = "not-a-real-ropcg+secret/%3A=";
    /// `OAuthROPCG`: the user name. This user also signs in for `OAuthACG`.
    pub const ROPCG_USERNAME: &str = "jane";
    /// `OAuthROPCG`: the password.
    pub const ROPCG_PASSWORD: &str = "not-a-real-ropcg-password";
    /// The email address of that user's account.
    pub const USER_EMAIL: &str = "jane@example.com";
    /// `basicAuth`: the user name.
    pub const BASIC_USERNAME: &str = "basic-user";
    /// `basicAuth`: the password.
    pub const BASIC_PASSWORD: &str = "not-a-real-basic-password";
    /// `apiKey`: the query parameter `token`.
    pub const QUERY_TOKEN: &str = "not-a-real-query-token";
    /// `apiKey`: the query parameter `api-key`.
    pub const QUERY_API_KEY: &str = "not-a-real-query-key";
    /// `apiHeader`: the header `token`.
    pub const HEADER_TOKEN: &str = "not-a-real-header-token";
    /// `apiHeader`: the header `api-key`.
    pub const HEADER_API_KEY: &str = "not-a-real-header-key";
    /// `OAuthBearerToken`: the fixed token.
    pub const BEARER_TOKEN: &str = "not-a-real-bearer-token";
    /// `CustomAuth`: the header `accessToken`.
    pub const ACCESS_TOKEN: &str = "not-a-real-access-token";

    /// Starts both servers. They stop when the last clone is dropped.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start() -> Self {
        Self::serve(AuthServer::builder())
    }

    /// Like [`start`](Self::start), with token lifetimes on this clock.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start_with_clock(clock: &ManualClock) -> Self {
        Self::serve(AuthServer::builder().clock(clock))
    }

    fn serve(builder: AuthServerBuilder) -> Self {
        let auth = builder
            .raw_basic()
            .token_path("/request_token")
            .authorization_path("/oauth/authorize")
            .client(Self::CCG_CLIENT_ID, Self::CCG_CLIENT_SECRET)
            .client(Self::ACG_CLIENT_ID, Self::ACG_CLIENT_SECRET)
            .client(Self::ROPCG_CLIENT_ID, Self::ROPCG_CLIENT_SECRET)
            .redirect_uri(Self::ACG_CLIENT_ID, Self::ACG_REDIRECT_URI)
            .redirect_uri(Self::ACG_CLIENT_ID, "http://127.0.0.1/callback")
            .user(Self::ROPCG_USERNAME, Self::ROPCG_PASSWORD)
            .scopes(&[Self::READ_SCOPE])
            .start();
        let api = auth.api();
        api.only_routes();
        api.token_endpoint("/oauth2/non-auth-server/token", &auth);
        let access = Arc::new(AccessControl { auth: auth.clone() });
        for (path, check) in CHECKS {
            route(&api, &access, Method::GET, path, *check);
        }
        Self { api, auth }
    }

    /// Returns the URL of the default server.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.api.url("")
    }

    /// Returns the URL of the server `auth server`.
    #[must_use]
    pub fn auth_url(&self) -> String {
        self.auth.url("")
    }

    /// Returns the API server, for faults and holds.
    #[must_use]
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// Returns the authorization server, for faults and holds on token requests, revocations, and the sign-in of a
    /// user.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// Returns the received calls of operations.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.api.requests()
    }

    /// Returns the received token requests, of both endpoints, and sign-ins.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        self.auth.requests()
    }
}

impl fmt::Debug for Multiauth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, auth } = self;
        f.debug_struct("Multiauth")
            .field("api", api)
            .field("auth", auth)
            .finish()
    }
}
