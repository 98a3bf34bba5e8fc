//! WebSockets with the crate [`reqwest_websocket`]. With this feature, its trait `Upgrade` applies to the authorized
//! [`RequestBuilder`] of this crate.
//!
//! ```no_run
//! use evergrant_reqwest::Client;
//! use reqwest_websocket::Upgrade as _;
//!
//! # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
//! let api = Client::builder(tokens)
//!     .base_url("https://api.example.com/v1/")
//!     .http(|| reqwest::Client::builder().http1_only()) // the crate requires HTTP/1
//!     .build()?;
//! let socket = api.get("prices").upgrade().send().await?.into_websocket().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The handshake follows the rules of every call: after a 401, the token is renewed and the handshake is repeated. A
//! token that expires later does not close the WebSocket. An [`Error`] of this crate is returned as
//! [`reqwest_websocket::Error::ReqwestMiddleware`].

use reqwest::{Request, Response};

use crate::{Client, Error, RequestBuilder};

impl reqwest_websocket::Client for Client {
    async fn execute(&self, request: Request) -> Result<Response, reqwest_websocket::Error> {
        self.execute(request).await.map_err(websocket_error)
    }
}

impl reqwest_websocket::RequestBuilder for RequestBuilder {
    type Client = Client;

    fn build_split(self) -> (Client, Result<Request, reqwest_websocket::Error>) {
        let (client, request) = self.build_split();
        (client, request.map_err(websocket_error))
    }
}

fn websocket_error(error: Error) -> reqwest_websocket::Error {
    reqwest_middleware::Error::middleware(error).into()
}
