//! Puts the request together, and sends it.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderValue, Method};

use super::Call;
use super::answer::{Begun, Whole};
use super::body::Payload;
use crate::describe::Operation;
use crate::error::{Called, Failure, HttpError};
use crate::filled::Filled;
use crate::{Core, Error};

/// More than any stream lasts.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// How long a failure's body is waited for in place of a stream without a limit.
const FAILURE_BODY: Duration = Duration::from_secs(5);

/// A request, and what is needed to make sense of its answer.
struct Request {
    core: Core,
    operation: &'static Operation,
    called: Called,
    request: evergrant_reqwest::RequestBuilder,
    limit: Option<Duration>,
}

impl Call {
    /// Sends it, and reads the answer to its end.
    pub(super) async fn whole(self) -> Result<Whole, Error> {
        let Request {
            core,
            operation,
            called,
            mut request,
            limit,
        } = self.build()?;
        if let Some(limit) = limit {
            request = request.timeout(limit);
        }
        let response = request.send().await.map_err(|error| failed(&called, error))?;
        Whole::receive(&core, operation, called, response).await
    }

    /// Sends it, and reads the answer's head; of a failure, the body too. The limit cannot be reqwest's, which includes the body.
    pub(super) async fn begun(self) -> Result<Begun, Error> {
        let Request {
            core,
            operation,
            called,
            request,
            limit,
        } = self.build()?;
        let started = tokio::time::Instant::now();
        // In place of a limit that the application's own HTTP client may have for everything.
        let send = request.timeout(FOREVER).send();
        let response = match limit {
            None => send.await,
            Some(limit) => match tokio::time::timeout(limit, send).await {
                Ok(outcome) => outcome,
                Err(_) => return Err(Error::http(&called, Failure::Slow(limit))),
            },
        };
        let response = response.map_err(|error| failed(&called, error))?;
        if response.status().is_success() {
            return Ok(Begun::Well(called, response));
        }
        let rest = limit.map_or(FAILURE_BODY, |limit| limit.saturating_sub(started.elapsed()));
        Ok(Begun::Badly(
            Whole::failed(&core, operation, called, response, rest).await,
        ))
    }

    fn build(self) -> Result<Request, Error> {
        let called = Called::new(&self.core, self.operation);
        self.put_together(&called).map_err(|error| match error {
            Error::Request(problem) => Error::Request(format!("{called}: {problem}")),
            error => error,
        })
    }

    fn put_together(mut self, called: &Called) -> Result<Request, Error> {
        let url = self.url();
        if let Some(problem) = self.problem.take() {
            return Err(Error::Request(problem));
        }
        let operation = self.operation;
        let lane = self.core.lane(operation)?;
        let mut request = lane.request(operation.method.clone(), &url?).call_name(called.name());
        if let Payload::Something { content_type, body } = self.payload {
            self.headers.entry(CONTENT_TYPE).or_insert(content_type);
            request = request.body(body.0);
        } else if [Method::POST, Method::PUT, Method::PATCH].contains(&operation.method) {
            // RFC 9110 section 8.6: of these methods, a body is expected, and that there is none is said.
            self.headers
                .entry(CONTENT_LENGTH)
                .or_insert(HeaderValue::from_static("0"));
        }
        if !operation.accept.is_empty() {
            let accept = HeaderValue::try_from(operation.accept);
            let accept = accept.map_err(|_| Error::Request("its `accept` fits no header".to_owned()))?;
            self.headers.entry(ACCEPT).or_insert(accept);
        }
        if !self.cookies.is_empty() {
            // The header of the call, or else that of every call, which it would take the place of.
            let own = self.headers.get(COOKIE).or_else(|| self.core.header(&COOKIE));
            let mut cookies = own.map(|own| own.as_bytes().to_vec()).unwrap_or_default();
            for cookie in &self.cookies {
                let separator = if cookies.is_empty() { "" } else { "; " };
                cookies.extend_from_slice(format!("{separator}{cookie}").as_bytes());
            }
            let cookies = HeaderValue::from_maybe_shared(Bytes::from(cookies));
            let cookies = cookies.map_err(|_| Error::Request("its cookies fit no header".to_owned()))?;
            self.headers.insert(COOKIE, cookies);
        }
        Ok(Request {
            core: self.core,
            operation,
            called: called.clone(),
            request: request.headers(self.headers),
            limit: Some(self.timeout).filter(|limit| !limit.is_zero()),
        })
    }

    /// The path below the server's URL, with the query.
    fn url(&self) -> Result<String, Error> {
        let (mut rest, fixed) = match self.operation.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.operation.path, None),
        };
        let mut filled = Filled::default();
        while let Some((before, name, after)) = placeholder(rest) {
            let value = self.path.iter().find(|(given, _)| *given == name);
            let Some((_, value)) = value else {
                return Err(Error::Request(format!("the parameter `{name}` of the path is missing")));
            };
            filled.push(before);
            filled.fill(name, value);
            rest = after;
        }
        filled.push(rest);
        if let Some(names) = filled.dot_segments(0).next() {
            let whose = match names.as_slice() {
                [] => "its operation has".to_owned(),
                [name] => format!("the parameter `{name}` makes"),
                names => format!("the parameters `{}` make", names.join("`, `")),
            };
            return Err(Error::Request(format!(
                "{whose} a segment of the path that servers may read as `.` or `..`, which would lead elsewhere"
            )));
        }
        let mut url = filled.into_text();
        let query = fixed.into_iter().chain(self.query.iter().map(String::as_str));
        for (index, pair) in query.enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(pair);
        }
        Ok(url)
    }
}

/// The text before the first `{name}`, the name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn failed(called: &Called, error: evergrant_reqwest::Error) -> Error {
    use evergrant_reqwest::Error as Failed;
    match error {
        Failed::Authorization(error) => error.into(),
        Failed::Request(problem) => Error::Request(problem),
        Failed::Http { source, .. } if source.is_builder() => {
            Error::Request(format!("{called}: {}", evergrant::error::innermost(&source)))
        }
        Failed::Http { source, .. } => Error::http(called, Failure::Client(source)),
        Failed::TooManyRedirects { .. } => Error::http(called, Failure::Redirects("more than ten times")),
        Failed::RedirectedUnseen { .. } => {
            let problem = "to another origin by the HTTP client itself, which may have taken credentials along; build that client with redirect::Policy::none()";
            Error::http(called, Failure::Redirects(problem))
        }
        error => Error::http(called, Failure::Other(Box::new(error))),
    }
}

impl Error {
    pub(crate) fn http(called: &Called, failure: Failure) -> Self {
        Self::Http(Box::new(HttpError::new(called.clone(), failure)))
    }
}
