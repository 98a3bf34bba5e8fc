//! Hosts an HTTP server on its own thread and runtime, independent of the program under test. The server stops when its
//! handle is dropped.

mod faulty_stream;
mod reserved_port;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread::JoinHandle;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub(crate) use self::faulty_stream::Connection;
use self::faulty_stream::FaultyStream;
use self::reserved_port::Port;
use crate::response_body::Body;

/// Responds to requests. An error drops the connection.
pub(crate) trait Handler: Send + Sync + 'static {
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> impl Future<Output = Result<Response<Body>, io::Error>> + Send;
}

pub(crate) struct Host {
    address: SocketAddr,
    commands: mpsc::UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

enum Command {
    Stop(Done),
    Restart(Done),
}

type Done = std_mpsc::Sender<io::Result<()>>;

impl Host {
    pub(crate) fn start(name: &str, handler: Arc<impl Handler>) -> io::Result<Self> {
        let (ready, started) = std_mpsc::channel();
        let (commands, inbox) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(handler, inbox, &ready))?;
        let address = started.recv().map_err(|_| thread_gone())??;
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
        self.command(Command::Restart)
    }

    fn command(&self, command: impl FnOnce(Done) -> Command) -> io::Result<()> {
        let (sender, done) = std_mpsc::channel();
        self.commands.send(command(sender)).map_err(|_| thread_gone())?;
        done.recv().map_err(|_| thread_gone())?
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Closing the channel ends the server loop, which closes all connections.
        (self.commands, _) = mpsc::unbounded_channel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn thread_gone() -> io::Error {
    io::Error::other("the server's thread has stopped")
}

fn run(
    handler: Arc<impl Handler>,
    inbox: mpsc::UnboundedReceiver<Command>,
    ready: &std_mpsc::Sender<io::Result<SocketAddr>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        match Port::open() {
            Ok(port) => {
                let _ = ready.send(Ok(port.address()));
                serve(port, handler, inbox).await;
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        }
    });
    runtime.shutdown_background();
}

async fn serve(mut port: Port, handler: Arc<impl Handler>, mut inbox: mpsc::UnboundedReceiver<Command>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            command = inbox.recv() => match command {
                None => return,
                Some(Command::Stop(done)) => {
                    port.close();
                    connections.shutdown().await;
                    port.reserve();
                    let _ = done.send(Ok(()));
                }
                Some(Command::Restart(done)) => {
                    let _ = done.send(port.listen());
                }
            },
            stream = port.accept() => {
                connections.spawn(serve_connection(stream, Arc::clone(&handler)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, handler: Arc<impl Handler>) {
    let _ = stream.set_nodelay(true);
    let (wire, connection) = FaultyStream::new(stream);
    let service = service_fn(move |request| Arc::clone(&handler).handle(request, connection.clone()));
    // Fails if the client disconnects or a fault drops the connection.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(wire), service)
        .await;
}
