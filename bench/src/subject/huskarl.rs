//! The client credentials grant with `GrantTokenSource`, `InMemoryTokenCache` and `HttpAuthorizer`, as in its guides
//! "Caching tokens and wiring an authorizer" and "Making authenticated requests".

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use huskarl::authorizer::HttpAuthorizer;
use huskarl::cache::{GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache};
use huskarl::core::client_auth::ClientSecret;
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters};
use huskarl_reqwest::ReqwestClient;
use reqwest::redirect::Policy;
use url::Url;

use super::{ApiCalls, CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject};
use crate::scenario::Scenario;

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
        // As in the example `cached_client`.
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
