//! Runtime of the API clients (SDKs) that `evergrant` generates from OpenAPI descriptions.
//!
//! A generated crate contains only the parts that differ between APIs: the [metadata] of the API as `static` data, the
//! models, and a method for each operation. This crate contains the shared parts: calls, errors, credentials and
//! responses.
//!
//! ```text
//! generated ClientBuilder ─▶ Settings ─▶ Core
//! generated operation ─▶ Dispatcher ─▶ Call ─▶ evergrant_reqwest::Client (per requirement and server) ─▶ API
//! Response, Error ◀─ Expect (decodes the body by status) ◀─ HTTP response
//! ```
//!
//! # Which type does what
//! - [`metadata`] contains the types of an API's metadata: its servers, security schemes and operations. [`Settings`]
//!   configures a client; its methods identify a server or scheme by its index in the metadata. [`Core`] is the built
//!   client, and [`Dispatcher`] sends its calls.
//! - [`OAuthCredentials`], [`SessionCredentials`], [`BasicCredentials`], [`BearerCredentials`] and [`KeyCredentials`]
//!   are the credentials of security schemes. A scheme without credentials sends nothing.
//! - [`Call`] collects the parameters and the body of an operation, and sends the request.
//! - [`Response`], [`EventStream`] and [`ByteStream`] are successful responses. [`Error`] is the error of a call, and
//!   [`ApiError`] is an error response of the API. [`BuildError`] reports invalid settings.
//! - [`Body`], [`Multipart`], [`DateTime`], [`Date`], [`SensitiveString`] and [`OpaqueBox`] are the parts of models and
//!   requests.
//!
//! # A call
//! A generated crate contains code like this example:
//! ```no_run
//! use evergrant_sdk::metadata as d;
//! use evergrant_sdk::{
//!     ClientAuthMethod, ClientCredentials, Error, Expect, Explode, GrantKind, OAuthCredentials, PathStyle, Settings,
//!     Status, decode,
//! };
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
//!             client_auth: ClientAuthMethod::Basic,
//!             params: &[],
//!             issuer: None,
//!             flows: &[d::Flow {
//!                 grant: GrantKind::ClientCredentials,
//!                 token_url: Some("{default}/oauth2/token"),
//!                 authorization_url: None,
//!             }],
//!         }),
//!     }],
//!     requirements: &[d::Requirement {
//!         alternatives: &[&[d::RequiredScheme { scheme: 0, scopes: &["books.read"] }]],
//!         optional: false,
//!         allow_header_conflict: false,
//!     }],
//! };
//!
//! static GET_BOOK: d::Operation = d::Operation {
//!     id: "getBook",
//!     method: "GET",
//!     path: "/books/{bookId}",
//!     server: 0,
//!     requirement: 0,
//!     accept: "application/json",
//! };
//!
//! /// Marks the credentials of the scheme `oauth`.
//! #[derive(Debug)]
//! enum OAuthScheme {}
//! type BookstoreCredentials = OAuthCredentials<ClientCredentials, OAuthScheme>;
//!
//! # #[derive(serde::Deserialize)] struct Book { title: String }
//! # #[derive(serde::Deserialize)] struct Problem { detail: String }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mut settings = Settings::new(&API);
//! settings.oauth(0, BookstoreCredentials::new("client-id", "not-a-real-secret").scopes(["books.read"]));
//! let core = settings.build()?;
//!
//! let call = core.request(&GET_BOOK).path("bookId", PathStyle::Simple, Explode::No, "978-0-14");
//! let responses = [Expect::new(Status::Exact(200), decode::json::<Book>)];
//! let errors = [Expect::new(Status::Range(4), decode::json::<Problem>)];
//! match call.send(&responses, &errors).await {
//!     Ok(book) => println!("{}", book.title),
//!     Err(Error::Api(error)) => println!("{error}: {:?}", error.error().map(|problem| &problem.detail)),
//!     Err(error) => return Err(error.untyped().into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Rules of every call
//! - A parameter value cannot change the structure of the URL. An invalid value is an error, and no request is sent.
//! - Credentials are sent only to the API's servers in the selected environment and to explicitly allowed origins. They
//!   are sent unencrypted only to this machine, unless the application allows another origin. A server that only has
//!   token endpoints never receives the credentials of a call.
//! - After a 401, the client fetches a new token once and repeats the request once, unless its body is a stream.
//! - Error messages, `Debug` output and events contain no secrets, header values or body contents. `Debug` of a
//!   [`Response`] or an [`Event`] shows a decoded model with the model's own `Debug`; its secrets are
//!   [`SensitiveString`]s.

pub mod decode;
pub mod integer;
pub mod metadata;

mod body;
mod call;
mod client;
mod configuration;
mod credentials;
mod error;
mod nullable;
mod parameter_style;
mod response;
mod response_head_accessors;
mod sensitive_string;
mod stream;
mod time;
mod type_erased_box;
mod url_template;

pub use bytes;
pub use evergrant;
pub use evergrant::client_auth::{ClientAuthMethod, ClientSecrets};
pub use evergrant::error::OriginError;
pub use evergrant::origin::Origin;
pub use evergrant::store::SharedStore;
pub use evergrant::{
    AuthorizationCode, AuthorizationRequest, BuildError, ClientCredentials, GrantKind, OAuthProviderError, Password,
    ResponseHead, Scope, Scopes, Secret, Sharing, SignIn, Token, TokenEndpoint, TokenFile, TokenManager,
    TokenManagerBuilder, TokenProvider,
};
pub use http;
pub use reqwest;
pub use serde;
pub use serde_json;

pub use self::body::{Body, FilePart, Multipart};
pub use self::call::{Call, Dispatcher};
pub use self::client::{Core, Settings};
pub use self::credentials::{
    AnyGrant, BasicCredentials, BearerCredentials, KeyCredentials, OAuthCredentials, OAuthGrant, Offers,
    SessionCredentials, session_token,
};
pub use self::decode::error::DecodeError;
pub use self::error::{ApiError, Error, HttpError, ResponseDecodeError, Untyped};
pub use self::nullable::Nullable;
pub use self::parameter_style::{Explode, PathStyle, QueryStyle};
pub use self::response::{Expect, Response, Status};
pub use self::sensitive_string::SensitiveString;
pub use self::stream::{ByteStream, Event, EventStream};
pub use self::time::{Date, DateTime};
pub use self::type_erased_box::{OpaqueBox, OpaqueValue};
