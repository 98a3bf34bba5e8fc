//! The request of a call as the application made it: copied for each attempt, redirected, and named in errors.

use evergrant::error::Call;
use reqwest::{Method, Request, Url};

use super::Replays;
use super::deadline::Deadline;

/// A request as the application made it, without credentials. Its copies are sent.
pub(crate) struct OriginalRequest<'a> {
    request: &'a mut Request,
    /// The name of the call in errors, if the application or an SDK sets one.
    name: Option<&'a str>,
    has_extensions: bool,
    replays: Replays,
    /// The end of the call, if it has a time limit.
    deadline: Option<Deadline>,
    /// The body was a stream, which was sent and cannot be sent again.
    is_spent: bool,
}

impl<'a> OriginalRequest<'a> {
    pub(super) fn new(request: &'a mut Request, name: Option<&'a str>, has_extensions: bool, replays: Replays) -> Self {
        let deadline = request.timeout().map(|limit| Deadline::after(*limit));
        Self {
            request,
            name,
            has_extensions,
            replays,
            deadline,
            is_spent: false,
        }
    }

    pub(crate) fn method(&self) -> &Method {
        self.request.method()
    }

    pub(crate) fn url(&self) -> &Url {
        self.request.url()
    }

    pub(super) fn has_body(&self) -> bool {
        let body = self.request.body();
        self.is_spent || body.is_some_and(|body| body.as_bytes().is_none_or(|bytes| !bytes.is_empty()))
    }

    pub(super) fn deadline(&self) -> Option<&Deadline> {
        self.deadline.as_ref()
    }

    /// Limits an attempt to the time that is left.
    pub(super) fn limit(&self, attempt: &mut Request) {
        if let Some(deadline) = &self.deadline {
            deadline.limit(attempt);
        }
    }

    /// Returns the call, for errors and events.
    pub(crate) fn call(&self) -> Call<'_> {
        super::named(self.request, self.name)
    }

    /// Returns the request for the first attempt. It takes a body that is a stream.
    pub(super) fn first_attempt(&mut self) -> Request {
        self.copy().unwrap_or_else(|| {
            self.is_spent = true;
            let head = self.copy_head();
            std::mem::replace(self.request, head)
        })
    }

    /// Returns the request for another attempt, or the reason why it is not sent again.
    pub(super) fn repeat(&self) -> Result<Request, &'static str> {
        const STREAM: &str = "its body is a stream, which cannot be sent twice";
        match self.replays {
            Replays::Forbid => Err("the call forbids it with no_replay()"),
            Replays::Allow if self.is_spent => Err(STREAM),
            Replays::Allow => self.copy().ok_or(STREAM),
        }
    }

    /// Returns the request for a redirect with its body, or `None` if the body cannot be sent again.
    pub(super) fn redirect(&mut self) -> Option<&mut Request> {
        (!self.is_spent).then_some(&mut *self.request)
    }

    /// Returns the request for a redirect without its body.
    pub(super) fn redirect_without_body(&mut self) -> &mut Request {
        *self.request.body_mut() = None;
        self.is_spent = false;
        self.request
    }

    /// `None` if the body is a stream.
    fn copy(&self) -> Option<Request> {
        match self.request.body() {
            None if !self.has_extensions => Some(self.copy_head()),
            _ => {
                let mut copy = self.request.try_clone()?;
                self.limit(&mut copy);
                Some(copy)
            }
        }
    }

    fn copy_head(&self) -> Request {
        let mut copy = Request::new(self.method().clone(), self.url().clone());
        copy.headers_mut().clone_from(self.request.headers());
        *copy.version_mut() = self.request.version();
        // Setting a time limit allocates, even if it is `None`.
        self.limit(&mut copy);
        copy
    }
}
