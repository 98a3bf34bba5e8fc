//! The errors: [`Error`] for failures at run time and [`BuildError`] for invalid configurations, with the types that
//! they contain.

pub(crate) mod api;
pub(crate) mod build;
mod call;
mod call_name;
mod callback;
mod cause;
mod client_context;
mod discovery;
mod hint;
mod login;
pub(crate) mod oauth_provider;
mod origin;
mod relaxation;
mod report;
mod requirement;
mod shared_failure;
mod sign_in;
pub(crate) mod store;
mod store_failed;
mod timeout;
pub(crate) mod token_json;
mod token_response;
mod transport;
mod transport_cause;
pub(crate) mod variants;

pub(crate) use self::api::ApiError;
pub(crate) use self::build::BuildError;
pub use self::call_name::Call;
pub use self::callback::{CallbackError, CallbackKind};
pub use self::cause::innermost;
pub use self::client_context::ClientContext;
pub use self::discovery::{DiscoveryError, DiscoveryProblem, IssuerError};
pub use self::hint::Hint;
pub use self::login::{LoginError, LoginFailure};
pub(crate) use self::oauth_provider::{OAuthProviderError, RejectionClass, SentRequest};
pub use self::origin::OriginError;
pub use self::relaxation::RelaxationForbidden;
pub(crate) use self::report::debug_is_report;
pub use self::report::report;
pub use self::requirement::{RequirementError, UnmetAlternative};
pub(crate) use self::shared_failure::SharedCause;
pub use self::shared_failure::{SharedFailureError, SharedFailureKind};
pub use self::sign_in::{SignInError, SignInProblem, SignInRequired};
pub(crate) use self::store::{StoreError, StoreErrorKind};
pub use self::store_failed::StoreFailedError;
pub use self::timeout::{TimeoutError, TimeoutScope};
pub(crate) use self::token_json::{TokenJsonError, TokenProblem};
pub use self::token_response::{TokenResponseError, TokenResponseProblem};
pub use self::transport::{TransportError, TransportErrorKind, UnreachableError};
pub use self::transport_cause::TransportCause;
pub(crate) use self::variants::Error;

/// A boxed error from application code. The error that contains it returns it from [`std::error::Error::source`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
