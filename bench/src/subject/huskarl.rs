//! Its client credentials grant behind `GrantTokenSource`, `InMemoryTokenCache` and `HttpAuthorizer`, as in its guides
//! "Caching tokens and wiring an authorizer" and "Making authenticated requests".

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use huskarl::authorizer::HttpAuthorizer;
use huskarl::cache::{GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache};
use huskarl::core::client_auth::ClientSecret;
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters};
use huskarl_reqwest::ReqwestClient;
use reqwest::redirect::Policy;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, Stale, Subject};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct Huskarl(Arc<Client>);

struct Client {
    authorizer: HttpAuthorizer,
    api: Uri,
}

/// By default nothing is renewed early but for the jitter of up to 30 s; "refresh timing" in its documentation names
/// this setting for a window in which the token is still served.
const REFRESH_AHEAD: Duration = Duration::from_secs(300);

impl Subject for Huskarl {
    const NAME: &'static str = "huskarl";
    const VERSION: &'static str = "0.11.10";

    type Receipt = ();

    async fn new(setup: &Setup) -> Result<Self> {
        // As its example `cached_client` builds it.
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?;
        let secret = ProvidedSecret::new(SecretString::new(CLIENT_SECRET));
        let grant = ClientCredentialsGrant::builder()
            .token_endpoint(setup.token_url.as_str().parse()?)
            .client_id(CLIENT_ID)
            .http_client(ReqwestClient::from(http))
            .client_auth(ClientSecret::new(secret))
            .build();
        let source = GrantTokenSource::builder()
            .grant(grant)
            .grant_parameters(ClientCredentialsGrantParameters::builder().build())
            .refresh_store(InMemoryRefreshTokenStore::default())
            .build();
        // Not fitted to the lifetime: it would renew a token of 3 s at every call, where the default margin does well.
        let ahead = (setup.scenario != Some(Scenario::T7)).then_some(REFRESH_AHEAD);
        let cache = InMemoryTokenCache::builder()
            .source(source)
            .maybe_refresh_ahead(ahead)
            .build();
        Ok(Self(Arc::new(Client {
            authorizer: HttpAuthorizer::builder().cache(cache).build(),
            api: Uri::from_static("https://api.example.com/v1/widgets"),
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let authorized = self.0.authorizer.get_headers(&Method::GET, &self.0.api).await?;
        headers.extend(authorized);
        Ok(())
    }

    /// The headers of the response are handed over; the challenge in them drops whichever token is cached.
    async fn rejected(&self, (): &()) -> Result<()> {
        let mut response = HeaderMap::new();
        let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
        response.insert(header::WWW_AUTHENTICATE, challenge);
        self.0.authorizer.process_response(&self.0.api, &response);
        Ok(())
    }

    fn stale() -> Stale {
        Stale::IssuedFor(Duration::from_secs(240))
    }
}
