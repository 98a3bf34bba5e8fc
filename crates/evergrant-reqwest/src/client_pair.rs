//! The pair of HTTP clients inside [`Transport`](crate::Transport) and [`Client`](crate::Client): both follow no
//! redirects, and one of them reaches loopback addresses without a proxy and without name resolution.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use evergrant::error::innermost;
use evergrant::{BuildError, Relaxation};
use reqwest::redirect::Policy;
use reqwest::{Request, RequestBuilder, Response, Url};
use url::Host;

/// The addresses of `localhost`, which is not resolved (RFC 6761 section 6.3). Port zero means the port of the URL.
const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Two clients with the same settings, one of them for loopback addresses.
///
/// Credentials may go to a loopback address over plain `http` because they do not leave the machine. A proxy, such as
/// the one in `HTTP_PROXY`, would send them elsewhere unencrypted; so would a name that resolves to another machine
/// after the check.
#[derive(Debug, Clone)]
pub(crate) struct ClientPair {
    remote: reqwest::Client,
    loopback: reqwest::Client,
    relaxation: Option<Relaxation>,
    has_user_agent: bool,
}

/// The builders of both clients.
pub(crate) struct ClientPairSettings {
    remote: reqwest::ClientBuilder,
    /// Replaces `remote` on a machine without root certificates: plain `http` works, and every TLS connection fails.
    without_roots: reqwest::ClientBuilder,
    loopback: reqwest::ClientBuilder,
}

impl ClientPairSettings {
    /// Calls `settings` three times, because a builder cannot be cloned or inspected.
    pub(crate) fn new(settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        Self {
            remote: settings(),
            without_roots: settings().tls_certs_only([]),
            // This client never uses TLS, and loading the system's certificates is slow.
            loopback: settings()
                .no_proxy()
                .resolve_to_addrs("localhost", &LOCALHOST)
                .tls_certs_only([]),
        }
    }

    pub(crate) fn build(self) -> Result<ClientPair, BuildError> {
        let remote = match build_without_redirects(self.remote) {
            Err(error) if is_missing_roots(&error) => build_without_redirects(self.without_roots),
            outcome => outcome,
        };
        let remote = remote.map_err(build_error)?;
        Ok(ClientPair {
            has_user_agent: has_user_agent(&remote),
            remote,
            loopback: build_without_redirects(self.loopback).map_err(build_error)?,
            relaxation: None,
        })
    }
}

impl ClientPair {
    /// Uses one client of the application for all requests. `setting` is the name of the relaxation that allows it.
    pub(crate) fn single(client: reqwest::Client, setting: &'static str) -> Self {
        let effect = "the redirects and proxies of the supplied HTTP client are not checked";
        Self {
            has_user_agent: has_user_agent(&client),
            remote: client.clone(),
            loopback: client,
            relaxation: Some(Relaxation::new(setting, effect)),
        }
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

    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = reqwest::Result<Response>> + Send + use<> {
        let client = if is_plain_loopback(request.url()) {
            &self.loopback
        } else {
            &self.remote
        };
        client.execute(request)
    }
}

/// Returns whether the client's default headers contain a `User-Agent`. reqwest shows them only in `Debug` output,
/// which may contain secrets; it is searched while it is written, and not stored.
fn has_user_agent(client: &reqwest::Client) -> bool {
    /// How `HeaderMap` formats the name. Within a value, the quotes would be escaped.
    const PATTERN: &[u8] = b"\"user-agent\": ";

    #[derive(Default)]
    struct Search {
        matched: usize,
        found: bool,
    }
    impl fmt::Write for Search {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for byte in text.bytes() {
                self.matched = match byte == PATTERN[self.matched] {
                    true => self.matched + 1,
                    false => usize::from(byte == PATTERN[0]),
                };
                if self.matched == PATTERN.len() {
                    self.found = true;
                    self.matched = 0;
                }
            }
            Ok(())
        }
    }

    let mut search = Search::default();
    // `write_str` never fails.
    let _ = write!(search, "{client:?}");
    search.found
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

fn build_without_redirects(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder.redirect(Policy::none()).build()
}

fn build_error(error: reqwest::Error) -> BuildError {
    BuildError::HttpClient {
        problem: innermost(&error),
    }
}

/// Returns whether reqwest finds no root certificates on this machine.
pub(crate) fn lacks_root_certificates() -> bool {
    let client = reqwest::Client::builder().no_proxy().build();
    client.is_err_and(|error| is_missing_roots(&error))
}

fn is_missing_roots(error: &reqwest::Error) -> bool {
    // The message of rustls-platform-verifier; there is no error kind for it.
    innermost(error).contains("No CA certificates were loaded")
}
