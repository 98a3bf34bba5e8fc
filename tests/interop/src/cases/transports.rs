//! Transports that count, record or change token requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use evergrant::Transport;
use evergrant::error::TransportError;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use serde_json::Value;

/// Counts token requests.
#[derive(Debug, Clone)]
pub(super) struct CountingTransport {
    inner: evergrant_reqwest::Transport,
    requests: Arc<AtomicUsize>,
}

impl CountingTransport {
    pub(super) fn new(inner: evergrant_reqwest::Transport) -> Self {
        Self {
            inner,
            requests: Arc::default(),
        }
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Transport for CountingTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}

/// Records the last response to a token request.
#[derive(Debug, Clone)]
pub(super) struct RecordingTransport {
    inner: evergrant_reqwest::Transport,
    last: Arc<Mutex<Option<Response<Bytes>>>>,
}

impl RecordingTransport {
    pub(super) fn new(inner: evergrant_reqwest::Transport) -> Self {
        Self {
            inner,
            last: Arc::default(),
        }
    }

    /// The last response.
    pub(super) fn last(&self) -> Result<Response<Bytes>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().context("no response was recorded")
    }

    /// The body of the last response as JSON.
    pub(super) fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(self.last()?.body())?)
    }
}

impl Transport for RecordingTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = self.inner.send(request).await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(response.clone());
        Ok(response)
    }
}

/// Removes the grant type from token requests, which no setting of the library can do.
#[derive(Debug)]
pub(super) struct WithoutGrantType<T>(pub(super) T);

impl<T: Transport> Transport for WithoutGrantType<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (mut head, body) = request.into_parts();
        let pairs: Vec<&[u8]> = body
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.starts_with(b"grant_type="))
            .collect();
        head.headers.remove(CONTENT_LENGTH);
        self.0.send(Request::from_parts(head, pairs.join(&b'&').into())).await
    }
}
