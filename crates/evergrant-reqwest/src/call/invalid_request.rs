//! A request that cannot be sent, because a part of it is invalid.

use std::sync::Arc;

use evergrant::error::OriginError;

use crate::Error;

/// The problem with a request, found while it was built. The call fails with it when it is sent.
#[derive(Clone)]
pub(crate) struct InvalidRequest {
    /// The call, unless the application sets another name.
    call: Arc<str>,
    problem: Problem,
}

#[derive(Clone)]
enum Problem {
    Url(Arc<OriginError>),
    Part(String),
}

impl InvalidRequest {
    /// `call` contains no part of the URL, which may contain secrets.
    pub(crate) fn url(call: String, problem: OriginError) -> Self {
        Self {
            call: call.into(),
            problem: Problem::Url(Arc::new(problem)),
        }
    }

    pub(crate) fn part(call: impl Into<Arc<str>>, problem: String) -> Self {
        Self {
            call: call.into(),
            problem: Problem::Part(problem),
        }
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn call(&self) -> &Arc<str> {
        &self.call
    }

    /// Returns the error of the call with this name.
    pub(crate) fn error(&self, name: Option<&Arc<str>>) -> Error {
        let call = name.unwrap_or(&self.call);
        match &self.problem {
            Problem::Url(error) => evergrant::Error::Origin(Arc::clone(error))
                .for_call(Arc::clone(call))
                .into(),
            Problem::Part(problem) => Error::Request(format!("{call}: {problem}")),
        }
    }
}
