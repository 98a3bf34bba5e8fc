//! The errors of a transport, and of a token request without a complete response.

use std::fmt;
use std::sync::Arc;

use super::{BoxError, ClientContext, TransportCause, innermost};

/// The error of a [`Transport`](crate::Transport), the interface to the HTTP client: no complete response was received.
#[derive(Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    cause: Option<TransportCause>,
    source: Arc<BoxError>,
}

/// The kind of a transport's failure. All kinds except [`TooLarge`](TransportErrorKind::TooLarge) are retryable, unless
/// the [cause](TransportError::cause) of the failure is permanent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The connection failed: the name did not resolve, no server listens, or TLS failed.
    Connect,
    /// The connection broke before the end of the response.
    Interrupted,
    /// The HTTP client's own time limit passed.
    Timeout,
    /// The response body is larger than [`MAX_RESPONSE_BYTES`](crate::transport::MAX_RESPONSE_BYTES).
    TooLarge,
    /// Any other failure.
    Other,
}

impl TransportError {
    /// Creates the error of a transport, of this kind. `source` is shown in messages, so it must contain no headers,
    /// body or query of the request.
    pub fn new(kind: TransportErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            cause: None,
            source: Arc::new(source.into()),
        }
    }

    /// Sets the cause of the failure, if it is known. The error's message then ends with the
    /// [remedy](TransportCause::hint) for this cause.
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

    /// Returns the kind of the transport's failure.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Returns the cause of the failure, if it is known.
    #[must_use]
    pub fn cause(&self) -> Option<&TransportCause> {
        self.cause.as_ref()
    }

    /// Returns whether the same request may succeed later without any change.
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

/// The error of a token request without a complete response: the token endpoint could not be reached, or the connection
/// broke.
#[derive(Clone)]
pub struct UnreachableError {
    pub(super) client: Arc<ClientContext>,
    error: TransportError,
}

impl UnreachableError {
    pub(crate) fn new(client: Arc<ClientContext>, error: TransportError) -> Self {
        Self { client, error }
    }

    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the kind of the transport's failure.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.error.kind()
    }

    /// Returns the error of the [`Transport`](crate::Transport), the interface to the HTTP client.
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
            TransportErrorKind::Connect => "; check the token URL, and that the server is reachable from this machine",
            TransportErrorKind::TooLarge => "; check the token URL",
            _ => "; the call can be repeated",
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
    fn a_permanent_cause_is_not_retryable_and_each_cause_has_a_hint() {
        let error = |cause: Option<TransportCause>| {
            let error = TransportError::new(TransportErrorKind::Connect, "no way").with_cause(cause);
            let client = ClientContext::new("shop", &"https://auth.example.com/token".parse().unwrap());
            super::super::Error::Unreachable(Arc::new(UnreachableError::new(Arc::new(client), error)))
        };
        for (cause, hint, is_retryable) in [
            (None, "check the token URL", true),
            (Some(TransportCause::ConnectionRefused), "no server listens", true),
            (Some(TransportCause::HostLookupFailed), "DNS servers", true),
            (
                Some(TransportCause::proxy_unreachable("http://proxy:3128")),
                "http://proxy:3128",
                true,
            ),
            (
                Some(TransportCause::proxy_authentication_required("")),
                "the HTTP client's proxy",
                false,
            ),
            (Some(TransportCause::HostNotFound), "does not exist", false),
            (Some(TransportCause::UntrustedCertificate), "SSL_CERT_FILE", false),
        ] {
            let error = error(cause);
            assert!(error.to_string().contains(hint), "{error}");
            assert_eq!(error.is_retryable(), is_retryable, "{error}");
        }
    }

    #[test]
    fn a_long_cause_is_shortened_to_one_line() {
        let error = TransportError::new(TransportErrorKind::Connect, "bad name\n".repeat(100_000));
        let message = error.to_string();
        assert!(message.starts_with("could not connect (bad name bad name"), "{message}");
        assert!(message.chars().count() < 400 && !message.contains('\n'), "{message}");
    }
}
