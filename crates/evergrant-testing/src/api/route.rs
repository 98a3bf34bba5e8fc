//! Routes: paths of the API server that a test handles with a closure.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use http::header::ALLOW;

use crate::fault::MockResponse;
use crate::recorded_request::RecordedRequest;
use crate::strict_form_decoding::{Plus, decode};

/// A request to a [route](crate::ApiServer::route) of an [`ApiServer`](crate::ApiServer): the recorded request and the
/// values of its path parameters.
pub struct RouteRequest<'a> {
    request: &'a RecordedRequest,
    values: Vec<(&'a str, String)>,
}

impl RouteRequest<'_> {
    /// Returns the decoded value of the path parameter `{name}`.
    ///
    /// # Panics
    /// Panics if the path of the route has no such parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        let value = self.values.iter().find(|(known, _)| *known == name);
        value.map_or_else(
            || panic!("the route has no path parameter {{{name}}}"),
            |(_, value)| value,
        )
    }

    /// Returns the token of the `Authorization: Bearer` header (RFC 6750 section 2.1). Returns `None` unless there is
    /// exactly one `Authorization` header.
    #[must_use]
    pub fn bearer_token(&self) -> Option<&str> {
        let mut values = self.request.headers.get_all(http::header::AUTHORIZATION).iter();
        let (value, None) = (values.next()?, values.next()) else {
            return None;
        };
        value.to_str().ok()?.strip_prefix("Bearer ")
    }
}

impl Deref for RouteRequest<'_> {
    type Target = RecordedRequest;

    fn deref(&self) -> &RecordedRequest {
        self.request
    }
}

impl fmt::Debug for RouteRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

/// Handles the requests of one route.
pub(super) type Respond = dyn Fn(&RouteRequest<'_>) -> MockResponse + Send + Sync;

#[derive(Default)]
pub(super) struct Routes {
    routes: Mutex<Vec<Arc<Route>>>,
    /// Whether paths without a route respond with 404.
    exclusive: AtomicBool,
}

struct Route {
    method: Method,
    template: Vec<Segment>,
    respond: Box<Respond>,
}

/// One segment of a path template.
enum Segment {
    Literal(String),
    Parameter(String),
}

impl Routes {
    pub(super) fn add(&self, method: Method, template: &str, respond: Box<Respond>) {
        let template = template
            .strip_prefix('/')
            .unwrap_or_else(|| panic!("{template:?} does not start with a slash"))
            .split('/')
            .map(Segment::new)
            .collect();
        let route = Route {
            method,
            template,
            respond,
        };
        self.lock().push(Arc::new(route));
    }

    pub(super) fn exclusive(&self) {
        self.exclusive.store(true, Ordering::SeqCst);
    }

    /// Returns the response of the last route that matches the request. `rejection` replaces it if provided.
    pub(super) fn respond(&self, request: &RecordedRequest, rejection: Option<MockResponse>) -> Option<MockResponse> {
        let routes: Vec<_> = self.lock().iter().rev().map(Arc::clone).collect();
        let mut allowed = Vec::new();
        for route in &routes {
            let Some(values) = route.match_path(&request.path) else {
                continue;
            };
            if route.method == request.method {
                return Some(rejection.unwrap_or_else(|| (route.respond)(&RouteRequest { request, values })));
            }
            allowed.push(route.method.as_str());
        }
        if !self.exclusive.load(Ordering::SeqCst) {
            return None;
        }
        Some(match allowed.as_slice() {
            [] => MockResponse::new(404),
            allowed => MockResponse::new(405).header(ALLOW.as_str(), &allowed.join(", ")),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Route>>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    /// Returns the values of the path parameters, or `None` if the path does not match.
    fn match_path(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut values = Vec::new();
        let mut segments = path.strip_prefix('/')?.split('/');
        for part in &self.template {
            let segment = decode(segments.next()?.as_bytes(), Plus::Literal, |byte| {
                byte.is_ascii_graphic()
            })?;
            match part {
                Segment::Literal(text) if *text == segment => {}
                Segment::Parameter(name) if !segment.is_empty() => values.push((name.as_str(), segment)),
                Segment::Literal(_) | Segment::Parameter(_) => return None,
            }
        }
        segments.next().is_none().then_some(values)
    }
}

impl Segment {
    fn new(part: &str) -> Self {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Self::Parameter(name.to_owned()),
            None => Self::Literal(part.to_owned()),
        }
    }
}
