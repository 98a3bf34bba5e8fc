//! Transports that look at token requests on their way, or spoil them.

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
pub(super) struct Counting {
    inner: evergrant_reqwest::Transport,
    requests: Arc<AtomicUsize>,
}

impl Counting {
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

impl Transport for Counting {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}

/// Keeps the last response to a token request.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    inner: evergrant_reqwest::Transport,
    last: Arc<Mutex<Option<Response<Bytes>>>>,
}

impl Recording {
    pub(super) fn new(inner: evergrant_reqwest::Transport) -> Self {
        Self {
            inner,
            last: Arc::default(),
        }
    }

    /// The last response.
    pub(super) fn last(&self) -> Result<Response<Bytes>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().context("no response was seen")
    }

    /// Its body.
    pub(super) fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(self.last()?.body())?)
    }
}

impl Transport for Recording {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = self.inner.send(request).await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(response.clone());
        Ok(response)
    }
}

/// Takes the grant type out of token requests, which no setting of the library's can.
#[derive(Debug)]
pub(super) struct WithoutGrantType<T>(pub(super) T);

impl<T: Transport> Transport for WithoutGrantType<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (mut head, body) = request.into_parts();
        let kept: Vec<&[u8]> = body
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.starts_with(b"grant_type="))
            .collect();
        head.headers.remove(CONTENT_LENGTH);
        self.0.send(Request::from_parts(head, kept.join(&b'&').into())).await
    }
}
