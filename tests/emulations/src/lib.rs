//! In-process emulations of the four APIs that are described in `sdks/`, for end-to-end tests of the SDKs.
//!
//! | API | emulation | servers |
//! |---|---|---|
//! | `multiauth.yaml` | [`Multiauth`] | the API, and the authorization server |
//! | `verizon-edge.yaml` | [`VerizonEdge`] | Edge Discovery, and ThingSpace with the token endpoint |
//! | `thingspace.yaml` | [`Thingspace`] | one server |
//! | `bookstore.yaml` | [`Bookstore`] | the API, and the authorization server |
//!
//! Credentials are verified: tokens are issued by an [`AuthServer`](evergrant_testing::AuthServer) for a grant and
//! scopes, and all other secrets must match the constants of the emulation. Rejections have the described bodies.
//! Methods return the servers, for faults, holds and recorded requests. The authorization server records token
//! requests, regardless of the location of the token endpoint; the API records all other requests.
//!
//! ```
//! use emulations::Bookstore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), reqwest::Error> {
//! let bookstore = Bookstore::start();
//! let http = reqwest::Client::new();
//! let form = [("grant_type", "client_credentials"), ("scope", "books.read")];
//! let request = http.post(bookstore.token_url()).basic_auth(Bookstore::CLIENT_ID, Some(Bookstore::CLIENT_SECRET));
//! let token: serde_json::Value = request.form(&form).send().await?.json().await?;
//! let token = token["access_token"].as_str().unwrap();
//!
//! let books = http.get(bookstore.api_url() + "/books").bearer_auth(token).send().await?;
//! assert_eq!(books.json::<Vec<serde_json::Value>>().await?.len(), 3);
//! let orders = http.get(bookstore.api_url() + "/orders").bearer_auth(token).send().await?;
//! assert_eq!(orders.status(), 403, "the token only has the scope books.read");
//! # Ok(())
//! # }
//! ```

mod bookstore;
mod credentials;
mod m2m_sessions;
mod multiauth;
mod multipart;
mod routing_and_responses;
mod thingspace;
mod verizon_edge;

pub use self::bookstore::Bookstore;
pub use self::multiauth::Multiauth;
pub use self::thingspace::Thingspace;
pub use self::verizon_edge::VerizonEdge;
