//! Opens connections: TCP connections through the driver, Unix sockets directly, because the driver's stream for
//! sockets cannot be inspected.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use evergrant::store::StoreError;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error};

use super::failure;
use super::inspected_stream::Wire;
use super::settings::Settings;

/// Asynchronous messages of the server. Polling them drives the connection.
pub(super) struct Messages(Box<NextMessage>);

type NextMessage = dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send;

/// The reason why there is no connection.
pub(super) enum Unconnected {
    Driver(Error),
    #[cfg(unix)]
    Socket(std::io::Error),
}

type Outcome = Result<(Client, Messages), Unconnected>;

/// Timeouts that the server enforces, even if this process has ended: for statements and for idle transactions.
const LIMITS: &str = "-c statement_timeout=2000 -c idle_in_transaction_session_timeout=5000";

impl Settings {
    pub(super) async fn connect(&self) -> Result<(Client, Messages), StoreError> {
        let outcome = self.connect_with_limits().await;
        outcome.map_err(|problem| failure::unconnected(&problem, self.config.get_dbname()))
    }

    async fn connect_with_limits(&self) -> Outcome {
        if self.unlimited.load(Ordering::Relaxed) {
            return self.connect_by(&self.config).await;
        }
        let mut limited = self.config.clone();
        let own = self.config.get_options().unwrap_or_default();
        limited.options(format!("{LIMITS} {own}").trim_end());
        let outcome = self.connect_by(&limited).await;
        if !outcome.as_ref().is_err_and(is_of_options) {
            return outcome;
        }
        let outcome = self.connect_by(&self.config).await;
        self.unlimited.fetch_or(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }

    async fn connect_by(&self, config: &Config) -> Outcome {
        #[cfg(unix)]
        if let Some(outcome) = sockets::connect(config, &self.opening).await {
            return outcome;
        }
        let (client, connection) = config.connect(self.opening.clone()).await?;
        Ok((client, Messages::of(connection)))
    }
}

impl Messages {
    fn of<S: Wire + 'static, T: Wire + 'static>(mut connection: Connection<S, T>) -> Self {
        Self(Box::new(move |cx| connection.poll_message(cx)))
    }

    /// Returns the next message. The connection has ended after `None` or an error.
    pub(super) async fn next(&mut self) -> Option<Result<AsyncMessage, Error>> {
        poll_fn(|cx| (self.0)(cx)).await
    }

    /// Drives the connection until it ends. Messages are not logged, because they may contain a password.
    pub(super) async fn ignore(mut self) {
        while let Some(Ok(_)) = self.next().await {}
    }
}

impl From<Error> for Unconnected {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

/// Returns whether the server rejected the options. Poolers accept few options or none.
fn is_of_options(problem: &Unconnected) -> bool {
    let ways = [SqlState::PROTOCOL_VIOLATION, SqlState::FEATURE_NOT_SUPPORTED];
    match problem {
        Unconnected::Driver(error) => error.code().is_some_and(|code| ways.contains(code)),
        #[cfg(unix)]
        Unconnected::Socket(_) => false,
    }
}

#[cfg(unix)]
mod sockets {
    use std::io;
    use std::path::Path;

    use tokio::net::UnixStream;
    use tokio::time::timeout;
    use tokio_postgres::config::Host;
    use tokio_postgres::{Config, SimpleQueryMessage};

    use super::{Messages, Outcome, Unconnected};
    use crate::engine::postgres::tls::Opening;

    const PORT: u16 = 5432;

    /// Connects to the first Unix socket whose server accepts writes. Returns `None` if the URL has hosts instead.
    pub(super) async fn connect(config: &Config, opening: &Opening) -> Option<Outcome> {
        let ports = config.get_ports();
        let mut last = None;
        for (index, host) in config.get_hosts().iter().enumerate() {
            let Host::Unix(folder) = host else { return None };
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
            let path = folder.join(format!(".s.PGSQL.{port}"));
            match connect_to(&path, config, opening).await {
                Ok(connected) => return Some(Ok(connected)),
                Err(problem) => last = Some(Err(problem)),
            }
        }
        last
    }

    async fn connect_to(path: &Path, config: &Config, opening: &Opening) -> Outcome {
        let connecting = UnixStream::connect(path);
        let stream = match config.get_connect_timeout() {
            Some(limit) => timeout(*limit, connecting).await.map_err(io::Error::from).flatten(),
            None => connecting.await,
        };
        let stream = stream.map_err(|error| {
            let kind = error.kind();
            Unconnected::Socket(io::Error::new(kind, format!("{}: {error}", path.display())))
        })?;
        let (client, connection) = config.connect_raw(stream, opening.to("")).await?;
        let mut messages = Messages::of(connection);
        let asked = client.simple_query("SHOW transaction_read_only");
        let answer = tokio::select! {
            biased;
            answer = asked => answer?,
            () = async { while let Some(Ok(_)) = messages.next().await {} } => {
                return Err(Unconnected::Socket(io::ErrorKind::UnexpectedEof.into()));
            }
        };
        let is_on = |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(row) if row.try_get(0).is_ok_and(|value| value == Some("on")));
        match answer.iter().any(is_on) {
            true => Err(Unconnected::Socket(io::Error::other(
                "the database does not allow writes",
            ))),
            false => Ok((client, messages)),
        }
    }
}
