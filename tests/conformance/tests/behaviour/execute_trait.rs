//! `evergrant_reqwest::Execute`, for requests that were built first, over the application's own reqwest client.

use std::sync::Arc;

use conformance::{Call, CallResponse, Failure, Setup, TestClient, conformance};
use evergrant::Authorizer;
use evergrant_reqwest::{Client, Execute};
use reqwest::redirect::Policy;

use crate::reqwest_client::{builder, received, request};

#[derive(Clone)]
struct Executed {
    client: Client,
    execute: Arc<dyn Execute>,
}

impl TestClient for Executed {
    fn build(authorizer: Authorizer, setup: &Setup) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        let builder = builder(authorizer, setup).http_client(http.expect("an HTTP client"));
        let client = builder.build().expect("a client");
        let execute = Arc::new(client.clone());
        Self { client, execute }
    }

    async fn call(&self, call: Call) -> Result<CallResponse, Failure> {
        let request = request(&self.client, call).build();
        let request = request.map_err(|error| Failure::of(&error))?;
        received(self.execute.execute(request).await).await
    }
}

conformance!(Executed);
