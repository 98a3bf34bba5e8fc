//! The attempts of one API call: writes the credentials of each attempt, and decides whether a response leads to
//! another attempt.

mod next_attempt;

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Method, Uri, request};
use tracing::{debug, warn};

use crate::authorizer::{Authorization, Authorizer};
use crate::error::{Call, Error};
use crate::response_head::ResponseHead;
use crate::token_generation::Generation;
use crate::transport::TransportIdentity;

const NOTHING_TO_RENEW: &str = "its credentials contain no token, and nothing else can be renewed";
const NOT_RENEWED: &str = "fresh tokens are rejected too, or the application renews tokens itself";
const PROOF_RETRIES_EXCEEDED: &str = "the API requires a new proof each time";

/// Maximum number of repeated requests after rejections. With a [session](crate::scheme::OAuth::in_session_header), the
/// first renewal may not have replaced the rejected credential.
const MAX_REPLAYS: u32 = 2;

/// Maximum number of times that an attempt is authorized again because the client's certificate has changed.
const MAX_CERTIFICATE_CHANGES: u32 = 3;

/// The state of one API call that may be sent more than once, for HTTP clients that authorize their calls. If the API
/// rejects the token, the call is repeated with a new one. A `Replay` performs no I/O: the client sends each request,
/// and reports each response.
///
/// - A response that [rejects the token](crate::rejects_token) leads to one more attempt with a new token, or to at
///   most two if the request contains the token of an [API session](crate::scheme::OAuth::in_session_header). If no new
///   token is available, the client returns the rejection to its caller.
/// - A response that requires a new [proof of possession](crate::proof::Proof), such as one with a nonce, leads to
///   another attempt with the same token and a new proof, at most twice per call.
///
/// Emits the [events](crate#events) `evergrant.replayed`, `evergrant.not_replayed` and `evergrant.proof_repeated`.
///
/// A `Replay` does not check where a request goes: first check with [`AllowedOrigins`](crate::origin::AllowedOrigins)
/// that the URL may receive credentials. Use one `Replay` per request and URL, and another one for a redirect.
/// [`CallPolicy::replay`](crate::CallPolicy::replay) creates a `Replay` with the settings of a client.
///
/// ```
/// use evergrant::error::Call;
/// use evergrant::{Authorizer, Replay, ResponseHead, Step};
/// use http::{Request, Response};
///
/// # async fn send_request(request: Request<&'static str>) -> Result<Response<()>, evergrant::Error> {
/// #     Ok(Response::new(()))
/// # }
/// async fn send(authorizer: &Authorizer, request: Request<&'static str>) -> Result<Response<()>, evergrant::Error> {
///     let (method, uri) = (request.method().clone(), request.uri().clone());
///     let mut replay = Replay::new(authorizer, Call::of_uri(&method, &uri));
///     let mut last = None;
///     loop {
///         // Each attempt starts from the original request.
///         let (mut head, body) = request.clone().into_parts();
///         let step = replay.authorize(&mut head).await?;
///         if let (Step::Return, Some(response)) = (step, last.take()) {
///             return Ok(response);
///         }
///         let response = send_request(Request::from_parts(head, body)).await?;
///         match replay.receive(&ResponseHead::from(&response)) {
///             Step::Send => last = Some(response),
///             Step::Return => return Ok(response),
///         }
///     }
/// }
/// ```
pub struct Replay<'a> {
    authorizer: &'a Authorizer,
    call: Call<'a>,
    renew_when: Option<&'a ResponseRule<'a>>,
    keep_token_when: Option<&'a ResponseRule<'a>>,
    keep_token_when_body: Option<&'a BodyRule<'a>>,
    has_body: bool,
    /// The credentials of the last attempt.
    sent: Authorization,
    /// Method and URI of the last attempt, if there is a proof.
    target: Option<Box<(Method, Uri)>>,
    /// The certificate that the last attempt's token may be bound to.
    identity: Option<Box<TransportIdentity>>,
    /// The rejected credentials that the last attempt replaced.
    rejected: Option<Authorization>,
    replays: u32,
    proofs_repeated: u32,
    /// The reason for the next attempt.
    reason: Reason,
}

/// A rule for responses.
type ResponseRule<'a> = dyn Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'a;

/// A rule for responses and the start of their bodies.
type BodyRule<'a> = dyn Fn(&ResponseHead<'_>, &[u8]) -> bool + Send + Sync + 'a;

/// What the HTTP client has to do next in an API call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Authorize the original request again with [`Replay::authorize`], and send it.
    Send,
    /// Return the last response to the caller of the HTTP client.
    Return,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    First,
    Token,
    Proof,
}

impl<'a> Replay<'a> {
    /// Maximum number of bytes that an HTTP client reads from the start of a response body for
    /// [`receive_with_body`](Self::receive_with_body): 64 KiB.
    pub const BODY_LIMIT: usize = 64 * 1024;

    /// Maximum time that an HTTP client spends on reading the start of a response body for
    /// [`receive_with_body`](Self::receive_with_body): 5 s.
    pub const BODY_TIME: Duration = Duration::from_secs(5);

    /// Creates the state of one API call, which may be sent more than once. Sends nothing. `authorizer` provides the
    /// credentials. `call` names the call in errors and events.
    #[must_use]
    pub fn new(authorizer: &'a Authorizer, call: Call<'a>) -> Self {
        Self {
            authorizer,
            call,
            renew_when: None,
            keep_token_when: None,
            keep_token_when_body: None,
            has_body: false,
            sent: Authorization::default(),
            target: None,
            identity: None,
            rejected: None,
            replays: 0,
            proofs_repeated: 0,
            reason: Reason::First,
        }
    }

