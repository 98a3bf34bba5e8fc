//! Routes: paths of the resource API that a test answers itself.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use http::header::ALLOW;

use crate::fault::Answer;
use crate::form::{Plus, decode};
use crate::record::RecordedRequest;

/// A request to an [`ApiServer::route`](crate::ApiServer::route): all that was recorded of it, and what stood in the path.
pub struct RouteRequest<'a> {
    request: &'a RecordedRequest,
    values: Vec<(&'a str, String)>,
}

impl RouteRequest<'_> {
    /// What stood in the path for `{name}`, decoded.
    ///
    /// # Panics
    /// If the route's path has no such part.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        let value = self.values.iter().find(|(known, _)| *known == name);
        value.map_or_else(|| panic!("no {{{name}}} in the route's path"), |(_, value)| value)
    }

    /// The token of the `Authorization` header (RFC 6750 section 2.1), if there is one such header and no other.
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

/// Answers one route's requests.
pub(super) type Respond = dyn Fn(&RouteRequest<'_>) -> Answer + Send + Sync;

#[derive(Default)]
pub(super) struct Routes {
    routes: Mutex<Vec<Arc<Route>>>,
    /// Nothing else is there.
    exclusive: AtomicBool,
}

struct Route {
    method: Method,
    template: Vec<Part>,
    respond: Box<Respond>,
}

/// What may stand between two slashes.
enum Part {
    Text(String),
    Value(String),
}

impl Routes {
    pub(super) fn add(&self, method: Method, template: &str, respond: Box<Respond>) {
        let template = template
            .strip_prefix('/')
            .unwrap_or_else(|| panic!("{template:?} does not begin with a slash"))
            .split('/')
            .map(Part::new)
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

    /// The answer of the latest route that there is for a request. `refuse`, when given, is answered in its place.
    pub(super) fn answer(&self, request: &RecordedRequest, refuse: Option<Answer>) -> Option<Answer> {
        let there: Vec<_> = self.lock().iter().rev().map(Arc::clone).collect();
        let mut allowed = Vec::new();
        for route in &there {
            let Some(values) = route.values(&request.path) else {
                continue;
            };
            if route.method == request.method {
                return Some(refuse.unwrap_or_else(|| (route.respond)(&RouteRequest { request, values })));
            }
            allowed.push(route.method.as_str());
        }
        if !self.exclusive.load(Ordering::SeqCst) {
            return None;
        }
        Some(match allowed.as_slice() {
            [] => Answer::new(404),
            allowed => Answer::new(405).header(ALLOW.as_str(), &allowed.join(", ")),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Route>>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    /// What stands in a path for the template's names, if it fits.
    fn values(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut values = Vec::new();
        let mut segments = path.strip_prefix('/')?.split('/');
        for part in &self.template {
            let segment = decode(segments.next()?.as_bytes(), Plus::Itself, |byte| {
                byte.is_ascii_graphic()
            })?;
            match part {
                Part::Text(text) if *text == segment => {}
                Part::Value(name) if !segment.is_empty() => values.push((name.as_str(), segment)),
                Part::Text(_) | Part::Value(_) => return None,
            }
        }
        segments.next().is_none().then_some(values)
    }
}

impl Part {
    fn new(part: &str) -> Self {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Self::Value(name.to_owned()),
            None => Self::Text(part.to_owned()),
        }
    }
}
