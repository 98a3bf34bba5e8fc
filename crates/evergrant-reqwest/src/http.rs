//! The HTTP client under transport and client alike: no redirects of its own, and no proxy between us and this machine.

use evergrant::error::innermost;
use evergrant::origin::Origin;
use evergrant::{BuildError, Relaxation};
use reqwest::redirect::Policy;
use reqwest::{Method, Request, RequestBuilder, Response, Url};

/// Two clients of the same settings. Plain `http` may carry credentials to a loopback address because they never leave the
/// machine then; a proxy, such as the one that `HTTP_PROXY` names, would take them elsewhere in clear.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    any: reqwest::Client,
    here: reqwest::Client,
    relaxation: Option<Relaxation>,
}

/// What both are made of.
pub(crate) struct HttpSettings {
    any: reqwest::ClientBuilder,
    here: reqwest::ClientBuilder,
}

impl HttpSettings {
    /// Asks for the settings twice, since a builder can neither be copied nor looked into.
    pub(crate) fn of(settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        Self {
            any: settings(),
            // Never speaks TLS, and the system's certificates take long to load.
            here: settings().no_proxy().tls_certs_only([]),
        }
    }

    pub(crate) fn build(self) -> Result<Http, BuildError> {
        Ok(Http {
            any: without_redirects(self.any)?,
            here: without_redirects(self.here)?,
            relaxation: None,
        })
    }
}

impl Http {
    /// Over one client, whatever its settings are. `setting` is the application's, which allows it.
    pub(crate) fn only(client: reqwest::Client, setting: &'static str) -> Self {
        let effect = "the redirects and proxies of the supplied HTTP client are not checked";
        Self {
            any: client.clone(),
            here: client,
            relaxation: Some(Relaxation::new(setting, effect)),
        }
    }

    pub(crate) fn relaxation(&self) -> Option<&Relaxation> {
        self.relaxation.as_ref()
    }

    /// Starts a request, for either client.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.any.request(method, url)
    }

    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = reqwest::Result<Response>> + Send + use<> {
        let url = request.url();
        let stays_here = url.scheme() == "http" && Origin::of(url).is_some_and(|origin| origin.is_loopback());
        let client = if stays_here { &self.here } else { &self.any };
        client.execute(request)
    }
}

fn without_redirects(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, BuildError> {
    builder
        .redirect(Policy::none())
        .build()
        .map_err(|error| BuildError::HttpClient {
            problem: innermost(&error),
        })
}
