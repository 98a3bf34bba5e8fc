//! The way of one request: authorized by its origin, repeated once after a refusal, twice at most beside a session.

use std::future::poll_fn;
use std::sync::Arc;

use evergrant::error::BoxError;
use evergrant::origin::shown;
use evergrant::{Authorization, ReplayOutcome, Verdict};
use http::header::AUTHORIZATION;
use http::{Request, Response, request};
use http_body::Body;
use tower_service::Service;
use tracing::{debug, warn};

use crate::body::Replayable;
use crate::error::Call;
use crate::layer::Settings;
use crate::{Error, Unauthenticated, destination};

const NOT_RENEWED: &str = "fresh tokens are refused as well, or the application renews tokens by itself";

/// `inner` is ready for one request.
pub(crate) async fn send<S, B, R>(
    settings: Arc<Settings>,
    mut inner: S,
    request: Request<B>,
) -> Result<Response<R>, Error>
where
    S: Service<Request<Replayable<B>>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    let (mut head, body) = request.into_parts();
    if let Some(base) = &settings.base {
        base.complete(&mut head.uri);
    }
    let call = Call::of(&head);
    if head.extensions.get::<Unauthenticated>().is_some() {
        let request = Request::from_parts(head, Replayable::once(body));
        return inner.call(request).await.map_err(|error| call.failed(error));
    }
    let checked = destination::check(&head.uri, &settings.origins);
    let url = checked.map_err(|error| call.unauthorized(evergrant::Error::Origin(Arc::new(error))))?;
    let method = head.method.clone();

    let again = head.clone();
    let mut authorization = authorize(&settings, &mut head, &call).await?;
    let (body, kept) = Replayable::new(body, settings.replay_limit);
    let response = inner.call(Request::from_parts(head, body)).await;
    let (mut head, mut answer) = response.map_err(|error| call.failed(error))?.into_parts();
    if !settings.is_refusal(&head) {
        return Ok(Response::from_parts(head, answer));
    }
    let body = match settings.authorizer.refused(&authorization) {
        Verdict::Repeat => kept.again(),
        Verdict::NothingToRenew => Err("no token is among its credentials, and nothing else can be renewed"),
        _ => Err(NOT_RENEWED),
    };
    let not_repeated = |reason: &str| {
        warn!(name: "evergrant.not_replayed", target: "evergrant_tower", %method, url = shown(&url), reason,
            "the API refused the credentials, and the request is not repeated");
    };
    let mut is_last = false;
    let mut body = match body {
        Ok(body) => body,
        Err(reason) => {
            not_repeated(reason);
            return Ok(Response::from_parts(head, answer));
        }
    };
    loop {
        let mut once_more = again.clone();
        let repeated = authorize(&settings, &mut once_more, &call).await?;
        if repeated == authorization {
            not_repeated(NOT_RENEWED);
            return Ok(Response::from_parts(head, answer));
        }
        drop((head, answer));
        poll_fn(|context| inner.poll_ready(context))
            .await
            .map_err(|error| call.failed(error))?;
        let response = inner.call(Request::from_parts(once_more, body)).await;
        (head, answer) = response.map_err(|error| call.failed(error))?.into_parts();
        let outcome = if settings.is_refusal(&head) {
            ReplayOutcome::Refused
        } else {
            ReplayOutcome::Accepted
        };
        settings.authorizer.replayed(&authorization, &repeated, outcome);
        debug!(name: "evergrant.replayed", target: "evergrant_tower", %method, url = shown(&url),
            status = head.status.as_u16(), "the request was repeated with a new token");
        // Beside a session, what was renewed first may not have been what the API refused.
        if is_last
            || outcome == ReplayOutcome::Accepted
            || settings.authorizer.refused_again(&authorization, &repeated) != Verdict::Repeat
        {
            return Ok(Response::from_parts(head, answer));
        }
        body = match kept.again() {
            Ok(body) => body,
            Err(_) => return Ok(Response::from_parts(head, answer)),
        };
        (authorization, is_last) = (repeated, true);
    }
}

async fn authorize(settings: &Settings, head: &mut request::Parts, call: &Call) -> Result<Authorization, Error> {
    let own = head.headers.get(AUTHORIZATION).cloned();
    let authorization = settings.authorizer.authorize(head).await;
    let authorization = authorization.map_err(|error| call.unauthorized(error))?;
    if own.is_some() && own.as_ref() != head.headers.get(AUTHORIZATION) {
        let problem = "it has an `authorization` header of its own; drop it, or add the extension `Unauthenticated`";
        return Err(call.unfit(problem));
    }
    Ok(authorization)
}
