//! The runtime of API clients that `evergrant` generates from OpenAPI descriptions.

pub mod decode;
pub mod describe;

mod answer;
mod body;
mod call;
mod core;
mod credentials;
mod error;
mod sensitive;
mod settings;
mod stream;
mod style;
mod time;

pub use bytes;
pub use evergrant;
pub use evergrant::error::OriginError;
pub use evergrant::origin::Origin;
pub use evergrant::{
    AuthorizationRequest, BuildError, ClientAuth, ClientSecrets, Exchange, OAuthProviderError, Scope, Scopes, Secret,
    SignIn, Token, TokenManager, TokenManagerBuilder, TokenProvider,
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
pub use self::sensitive::SensitiveString;
pub use self::settings::Settings;
pub use self::stream::{ByteStream, Event, EventStream};
pub use self::style::{Explode, PathStyle, QueryStyle};
pub use self::time::{Date, DateTime};