    /// Sets a rule that returns `true` for further responses that reject the token, in addition to those of
    /// [`rejects_token`](crate::rejects_token). Default: none.
    #[must_use]
    pub fn renew_when(self, rule: Option<&'a ResponseRule<'a>>) -> Self {
        Self {
            renew_when: rule,
            ..self
        }
    }

    /// Sets a rule that returns `true` for responses that do **not** reject the token, although
    /// [`rejects_token`](crate::rejects_token) or the [`renew_when`](Self::renew_when) rule says that they do. Default:
    /// none.
    #[must_use]
    pub fn keep_token_when(self, rule: Option<&'a ResponseRule<'a>>) -> Self {
        Self {
            keep_token_when: rule,
            ..self
        }
    }

    /// Sets a rule like [`keep_token_when`](Self::keep_token_when) that receives the start of the response's body too.
    /// It is called for responses that the `keep_token_when` rule does not match. Default: none.
    #[must_use]
    pub fn keep_token_when_body(self, rule: Option<&'a BodyRule<'a>>) -> Self {
        Self {
            keep_token_when_body: rule,
            ..self
        }
    }

    /// Sets whether the request of the API call has a body. See [`interrupt`](Self::interrupt). Default: `false`.
    #[must_use]
    pub fn with_body(self, has_body: bool) -> Self {
        Self { has_body, ..self }
    }

    /// Writes the credentials of the next attempt into the head of the original request. Waits for a token if none is
    /// cached.
    ///
    /// Returns [`Step::Send`] if the request is to be sent. After the API has rejected the token, returns
    /// [`Step::Return`] if no other token is available: then do not send the request again.
    ///
    /// # Errors
    /// See [`Error`]. The error names the API call. The head is unchanged after an error.
    pub async fn authorize(&mut self, head: &mut request::Parts) -> Result<Step, Error> {
        let mut changes_left = MAX_CERTIFICATE_CHANGES;
        let mut identity = self.authorizer.transport_identity();
        // Without a certificate, there is one pass, which leaves the head unchanged when it fails.
        let original = identity.as_ref().map(|_| (head.headers.clone(), head.uri.clone()));
        let restore = |head: &mut request::Parts| {
            if let Some((headers, uri)) = &original {
                (head.headers, head.uri) = (headers.clone(), uri.clone());
            }
        };
        let authorization = loop {
            let authorization = self.authorizer.authorize(head).await;
            let authorization = authorization.map_err(|error| {
                restore(head);
                error.for_call(self.call)
            })?;
            // The token was compared with the current certificate, which may have changed before.
            let current = self.authorizer.transport_identity();
            let id = |identity: &Option<TransportIdentity>| identity.as_ref().map(|identity| identity.id().to_owned());
            if id(&identity) == id(&current) || changes_left == 0 {
                self.identity = current.map(Box::new);
                break authorization;
            }
            changes_left -= 1;
            restore(head);
            identity = current;
        };
        self.target = None;
        if self.authorizer.proof(&authorization).is_some() {
            self.target = Some(Box::new((head.method.clone(), head.uri.clone())));
        }
        Ok(self.begin(authorization))
    }

    /// Writes a cached token into the headers of the request at once, which works only for a valid token of a token
    /// manager without a [proof of possession](crate::proof::Proof). Returns what to do next; see [`Step`]. Otherwise
    /// returns `None` and leaves the headers unchanged: then call [`authorize`](Self::authorize). Takes no lock and
    /// does not allocate.
    #[inline]
    pub fn authorize_headers_now(&mut self, headers: &mut HeaderMap) -> Option<Step> {
        let authorization = self.authorizer.authorize_headers_now(headers)?;
        self.target = None;
        Some(self.begin(authorization))
    }

    /// Returns the client certificate that the connection of the last attempt must present (RFC 8705), because the
    /// token may be bound to it. Returns `None` if the client authentication has no certificate.
    #[must_use]
    pub fn transport_identity(&self) -> Option<&TransportIdentity> {
        self.identity.as_deref()
    }

    #[inline]
    fn begin(&mut self, authorization: Authorization) -> Step {
        if self.reason != Reason::First {
            return self.begin_again(authorization);
        }
        self.sent = authorization;
        Step::Send
    }

    #[cold]
    fn begin_again(&mut self, authorization: Authorization) -> Step {
        if self.rejected.as_ref() == Some(&authorization) {
            self.not_replayed(NOT_RENEWED);
            return Step::Return;
        }
        if self.reason == Reason::Proof {
            debug!(name: "evergrant.proof_repeated", target: "evergrant", method = %self.call.method(), url = self.call.url(),
                "the request is repeated with a new proof");
        }
        self.sent = authorization;
        Step::Send
    }

    /// Returns the [generation](Generation) of the token of the last attempt. Returns `None` if the attempt had no
    /// token, or several.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        self.sent.generation()
    }

    /// Reports that the client cannot repeat the request, and why: for example because its body is a stream. After this
    /// call, return the last response to the caller.
    pub fn abandon(&mut self, reason: &str) {
        // A request that was already repeated has its own event.
        if self.replays + self.proofs_repeated == 1 {
            self.not_replayed(reason);
        }
    }

    #[cold]
    fn not_replayed(&self, reason: &str) {
        warn!(name: "evergrant.not_replayed", target: "evergrant", method = %self.call.method(), url = self.call.url(), reason,
            "the API rejected the credentials, and the request is not repeated");
    }
}

impl fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("call", &self.call)
            .field("replays", &self.replays)
            .field("proofs_repeated", &self.proofs_repeated)
            .finish_non_exhaustive()
    }
}
