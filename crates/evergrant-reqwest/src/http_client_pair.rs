//! The pair of HTTP clients inside [`Transport`](crate::Transport) and [`Client`](crate::Client): both follow no
//! redirects, and one of them reaches loopback addresses without a proxy and without name resolution.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use evergrant::error::innermost;
use evergrant::transport::TransportIdentity;
use evergrant::{BuildError, Relaxation};
use reqwest::redirect::Policy;
use reqwest::{Request, RequestBuilder, Response, Url};
use url::Host;

use crate::reqwest_client_settings::ClientSettings;

/// The addresses of `localhost`, which is not resolved (RFC 6761 section 6.3). Port zero means the port of the URL.
const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Why a request is not sent.
const PROXIED_LOOPBACK: &str = "it goes to this machine over plain http, and the provided HTTP client has a proxy, which would see the credentials unencrypted; call no_proxy() on that client's builder, or pass its settings as a function, as in http(|| ..)";

/// Why a certificate cannot be presented.
#[cfg(feature = "rustls-no-provider")]
const FINISHED: &str = "the client's certificate is replaced while the program runs, so the HTTP client must be built from a function: use Transport::default(), Transport::from_settings(..) and ClientBuilder::http_settings(..)";

/// Two clients with the same settings, one of them for loopback addresses.
///
/// Credentials may go to a loopback address over plain `http` because they do not leave the machine. A proxy, such as
/// the one in `HTTP_PROXY`, would send them elsewhere unencrypted; so would a name that resolves to another machine
/// after the check.
#[derive(Debug, Clone)]
pub(crate) struct ClientPair {
    /// The settings of both clients, to build others with a client certificate. `None` for an application's client.
    settings: Option<SharedSettings>,
    remote: reqwest::Client,
    /// `None` if the application's client may send plain `http` to loopback addresses through a proxy.
    loopback: Option<reqwest::Client>,
    relaxation: Option<Relaxation>,
    has_user_agent: bool,
}

/// The settings of clients, which are called for each client.
#[derive(Clone)]
pub(crate) struct SharedSettings(Arc<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>);

/// The builders of both clients.
pub(crate) struct ClientPairSettings {
    settings: Option<SharedSettings>,
    remote: reqwest::ClientBuilder,
    /// Replaces `remote` on a machine without root certificates: plain `http` works, and every TLS connection fails.
    without_roots: reqwest::ClientBuilder,
    loopback: reqwest::ClientBuilder,
}

impl ClientPairSettings {
    /// Calls `settings` three times, because a builder cannot be cloned or inspected.
    pub(crate) fn new(settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        Self {
            settings: None,
            remote: settings(),
            without_roots: without_roots(settings()),
            // This client never uses TLS, and loading the system's certificates is slow.
            loopback: without_roots(settings().no_proxy().resolve_to_addrs("localhost", &LOCALHOST)),
        }
    }

    /// Calls `settings` again for each client certificate.
    pub(crate) fn shared(settings: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Self {
        let settings = SharedSettings(Arc::new(settings));
        Self {
            settings: Some(settings.clone()),
            ..Self::new(|| (settings.0)())
        }
    }

    pub(crate) fn build(self) -> Result<ClientPair, BuildError> {
        let remote = match build_without_redirects(self.remote) {
            Err(error) if is_missing_roots(&error) => build_without_redirects(self.without_roots),
            outcome => outcome,
        };
        let remote = remote.map_err(build_error)?;
        Ok(ClientPair {
            settings: self.settings,
            has_user_agent: ClientSettings::of(&remote).has_user_agent,
            remote,
            loopback: Some(build_without_redirects(self.loopback).map_err(build_error)?),
            relaxation: None,
        })
    }
}

impl ClientPair {
    /// Uses one client of the application for all requests.
    pub(crate) fn checked(client: reqwest::Client) -> Result<Self, BuildError> {
        let settings = ClientSettings::of(&client);
        if !settings.follows_no_redirects {
            let problem = "it may follow redirects by itself, and would send credentials to other origins: build it with redirect(Policy::none()), and evergrant follows redirects safely; or pass its settings as a function";
            return Err(BuildError::HttpClient {
                problem: format!("the provided HTTP client is not safe for credentials: {problem}"),
            });
        }
        Ok(Self {
            settings: None,
            has_user_agent: settings.has_user_agent,
            remote: client.clone(),
            loopback: (!settings.has_proxies).then_some(client),
            relaxation: None,
        })
    }

    /// Uses one client of the application for all requests, made from its settings.
    pub(crate) fn from_builder(builder: reqwest::ClientBuilder) -> Result<Self, BuildError> {
        Self::checked(build_without_redirects(builder).map_err(build_error)?)
    }

