//! No complete response: what a transport reports, and the same with client and endpoint named.

use std::fmt;
use std::sync::Arc;

use super::{BoxError, ClientContext, TransportCause, innermost};

/// What kept a [`Transport`](crate::Transport) from bringing back a whole response.
#[derive(Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    cause: Option<TransportCause>,
    source: Arc<BoxError>,
}

/// The kinds of transport failure. All but [`TooLarge`](TransportErrorKind::TooLarge) are worth repeating, unless the
/// [cause](TransportError::cause) is permanent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the name did not resolve, nothing listens, TLS failed.
    Connect,
    /// The connection broke before the response's announced end.
    Interrupted,
    /// The transport's own time limit passed.
    Timeout,
    /// The body is above [`MAX_RESPONSE_BYTES`](crate::transport::MAX_RESPONSE_BYTES).
    TooLarge,
    /// Anything else.
    Other,
}

impl TransportError {
    /// A failure of the given kind. `source` must carry nothing of the request's headers or body, and no query.
    pub fn new(kind: TransportErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            cause: None,
            source: Arc::new(source.into()),
        }
    }

    /// The same with its cause, if that can be told: the message ends with the cause's hint.
    ///
    /// ```
    /// use evergrant::error::{TransportCause, TransportError, TransportErrorKind};
    ///
    /// let error = TransportError::new(TransportErrorKind::Connect, "certificate expired")
    ///     .with_cause(TransportCause::ExpiredCertificate);
    /// assert!(!error.is_retryable());
    /// ```
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Option<TransportCause>>) -> Self {
        self.cause = cause.into();
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Why it failed, if that can be told.
    #[must_use]
    pub fn cause(&self) -> Option<&TransportCause> {
        self.cause.as_ref()
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind != TransportErrorKind::TooLarge && !self.cause.as_ref().is_some_and(TransportCause::is_permanent)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Interrupted => "the connection broke before the response was complete",
            TransportErrorKind::Timeout => "the transport timed out",
            TransportErrorKind::TooLarge => "the response is larger than 1 MiB",
            TransportErrorKind::Other => "the request failed",
        })?;
        let text = innermost(&**self.source);
        if text.is_empty() {
            Ok(())
        } else {
            write!(f, " ({text})")
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.source)
    }
}

/// The token endpoint could not be reached, or broke off.
#[derive(Clone)]
pub struct UnreachableError {
    pub(super) client: Arc<ClientContext>,
    error: TransportError,
}

impl UnreachableError {
    pub(crate) fn new(client: Arc<ClientContext>, error: TransportError) -> Self {
        Self { client, error }
    }

    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.error.kind()
    }

    /// What the transport reported.
    #[must_use]
    pub fn transport_error(&self) -> &TransportError {
        &self.error
    }
}

impl fmt::Display for UnreachableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no token for {}: {}", self.client, self.error)?;
        if let Some(cause) = self.error.cause() {
            return write!(f, "; {}", cause.hint());
        }
        f.write_str(match self.error.kind() {
            TransportErrorKind::Connect => "; check the token URL, and that the server can be reached from here",
            TransportErrorKind::TooLarge => "; check the token URL",
            _ => "; the call may be repeated",
        })
    }
}

impl std::error::Error for UnreachableError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_follows_the_cause_and_a_permanent_one_is_not_retryable() {
        let error = |cause: Option<TransportCause>| {
            let error = TransportError::new(TransportErrorKind::Connect, "no way").with_cause(cause);
            let client = ClientContext::new("shop", &"https://auth.example.com/token".parse().unwrap());
            super::super::Error::Unreachable(Arc::new(UnreachableError::new(Arc::new(client), error)))
        };
        for (cause, hint, is_retryable) in [
            (None, "check the token URL", true),
            (Some(TransportCause::ConnectionRefused), "nothing listens", true),
            (Some(TransportCause::NameLookupFailed), "DNS servers", true),
            (
                Some(TransportCause::proxy_unreachable("http://proxy:3128")),
                "http://proxy:3128",
                true,
            ),
            (
                Some(TransportCause::proxy_authentication("")),
                "the HTTP client's proxy",
                false,
            ),
            (Some(TransportCause::NameNotFound), "does not exist", false),
            (Some(TransportCause::UntrustedCertificate), "SSL_CERT_FILE", false),
        ] {
            let error = error(cause);
            assert!(error.to_string().contains(hint), "{error}");
            assert_eq!(error.is_retryable(), is_retryable, "{error}");
        }
    }

    #[test]
    fn a_cause_of_any_length_is_shown_on_one_line_and_cut() {
        let error = TransportError::new(TransportErrorKind::Connect, "bad name\n".repeat(100_000));
        let message = error.to_string();
        assert!(message.starts_with("could not connect (bad name bad name"), "{message}");
        assert!(message.chars().count() < 400 && !message.contains('\n'), "{message}");
    }
}
