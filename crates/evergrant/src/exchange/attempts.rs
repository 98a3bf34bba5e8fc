//! Repeats a token request that failed for a passing reason, and gives the other secret of a rotation its one try.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::{Settings, request, response};
use crate::error::{Error, Refusal, SentRequest, TimeoutScope, TransportCause, TransportErrorKind, UnreachableError};
use crate::grant::Entitlement;
use crate::jitter;
use crate::manager::events;
use crate::origin::Origin;
use crate::redact::Redactor;
use crate::{Secret, Token};

/// How often a passing failure is met with another attempt, and how soon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    pub(crate) retries: u32,
    /// The first pause is drawn from zero to this, each further one from twice the range before.
    pub(crate) pause: Duration,
}

pub(super) async fn run(settings: &Settings, entitlement: &Entitlement, retries: &AtomicU32) -> Result<Token, Error> {
    let mut retry = 0;
    loop {
        // A refresh token may be good for one answer, so that answer is waited for as long as there is time.
        let limit = match entitlement.may_be_used_up() {
            true => settings.flight_timeout,
            false => settings.attempt_timeout,
        };
        let error = match settings.runtime.timeout(limit, attempt(settings, entitlement)).await {
            Some(Ok(token)) => return Ok(token),
            Some(Err(error)) => error,
            None => settings.timeout(TimeoutScope::Attempt, limit),
        };
        // Where the server says when to come back, that is obeyed instead: see `Closed`.
        let asked_to_wait = error.retry_after().is_some_and(|wait| !wait.is_zero());
        if asked_to_wait {
            settings.closed.close(settings.runtime.now(), &error);
        }
        let unclear = entitlement.may_be_used_up() && !was_not_used(&error);
        if asked_to_wait || unclear || !error.is_retryable() || retry >= retries.load(Ordering::Relaxed) {
            return Err(error);
        }
        let range = settings.retries.pause.saturating_mul(1 << retry.min(16));
        retry += 1;
        let pause = jitter::scaled(range, jitter::unit());
        events::retrying(&settings.client, &error, retry, pause);
        settings.runtime.sleep(pause).await;
    }
}

/// Whether the server has certainly not acted on the request: it said so, or was not reached.
fn was_not_used(error: &Error) -> bool {
    match error {
        Error::OAuthProvider(_) => true,
        Error::Unreachable(error) => {
            let error = error.transport_error();
            error.kind() == TransportErrorKind::Connect || error.cause() == Some(&TransportCause::NotProcessed)
        }
        _ => false,
    }
}

async fn attempt(settings: &Settings, entitlement: &Entitlement) -> Result<Token, Error> {
    let secrets = settings.credentials.read().await?;
    let redactor = Redactor::new(
        secrets
            .iter()
            .chain(entitlement.secrets())
            .chain(settings.options.secrets()),
    );
    let mut outcome = Err(Error::NoRuntime(Arc::clone(&settings.client)));
    for secret in secrets.iter() {
        outcome = send(settings, entitlement, secret, &redactor).await;
        match &outcome {
            Ok(_) => {
                settings.credentials.accepted(secret);
                return outcome;
            }
            Err(error) if error.refusal() == Refusal::Credentials => {}
            Err(_) => break,
        }
    }
    if outcome.as_ref().is_err_and(|error| error.refusal() != Refusal::None) {
        settings.credentials.refused(&secrets);
    }
    outcome
}

async fn send(
    settings: &Settings,
    entitlement: &Entitlement,
    secret: &Secret,
    redactor: &Redactor,
) -> Result<Token, Error> {
    // What the name `localhost` means may have changed since the manager was built.
    let origin = Origin::of(&settings.endpoint);
    if let Some(Err(error)) = origin.map(|origin| settings.plaintext.check(&origin)) {
        return Err(Error::Origin(Arc::new(error)));
    }
    let requested_at = settings.runtime.now();
    let request = request::write(settings, entitlement, secret);
    let response =
        settings.transport.send(request).await.map_err(|error| {
            Error::Unreachable(Arc::new(UnreachableError::new(Arc::clone(&settings.client), error)))
        })?;
    let sent = SentRequest::new(settings, entitlement, secret);
    response::read(settings, entitlement, sent, redactor, &response, requested_at)
}

#[cfg(all(test, not(evergrant_loom)))]
mod tests {
    use bytes::Bytes;

    use crate::error::{OriginError, TransportError};
    use crate::exchange::{Exchange, Settings};
    use crate::origin::PlaintextPolicy;
    use crate::{ClientCredentials, Error, Transport};

    /// Nothing must come here.
    #[derive(Debug)]
    struct NoTransport;

    impl Transport for NoTransport {
        async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
            panic!("a request was sent");
        }
    }

    /// As when `localhost` was this machine while the manager was built, and is another one now.
    #[tokio::test]
    async fn an_endpoint_that_must_no_longer_be_reached_unencrypted_is_sent_nothing() {
        let sidecar = "http://sidecar.internal".parse().unwrap();
        let builder = ClientCredentials::new("client", "not-a-real-secret")
            .token_url("http://sidecar.internal/token")
            .danger_allow_http_to(sidecar)
            .token_provider(async |_, exchange: Exchange| {
                let settings = Settings {
                    plaintext: PlaintextPolicy::default(),
                    ..exchange.settings().clone()
                };
                Exchange::new(settings).fetch_token().await
            });
        let error = builder.build(NoTransport).unwrap().token().await.unwrap_err();
        match error {
            Error::Origin(error) => assert!(matches!(*error, OriginError::NotEncrypted { .. }), "{error}"),
            other => panic!("{other}"),
        }
    }
}
