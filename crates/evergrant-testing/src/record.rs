//! What a server was asked: kept for assertions, counted, and waited for.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::watch;

/// One request as a server received it.
#[derive(Clone)]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What was answered; `None` while it is not, or if the connection was dropped.
    pub status: Option<StatusCode>,
}

impl RecordedRequest {
    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body's form parameters, decoded, in the order sent.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// A form parameter, decoded.
    #[must_use]
    pub fn form_value(&self, name: &str) -> Option<String> {
        self.form()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

impl fmt::Debug for RecordedRequest {
    /// Without the values of headers and body, which are full of secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.keys())
            .field("body_bytes", &self.body.len())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Longest wait for requests that should come, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Records {
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
    count: watch::Sender<usize>,
}

impl Records {
    pub(crate) fn new() -> Self {
        Self {
            requests: Arc::default(),
            count: watch::Sender::new(0),
        }
    }

    /// Gives the place under which to note the answer.
    pub(crate) fn add(&self, request: RecordedRequest) -> usize {
        let mut requests = self.lock();
        requests.push(request);
        let count = requests.len();
        self.count.send_replace(count);
        count - 1
    }

    pub(crate) fn answered(&self, place: usize, status: StatusCode) {
        if let Some(request) = self.lock().get_mut(place) {
            request.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.lock().clone()
    }

    pub(crate) fn count(&self, filter: impl Fn(&RecordedRequest) -> bool) -> usize {
        self.lock().iter().filter(|request| filter(request)).count()
    }

    /// Waits until `filter` has found as many as wanted.
    pub(crate) async fn wait(&self, wanted: usize, filter: impl Fn(&RecordedRequest) -> bool) {
        let mut count = self.count.subscribe();
        let enough = count.wait_for(|_| self.count(&filter) >= wanted);
        let came = tokio::time::timeout(PATIENCE, enough)
            .await
            .is_ok_and(|outcome| outcome.is_ok());
        assert!(
            came,
            "waited {PATIENCE:?} for {wanted} requests; {} came",
            self.count(&filter)
        );
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
