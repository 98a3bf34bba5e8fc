//! The connections to the listener: so many at once, and none that says nothing for long.

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

/// Whoever is connected, oldest first.
#[derive(Default)]
pub(super) struct Guests {
    guests: Vec<Guest>,
    farewell: GracefulShutdown,
}

struct Guest {
    has_asked: Arc<AtomicBool>,
    connection: AbortHandle,
}

const MOST: usize = 64;

/// How long a browser may take to say what it wants.
const SILENCE: Duration = Duration::from_secs(5);

/// The longest request line and headers.
const HEAD: usize = 16 * 1024;

/// How long a browser may take to fetch the last page.
const GOODBYE: Duration = Duration::from_secs(2);

impl Guests {
    /// Where there are too many, the oldest goes that has asked for nothing yet: browsers ask at once, so that idle
    /// connections do not keep the redirect out. Where all have asked, the new one does.
    pub(super) fn welcome<F>(&mut self, stream: TcpStream, answer: impl Fn(Request<Incoming>) -> F + Send + 'static)
    where
        F: Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send + 'static,
    {
        self.guests.retain(|guest| !guest.connection.is_finished());
        if self.guests.len() >= MOST {
            let Some(silent) = self.guests.iter().position(|guest| !guest.has_asked()) else {
                return;
            };
            self.guests.remove(silent).connection.abort();
        }
        let has_asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&has_asked);
        let service = service_fn(move |request| {
            asks.store(true, Ordering::Relaxed);
            answer(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(SILENCE)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = tokio::spawn(self.farewell.watch(connection)).abort_handle();
        self.guests.push(Guest { has_asked, connection });
    }

    /// Lets those who have asked fetch their page.
    pub(super) async fn see_off(self) {
        for guest in &self.guests {
            if !guest.has_asked() {
                guest.connection.abort();
            }
        }
        let _ = tokio::time::timeout(GOODBYE, self.farewell.shutdown()).await;
    }
}

impl Guest {
    fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }
}
