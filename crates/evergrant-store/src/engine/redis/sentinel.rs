//! Finds the master through Sentinels and checks its role.

use std::sync::Arc;

use evergrant::store::{StoreError, StoreErrorKind};
use redis::{Value, from_redis_value};

use super::address::Address;
use super::connection::{Connection, Introduction};
use super::failure::senseless;
use super::first_reachable_server;
use super::settings::Settings;

/// Returns a connection to the master, from the first Sentinel that knows one.
pub(super) async fn master(
    settings: Arc<Settings>,
    sentinels: Vec<Address>,
    service: String,
) -> Result<Arc<Connection>, StoreError> {
    first_reachable_server::answer(sentinels.into_iter().map(|sentinel| {
        let (settings, service) = (Arc::clone(&settings), service.clone());
        async move {
            let address = whereabouts(&settings, &sentinel, &service).await?;
            let connection = Connection::open(&settings, &address, Introduction::LoginAndDatabase).await?;
            check_role(&connection).await?;
            Ok(connection)
        }
    }))
    .await
}

async fn whereabouts(settings: &Settings, sentinel: &Address, service: &str) -> Result<Address, StoreError> {
    let mut question = redis::pipe();
    question.cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(service);
    // Most Sentinels have no password. The password is sent only to a Sentinel that requires one.
    let mut connection = Connection::open(settings, sentinel, Introduction::Nothing).await?;
    let mut answer = connection.ask(question.clone()).await;
    if answer.as_ref().is_err_and(|failure| failure.asks_for_login()) && settings.login.is_some() {
        connection = Connection::open(settings, sentinel, Introduction::Login).await?;
        answer = connection.ask(question).await;
    }
    let named = from_redis_value::<Option<(String, u16)>>(answer.map_err(|failure| failure.at(sentinel))?);
    let Some((host, port)) = named.map_err(|_| senseless(sentinel))? else {
        let problem = format!(
            "the Sentinel {sentinel} has no master named `{}`",
            service.escape_debug()
        );
        return Err(StoreError::new(StoreErrorKind::Other, problem));
    };
    sentinel.naming(&host, port).ok_or_else(|| senseless(sentinel))
}

/// Checks that the server is a master: the Sentinel's information may be out of date.
async fn check_role(connection: &Arc<Connection>) -> Result<(), StoreError> {
    let mut question = redis::pipe();
    question.cmd("ROLE");
    let address = &connection.address;
    let role = match connection.ask(question).await {
        Ok(Value::Array(mut parts)) if !parts.is_empty() => from_redis_value::<String>(parts.swap_remove(0)),
        Ok(_) => return Err(senseless(address)),
        // Without permission for ROLE, a write shows the role.
        Err(failure) if failure.is_forbidden() => return Ok(()),
        Err(failure) => return Err(failure.at(address)),
    };
    match role.map_err(|_| senseless(address))?.as_str() {
        "master" => Ok(()),
        _ => {
            let problem = format!("{address} is not a master, although a Sentinel reports it as one");
            Err(StoreError::new(StoreErrorKind::Unavailable, problem))
        }
    }
}
