//! An HTTP server on a thread of its own: independent of the runtime of the program under test, gone with its handle.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread::JoinHandle;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// Answers a request, or, with an error, drops its connection.
pub(crate) trait Handler: Send + Sync + 'static {
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, io::Error>> + Send;
}

pub(crate) struct Host {
    address: SocketAddr,
    commands: mpsc::UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

enum Command {
    Stop(std_mpsc::Sender<io::Result<()>>),
    Start(std_mpsc::Sender<io::Result<()>>),
}

impl Host {
    pub(crate) fn start(name: &str, handler: Arc<impl Handler>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let serve = serve(address, listener, handler, inbox);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(serve);
            runtime.shutdown_background();
        })?;
        Ok(Self {
            address,
            commands,
            thread: Some(thread),
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn stop(&self) -> io::Result<()> {
        self.command(Command::Stop)
    }

    pub(crate) fn restart(&self) -> io::Result<()> {
        self.command(Command::Start)
    }

    fn command(&self, command: impl FnOnce(std_mpsc::Sender<io::Result<()>>) -> Command) -> io::Result<()> {
        let (sender, done) = std_mpsc::channel();
        let gone = || io::Error::other("the server's thread is gone");
        self.commands.send(command(sender)).map_err(|_| gone())?;
        done.recv().map_err(|_| gone())?
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Closing the channel ends the loop, and the loop's end closes every connection.
        (self.commands, _) = mpsc::unbounded_channel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(
    address: SocketAddr,
    listener: std::net::TcpListener,
    handler: Arc<impl Handler>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
) {
    let mut listener = TcpListener::from_std(listener).ok();
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            command = inbox.recv() => match command {
                None => return,
                Some(Command::Stop(done)) => {
                    listener = None;
                    connections.shutdown().await;
                    let _ = done.send(Ok(()));
                }
                Some(Command::Start(done)) => {
                    let outcome = if listener.is_some() { Ok(()) } else {
                        TcpListener::bind(address).await.map(|bound| listener = Some(bound))
                    };
                    let _ = done.send(outcome);
                }
            },
            accepted = accept => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let handler = Arc::clone(&handler);
                connections.spawn(async move {
                    let service = service_fn(move |request| Arc::clone(&handler).handle(request));
                    // An error here is a client that went away, or a connection that the script dropped.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
