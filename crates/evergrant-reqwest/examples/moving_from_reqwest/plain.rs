//! The set-up before: plain reqwest.

use evergrant_testing::ApiServer;
use reqwest::{Client, Error};

#[path = "calls.rs"]
mod calls;

pub(crate) async fn run(server: &ApiServer) -> Result<Vec<String>, Error> {
    let api = Client::builder().no_proxy().build()?;
    calls::run(&api, &server.url("")).await
}
