//! Builds the HTTP request of a call and sends it.

use std::time::Duration;

use bytes::Bytes;
use evergrant::runtime::{Runtime as _, TokioRuntime};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderValue, Method};

use super::body::Payload;
use super::response::{FullResponse, StreamStart};
use super::{Call, Dispatcher};
use crate::error::{CallName, Error, Failure};
use crate::metadata::Operation;
use crate::url_template::ExpandedTemplate;

/// The time limit that stands for no limit: longer than any stream.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Time limit for the body of an error response to a streaming call without a limit.
const FAILURE_BODY_LIMIT: Duration = Duration::from_secs(5);

/// A request, with the context for decoding its response.
struct PreparedRequest {
    dispatcher: Dispatcher,
    operation: &'static Operation,
    call: CallName,
    request: evergrant_reqwest::RequestBuilder,
    limit: Option<Duration>,
}

impl Call {
    /// Sends the call and reads the whole response.
    pub(super) async fn send_whole(self) -> Result<FullResponse, Error> {
        let PreparedRequest {
            dispatcher,
            operation,
            call,
            mut request,
            limit,
        } = self.prepare()?;
        if let Some(limit) = limit {
            request = request.timeout(limit);
        }
        let response = request.send().await.map_err(|error| send_error(&call, error))?;
        FullResponse::receive(&dispatcher, operation, call, response).await
    }

    /// Sends the call and reads the response head, and the body of an error response. The time limit of reqwest is not
    /// used, because it includes the body.
    pub(super) async fn send_streaming(self) -> Result<StreamStart, Error> {
        let PreparedRequest {
            dispatcher,
            operation,
            call,
            request,
            limit,
        } = self.prepare()?;
        let runtime = TokioRuntime::new();
        let started = runtime.now();
        // Overrides a limit of the provided HTTP client, which would include the body.
        let send = request.timeout(NO_LIMIT).send();
        let response = match limit {
            None => send.await,
            Some(limit) => match runtime.timeout(limit, send).await {
                Some(outcome) => outcome,
                None => return Err(Error::http(&call, Failure::TimedOut(limit))),
            },
        };
        let response = response.map_err(|error| send_error(&call, error))?;
        if response.status().is_success() {
            return Ok(StreamStart::Success(call, response));
        }
        let remaining = limit.map_or(FAILURE_BODY_LIMIT, |limit| {
            limit.saturating_sub(runtime.now().elapsed_since(started))
        });
        Ok(StreamStart::Failure(
            FullResponse::receive_failure(&dispatcher, operation, call, response, remaining).await,
        ))
    }

    fn prepare(self) -> Result<PreparedRequest, Error> {
        let url = self.dispatcher.backend().server_url(self.operation.server);
        let call = CallName::new(url, self.operation);
        self.prepare_request(&call).map_err(|error| match error {
            Error::Request(problem) => Error::Request(format!("{call}: {problem}")),
            error => error,
        })
    }

    fn prepare_request(mut self, call: &CallName) -> Result<PreparedRequest, Error> {
        let url = self.url();
        if let Some(problem) = self.problem.take() {
            return Err(Error::Request(problem));
        }
        let operation = self.operation;
        let client = self.dispatcher.backend().http_client(operation)?;
        let method = Method::from_bytes(operation.method.as_bytes());
        let method =
            method.map_err(|_| Error::Request("the method of the operation is not an HTTP method".to_owned()))?;
        let expects_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        let mut request = client.request(method, &url?).call_name(call.name());
        if let Payload::Content { content_type, body } = self.payload {
            self.headers.entry(CONTENT_TYPE).or_insert(content_type);
            request = request.body(body.0);
        } else if expects_body {
            // RFC 9110 section 8.6: these methods expect a body, so an empty one is announced.
            self.headers
                .entry(CONTENT_LENGTH)
                .or_insert(HeaderValue::from_static("0"));
        }
        if !operation.accept.is_empty() {
            let accept = HeaderValue::try_from(operation.accept);
            let accept = accept
                .map_err(|_| Error::Request("the `accept` of the operation is not a valid header value".to_owned()))?;
            self.headers.entry(ACCEPT).or_insert(accept);
        }
        if !self.cookies.is_empty() {
            // A cookie header of the call replaces the one of every call, so the latter is included.
            let own = self
                .headers
                .get(COOKIE)
                .or_else(|| self.dispatcher.backend().header(&COOKIE));
            let mut cookies = own.map(|own| own.as_bytes().to_vec()).unwrap_or_default();
            for cookie in &self.cookies {
                let separator = if cookies.is_empty() { "" } else { "; " };
                cookies.extend_from_slice(format!("{separator}{cookie}").as_bytes());
            }
            let cookies = HeaderValue::from_maybe_shared(Bytes::from(cookies));
            let cookies = cookies.map_err(|_| Error::Request("the cookies are not a valid header value".to_owned()))?;
            self.headers.insert(COOKIE, cookies);
        }
        Ok(PreparedRequest {
            dispatcher: self.dispatcher,
            operation,
            call: call.clone(),
            request: request.headers(self.headers),
            limit: Some(self.timeout).filter(|limit| !limit.is_zero()),
        })
    }

    /// Returns the path relative to the server's URL, with the query.
    fn url(&self) -> Result<String, Error> {
        let (mut rest, fixed_query) = match self.operation.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.operation.path, None),
        };
        let mut template = ExpandedTemplate::default();
        while let Some((before, name, after)) = placeholder(rest) {
            let value = self.path.iter().find(|(parameter, _)| *parameter == name);
            let Some((_, value)) = value else {
                return Err(Error::Request(format!("the path parameter `{name}` is missing")));
            };
            template.push_literal(before);
            template.push_value(name, value);
            rest = after;
        }
        template.push_literal(rest);
        if let Some(names) = template.dot_segments(0).next() {
            let subject = match names.as_slice() {
                [] => "the path of the operation contains".to_owned(),
                [name] => format!("the parameter `{name}` creates"),
                names => format!("the parameters `{}` create", names.join("`, `")),
            };
            return Err(Error::Request(format!(
                "{subject} a path segment that servers may read as `.` or `..`, which would change the path"
            )));
        }
        let mut url = template.into_text();
        let query = fixed_query.into_iter().chain(self.query.iter().map(String::as_str));
        for (index, pair) in query.enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(pair);
        }
        Ok(url)
    }
}

/// Returns the text before the first `{name}`, the name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn send_error(call: &CallName, error: evergrant_reqwest::Error) -> Error {
    use evergrant_reqwest::Error as SendError;
    match error {
        SendError::Authorization(error) => error.into(),
        SendError::Request(problem) => Error::Request(problem),
        SendError::Http { source, .. } if source.is_builder() => {
            Error::Request(format!("{call}: {}", evergrant::error::innermost(&source)))
        }
        SendError::Http { source, .. } => Error::http(call, Failure::Client(source)),
        SendError::Interrupted { source, .. } => Error::http(call, Failure::Interrupted(source)),
        SendError::Timeout { limit, .. } => Error::http(call, Failure::NoToken(limit)),
        SendError::NoResponse { limit, .. } => Error::http(call, Failure::TimedOut(limit)),
        SendError::TooManyRedirects { .. } => Error::http(call, Failure::Redirects("more than ten times")),
        SendError::UnexpectedRedirect { .. } => {
            let problem = "by the HTTP client to another origin, which may have received credentials; build that client with redirect::Policy::none()";
            Error::http(call, Failure::Redirects(problem))
        }
        error => Error::http(call, Failure::Other(Box::new(error))),
    }
}
