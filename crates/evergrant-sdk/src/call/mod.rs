//! One call of an operation: put together parameter by parameter, sent, and its answer read.

use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::describe::Operation;
use crate::{Body, ByteStream, Core, Error, EventStream, Expect, Explode, Multipart, PathStyle, QueryStyle, Response};

/// A call in the making. What is wrong with a parameter is said when it is sent.
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    _core: Core,
    operation: &'static Operation,
}

impl Call {
    pub(crate) fn new(core: Core, operation: &'static Operation) -> Self {
        Self { _core: core, operation }
    }

    /// Fills in a parameter of the path.
    pub fn path(
        self,
        _name: &'static str,
        _style: PathStyle,
        _explode: Explode,
        _value: &(impl Serialize + ?Sized),
    ) -> Self {
        self
    }
    /// Fills in a parameter of the path as JSON.
    pub fn path_json(self, _name: &'static str, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Adds a parameter to the query.
    pub fn query(
        self,
        _name: &'static str,
        _style: QueryStyle,
        _explode: Explode,
        _value: &(impl Serialize + ?Sized),
    ) -> Self {
        self
    }
    /// Adds a parameter to the query as JSON.
    pub fn query_json(self, _name: &'static str, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Sets a header that is a parameter of the operation.
    pub fn header_param(self, _name: &'static str, _explode: Explode, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Sets a header that is a parameter of the operation, as JSON.
    pub fn header_json(self, _name: &'static str, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Adds a cookie.
    pub fn cookie_param(self, _name: &'static str, _explode: Explode, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Sets a header for this call alone.
    pub fn header(self, _name: HeaderName, _value: HeaderValue) -> Self {
        self
    }
    /// Another time limit for this call alone; zero for none.
    pub fn timeout(self, _limit: Duration) -> Self {
        self
    }
    /// Sends JSON.
    pub fn json(self, _content_type: &'static str, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Sends a form.
    pub fn form(self, _value: &(impl Serialize + ?Sized)) -> Self {
        self
    }
    /// Sends a form whose named members have styles of their own.
    pub fn form_with(
        self,
        _value: &(impl Serialize + ?Sized),
        _styles: &[(&'static str, QueryStyle, Explode)],
    ) -> Self {
        self
    }
    /// Sends a form of several parts.
    pub fn multipart(self, _form: Multipart) -> Self {
        self
    }
    /// Sends text.
    pub fn text(self, _content_type: &'static str, _text: impl Into<String>) -> Self {
        self
    }
    /// Sends anything.
    pub fn body(self, _content_type: &'static str, _body: impl Into<Body>) -> Self {
        self
    }

    /// Sends the call, and reads its answer.
    ///
    /// # Errors
    /// As described at [`Error`].
    #[expect(
        clippy::manual_async_fn,
        reason = "the expectations are not to be borrowed by the future"
    )]
    pub fn send<T, E>(
        self,
        _answers: &[Expect<T>],
        _errors: &[Expect<E>],
    ) -> impl Future<Output = Result<Response<T>, Error<E>>> + Send + use<T, E> {
        async move { Err(Error::Request(self.operation.id.to_owned())) }
    }

    /// Sends the call, and gives its events as they come.
    ///
    /// # Errors
    /// As described at [`Error`].
    #[expect(
        clippy::manual_async_fn,
        reason = "the expectations are not to be borrowed by the future"
    )]
    pub fn events<T: DeserializeOwned + 'static, E>(
        self,
        _errors: &[Expect<E>],
    ) -> impl Future<Output = Result<EventStream<T>, Error<E>>> + Send + use<T, E> {
        async move { Err(Error::Request(self.operation.id.to_owned())) }
    }

    /// Sends the call, and gives its body as it comes.
    ///
    /// # Errors
    /// As described at [`Error`].
    #[expect(
        clippy::manual_async_fn,
        reason = "the expectations are not to be borrowed by the future"
    )]
    pub fn stream<E>(
        self,
        _errors: &[Expect<E>],
    ) -> impl Future<Output = Result<ByteStream, Error<E>>> + Send + use<E> {
        async move { Err(Error::Request(self.operation.id.to_owned())) }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .finish_non_exhaustive()
    }
}
