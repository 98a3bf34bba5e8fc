//! Known causes of transport failures, and their remedies.

use std::borrow::Cow;

/// A known cause of a [`Transport`](crate::Transport) failure, such as an expired certificate. A transport sets it with
/// [`TransportError::with_cause`](super::TransportError::with_cause). The error's message then ends with the
/// [remedy](Self::hint) for this cause.
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
    /// The server's certificate was not issued by a trusted authority, or is self-signed.
    UntrustedCertificate,
    /// The server presents a CA certificate (CA:TRUE) as its server certificate.
    CaUsedAsEndEntity,
    /// The server's certificate is for another host name.
    HostNameMismatch,
    /// The server's certificate has expired according to this machine's clock.
    ExpiredCertificate,
    /// The server's certificate is not valid yet according to this machine's clock.
    CertificateNotYetValid,
    /// The server's certificate is revoked, damaged, or not meant for a server.
    InvalidCertificate,
    /// This machine has no root certificates, as in a container image without the package `ca-certificates`.
    NoRootCertificates,
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` contains no readable certificate.
    #[non_exhaustive]
    UnreadableRootCertificates {
        /// The name of the environment variable, its path, and the problem, in one line.
        problem: String,
    },
    /// The server and the client support no common TLS version or cipher suite.
    IncompatibleTls,
    /// The server requires a client certificate, or rejected the one that was sent.
    ClientCertificateRequired,
    /// The URL uses `https`, and the server does not support TLS on this port.
    TlsNotSupported,
    /// The URL uses `http`, and the server requires TLS.
    TlsRequired,
    /// The proxy cannot be reached.
    #[non_exhaustive]
    ProxyUnreachable {
        /// The proxy's URL without user and password, and the environment variable that sets it. Empty if unknown.
        proxy: String,
    },
    /// The proxy rejected the connection to the server.
    #[non_exhaustive]
    ProxyRejected {
        /// The proxy's URL without user and password, and the environment variable that sets it. Empty if unknown.
        proxy: String,
    },
    /// The proxy requires a user and a password, or rejected them (407).
    #[non_exhaustive]
    ProxyAuthenticationRequired {
        /// The proxy's URL without user and password, and the environment variable that sets it. Empty if unknown.
        proxy: String,
    },
    /// The host name does not exist.
    HostNotFound,
    /// Looking up the host name failed temporarily.
    HostLookupFailed,
    /// No server listens on the address.
    ConnectionRefused,
    /// The server closed the connection during the TLS handshake.
    ClosedDuringHandshake,
    /// The URL uses `http`, and the server closed the connection without a response.
    ClosedWithoutResponse,
    /// The response is not valid HTTP.
    MalformedResponse,
    /// The HTTP client rejected the request because of its settings or a malformed header.
    InvalidRequest,
    /// The server did not process the request: HTTP/2 GOAWAY or REFUSED_STREAM (RFC 9113 section 8.7). The request may
    /// be repeated, even if it is not idempotent.
    NotProcessed,
    /// The server closes the connection while the body of a request is sent, with a new token too.
    UploadClosed,
    /// The transport was created before a fork, so its connections belong to the parent process.
    UsedAfterFork,
}

impl TransportCause {
    /// Creates the cause [`ProxyUnreachable`](Self::ProxyUnreachable). `proxy` contains the proxy's URL without user
    /// and password, and the environment variable that sets it. Pass an empty string if the proxy is unknown.
    #[must_use]
    pub fn proxy_unreachable(proxy: impl Into<String>) -> Self {
        Self::ProxyUnreachable { proxy: proxy.into() }
    }

    /// Creates the cause [`ProxyRejected`](Self::ProxyRejected). `proxy` contains the proxy's URL without user and
    /// password, and the environment variable that sets it. Pass an empty string if the proxy is unknown.
    #[must_use]
    pub fn proxy_rejected(proxy: impl Into<String>) -> Self {
        Self::ProxyRejected { proxy: proxy.into() }
    }

    /// Creates the cause [`ProxyAuthenticationRequired`](Self::ProxyAuthenticationRequired). `proxy` contains the
    /// proxy's URL without user and password, and the environment variable that sets it. Pass an empty string if the
    /// proxy is unknown.
    #[must_use]
    pub fn proxy_authentication_required(proxy: impl Into<String>) -> Self {
        Self::ProxyAuthenticationRequired { proxy: proxy.into() }
    }

    /// Creates the cause [`UnreadableRootCertificates`](Self::UnreadableRootCertificates). `problem` is the error
    /// message that [`check_root_certificates`](crate::transport::check_root_certificates) returns.
    #[must_use]
    pub fn unreadable_root_certificates(problem: impl Into<String>) -> Self {
        Self::UnreadableRootCertificates {
            problem: problem.into(),
        }
    }

    /// Returns whether this cause persists until somebody changes something, such as a certificate. A request that
    /// fails for such a cause is not retried, and its error is not [retryable](crate::Error::is_retryable).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::ProxyUnreachable { .. }
            | Self::ProxyRejected { .. }
            | Self::HostLookupFailed
            | Self::ConnectionRefused
            | Self::ClosedDuringHandshake
            | Self::ClosedWithoutResponse
            | Self::NotProcessed => false,
            Self::UntrustedCertificate
            | Self::CaUsedAsEndEntity
            | Self::HostNameMismatch
            | Self::ExpiredCertificate
            | Self::CertificateNotYetValid
            | Self::InvalidCertificate
            | Self::NoRootCertificates
            | Self::UnreadableRootCertificates { .. }
            | Self::IncompatibleTls
            | Self::ClientCertificateRequired
            | Self::TlsNotSupported
            | Self::TlsRequired
            | Self::ProxyAuthenticationRequired { .. }
            | Self::HostNotFound
            | Self::MalformedResponse
            | Self::InvalidRequest
            | Self::UploadClosed
            | Self::UsedAfterFork => true,
        }
    }

    /// Returns the remedy for this cause, as the error's message shows it.
    #[must_use]
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::UntrustedCertificate => {
                "the server's certificate was not issued by a trusted authority, or the server does not send the intermediate certificates: set SSL_CERT_FILE to a file with the authority's certificate, or add it to the HTTP client's builder (reqwest's tls_certs_merge)"
            }
            Self::CaUsedAsEndEntity => {
                "the server uses a CA certificate (CA:TRUE) as its own, which is rejected even if it is trusted: install a certificate with CA:FALSE on the server, and trust that certificate or its authority"
            }
            Self::HostNameMismatch => {
                "the certificate is for another host name: use the certificate's name in the URL, or install a certificate for this name on the server (subjectAltName)"
            }
            Self::ExpiredCertificate => {
                "check this machine's clock; if it is correct, the server needs a new certificate"
            }
            Self::CertificateNotYetValid => {
                "check this machine's clock; if it is correct, the server's certificate is not valid yet"
            }
            Self::InvalidCertificate => "the server needs another certificate",
            Self::NoRootCertificates => {
                "this machine has no CA certificates: install the package ca-certificates, set SSL_CERT_FILE to a file with certificates, or add them to the HTTP client's builder (reqwest's tls_certs_merge)"
            }
            Self::UnreadableRootCertificates { problem } => return format!("{problem}: correct or unset it").into(),
            Self::IncompatibleTls => {
                "the server accepts none of the client's TLS versions (1.2, 1.3) and cipher suites, or requires a client certificate: check the server's TLS settings"
            }
            Self::ClientCertificateRequired => {
                "the server requires a client certificate that it trusts: add one to the HTTP client's builder (reqwest's identity)"
            }
            Self::TlsNotSupported => {
                "the server does not support TLS on this port: check the port in the URL, or use http:// if the server is on this machine"
            }
            Self::TlsRequired => "the server requires TLS: use https:// in the URL",
            Self::ProxyUnreachable { proxy } => {
                return format!(
                    "{} cannot be reached: check its address, and its scheme (http:// for most proxies)",
                    proxy_name(proxy)
                )
                .into();
            }
            Self::ProxyRejected { proxy } => {
                return format!(
                    "{} rejected the connection to the server: check the proxy's user and password, and that it allows this host, or add the host to NO_PROXY",
                    proxy_name(proxy)
                )
                .into();
            }
            Self::ProxyAuthenticationRequired { proxy } => {
                return format!(
                    "{} requires a user and a password: add them to the proxy's URL, as in http://USER:PASSWORD@HOST:PORT",
                    proxy_name(proxy)
                )
                .into();
            }
            Self::HostNotFound => "the host name does not exist: check the host name in the URL",
            Self::HostLookupFailed => {
                "the host name could not be looked up: check the network and its DNS servers, or try again later"
            }
            Self::ConnectionRefused => {
                "no server listens on this address: check host and port in the URL, and that the server is running"
            }
            Self::ClosedDuringHandshake => {
                "the server, or a proxy in front of it, closed the connection during the TLS handshake: check host and port in the URL, and that the server supports TLS 1.2 or 1.3 on this port"
            }
            Self::ClosedWithoutResponse => {
                "the server closed the connection without a response: the call can be repeated; if the server requires TLS, use https:// in the URL"
            }
            Self::MalformedResponse => {
                "the response is not HTTP: check scheme and port in the URL (https:// for a server that requires TLS)"
            }
            Self::InvalidRequest => "the HTTP client rejected the request: check the URL and the client's settings",
            Self::NotProcessed => "the server did not process the request, which can be repeated",
            Self::UploadClosed => {
                "the server closes the connection while the body is sent, with a new token too, and may reject the request by its head; a request without a body may show its response"
            }
            Self::UsedAfterFork => {
                "this process was forked after the HTTP client was created: create transport, client and token manager after the fork"
            }
        })
    }
}

fn proxy_name(proxy: &str) -> Cow<'_, str> {
    match proxy {
        "" => "the HTTP client's proxy".into(),
        proxy => format!("the proxy {proxy}").into(),
    }
}
