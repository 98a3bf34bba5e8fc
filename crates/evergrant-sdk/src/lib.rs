//! The runtime of API clients that `evergrant` generates from OpenAPI descriptions.
//!
//! What is peculiar to an API is in the generated crate: its facts as `static`s, its types, and a method for each operation. All
//! else is here, as ordinary code: whoever uses a generated client finds its errors, its credentials and its answers on these pages.
//!
//! ```text
//! generated ClientBuilder ─▶ Settings ─▶ Core
//! generated operation ─▶ Call ─▶ lane (requirement and server) ─▶ evergrant_reqwest::Client ─▶ the API
//! Response, Error ◀─ Expect: which status brings which body ◀─ the answer
//! ```
//!
//! # Which type does what
//! - [`describe`]: the facts of an API. [`Settings`] is what a client is told, by index into them; [`Core`] is the built client.
//! - [`OAuthCredentials`], [`SessionCredentials`], [`BasicCredentials`], [`BearerCredentials`], [`KeyCredentials`]: what schemes are
//!   given. One that is given nothing sends nothing.
//! - [`Call`]: an operation's parameters and body, and its ways to be sent.
//! - [`Response`], [`EventStream`], [`ByteStream`]: what comes back. [`Error`] is what can go wrong, [`ApiError`] what the API said
//!   then; [`BuildError`] is what can be wrong with settings.
//! - [`Body`], [`Multipart`], [`DateTime`], [`Date`], [`SensitiveString`], [`Nested`]: what models and requests are made of.
//!
//! # A call
//! What a generated crate does, by hand:
//! ```no_run
//! use evergrant_sdk::describe as d;
//! use evergrant_sdk::http::Method;
//! use evergrant_sdk::{Error, Expect, Explode, OAuthCredentials, PathStyle, Settings, Status, decode};
//!
//! static API: d::Api = d::Api {
//!     name: "bookstore",
//!     version: "1.0.0",
//!     environments: &["Production"],
//!     servers: &[d::Server {
//!         name: "default",
//!         setter: "base_url",
//!         role: d::Role::Api,
//!         urls: &[Some("https://api.example.com/v1")],
//!     }],
//!     variables: &[],
//!     headers: &[],
//!     schemes: &[d::Scheme {
//!         name: "oauth",
//!         kind: d::SchemeKind::OAuth(d::OAuth {
//!             client_auth: d::ClientAuth::Basic,
//!             params: &[],
//!             flows: &[d::Flow {
//!                 grant: d::Grant::ClientCredentials,
//!                 token_url: "{default}/oauth2/token",
//!                 authorization_url: None,
//!             }],
//!         }),
//!     }],
//!     requirements: &[d::Requirement {
//!         alternatives: &[&[d::Need { scheme: 0, scopes: &["books.read"] }]],
//!         optional: false,
//!         allow_header_conflict: false,
//!     }],
//! };
//!
//! static GET_BOOK: d::Operation = d::Operation {
//!     id: "getBook",
//!     method: Method::GET,
//!     path: "/books/{bookId}",
//!     server: 0,
//!     requirement: 0,
//!     accept: "application/json",
//! };
//!
//! # #[derive(serde::Deserialize)] struct Book { title: String }
//! # #[derive(serde::Deserialize)] struct Problem { detail: String }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mut settings = Settings::new(&API);
//! settings.oauth(0, OAuthCredentials::client_credentials("client-id", "not-a-real-secret").scopes(["books.read"]));
//! let core = settings.build()?;
//!
//! let call = core.request(&GET_BOOK).path("bookId", PathStyle::Simple, Explode::No, "978-0-14");
//! let answers = [Expect::new(Status::Exact(200), decode::json::<Book>)];
//! let errors = [Expect::new(Status::Range(4), decode::json::<Problem>)];
//! match call.send(&answers, &errors).await {
//!     Ok(book) => println!("{}", book.title),
//!     Err(Error::Api(error)) => println!("{error}: {:?}", error.error().map(|problem| &problem.detail)),
//!     Err(error) => return Err(error.untyped().into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Rules of every call
//! - No value of a parameter leaves its place in the URL; what is wrong with one is an error, and nothing is sent.
//! - Credentials go to the environment's servers of the API and to origins that are allowed by name, and unencrypted to this machine
//!   alone. A server that has but token endpoints never sees those of a call.
//! - A 401 leads to one new token and one repetition, if the body is not a stream.
//! - No message, no `Debug` and no event shows a secret, a header's value or anything of a body. Models that have been read are shown
//!   by their own `Debug`, in a [`Response`] and an [`Event`] too: what is secret in them is a [`SensitiveString`].

pub mod decode;
pub mod describe;

mod answer;
mod body;
mod call;
mod core;
mod credentials;
mod error;
mod filled;
mod nested;
mod sensitive;
mod settings;
mod stream;
mod style;
mod time;

pub use bytes;
pub use evergrant;
pub use evergrant::error::OriginError;
pub use evergrant::origin::Origin;
pub use evergrant::store::SharedStore;
pub use evergrant::{
    AuthorizationRequest, BuildError, ClientAuth, ClientSecrets, Exchange, OAuthProviderError, Scope, Scopes, Secret,
    SignIn, Token, TokenFile, TokenManager, TokenManagerBuilder, TokenProvider,
};
pub use http;
pub use reqwest;
pub use serde;
pub use serde_json;

pub use self::answer::{Expect, Response, Status};
pub use self::body::{Body, FilePart, Multipart};
pub use self::call::Call;
pub use self::core::Core;
pub use self::credentials::{
    BasicCredentials, BearerCredentials, KeyCredentials, OAuthCredentials, SessionCredentials, session_token,
};
pub use self::decode::DecodeError;
pub use self::error::{ApiError, DecodeProblem, Error, HttpError, Untyped};
pub use self::nested::{Nest, Nested};
pub use self::sensitive::SensitiveString;
pub use self::settings::Settings;
pub use self::stream::{ByteStream, Event, EventStream};
pub use self::style::{Explode, PathStyle, QueryStyle};
pub use self::time::{Date, DateTime};
