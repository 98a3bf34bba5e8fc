//! Why a transport failed, where that can be told, and what to do about it.

use std::borrow::Cow;

/// Why a [`Transport`](crate::Transport) failed, as far as it can be told. A transport sets it with
/// [`TransportError::with_cause`](super::TransportError::with_cause); [`hint`](Self::hint) is the last part of the
/// error's message.
///
/// ```
/// use evergrant::error::TransportCause;
///
/// let cause = TransportCause::ExpiredCertificate;
/// assert!(cause.is_permanent() && cause.hint().contains("clock"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportCause {
    /// No trusted authority has issued the server's certificate, or it is self-signed.
    UntrustedCertificate,
    /// The server uses the certificate of an authority (CA:TRUE) as its own.
    AuthorityAsServer,
    /// The server's certificate does not name the URL's host.
    WrongHostName,
    /// The server's certificate has expired, by this machine's clock.
    ExpiredCertificate,
    /// The server's certificate is not valid yet, by this machine's clock.
    CertificateNotYetValid,
    /// The server's certificate is revoked, damaged, or not fit for a server.
    UnusableCertificate,
    /// There are no root certificates on this machine, as in an image without the package `ca-certificates`.
    NoRootCertificates,
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` names no certificate that can be read.
    #[non_exhaustive]
    UnreadableRootCertificates {
        /// The variable, the path, and what is wrong with it.
        problem: String,
    },
    /// The server and the client have no TLS version or cipher in common.
    NoCommonTls,
    /// The server wants a client certificate, or refuses the one that was sent.
    ClientCertificate,
    /// The URL says `https`, and the server does not speak TLS.
    PlainServer,
    /// The URL says `http`, and the server expects TLS.
    TlsServer,
    /// The proxy cannot be reached.
    #[non_exhaustive]
    ProxyUnreachable {
        /// Its URL without user and password, and the variable that names it; empty if the transport does not know.
        proxy: String,
    },
    /// The proxy does not connect to the server.
    #[non_exhaustive]
    ProxyRefused {
        /// Its URL without user and password, and the variable that names it; empty if the transport does not know.
        proxy: String,
    },
    /// The proxy wants a user and a password, or others (407).
    #[non_exhaustive]
    ProxyAuthentication {
        /// Its URL without user and password, and the variable that names it; empty if the transport does not know.
        proxy: String,
    },
    /// The host name does not exist.
    NameNotFound,
    /// The host name could not be looked up this time.
    NameLookupFailed,
    /// Nothing listens at the server's address.
    ConnectionRefused,
    /// The server closed the connection during the TLS handshake.
    ClosedInHandshake,
    /// The URL says `http`, and the server closed the connection without a response.
    ClosedUnanswered,
    /// What the server sent is not a valid HTTP response.
    MalformedResponse,
    /// The HTTP client refuses to send the request, by its settings or for a malformed header.
    InvalidRequest,
    /// The server said that it has not processed the request: HTTP/2 GOAWAY or REFUSED_STREAM (RFC 9113 section 8.7).
    /// It may be repeated whatever it was.
    NotProcessed,
    /// This process was forked from the one that made the transport, whose connections belong to that process.
    Forked,
}

impl TransportCause {
    /// Adds the proxy, as named by the transport: its URL without user and password, and where it is set.
    #[must_use]
    pub fn proxy_unreachable(proxy: impl Into<String>) -> Self {
        Self::ProxyUnreachable { proxy: proxy.into() }
    }

    /// As [`proxy_unreachable`](Self::proxy_unreachable), for a proxy that does not connect to the server.
    #[must_use]
    pub fn proxy_refused(proxy: impl Into<String>) -> Self {
        Self::ProxyRefused { proxy: proxy.into() }
    }

    /// As [`proxy_unreachable`](Self::proxy_unreachable), for a proxy that answers 407.
    #[must_use]
    pub fn proxy_authentication(proxy: impl Into<String>) -> Self {
        Self::ProxyAuthentication { proxy: proxy.into() }
    }

    /// For what [`check_root_certificates`](crate::transport::check_root_certificates) finds.
    #[must_use]
    pub fn unreadable_root_certificates(problem: impl Into<String>) -> Self {
        Self::UnreadableRootCertificates {
            problem: problem.into(),
        }
    }

    /// Whether the failure stays until somebody changes something. Such a request is sent once, and is not
    /// [retryable](crate::Error::is_retryable).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::ProxyUnreachable { .. }
            | Self::ProxyRefused { .. }
            | Self::NameLookupFailed
            | Self::ConnectionRefused
            | Self::ClosedInHandshake
            | Self::ClosedUnanswered
            | Self::NotProcessed => false,
            Self::UntrustedCertificate
            | Self::AuthorityAsServer
            | Self::WrongHostName
            | Self::ExpiredCertificate
            | Self::CertificateNotYetValid
            | Self::UnusableCertificate
            | Self::NoRootCertificates
            | Self::UnreadableRootCertificates { .. }
            | Self::NoCommonTls
            | Self::ClientCertificate
            | Self::PlainServer
            | Self::TlsServer
            | Self::ProxyAuthentication { .. }
            | Self::NameNotFound
            | Self::MalformedResponse
            | Self::InvalidRequest
            | Self::Forked => true,
        }
    }

    /// What to do about it, for people who read the error.
    #[must_use]
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::UntrustedCertificate => {
                "no authority that this client trusts has issued the server's certificate, or the server does not send the intermediate ones: name the file with the authority's certificate in SSL_CERT_FILE, or give it to the HTTP client's builder (reqwest's tls_certs_merge)"
            }
            Self::AuthorityAsServer => {
                "the server uses a CA certificate (CA:TRUE) as its own, which is refused even where it is trusted: give the server a certificate with CA:FALSE, and trust that one or its authority's"
            }
            Self::WrongHostName => {
                "the certificate is for another host name: use the name that it has in the URL, or give the server a certificate with this one (subjectAltName)"
            }
            Self::ExpiredCertificate => {
                "check this machine's clock; if it is right, the server needs a new certificate"
            }
            Self::CertificateNotYetValid => {
                "check this machine's clock; if it is right, the server's certificate is not valid yet"
            }
            Self::UnusableCertificate => "the server needs another certificate",
            Self::NoRootCertificates => {
                "there are no CA certificates on this machine: install the package ca-certificates, name a file of them in SSL_CERT_FILE, or give them to the HTTP client's builder (reqwest's tls_certs_merge)"
            }
            Self::UnreadableRootCertificates { problem } => return format!("{problem}: correct or unset it").into(),
            Self::NoCommonTls => {
                "the server accepts none of the client's TLS versions (1.2, 1.3) and ciphers, or wants a client certificate: check the server's TLS settings"
            }
            Self::ClientCertificate => {
                "the server wants a client certificate that it trusts: give one to the HTTP client's builder (reqwest's identity)"
            }
            Self::PlainServer => {
                "the server does not speak TLS at this port: check the port of the URL, or write http:// if the server is on this machine"
            }
            Self::TlsServer => "the server expects TLS: write https:// in the URL",
            Self::ProxyUnreachable { proxy } => {
                return format!(
                    "{} cannot be reached: check its address, and its scheme (http:// for most proxies)",
                    named(proxy)
                )
                .into();
            }
            Self::ProxyRefused { proxy } => {
                return format!(
                    "{} does not connect to the server: check the proxy's user and password, and that it allows this host, or name the host in NO_PROXY",
                    named(proxy)
                )
                .into();
            }
            Self::ProxyAuthentication { proxy } => {
                return format!(
                    "{} wants a user and a password: write them into the proxy's URL, as in http://USER:PASSWORD@HOST:PORT",
                    named(proxy)
                )
                .into();
            }
            Self::NameNotFound => "the host name does not exist: check the host in the URL",
            Self::NameLookupFailed => {
                "the host name could not be looked up: check the network and its DNS servers, or try again later"
            }
            Self::ConnectionRefused => {
                "nothing listens at this address: check host and port of the URL, and that the server runs"
            }
            Self::ClosedInHandshake => {
                "the server, or a proxy before it, closed the connection during the TLS handshake: check host and port of the URL, and that the server speaks TLS 1.2 or 1.3 there"
            }
            Self::ClosedUnanswered => {
                "the server closed the connection without a response: the call may be repeated; if the server expects TLS, write https:// in the URL"
            }
            Self::MalformedResponse => {
                "the server does not answer with HTTP: check scheme and port of the URL (https:// for a server that expects TLS)"
            }
            Self::InvalidRequest => {
                "the HTTP client refuses to send the request: check the URL and the client's settings"
            }
            Self::NotProcessed => "the server has not processed the request, which may be repeated",
            Self::Forked => {
                "this process was forked after the HTTP client was made: make transport, client and token manager after the fork"
            }
        })
    }
}

fn named(proxy: &str) -> Cow<'_, str> {
    match proxy {
        "" => "the HTTP client's proxy".into(),
        proxy => format!("the proxy {proxy}").into(),
    }
}
