//! A call to an operation: collects parameters, sends the request and decodes the response.

mod body;
mod dispatcher;
mod parameters;

mod request;
mod response;

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use self::body::Payload;
pub(crate) use self::dispatcher::Backend;
pub use self::dispatcher::Dispatcher;
use crate::error::Error;
use crate::metadata::Operation;
use crate::response::{Expect, Response};
use crate::stream::{ByteStream, EventStream};

/// Builds and sends one call to an operation of the API. [`Dispatcher::request`] creates it. The method that sends the
/// call also reports invalid parameters.
///
/// ```
/// use evergrant_sdk::metadata::Operation;
/// use evergrant_sdk::{Dispatcher, Error, Expect, Explode, PathStyle, Response, Status, Untyped, decode};
///
/// static GET_BOOK: Operation = Operation {
///     id: "getBook",
///     method: "GET",
///     path: "/books/{bookId}",
///     server: 0,
///     requirement: 0,
///     accept: "text/plain",
/// };
///
/// # async fn run(dispatcher: Dispatcher) -> Result<(), Error> {
/// let call = dispatcher.request(&GET_BOOK).path("bookId", PathStyle::Simple, Explode::No, "978-0");
/// let book: Response<String> = call.send::<_, Untyped>(&[Expect::new(Status::Any, decode::text)], &[]).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    dispatcher: Dispatcher,
    operation: &'static Operation,
    /// Encoded values of the path parameters.
    path: Vec<(&'static str, String)>,
    /// Encoded `name=value` pairs.
    query: Vec<String>,
    cookies: Vec<String>,
    headers: HeaderMap,
    payload: Payload,
    timeout: Duration,
    /// The first invalid parameter.
    problem: Option<String>,
}

impl Call {
    fn new(dispatcher: Dispatcher, operation: &'static Operation) -> Self {
        let timeout = dispatcher.backend().timeout();
        Self {
            dispatcher,
            operation,
            path: Vec::new(),
            query: Vec::new(),
            cookies: Vec::new(),
            headers: HeaderMap::new(),
            payload: Payload::Empty,
            timeout,
            problem: None,
        }
    }

    /// Sets a header of this call. It replaces a header of the same name that the client sends with every call.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the time limit of this call. Zero means no limit. The default is the client's limit, which
    /// [`Settings::timeout`](crate::Settings::timeout) sets.
    ///
    /// The limit applies from the start of the call and includes the wait for a token. With [`send`](Self::send), it
    /// applies until the response body is read. With [`events`](Self::events) and [`stream`](Self::stream), it applies
    /// until the response head arrives, and the body of a successful response has no limit. The body of an error
    /// response to a streaming call is read until the limit is reached, or for 5 s if there is no limit. It is
    /// truncated if it has not arrived completely by then.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sends the call and decodes the response. `responses` decodes each success status, and each other status that one
    /// of its entries names exactly. `errors` decodes all other statuses. In each list, the most specific entry
    /// applies: first the exact status, then the range, then [`Status::Any`](crate::Status::Any).
    ///
    /// # Errors
    /// See [`Error`] for all errors of a call.
    pub fn send<T, E>(
        self,
        responses: &[Expect<T>],
        errors: &[Expect<E>],
    ) -> impl Future<Output = Result<Response<T>, Error<E>>> + Send + use<T, E> {
        let (responses, errors) = (responses.to_vec(), errors.to_vec());
        let response = self.send_whole();
        async move { response.await.map_err(Error::retyped)?.decode(&responses, &errors) }
    }

    /// Sends the call and returns the server-sent events of its response as a stream. `errors` decodes error responses,
    /// as in [`send`](Self::send).
    ///
    /// # Errors
    /// See [`Error`] for all errors of a call.
    pub fn events<T: DeserializeOwned + 'static, E>(
        self,
        errors: &[Expect<E>],
    ) -> impl Future<Output = Result<EventStream<T>, Error<E>>> + Send + use<T, E> {
        let errors = errors.to_vec();
        let start = self.send_streaming();
        async move {
            let start = start.await.map_err(Error::retyped)?;
            start.events(&errors)
        }
    }

    /// Sends the call and returns the body of its response as a stream of chunks. `errors` decodes error responses, as
    /// in [`send`](Self::send).
    ///
    /// # Errors
    /// See [`Error`] for all errors of a call.
    pub fn stream<E>(self, errors: &[Expect<E>]) -> impl Future<Output = Result<ByteStream, Error<E>>> + Send + use<E> {
        let errors = errors.to_vec();
        let start = self.send_streaming();
        async move {
            let start = start.await.map_err(Error::retyped)?;
            start.stream(&errors)
        }
    }

    fn record_problem(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}
