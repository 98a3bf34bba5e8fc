//! Revocation of tokens at the authorization server (RFC 7009).

use super::TokenEndpoint;
use super::endpoint_response::read_status;
use crate::discovery::Endpoint;
use crate::error::{EndpointProblem, Error};
use crate::grant::GrantRequest;
use crate::{Secret, Token};

impl TokenEndpoint {
    /// Revokes the refresh token, which ends the sign-in at most servers, and then the access token.
    pub(crate) async fn revoke(&self, token: &Token) -> Result<(), Error> {
        let access_token = self.revoke_one(token.access_token(), "access_token", token);
        let Some(refresh_token) = token.refresh_token() else {
            return access_token.await;
        };
        self.revoke_one(refresh_token, "refresh_token", token).await?;
        match access_token.await {
            // A server need not revoke access tokens (RFC 7009 section 2).
            Err(Error::Endpoint(error)) if is_unsupported(error.problem()) => Ok(()),
            outcome => outcome,
        }
    }

    async fn revoke_one(&self, secret: &Secret, hint: &str, token: &Token) -> Result<(), Error> {
        let request = GrantRequest::to_other_endpoint()
            .secret_param("token", secret.clone())
            .masking([token.access_token()].into_iter().chain(token.refresh_token()))
            .param("token_type_hint", hint);
        self.send_to(Endpoint::Revocation, &request, read_status).await
    }
}

fn is_unsupported(problem: &EndpointProblem) -> bool {
    matches!(problem, EndpointProblem::Rejected(rejection) if rejection.code() == Some("unsupported_token_type"))
}
