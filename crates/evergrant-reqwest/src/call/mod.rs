//! Sends one request, for all clients: checks its origin, authorizes it, repeats it after a 401 (once, or twice with a
//! session), and follows redirects.

mod authorized_send;
mod call_policy_settings;
mod deadline;
mod error_response;
mod invalid_request;
mod multipart;
mod original_request;
mod peek_body;
mod redirect;
mod redirect_headers;
mod response_url;

use std::ops::Deref;
use std::sync::Arc;

use evergrant::Generation;
use evergrant::error::Call;
use evergrant::transport::TransportIdentity;
use reqwest::{Request, Response};

use self::deadline::Elapsed;
use self::error_response::api_error;
use crate::Error;

pub(crate) use self::call_policy_settings::{Policy, PolicyBuilder, policy_setters};
pub(crate) use self::invalid_request::InvalidRequest;
pub(crate) use self::original_request::OriginalRequest;

const MAX_REDIRECTS: usize = 10;

/// The underlying HTTP client.
pub(crate) trait HttpService {
    type Error: From<Error> + Send;

    /// Whether its requests may have extensions, which only reqwest can copy. Other copies cost less.
    const HAS_EXTENSIONS: bool;

    /// Returns the error of reqwest, if that is the cause.
    fn into_source(error: Self::Error) -> Result<reqwest::Error, Self::Error>;

    /// Returns the error of a request whose cause is an error of reqwest.
    fn from_source(source: reqwest::Error, original: &OriginalRequest<'_>) -> Self::Error;

    /// Sends a request without changing it. If the service chooses the connection, it presents the certificate
    /// `identity`.
    fn send(
        &mut self,
        request: Request,
        original: &OriginalRequest<'_>,
        identity: Option<&TransportIdentity>,
    ) -> impl Future<Output = Result<Response, Self::Error>> + Send;
}

/// One call of an application.
pub(crate) struct OutgoingCall {
    pub(crate) request: Result<Request, InvalidRequest>,
    pub(crate) credentials: Credentials,
    pub(crate) replays: Replays,
    /// The name of the call in errors, if the application or an SDK sets one.
    pub(crate) name: Option<Arc<str>>,
}

/// Whether a request is sent with credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    Send,
    Withhold,
}

/// Whether a request may be sent again after a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replays {
    Allow,
    Forbid,
}

/// The result of a call whose response has an error status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorStatus {
    /// The response.
    Accept,
    /// An error that contains the response.
    Reject,
}

#[expect(
    clippy::manual_async_fn,
    reason = "an `async fn` moves its arguments, so the future would store the request twice"
)]
pub(crate) fn send<P, S>(
    policy: P,
    mut service: S,
    mut call: OutgoingCall,
    error_status: ErrorStatus,
) -> impl Future<Output = Result<Response, S::Error>> + Send
where
    P: Deref<Target = Policy> + Send + Sync,
    S: HttpService + Send,
{
    async move {
        let (policy, service) = (&*policy, &mut service);
        let request = match &mut call.request {
            Ok(request) => request,
            Err(invalid) => return Err(invalid.error(call.name.as_ref()).into()),
        };
        let (name, mut credentials, replays) = (call.name.as_deref(), call.credentials, call.replays);
        prepare(policy, request, name, credentials)?;
        if multipart::needs_buffering(request) {
            let buffered = Box::pin(multipart::buffer(request)).await;
            buffered.map_err(|error| error.for_call(named(request, name).into()))?;
        }
        let mut original = OriginalRequest::new(request, name, S::HAS_EXTENSIONS, replays);
        let mut first = None;
        for _ in 0..=MAX_REDIRECTS {
            let response = match credentials {
                Credentials::Send => authorized_send::send(policy, service, &mut original).await?,
                Credentials::Withhold => {
                    let request = original.first_attempt();
                    send_once(service, request, &original, None).await?
                }
            };
            let next = match policy.follow_redirects && redirect::is_redirect(&response) {
                true => {
                    first.get_or_insert_with(|| original.call().to_string());
                    redirect::follow(policy, &mut original, &response, credentials)
                }
                false => None,
            };
            let Some(next) = next else {
                let is_error = response.status().is_client_error() || response.status().is_server_error();
                if error_status == ErrorStatus::Accept || !is_error {
                    return Ok(response);
                }
                let call = first.unwrap_or_else(|| original.call().to_string());
                return Err(Box::pin(api_error(response, call)).await.into());
            };
            credentials = next;
        }
        Err(S::Error::from(Error::TooManyRedirects {
            call: first.unwrap_or_default(),
        }))
    }
}

/// A request with credentials, which another client sends.
pub(crate) struct RequestToSend {
    pub(crate) request: Request,
    /// The number of its token.
    pub(crate) generation: Option<Generation>,
    /// The certificate that its token may be bound to.
    pub(crate) identity: Option<TransportIdentity>,
}

/// Adds credentials to a request, which another client sends.
pub(crate) async fn authorize(policy: &Policy, call: OutgoingCall) -> Result<RequestToSend, Error> {
    let name = call.name.as_deref();
    let mut request = call.request.map_err(|invalid| invalid.error(call.name.as_ref()))?;
    prepare(policy, &mut request, name, call.credentials)?;
    match call.credentials {
        Credentials::Send => {
            let mut original = OriginalRequest::new(&mut request, name, false, call.replays);
            authorized_send::authorize_once(policy, &mut original).await
        }
        Credentials::Withhold => Ok(RequestToSend {
            request,
            generation: None,
            identity: None,
        }),
    }
}

/// Sends a request once, within the time limit of its call.
async fn send_once<S: HttpService>(
    service: &mut S,
    request: Request,
    original: &OriginalRequest<'_>,
    identity: Option<&TransportIdentity>,
) -> Result<Response, S::Error> {
    let sending = service.send(request, original, identity);
    match original.deadline() {
        None => sending.await,
        Some(deadline) => deadline.receive(sending).await.unwrap_or_else(|Elapsed| {
            let (call, limit) = (original.call().into(), deadline.limit);
            Err(Error::NoResponse { call, limit }.into())
        }),
    }
}

/// Checks the origin of the request, and adds the default headers for allowed origins.
fn prepare(policy: &Policy, request: &mut Request, name: Option<&str>, credentials: Credentials) -> Result<(), Error> {
    match policy.calls.origins().check(request.url()) {
        Ok(()) => {
            for (name, value) in &policy.headers {
                request.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            Ok(())
        }
        Err(_) if credentials == Credentials::Withhold => Ok(()),
        Err(error) => {
            let error = evergrant::Error::Origin(Arc::new(error));
            Err(error.for_call(named(request, name)).into())
        }
    }
}

fn named<'a>(request: &'a Request, name: Option<&'a str>) -> Call<'a> {
    Call::new(request.method(), request.url()).with_name(name)
}
