//! The connections to the listener, limited in number and in idle time.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

/// The open connections, oldest first.
#[derive(Default)]
pub(super) struct Connections {
    open: Vec<Connection>,
    shutdown: GracefulShutdown,
}

struct Connection {
    has_request: Arc<AtomicBool>,
    task: AbortHandle,
}

const MAX_CONNECTIONS: usize = 64;

/// Maximum time for a browser to send its request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum size of request line and headers.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Maximum time for a browser to fetch the last page.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

impl Connections {
    /// Accepts a connection. At the limit, it closes the oldest connection without a request, so that idle connections
    /// cannot block the redirect: browsers send their request at once. If all connections have a request, it closes the
    /// new one.
    pub(super) fn accept<F>(&mut self, stream: TcpStream, respond: impl Fn(Request<Incoming>) -> F + Send + 'static)
    where
        F: Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send + 'static,
    {
        self.open.retain(|connection| !connection.task.is_finished());
        if self.open.len() >= MAX_CONNECTIONS {
            let Some(idle) = self.open.iter().position(|connection| !connection.has_request()) else {
                return;
            };
            self.open.remove(idle).task.abort();
        }
        let has_request = Arc::new(AtomicBool::new(false));
        let received = Arc::clone(&has_request);
        let service = service_fn(move |request| {
            received.store(true, Ordering::Relaxed);
            respond(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let task = tokio::spawn(self.shutdown.watch(connection)).abort_handle();
        self.open.push(Connection { has_request, task });
    }

    /// Closes idle connections, and waits until the others have received their page.
    pub(super) async fn close(self) {
        for connection in &self.open {
            if !connection.has_request() {
                connection.task.abort();
            }
        }
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, self.shutdown.shutdown()).await;
    }
}

impl Connection {
    fn has_request(&self) -> bool {
        self.has_request.load(Ordering::Relaxed)
    }
}
