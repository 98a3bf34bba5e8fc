//! The errors: [`Error`] for failures at run time and [`BuildError`] for invalid configurations, with the types that
//! they contain.

pub(crate) mod api;
mod call_name;
mod callback;
mod client_context;
mod debug_output;
mod discovery;
mod endpoint;
pub(crate) mod error_enum;
mod failure_of_other_process;
mod forbidden_danger_setting;
mod forbidden_origin;
mod hint;
mod innermost_cause;
pub(crate) mod invalid_configuration;
mod missing_credentials;
pub(crate) mod oauth_provider;
mod session_login;
mod sign_in;
pub(crate) mod store;
mod timeout;
pub(crate) mod token_json;
mod token_response;
mod transport;
mod transport_cause;
mod user_token_unavailable;
mod with_call_name;

pub(crate) use self::api::ApiError;
pub use self::call_name::Call;
pub use self::callback::{CallbackError, CallbackKind};
pub use self::client_context::ClientContext;
pub(crate) use self::debug_output::debug_is_report;
pub use self::debug_output::report;
pub use self::discovery::{DiscoveryError, DiscoveryProblem, IssuerError};
pub use self::endpoint::{EndpointError, EndpointProblem};
pub(crate) use self::error_enum::Error;
pub(crate) use self::failure_of_other_process::SharedCause;
pub use self::failure_of_other_process::{SharedFailureError, SharedFailureKind};
pub use self::forbidden_danger_setting::RelaxationForbidden;
pub use self::forbidden_origin::OriginError;
pub use self::hint::Hint;
pub use self::innermost_cause::innermost;
pub(crate) use self::invalid_configuration::BuildError;
pub use self::missing_credentials::{RequirementError, UnmetAlternative};
pub(crate) use self::oauth_provider::{OAuthProviderError, RejectionClass, SentRequest};
pub use self::session_login::{LoginError, LoginFailure};
pub use self::sign_in::{SignInError, SignInProblem, SignInRequired};
pub(crate) use self::store::{StoreError, StoreErrorKind};
pub use self::timeout::{TimeoutError, TimeoutScope};
pub(crate) use self::token_json::{TokenJsonError, TokenProblem};
pub use self::token_response::{TokenResponseError, TokenResponseProblem};
pub use self::transport::{TransportError, TransportErrorKind, UnreachableError};
pub use self::transport_cause::TransportCause;
pub use self::user_token_unavailable::StoreFailedError;

/// A boxed error from application code. The error that contains it returns it from [`std::error::Error::source`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
