//! The client credentials grant with `GrantTokenSource`, `InMemoryTokenCache` and `HttpAuthorizer`, as in its guides
//! "Caching tokens and wiring an authorizer" and "Making authenticated requests".

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use huskarl::authorizer::HttpAuthorizer;
use huskarl::cache::{GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache};
use huskarl::core::client_auth::{Audience, ClientAuthentication, ClientSecret, JwtBearer};
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters};
use huskarl_crypto_native::asymmetric::signer::{GenerateAlgorithm, PrivateKey};
use huskarl_reqwest::ReqwestClient;
use reqwest::redirect::Policy;
use url::Url;

use super::{ApiCalls, CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct Huskarl(Arc<Client>);

struct Client {
    authorizer: HttpAuthorizer,
    api: Uri,
}

/// By default a token is renewed early only by a jitter of up to 30 s. "Refresh timing" in the documentation recommends
/// this setting for a period in which the token is renewed and still served.
const REFRESH_AHEAD: Duration = Duration::from_secs(300);

impl Subject for Huskarl {
    const NAME: &'static str = "huskarl";
    const VERSION: &'static str = "0.11.10";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        let secret = ProvidedSecret::new(SecretString::new(CLIENT_SECRET));
        Self::with_auth(setup, ClientSecret::new(secret))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let authorized = self.0.authorizer.get_headers(&Method::GET, &self.0.api).await?;
        headers.extend(authorized);
        Ok(())
    }

    /// Passes the response's headers; their challenge drops the cached token, whichever it is.
    async fn report_rejection(&self, (): &()) -> Result<()> {
        let mut response = HeaderMap::new();
        let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
        response.insert(header::WWW_AUTHENTICATE, challenge);
        self.0.authorizer.process_response(&self.0.api, &response);
        Ok(())
    }

    fn stale_token() -> StaleToken {
        StaleToken::ShortLived(Duration::from_secs(240))
    }
}

impl Huskarl {
    fn with_auth(setup: &Setup, auth: impl ClientAuthentication + 'static) -> Result<Self> {
        // As in the example `cached_client`.
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?;
        let grant = ClientCredentialsGrant::builder()
            .token_endpoint(setup.token_url.as_str().parse()?)
            .client_id(CLIENT_ID)
            .http_client(ReqwestClient::from(http))
            .client_auth(auth)
            .build();
        let source = GrantTokenSource::builder()
            .grant(grant)
            .grant_parameters(ClientCredentialsGrantParameters::builder().build())
            .refresh_store(InMemoryRefreshTokenStore::default())
            .build();
        // Not in T7: it would renew a token of 3 s at every call, while the default margin suits it.
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
}

/// huskarl with a key in place of a secret, as in its documentation of `JwtBearer`: ES256.
#[derive(Clone)]
pub struct HuskarlWithKey(Huskarl);

impl Subject for HuskarlWithKey {
    const NAME: &'static str = "huskarl, private_key_jwt";
    const VERSION: &'static str = Huskarl::VERSION;

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        let key = PrivateKey::generate(GenerateAlgorithm::Es256, None)?;
        let auth = JwtBearer::builder()
            .signer(key)
            .audience(Audience::TokenEndpoint)
            .build();
        Huskarl::with_auth(setup, auth).map(Self)
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        self.0.authorize(headers).await
    }

    async fn report_rejection(&self, token: &()) -> Result<()> {
        self.0.report_rejection(token).await
    }

    fn stale_token() -> StaleToken {
        Huskarl::stale_token()
    }
}

/// A call as in the example `cached_client`, up to the repetition after a rejection.
pub struct HuskarlClient {
    client: Arc<Client>,
    http: reqwest::Client,
    url: String,
    uri: Uri,
}

impl ApiCalls for Huskarl {
    type Client = HuskarlClient;

    async fn client(&self, books: &Url) -> Result<HuskarlClient> {
        Ok(HuskarlClient {
            client: Arc::clone(&self.0),
            http: reqwest::Client::builder().redirect(Policy::none()).no_proxy().build()?,
            url: books.to_string(),
            uri: books.as_str().parse()?,
        })
    }

    async fn call(client: &HuskarlClient) -> Result<()> {
        let authorizer = &client.client.authorizer;
        let headers = authorizer.get_headers(&Method::GET, &client.uri).await?;
        let response = client.http.get(&client.url).headers(headers).send().await?;
        authorizer.process_response(&client.uri, response.headers());
        if response.status() == StatusCode::UNAUTHORIZED {
            bail!("the API rejected the token");
        }
        response.bytes().await?;
        Ok(())
    }
}
