//! The four APIs that `specs/` describes, in-process: what the SDKs are run against, end to end.
//!
//! | API | emulation | servers |
//! |---|---|---|
//! | `multiauth.yaml` | [`Multiauth`] | the API, and the authorization server |
//! | `verizon-edge.yaml` | [`VerizonEdge`] | Edge Discovery; ThingSpace, with the token endpoint |
//! | `thingspace.yaml` | [`Thingspace`] | one for everything |
//! | `bookstore.yaml` | [`Bookstore`] | the API, and the authorization server |
//!
//! Credentials are checked for real: tokens are issued by an [`AuthServer`](evergrant_testing::AuthServer) for a grant and
//! scopes, and every other secret has to be the one that the emulation's constants name. What is refused is refused with the
//! body that the description says. The servers' handles are at hand, for faults, holds and records; requests for tokens are
//! recorded by the authorization server, wherever its token endpoint lies, and all others by the API.
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
//! assert_eq!(orders.status(), 403, "the token is for books alone");
//! # Ok(())
//! # }
//! ```

mod answer;
mod bookstore;
mod credentials;
mod multiauth;
mod multipart;
mod sessions;
mod thingspace;
mod verizon_edge;

pub use self::bookstore::Bookstore;
pub use self::multiauth::Multiauth;
pub use self::thingspace::Thingspace;
pub use self::verizon_edge::VerizonEdge;
