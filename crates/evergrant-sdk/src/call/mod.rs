//! One call of an operation: put together parameter by parameter, sent, and its answer read.

mod answer;
mod body;
mod parameters;
mod request;

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use self::body::Payload;
use crate::describe::Operation;
use crate::{ByteStream, Core, Error, EventStream, Expect, Response};

/// A call in the making, from [`Core::request`](crate::Core::request). What is wrong with a parameter is said when it is sent.
///
/// ```
/// use evergrant_sdk::describe::Operation;
/// use evergrant_sdk::http::Method;
/// use evergrant_sdk::{Core, Error, Expect, Explode, PathStyle, Response, Status, Untyped, decode};
///
/// static GET_BOOK: Operation = Operation {
///     id: "getBook",
///     method: Method::GET,
///     path: "/books/{bookId}",
///     server: 0,
///     requirement: 0,
///     accept: "text/plain",
/// };
///
/// # async fn run(core: Core) -> Result<(), Error> {
/// let call = core.request(&GET_BOOK).path("bookId", PathStyle::Simple, Explode::No, "978-0");
/// let book: Response<String> = call.send::<_, Untyped>(&[Expect::new(Status::Any, decode::text)], &[]).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    core: Core,
    operation: &'static Operation,
    /// What takes the place of the names in the path, encoded.
    path: Vec<(&'static str, String)>,
    /// `name=value` pairs, encoded.
    query: Vec<String>,
    cookies: Vec<String>,
    headers: HeaderMap,
    payload: Payload,
    timeout: Duration,
    /// The first thing that is wrong.
    problem: Option<String>,
}

impl Call {
    pub(crate) fn new(core: Core, operation: &'static Operation) -> Self {
        let timeout = core.timeout();
        Self {
            core,
            operation,
            path: Vec::new(),
            query: Vec::new(),
            cookies: Vec::new(),
            headers: HeaderMap::new(),
            payload: Payload::Nothing,
            timeout,
            problem: None,
        }
    }

    /// Sets a header for this call alone, in place of one of that name that would go out otherwise.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Another limit for this call alone; zero for none. With [`send`](Self::send), for each try, its answer's body included; a
    /// wait for a token has its own limit. With [`events`](Self::events) and [`stream`](Self::stream), from the start until the
    /// answer begins, the wait for a token included; what comes then is not limited. The body of a failure is waited for as long
    /// as is left of the limit, without one 5 s, and what has come by then is kept.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sends the call, and reads its answer. A success is read as `answers` say; anything else as `errors` say, unless `answers`
    /// name its very status. The closest one counts: the status itself, its hundred, any.
    ///
    /// # Errors
    /// As described at [`Error`].
    pub fn send<T, E>(
        self,
        answers: &[Expect<T>],
        errors: &[Expect<E>],
    ) -> impl Future<Output = Result<Response<T>, Error<E>>> + Send + use<T, E> {
        let (answers, errors) = (answers.to_vec(), errors.to_vec());
        let whole = self.whole();
        async move { whole.await.map_err(Error::retyped)?.read(&answers, &errors) }
    }

    /// Sends the call, and gives the events of its answer as they come.
    ///
    /// # Errors
    /// As described at [`Error`].
    pub fn events<T: DeserializeOwned + 'static, E>(
        self,
        errors: &[Expect<E>],
    ) -> impl Future<Output = Result<EventStream<T>, Error<E>>> + Send + use<T, E> {
        let errors = errors.to_vec();
        let begun = self.begun();
        async move {
            let begun = begun.await.map_err(Error::retyped)?;
            begun.events(&errors)
        }
    }

    /// Sends the call, and gives the body of its answer as it comes.
    ///
    /// # Errors
    /// As described at [`Error`].
    pub fn stream<E>(self, errors: &[Expect<E>]) -> impl Future<Output = Result<ByteStream, Error<E>>> + Send + use<E> {
        let errors = errors.to_vec();
        let begun = self.begun();
        async move {
            let begun = begun.await.map_err(Error::retyped)?;
            begun.stream(&errors)
        }
    }

    fn wrong(&mut self, problem: String) {
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
