//! Token requests over reqwest: no redirects, bounded bodies, errors without a query.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use evergrant::BuildError;
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::transport::MAX_RESPONSE_BYTES;
use reqwest::redirect::Policy;

/// Carries token requests over a [`reqwest::Client`]. A cheap clone; all clones share one connection pool.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use evergrant_reqwest::Transport;
///
/// // A proxy, a private certificate authority, a client certificate: whatever reqwest can be told.
/// let http = reqwest::Client::builder().user_agent("bookshop/1.0");
/// let transport = Transport::from_builder(http)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Transport {
    client: Result<reqwest::Client, Arc<str>>,
}

impl Transport {
    /// Over a client of your own making. Its redirect policy is set to follow none, for a token request carries the
    /// client's secret.
    ///
    /// # Errors
    /// [`BuildError::HttpClient`] when reqwest refuses the configuration.
    pub fn from_builder(builder: reqwest::ClientBuilder) -> Result<Self, BuildError> {
        let client = client_without_redirects(builder)?;
        Ok(Self { client: Ok(client) })
    }

    /// Over a client that exists already, whose redirect policy can no longer be seen or changed.
    ///
    /// Build it with [`Policy::none()`]: any other would, on a 307 or 308, repeat the token request **with the client's
    /// secret** wherever the server points. A redirect that was followed is noticed afterwards, and is an error.
    #[must_use]
    pub fn danger_from_client(client: reqwest::Client) -> Self {
        Self { client: Ok(client) }
    }
}

impl Default for Transport {
    /// Over reqwest's defaults. Should they not work on this machine (no usable TLS), each request says so.
    fn default() -> Self {
        let client = client_without_redirects(reqwest::Client::builder());
        Self {
            client: client.map_err(|error| error.to_string().into()),
        }
    }
}

impl evergrant::Transport for Transport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let client = self
            .client
            .as_ref()
            .map_err(|problem| TransportError::new(TransportErrorKind::Other, problem.to_string()))?;
        let request = reqwest::Request::try_from(request).map_err(failure)?;
        let url = request.url().clone();
        let mut response = client.execute(request).await.map_err(failure)?;
        if *response.url() != url {
            let problem = "the supplied HTTP client followed a redirect; build it with redirect::Policy::none()";
            return Err(TransportError::new(TransportErrorKind::Other, problem));
        }

        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(TransportError::new(TransportErrorKind::TooLarge, ""));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::new(body.freeze());
        *whole.status_mut() = response.status();
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        Ok(whole)
    }
}

pub(crate) fn client_without_redirects(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, BuildError> {
    builder
        .redirect(Policy::none())
        .build()
        .map_err(|error| BuildError::HttpClient {
            problem: crate::error::innermost(&error),
        })
}

fn failure(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_body() || error.is_decode() || error.is_request() {
        TransportErrorKind::Interrupted
    } else {
        TransportErrorKind::Other
    };
    TransportError::new(kind, error.without_url())
}
