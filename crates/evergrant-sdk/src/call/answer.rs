//! The answer of a call: read as the description has it, or told as what it is.

use std::time::Duration;

use bytes::Bytes;
use evergrant::Scopes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use crate::answer::matching;
use crate::decode::{Content, DecodeError};
use crate::describe::Operation;
use crate::error::{Called, DecodeProblem, Failure};
use crate::stream::Pieces;
use crate::{ApiError, ByteStream, Core, Error, EventStream, Expect, Response};

/// The largest body of a failure that is kept.
const LARGEST_ERROR_BODY: usize = 1024 * 1024;

/// A whole answer.
pub(super) struct Whole {
    called: Called,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// Scopes that the operation needs and that its token was not asked for with, where that may be why.
    lacking: Scopes,
}

/// The head of an answer, whose body is still to come; all of it, if it is a failure.
pub(super) enum Begun {
    Well(Called, reqwest::Response),
    Badly(Whole),
}

impl Whole {
    pub(super) async fn receive(
        core: &Core,
        operation: &'static Operation,
        called: Called,
        mut response: reqwest::Response,
    ) -> Result<Self, Error> {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        let body = if status.is_success() {
            let body = response.bytes().await;
            body.map_err(|error| Error::http(&called, Failure::Client(error)))?
        } else {
            as_far_as_it_comes(&mut body, response).await;
            body.into()
        };
        let lacking = lacking(core, operation, status);
        Ok(Self::of(called, status, headers, body, lacking))
    }

    /// A failure, with what comes of its body within the limit.
    pub(super) async fn failed(
        core: &Core,
        operation: &'static Operation,
        called: Called,
        mut response: reqwest::Response,
        limit: Duration,
    ) -> Self {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        // When it passes, there is what has come until then.
        let _ = tokio::time::timeout(limit, as_far_as_it_comes(&mut body, response)).await;
        let lacking = lacking(core, operation, status);
        Self::of(called, status, headers, body.into(), lacking)
    }

    fn of(called: Called, status: StatusCode, headers: HeaderMap, body: Bytes, lacking: Scopes) -> Self {
        Self {
            called,
            status,
            headers,
            body,
            lacking,
        }
    }

    pub(super) fn read<T, E>(self, answers: &[Expect<T>], errors: &[Expect<E>]) -> Result<Response<T>, Error<E>> {
        let is_success = self.status.is_success();
        let answer = matching(answers, self.status).filter(|answer| is_success || answer.is_exact());
        match answer {
            Some(answer) => match answer.decode(&Content::of(&self.headers, &self.body)) {
                Ok(body) => Ok(Response::new(self.status, self.headers, body)),
                Err(problem) => Err(unread(self.called, self.status, self.headers, self.body, problem)),
            },
            None if is_success => Err(Error::UnexpectedStatus(Box::new(self.failure(None)))),
            None => Err(self.refused(errors)),
        }
    }

    fn refused<E>(self, errors: &[Expect<E>]) -> Error<E> {
        let body = Content::of(&self.headers, &self.body);
        let error = matching(errors, self.status).and_then(|expect| expect.decode(&body).ok());
        Error::Api(Box::new(self.failure(error)))
    }

    fn failure<E>(self, error: Option<E>) -> ApiError<E> {
        let answer = evergrant::ApiError::new(self.status, self.headers, self.body);
        ApiError::new(self.called, answer, self.lacking, error)
    }
}

impl Begun {
    pub(super) fn events<T: DeserializeOwned + 'static, E>(
        self,
        errors: &[Expect<E>],
    ) -> Result<EventStream<T>, Error<E>> {
        let (called, status, headers, response) = self.well(errors)?;
        if let Some(other) = other_than_events(headers.get(CONTENT_TYPE)) {
            let problem = DecodeError::new(format!("it is {other}, not a stream of events (text/event-stream)"));
            return Err(unread(called, status, headers, Bytes::new(), problem));
        }
        Ok(EventStream::new(status, headers, Pieces::of(called, response)))
    }

    pub(super) fn stream<E>(self, errors: &[Expect<E>]) -> Result<ByteStream, Error<E>> {
        let (called, status, headers, response) = self.well(errors)?;
        Ok(ByteStream::new(status, headers, Pieces::of(called, response)))
    }

    fn well<E>(self, errors: &[Expect<E>]) -> Result<(Called, StatusCode, HeaderMap, reqwest::Response), Error<E>> {
        match self {
            Self::Well(called, mut response) => {
                let headers = std::mem::take(response.headers_mut());
                Ok((called, response.status(), headers, response))
            }
            Self::Badly(whole) => Err(whole.refused(errors)),
        }
    }
}

/// The scopes that the operation needs and that its token was not asked for with, where that may be why.
fn lacking(core: &Core, operation: &'static Operation, status: StatusCode) -> Scopes {
    match status {
        StatusCode::FORBIDDEN => core.lacking(operation),
        _ => Scopes::default(),
    }
}

fn unread<E>(called: Called, status: StatusCode, headers: HeaderMap, body: Bytes, problem: DecodeError) -> Error<E> {
    Error::Decode(Box::new(DecodeProblem::new(called, status, headers, body, problem)))
}

/// The status says more than the rest of a body that breaks off would.
async fn as_far_as_it_comes(body: &mut Vec<u8>, mut response: reqwest::Response) {
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ERROR_BODY {
            body.truncate(LARGEST_ERROR_BODY);
            break;
        }
    }
}

/// The media type of an answer that says it is something else than events; some servers say nothing.
fn other_than_events(content_type: Option<&HeaderValue>) -> Option<&'static str> {
    let text = content_type?.to_str().ok()?;
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "" | "text/event-stream" => None,
        "application/json" => Some("JSON"),
        "text/html" => Some("HTML"),
        _ => Some("of another type"),
    }
}
