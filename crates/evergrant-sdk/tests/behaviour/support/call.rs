//! Calls to a server whose responses have the status 200 and an empty object.

use evergrant_sdk::{Call, Core, Error, Expect, Settings, Status, Untyped, decode};

use super::api;
use super::server::{Server, ServerResponse};

pub(crate) async fn server() -> (Server, Core) {
    let server = Server::start(|_| ServerResponse::new(200, "{}")).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, format!("{}/v1/", server.url));
    (server, settings.build().unwrap())
}

pub(crate) async fn send(call: Call) -> Result<(), Error> {
    let responses = [Expect::new(Status::Any, decode::empty)];
    call.send::<_, Untyped>(&responses, &[]).await.map(|_| ())
}

/// Returns the error of a call that cannot be sent, without the name and URL of the call.
pub(crate) async fn problem(call: Call) -> String {
    match send(call).await.unwrap_err() {
        Error::Request(problem) => {
            let (call, problem) = problem.split_once(": ").unwrap();
            assert!(call.contains(" at http://127.0.0.1:"), "{call}");
            problem.to_owned()
        }
        other => panic!("{other}"),
    }
}
