//! A successful response with a decoded body.

use std::fmt;
use std::ops::Deref;

use evergrant::ResponseHead;

use crate::response_head_accessors::head_accessors;

/// A successful response: the decoded body, with the status and the headers. `Debug` shows the status and the body, but
/// not the headers.
#[derive(Clone)]
pub struct Response<T> {
    head: ResponseHead<'static>,
    body: T,
}

impl<T> Response<T> {
    pub(crate) fn new(head: ResponseHead<'static>, body: T) -> Self {
        Self { head, body }
    }

    /// Returns the decoded body, and discards the status and the headers.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.body
    }

    /// Converts the decoded body with `change`, and keeps the status and the headers.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response::new(self.head, change(self.body))
    }
}

head_accessors!(impl {T} Response<T>, |response| &response.head);

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
