//! The client authentication method `none` of public clients, which have no secret.

use super::{ClientAuth, ClientCredential};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The client authentication method `none`, for a client without a secret, such as a program on the user's machine (RFC
/// 8252 section 8.4). Sends the client id as a body parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicClient;

impl ClientAuth for PublicClient {
    fn name(&self) -> &str {
        "none"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        let credential = ClientCredential::new("").param("client_id", request.client_id);
        Box::pin(std::future::ready(Ok(vec![credential])))
    }

    fn parameters(&self) -> &[&str] {
        &["client_id"]
    }
}