    /// Uses one client of the application for all requests. `setting` is the name of the relaxation that allows it.
    pub(crate) fn single(client: reqwest::Client, setting: &'static str) -> Self {
        let effect = "the redirects and proxies of the supplied HTTP client are not checked";
        Self {
            settings: None,
            has_user_agent: ClientSettings::of(&client).has_user_agent,
            remote: client.clone(),
            loopback: Some(client),
            relaxation: Some(Relaxation::new(setting, effect)),
        }
    }

    /// Returns clients with the same settings that present a client certificate.
    #[cfg(feature = "rustls-no-provider")]
    pub(crate) fn with_identity(&self, identity: &TransportIdentity) -> Result<Self, String> {
        let Some(certificate) = identity.material::<reqwest::Identity>() else {
            return Err(format!(
                "the client certificate `{}` is not one of evergrant-reqwest",
                identity.id()
            ));
        };
        let Some(settings) = &self.settings else {
            return Err(FINISHED.to_owned());
        };
        let with_certificate = || (settings.0)().identity(certificate.clone());
        let pair = ClientPairSettings::new(with_certificate).build();
        pair.map_err(|error| error.to_string())
    }

    /// Client certificates need rustls.
    #[cfg(not(feature = "rustls-no-provider"))]
    pub(crate) fn with_identity(&self, _: &TransportIdentity) -> Result<Self, String> {
        Err("a client certificate needs the feature `rustls` of evergrant-reqwest".to_owned())
    }

    pub(crate) fn relaxation(&self) -> Option<&Relaxation> {
        self.relaxation.as_ref()
    }

    /// Returns whether the application set a `User-Agent` on its client.
    pub(crate) fn has_user_agent(&self) -> bool {
        self.has_user_agent
    }

    /// Returns a builder that changes a request, which either client can send.
    pub(crate) fn change(&self, request: Request) -> RequestBuilder {
        RequestBuilder::from_parts(self.remote.clone(), request)
    }

    /// Returns a builder that sends a request, or why the request must not be sent.
    pub(crate) fn builder(&self, request: Request) -> Result<RequestBuilder, &'static str> {
        Ok(RequestBuilder::from_parts(
            self.client_for(request.url())?.clone(),
            request,
        ))
    }

    /// Sends a request, or returns why it must not be sent.
    pub(crate) fn execute(
        &self,
        request: Request,
    ) -> Result<impl Future<Output = reqwest::Result<Response>> + Send + use<>, &'static str> {
        Ok(self.client_for(request.url())?.execute(request))
    }

    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, &'static str> {
        match is_plain_loopback(url) {
            true => self.loopback.as_ref().ok_or(PROXIED_LOOPBACK),
            false => Ok(&self.remote),
        }
    }
}

/// Returns whether a request goes to this machine over plain `http`, and therefore without a proxy. Only the URL
/// counts, so nothing can change between this check and the connection.
pub(crate) fn is_plain_loopback(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    is_loopback && url.scheme() == "http"
}

impl fmt::Debug for SharedSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSettings")
    }
}

/// The clients that present a certificate, and the certificate's id. Replaced as a whole when the certificate changes:
/// connections in use end with their requests.
#[derive(Debug, Default)]
pub(crate) struct CertifiedClients(Mutex<Option<(String, ClientPair)>>);

impl CertifiedClients {
    /// Returns the clients that present this certificate. `plain` has the settings.
    pub(crate) fn get(&self, plain: &ClientPair, identity: &TransportIdentity) -> Result<ClientPair, String> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((id, pair)) = &*current
            && id == identity.id()
        {
            return Ok(pair.clone());
        }
        let pair = plain.with_identity(identity)?;
        *current = Some((identity.id().to_owned(), pair.clone()));
        Ok(pair)
    }
}

fn build_without_redirects(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder.redirect(Policy::none()).build()
}

fn build_error(error: reqwest::Error) -> BuildError {
    BuildError::HttpClient {
        problem: innermost(&error),
    }
}

#[cfg(feature = "rustls-no-provider")]
fn without_roots(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tls_certs_only([])
}

/// This crate does not know whether reqwest has other TLS.
#[cfg(not(feature = "rustls-no-provider"))]
fn without_roots(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// Returns whether reqwest finds no root certificates on this machine.
#[cfg(feature = "rustls-no-provider")]
pub(crate) fn lacks_root_certificates() -> bool {
    let client = reqwest::Client::builder().no_proxy().build();
    client.is_err_and(|error| is_missing_roots(&error))
}

fn is_missing_roots(error: &reqwest::Error) -> bool {
    // The message of rustls-platform-verifier; there is no error kind for it.
    innermost(error).contains("No CA certificates were loaded")
}
