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
use crate::error::{DecodeProblem, Failure};
use crate::stream::Pieces;
use crate::{ApiError, ByteStream, Core, Error, EventStream, Expect, Response};

/// The largest body of a failure that is kept.
const LARGEST_ERROR_BODY: usize = 1024 * 1024;

/// A whole answer.
pub(super) struct Whole {
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// Scopes that the operation needs and that its token was not asked for with, where that may be why.
    lacking: Scopes,
}

/// The head of an answer, whose body is still to come; all of it, if it is a failure.
pub(super) enum Begun {
    Well(&'static Operation, reqwest::Response),
    Badly(Whole),
}

impl Whole {
    pub(super) async fn receive(
        core: &Core,
        operation: &'static Operation,
        mut response: reqwest::Response,
    ) -> Result<Self, Error> {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        let body = if status.is_success() {
            let body = response.bytes().await;
            body.map_err(|error| Error::http(operation, Failure::Client(error)))?
        } else {
            as_far_as_it_comes(&mut body, response).await;
            body.into()
        };
        Ok(Self::of(core, operation, status, headers, body))
    }

    /// A failure, with what comes of its body within the limit.
    pub(super) async fn failed(
        core: &Core,
        operation: &'static Operation,
        mut response: reqwest::Response,
        limit: Duration,
    ) -> Self {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        // When it passes, there is what has come until then.
        let _ = tokio::time::timeout(limit, as_far_as_it_comes(&mut body, response)).await;
        Self::of(core, operation, status, headers, body.into())
    }

    fn of(core: &Core, operation: &'static Operation, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        let lacking = match status {
            StatusCode::FORBIDDEN => core.lacking(operation),
            _ => Scopes::default(),
        };
        Self {
            operation,
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
                Err(problem) => Err(unread(self.operation, self.status, self.headers, self.body, problem)),
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
        ApiError::new(self.operation, answer, self.lacking, error)
    }
}

impl Begun {
    pub(super) fn events<T: DeserializeOwned + 'static, E>(
        self,
        errors: &[Expect<E>],
    ) -> Result<EventStream<T>, Error<E>> {
        let (operation, status, headers, response) = self.well(errors)?;
        if let Some(other) = other_than_events(headers.get(CONTENT_TYPE)) {
            let problem = DecodeError::new(format!("it is {other}, not a stream of events (text/event-stream)"));
            return Err(unread(operation, status, headers, Bytes::new(), problem));
        }
        Ok(EventStream::new(status, headers, Pieces::of(operation, response)))
    }

    pub(super) fn stream<E>(self, errors: &[Expect<E>]) -> Result<ByteStream, Error<E>> {
        let (operation, status, headers, response) = self.well(errors)?;
        Ok(ByteStream::new(status, headers, Pieces::of(operation, response)))
    }

    fn well<E>(
        self,
        errors: &[Expect<E>],
    ) -> Result<(&'static Operation, StatusCode, HeaderMap, reqwest::Response), Error<E>> {
        match self {
            Self::Well(operation, mut response) => {
                let headers = std::mem::take(response.headers_mut());
                Ok((operation, response.status(), headers, response))
            }
            Self::Badly(whole) => Err(whole.refused(errors)),
        }
    }
}

fn unread<E>(
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    problem: DecodeError,
) -> Error<E> {
    Error::Decode(Box::new(DecodeProblem::new(operation, status, headers, body, problem)))
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
