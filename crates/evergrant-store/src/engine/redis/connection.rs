//! A connection that many commands share. It is not used any more when the server stops responding.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use evergrant::store::{StoreError, StoreErrorKind};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Pipeline, RedisConnectionInfo, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::AbortHandle;

use super::address::Address;
use super::failure::Failure;
use super::first_reachable_server;
use super::settings::Settings;
use super::shared_lazy_value::Usable;
use crate::engine::certificates;
use crate::engine::response_limit::Limited;
use crate::insecure_connections::UnencryptedConnection;
use crate::time_limits::timeout;

/// A connection to one server. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) address: Address,
    redis: MultiplexedConnection,
    driver: AbortHandle,
    waiting: Mutex<Waiting>,
}

/// Commands without a reply.
#[derive(Debug)]
struct Waiting {
    commands: usize,
    /// Since when there have been commands without any reply.
    since: Timestamp,
    given_up: bool,
}

/// The commands at the start of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Introduction {
    Nothing,
    /// Authenticates.
    Login,
    /// Authenticates and selects the database.
    LoginAndDatabase,
}

/// The stream of a connection.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Timeout for opening a connection: TCP, TLS and authentication.
pub(super) const OPENING_LIMIT: Duration = Duration::from_millis(1500);
/// Timeout for the TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_millis(1200);
/// Timeout for a reply, longer than callers wait.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// Time without a reply after which the connection may be dead and is not used for further commands.
const SILENCE: Duration = Duration::from_millis(500);

impl Connection {
    pub(super) async fn open(
        settings: &Settings,
        address: &Address,
        introduction: Introduction,
    ) -> Result<Arc<Self>, StoreError> {
        let opening = async {
            let wire = connect(settings, address).await?;
            // Without authentication by the driver: its errors would contain the server's text.
            let nothing = RedisConnectionInfo::default().set_skip_set_lib_name();
            let config = AsyncConnectionConfig::new().set_response_timeout(None);
            let opened = MultiplexedConnection::new_with_config(&nothing, wire, config).await;
            let (redis, driver) = opened.map_err(|error| Failure::from(error).at(address))?;
            let connection = Arc::new(Self {
                address: address.clone(),
                redis,
                driver: tokio::spawn(driver).abort_handle(),
                waiting: Mutex::new(Waiting {
                    commands: 0,
                    since: TokioRuntime::new().now(),
                    given_up: false,
                }),
            });
            for command in introduction.commands(settings) {
                let outcome = connection.ask(command).await;
                outcome.map_err(|failure| failure.at_the_door(address))?;
            }
            Ok(connection)
        };
        let silent = || {
            Err(StoreError::new(
                StoreErrorKind::Timeout,
                format!("{address}: no connection within {OPENING_LIMIT:?}"),
            ))
        };
        timeout(OPENING_LIMIT, opening).await.unwrap_or_else(|_| silent())
    }

    /// Sends commands without others in between, and returns the reply to the last one. Runs on a separate task, so
    /// that the reply is received even if the caller stops waiting.
    pub(super) async fn ask(self: &Arc<Self>, commands: Pipeline) -> Result<Value, Failure> {
        let connection = Arc::clone(self);
        let asked = tokio::spawn(async move {
            connection.asked();
            let mut redis = connection.redis.clone();
            let answers = redis.send_packed_commands(&commands, 0, commands.len());
            let answers = timeout(ANSWER_LIMIT, answers).await;
            connection.answered(answers.is_ok());
            let last = answers.map_err(|_| Failure::Silent)??.pop().unwrap_or(Value::Nil);
            Ok(last.extract_error()?)
        });
        let gone = || Err(io::Error::other("the runtime was shut down").into());
        let outcome = asked.await.unwrap_or_else(|_| gone());
        if outcome.as_ref().is_err_and(Failure::is_broken) {
            self.give_up();
        }
        outcome
    }

    /// Marks the connection as unusable, so that it is replaced.
    pub(super) fn give_up(&self) {
        self.waiting().given_up = true;
    }

    fn asked(&self) {
        let mut waiting = self.waiting();
        if waiting.commands == 0 {
            waiting.since = TokioRuntime::new().now();
        }
        waiting.commands += 1;
    }

