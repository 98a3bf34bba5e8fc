//! The set-up before: plain reqwest.

use evergrant_testing::ApiServer;
use reqwest::{Client, Error};

#[path = "unchanged_calls.rs"]
mod unchanged_calls;

pub(crate) async fn run(server: &ApiServer) -> Result<Vec<String>, Error> {
    let api = Client::builder().no_proxy().build()?;
    unchanged_calls::run(&api, &server.url("")).await
}
