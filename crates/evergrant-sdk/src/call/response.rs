//! Receives the response of a call, and decodes it as described.

use std::time::Duration;

use bytes::Bytes;
use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant::{ResponseHead, Scopes};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use super::Dispatcher;
use crate::decode::Content;
use crate::decode::error::DecodeError;
use crate::error::{ApiError, CallName, Error, Failure, ResponseDecodeError};
use crate::metadata::Operation;
use crate::response::{Expect, Response, matching};
use crate::stream::{ByteStream, Chunks, EventStream};

/// Maximum size of the body of an error response. Longer bodies are truncated.
const MAX_ERROR_BODY: usize = 1024 * 1024;

/// A response with its whole body.
pub(super) struct FullResponse {
    call: CallName,
    head: ResponseHead<'static>,
    body: Bytes,
    /// For a 403: scopes that the operation requires and that were not requested for its token.
    missing_scopes: Scopes,
}

/// The response to a streaming call: the body of a success is not read yet, the body of an error response is.
pub(super) enum StreamStart {
    Success(CallName, reqwest::Response),
    Failure(FullResponse),
}

impl FullResponse {
    pub(super) async fn receive(
        dispatcher: &Dispatcher,
        operation: &'static Operation,
        call: CallName,
        mut response: reqwest::Response,
    ) -> Result<Self, Error> {
        let head = take_head(&mut response);
        let mut body = Vec::new();
        let body = if head.status().is_success() {
            let body = response.bytes().await;
            body.map_err(|error| Error::http(&call, Failure::Client(error)))?
        } else {
            read_available(&mut body, response).await;
            body.into()
        };
        let missing_scopes = missing_scopes(dispatcher, operation, head.status());
        Ok(Self::new(call, head, body, missing_scopes))
    }

    /// Receives an error response, with the part of its body that arrives within the limit.
    pub(super) async fn receive_failure(
        dispatcher: &Dispatcher,
        operation: &'static Operation,
        call: CallName,
        mut response: reqwest::Response,
        limit: Duration,
    ) -> Self {
        let head = take_head(&mut response);
        let mut body = Vec::new();
        // After the limit, the part of the body that has arrived is used.
        let reading = read_available(&mut body, response);
        let _ = TokioRuntime::new().timeout(limit, reading).await;
        let missing_scopes = missing_scopes(dispatcher, operation, head.status());
        Self::new(call, head, body.into(), missing_scopes)
    }

    fn new(call: CallName, head: ResponseHead<'static>, body: Bytes, missing_scopes: Scopes) -> Self {
        Self {
            call,
            head,
            body,
            missing_scopes,
        }
    }

    pub(super) fn decode<T, E>(self, responses: &[Expect<T>], errors: &[Expect<E>]) -> Result<Response<T>, Error<E>> {
        let status = self.head.status();
        let is_success = status.is_success();
        let expect = matching(responses, status).filter(|expect| is_success || expect.is_exact());
        match expect {
            Some(expect) => match expect.decode(&Content::new(self.head.headers(), &self.body)) {
                Ok(body) => Ok(Response::new(self.head, body)),
                Err(problem) => Err(decode_error(self.call, self.head, self.body, problem)),
            },
            None if is_success => Err(Error::UnexpectedStatus(Box::new(self.failure(None)))),
            None => Err(self.into_api_error(errors)),
        }
    }

    fn into_api_error<E>(self, errors: &[Expect<E>]) -> Error<E> {
        let body = Content::new(self.head.headers(), &self.body);
        let error = matching(errors, self.head.status()).and_then(|expect| expect.decode(&body).ok());
        Error::Api(Box::new(self.failure(error)))
    }

    fn failure<E>(self, error: Option<E>) -> ApiError<E> {
        let response = evergrant::ApiError::with_head(self.head, self.body);
        ApiError::new(self.call, response, self.missing_scopes, error)
    }
}

impl StreamStart {
    pub(super) fn events<T: DeserializeOwned + 'static, E>(
        self,
        errors: &[Expect<E>],
    ) -> Result<EventStream<T>, Error<E>> {
        let (call, head, response) = self.into_success(errors)?;
        if let Some(other) = other_media_type(head.header(CONTENT_TYPE)) {
            let problem = DecodeError::new(format!("the body is {other}, not an event stream (text/event-stream)"));
            return Err(decode_error(call, head, Bytes::new(), problem));
        }
        Ok(EventStream::new(head, Chunks::new(call, response)))
    }

    pub(super) fn stream<E>(self, errors: &[Expect<E>]) -> Result<ByteStream, Error<E>> {
        let (call, head, response) = self.into_success(errors)?;
        Ok(ByteStream::new(head, Chunks::new(call, response)))
    }

    fn into_success<E>(
        self,
        errors: &[Expect<E>],
    ) -> Result<(CallName, ResponseHead<'static>, reqwest::Response), Error<E>> {
        match self {
            Self::Success(call, mut response) => {
                let head = take_head(&mut response);
                Ok((call, head, response))
            }
            Self::Failure(response) => Err(response.into_api_error(errors)),
        }
    }
}

/// Returns the missing scopes for a 403.
fn missing_scopes(dispatcher: &Dispatcher, operation: &'static Operation, status: StatusCode) -> Scopes {
    match status {
        StatusCode::FORBIDDEN => dispatcher.backend().missing_scopes(operation),
        _ => Scopes::default(),
    }
}

fn decode_error<E>(call: CallName, head: ResponseHead<'static>, body: Bytes, problem: DecodeError) -> Error<E> {
    Error::Decode(Box::new(ResponseDecodeError::new(call, head, body, problem)))
}

fn take_head(response: &mut reqwest::Response) -> ResponseHead<'static> {
    ResponseHead::owned(
        response.status(),
        response.version(),
        std::mem::take(response.headers_mut()),
    )
}

/// Reads the body until its end, an error or the maximum size. The status of the response matters more than the rest of
/// its body.
async fn read_available(body: &mut Vec<u8>, mut response: reqwest::Response) {
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ERROR_BODY {
            body.truncate(MAX_ERROR_BODY);
            break;
        }
    }
}

/// Returns the media type of a response that is not an event stream. A missing content type is accepted, because some
/// servers do not send it.
fn other_media_type(content_type: Option<&HeaderValue>) -> Option<&'static str> {
    let text = content_type?.to_str().ok()?;
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "" | "text/event-stream" => None,
        "application/json" => Some("JSON"),
        "text/html" => Some("HTML"),
        _ => Some("of another type"),
    }
}
