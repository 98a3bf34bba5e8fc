//! Token requests without client authentication.

use super::{ClientAuth, ClientCredential};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// No client authentication: sends neither credentials nor the client id. Use it for grants whose assertion identifies
/// the client too (RFC 7521 section 4.1, RFC 8693 section 2.1), with servers such as Google and Salesforce that expect
/// no client authentication beside an assertion. The client id of the builder then appears only in errors, events and
/// the [store key](crate::store::StoreKey).
///
/// ```
/// use evergrant::JwtBearer;
/// use evergrant::client_auth::NoClientAuth;
///
/// let builder = JwtBearer::new("not.a.real.assertion").builder("billing", NoClientAuth);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoClientAuth;

impl ClientAuth for NoClientAuth {
    fn name(&self) -> &str {
        "no client authentication"
    }

    fn authenticate<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(std::future::ready(Ok(vec![ClientCredential::new("")])))
    }
}
