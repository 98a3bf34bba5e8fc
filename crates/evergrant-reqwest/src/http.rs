//! The HTTP client under transport and client alike: no redirects of its own, and no proxy and no name resolution between us and
//! this machine.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use evergrant::error::innermost;
use evergrant::{BuildError, Relaxation};
use reqwest::redirect::Policy;
use reqwest::{Method, Request, RequestBuilder, Response, Url};
use url::Host;

/// What `localhost` is to the client for this machine, which resolves no name (RFC 6761 section 6.3). A port of zero is that of the
/// URL.
const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Two clients of the same settings. Plain `http` may carry credentials to a loopback address because they never leave the
/// machine then; a proxy, such as the one that `HTTP_PROXY` names, would take them elsewhere in clear, and so would a name that has
/// come to mean another machine since it was checked.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    any: reqwest::Client,
    here: reqwest::Client,
    relaxation: Option<Relaxation>,
    has_user_agent: bool,
}

/// What both are made of.
pub(crate) struct HttpSettings {
    any: reqwest::ClientBuilder,
    /// In place of it where there are no root certificates: it trusts no server that speaks TLS, and reaches the
    /// others.
    rootless: reqwest::ClientBuilder,
    here: reqwest::ClientBuilder,
}

impl HttpSettings {
    /// Asks for the settings three times, since a builder can neither be copied nor looked into.
    pub(crate) fn of(settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        Self {
            any: settings(),
            rootless: settings().tls_certs_only([]),
            // Never speaks TLS, and the system's certificates take long to load.
            here: settings()
                .no_proxy()
                .resolve_to_addrs("localhost", &LOCALHOST)
                .tls_certs_only([]),
        }
    }

    pub(crate) fn build(self) -> Result<Http, BuildError> {
        let any = match without_redirects(self.any) {
            Err(error) if is_for_lack_of_roots(&error) => without_redirects(self.rootless),
            made => made,
        };
        let any = any.map_err(problem)?;
        Ok(Http {
            has_user_agent: has_user_agent(&any),
            any,
            here: without_redirects(self.here).map_err(problem)?,
            relaxation: None,
        })
    }
}

impl Http {
    /// Over one client, whatever its settings are. `setting` is the application's, which allows it.
    pub(crate) fn only(client: reqwest::Client, setting: &'static str) -> Self {
        let effect = "the redirects and proxies of the supplied HTTP client are not checked";
        Self {
            has_user_agent: has_user_agent(&client),
            any: client.clone(),
            here: client,
            relaxation: Some(Relaxation::new(setting, effect)),
        }
    }

    pub(crate) fn relaxation(&self) -> Option<&Relaxation> {
        self.relaxation.as_ref()
    }

    /// Whether the application gave its client a `User-Agent`.
    pub(crate) fn has_user_agent(&self) -> bool {
        self.has_user_agent
    }

    /// Starts a request, for either client.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.any.request(method, url)
    }

    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = reqwest::Result<Response>> + Send + use<> {
        let client = if stays_here(request.url()) {
            &self.here
        } else {
            &self.any
        };
        client.execute(request)
    }
}

/// Whether the client's default headers have a `User-Agent`. Its `Debug` output is the one place where reqwest shows
/// them; it is compared piece by piece and kept nowhere, for it may hold secrets.
fn has_user_agent(client: &reqwest::Client) -> bool {
    /// How a map of headers shows one: the closing quote is escaped where this stands in a value.
    const SHOWN: &[u8] = b"\"user-agent\": ";

    #[derive(Default)]
    struct Search {
        matched: usize,
        found: bool,
    }
    impl fmt::Write for Search {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for byte in text.bytes() {
                self.matched = match byte == SHOWN[self.matched] {
                    true => self.matched + 1,
                    false => usize::from(byte == SHOWN[0]),
                };
                if self.matched == SHOWN.len() {
                    self.found = true;
                    self.matched = 0;
                }
            }
            Ok(())
        }
    }

    let mut search = Search::default();
    // Nothing in it can fail.
    let _ = write!(search, "{client:?}");
    search.found
}

/// Whether a request goes to this machine in clear, and so past proxies. By the URL alone, so that nothing can change between the
/// check and the connection.
pub(crate) fn stays_here(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    is_here && url.scheme() == "http"
}

fn without_redirects(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder.redirect(Policy::none()).build()
}

fn problem(error: reqwest::Error) -> BuildError {
    BuildError::HttpClient {
        problem: innermost(&error),
    }
}

/// Whether there are no root certificates where reqwest looks for them.
pub(crate) fn lacks_root_certificates() -> bool {
    let client = reqwest::Client::builder().no_proxy().build();
    client.is_err_and(|error| is_for_lack_of_roots(&error))
}

fn is_for_lack_of_roots(error: &reqwest::Error) -> bool {
    // What rustls-platform-verifier says, as an error of no kind of its own.
    innermost(error).contains("No CA certificates were loaded")
}
