//! The transport that presents the client's certificate, and its replacement when the certificate changes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Settings;
use crate::client_auth::SharedClientAuth;
use crate::error::{RelaxationForbidden, TransportError, TransportErrorKind};
use crate::runtime::Timestamp;
use crate::transport::{SharedTransport, TransportIdentity};

/// The transport of token requests. Clones of the settings share it.
pub(crate) struct IdentityTransport {
    plain: SharedTransport,
    /// The transport that presents a certificate, and the certificate's id.
    with_identity: Mutex<Option<(String, SharedTransport)>>,
    /// When the certificate is read again for an API request, since boot.
    next_reload: Mutex<Duration>,
}

/// Minimum time between two reads of the certificate for API requests.
const RELOAD_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum time that an API request waits for it.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(1);

impl IdentityTransport {
    pub(crate) fn new(plain: SharedTransport) -> Self {
        Self {
            plain,
            with_identity: Mutex::default(),
            next_reload: Mutex::default(),
        }
    }

    fn is_reload_due(&self, now: Timestamp) -> bool {
        let mut next = self.next_reload.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = now.since_boot() >= *next;
        if is_due {
            *next = now.since_boot().saturating_add(RELOAD_INTERVAL);
        }
        is_due
    }

    /// Returns the transport for one attempt, and the certificate that it presents. A replaced transport lives until
    /// its last request has ended.
    pub(super) fn get(
        &self,
        auth: &SharedClientAuth,
    ) -> Result<(SharedTransport, Option<TransportIdentity>), TransportError> {
        let mut current = self.with_identity.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that a slow attempt does not reinstall an old certificate.
        let Some(identity) = auth.transport_identity() else {
            *current = None;
            return Ok((self.plain.clone(), None));
        };
        if let Some((id, transport)) = &*current
            && id == identity.id()
        {
            return Ok((transport.clone(), Some(identity)));
        }
        let transport = self.plain.with_identity(&identity)?;
        for relaxation in transport.relaxations() {
            let forbidden =
                |error: RelaxationForbidden| TransportError::new(TransportErrorKind::Other, error.to_string());
            relaxation.apply().map_err(forbidden)?;
        }
        *current = Some((identity.id().to_owned(), transport.clone()));
        Ok((transport, Some(identity)))
    }
}

impl Settings {
    /// Reads the client's certificate again, if it may have changed. Waits for at most a second, as a file system that
    /// does not respond must not delay API requests: then the current certificate stays in use.
    pub(crate) async fn reload_certificate(&self) {
        if self.auth.transport_identity().is_some() && self.transport.is_reload_due(self.runtime.now()) {
            let auth = self.auth.clone();
            // Without a runtime for it, the current certificate stays in use too.
            let reload = self.runtime.run_blocking(move || auth.reload_transport_identity());
            let _ = self.runtime.timeout(RELOAD_TIMEOUT, reload).await;
        }
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use http::{Request, Response};

    use super::*;
    use crate::client_auth::{ClientAuth, ClientCredential};
    use crate::runtime::BoxFuture;
    use crate::{Error, TokenRequestContext, Transport};

    /// A transport that counts its copies with a certificate.
    #[derive(Debug, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl Transport for Counting {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            panic!("a request was sent");
        }

        fn with_identity(&self, _: &TransportIdentity) -> Result<SharedTransport, TransportError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Counting::default().into())
        }
    }

    /// A method that presents the certificate with this id.
    #[derive(Debug)]
    struct Certificate(Option<&'static str>);

    impl ClientAuth for Certificate {
        fn name(&self) -> &str {
            "tls_client_auth"
        }

        fn authenticate<'a>(
            &'a self,
            _: TokenRequestContext<'a>,
        ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
            Box::pin(async { Ok(Vec::new()) })
        }

        fn transport_identity(&self) -> Option<TransportIdentity> {
            self.0.map(|id| TransportIdentity::new(id, ()))
        }
    }

    #[test]
    fn the_transport_is_replaced_only_when_the_certificate_changes() {
        let plain = Counting::default();
        let copies = Arc::clone(&plain.0);
        let transport = IdentityTransport::new(plain.into());
        for (id, expected) in [
            (None, 0),
            (Some("one"), 1),
            (Some("one"), 1),
            (Some("two"), 2),
            (Some("two"), 2),
            (None, 2),
            (Some("two"), 3),
        ] {
            transport.get(&Certificate(id).into()).unwrap();
            assert_eq!(copies.load(Ordering::Relaxed), expected, "{id:?}");
        }
    }
}
