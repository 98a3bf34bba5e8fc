//! What remains here of a request once it is sent: to repeat it, to redirect it, to name it in an error.

use std::sync::Arc;

use evergrant::origin::shown;
use reqwest::{Method, Request, Url};

pub(crate) struct Kept {
    request: Request,
    /// Whether the body is there as well; one that streams can be sent only once.
    whole: bool,
    /// What errors call it, where the application or an SDK says so.
    name: Option<Arc<str>>,
}

impl Kept {
    pub(super) fn of(request: &Request, name: Option<Arc<str>>) -> Self {
        if let Some(request) = request.try_clone() {
            return Self {
                request,
                whole: true,
                name,
            };
        }
        let mut head = Request::new(request.method().clone(), request.url().clone());
        head.headers_mut().clone_from(request.headers());
        Self {
            request: head,
            whole: false,
            name,
        }
    }

    pub(crate) fn method(&self) -> &Method {
        self.request.method()
    }

    pub(crate) fn url(&self) -> &Url {
        self.request.url()
    }

    /// The call as errors name it: its name, or method and URL without query.
    pub(crate) fn call(&self) -> String {
        match &self.name {
            Some(name) => name.to_string(),
            None => format!("{} {}", self.method(), shown(self.url())),
        }
    }

    /// The same request once more, if its body allows that.
    pub(super) fn again(&self) -> Option<Request> {
        self.whole.then(|| self.request.try_clone()).flatten()
    }

    /// The same request, which will be sent without its body.
    pub(super) fn without_body(mut self) -> Request {
        *self.request.body_mut() = None;
        self.request
    }

    /// The same request, if it is whole.
    pub(super) fn into_whole(self) -> Option<Request> {
        self.whole.then_some(self.request)
    }
}