    fn answered(&self, in_time: bool) {
        let mut waiting = self.waiting();
        waiting.commands -= 1;
        waiting.since = TokioRuntime::new().now();
        waiting.given_up |= !in_time;
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Introduction {
    fn commands(self, settings: &Settings) -> Vec<Pipeline> {
        let mut commands = Vec::new();
        if let (Self::Login | Self::LoginAndDatabase, Some(login)) = (self, &settings.login) {
            let mut command = redis::pipe();
            command.cmd("AUTH").arg(&login.user).arg(login.password.expose());
            commands.push(command);
        }
        if self == Self::LoginAndDatabase && settings.database != 0 {
            let mut command = redis::pipe();
            command.cmd("SELECT").arg(settings.database);
            commands.push(command);
        }
        commands
    }
}

impl Usable for Arc<Connection> {
    fn is_usable(&self) -> bool {
        let waiting = self.waiting();
        let silent = waiting.commands > 0 && TokioRuntime::new().now().elapsed_since(waiting.since) > SILENCE;
        !self.driver.is_finished() && !waiting.given_up && !silent
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Opens a connection without authentication. The caller sets the timeout.
pub(super) async fn connect(settings: &Settings, address: &Address) -> Result<Box<dyn Wire>, StoreError> {
    if settings.is_betrayed_by(address) {
        let problem = "a server redirects to a host whose name contains the store's password; use a password that is not \
                       part of a host name";
        return Err(StoreError::new(StoreErrorKind::Rejected, problem));
    }
    let failed = |error: io::Error| StoreError::new(StoreErrorKind::Unavailable, format!("{address}: {error}"));
    let targets = lookup_host((address.host.as_str(), address.port))
        .await
        .map_err(failed)?;
    let targets: Vec<SocketAddr> = targets.collect();
    let is_here = |target: &SocketAddr| target.ip().to_canonical().is_loopback();
    if settings.tls.is_none()
        && settings.unencrypted == UnencryptedConnection::OnLoopback
        && !targets.iter().all(is_here)
    {
        // The URL's hosts were checked before: this address comes from another server.
        let problem = format!("the connection to {address} would not be encrypted; use rediss:// in the store's URL");
        return Err(StoreError::new(StoreErrorKind::Rejected, problem));
    }
    let stream = reach(address, targets).await?;
    stream.set_nodelay(true).map_err(failed)?;
    let Some(tls) = &settings.tls else {
        return Ok(Box::new(Limited::new(stream)));
    };
    let handshake = timeout(HANDSHAKE_LIMIT, tls.connect(&address.host, stream)).await;
    let stream = handshake.map_err(|_| {
        // A server without TLS waits for the end of a line.
        let problem = format!("TLS with {address}: no response; the server may not support TLS");
        StoreError::new(StoreErrorKind::Timeout, problem)
    })?;
    let stream = stream.map_err(|error| {
        let cause = certificates::cause(&error, "ca");
        let problem = format!("TLS with {address}: {cause}");
        StoreError::new(StoreErrorKind::Unavailable, problem)
    })?;
    Ok(Box::new(Limited::new(stream)))
}

/// Connects to the first address of a host that accepts the connection. Some addresses may not respond.
async fn reach(address: &Address, targets: Vec<SocketAddr>) -> Result<TcpStream, StoreError> {
    let attempts = targets.into_iter().map(|target| {
        let address = address.clone();
        async move {
            let failed = |error| StoreError::new(StoreErrorKind::Unavailable, format!("{address}: {error}"));
            TcpStream::connect(target).await.map_err(failed)
        }
    });
    first_reachable_server::answer(attempts).await
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn an_unresponsive_address_does_not_block_the_next_one() {
        let silent = TcpSocket::new_v4().unwrap();
        silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let silent = silent.listen(1).unwrap();
        let silent_address = silent.local_addr().unwrap();
        let mut queued = Vec::new();
        // A full queue accepts no more connections.
        while let Ok(stream) = timeout(SILENCE, TcpStream::connect(silent_address)).await {
            queued.push(stream.unwrap());
            assert!(queued.len() < 100, "the queue never fills");
        }
        let good = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good_address = good.local_addr().unwrap();
        let host = Address::parse("tokens.example.com", 1).unwrap();
        let reached = timeout(OPENING_LIMIT, reach(&host, vec![silent_address, good_address])).await;
        assert_eq!(reached.unwrap().unwrap().peer_addr().unwrap(), good_address);
    }
}
