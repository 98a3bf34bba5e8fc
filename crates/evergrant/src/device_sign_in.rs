//! Sign-in of a user on another device (RFC 8628).

use std::sync::Arc;

use crate::authorization::DeviceRequest;
use crate::error::{Error, OAuthProviderError, SignInProblem};
use crate::grant::GrantRequest;
use crate::sign_in::SignIn;
use crate::{Token, TokenManager};

impl SignIn {
    /// Starts a sign-in on another device: requests a code for the user from the device authorization endpoint (RFC
    /// 8628 section 3.1). Show the code and the URL to the user, and then call [`finish_device`](Self::finish_device).
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::DeviceAuthorization;
    /// use evergrant::client_auth::PublicClient;
    ///
    /// let tokens = DeviceAuthorization::builder("client-id", PublicClient)
    ///     .issuer("https://idp.example.com/realms/a")
    ///     .scopes(["offline_access"])
    ///     .build(transport)?;
    ///
    /// let sign_in = tokens.sign_in()?;
    /// let request = sign_in.begin_device().await?;
    /// println!("Visit {} and enter {}", request.verification_uri(), request.user_code());
    /// sign_in.finish_device(&request).await?;
    /// // From now on, the manager serves and renews the user's token.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Endpoint`] if the server has no device authorization endpoint, rejects the request or does not respond.
    pub async fn begin_device(&self) -> Result<DeviceRequest, Error> {
        self.tokens.endpoint().request_device_code().await
    }

    /// Completes a sign-in on another device, for programs with one user: waits until the user has entered the code,
    /// and returns the token. The manager uses this token from then on; in [manual
    /// mode](crate::TokenManagerBuilder::manual), it does not.
    ///
    /// Asks the token endpoint in the interval that the server states (default: 5 s), first after one interval. Each
    /// `slow_down` makes the interval 5 s longer, permanently. After a request without a response, the pause doubles.
    /// Ends when the codes [expire](DeviceRequest::expires_in). Dropping the future ends the polling.
    ///
    /// # Errors
    /// [`Error::SignInFailed`] if the user denies access (`access_denied`), or if the codes expire. Other errors of the
    /// token endpoint are returned as they are. After an error, the current token of the manager is unchanged.
    pub async fn finish_device(&self, request: &DeviceRequest) -> Result<Token, Error> {
        let outcome = self.tokens.redeem(self.device_grant(request)?).await;
        outcome.map_err(|error| self.device_error(error))
    }

    /// Completes a sign-in on another device, for programs with many users that save the users' tokens themselves. Like
    /// [`finish_device`](Self::finish_device), but returns a separate token manager for the user, as
    /// [`finish_for_user`](Self::finish_for_user) does.
    ///
    /// # Errors
    /// Same as [`finish_device`](Self::finish_device).
    pub async fn finish_device_for_user(
        &self,
        request: &DeviceRequest,
        on_token_update: impl Fn(Token) + Send + Sync + 'static,
    ) -> Result<TokenManager, Error> {
        let grant = self.device_grant(request)?;
        let outcome = self.tokens.redeem_for_user(grant, Arc::new(on_token_update)).await;
        outcome.map_err(|error| self.device_error(error))
    }

    fn device_grant(&self, request: &DeviceRequest) -> Result<GrantRequest, Error> {
        let settings = self.tokens.endpoint().settings();
        if request.client_id != settings.client_id {
            return Err(self.failed(SignInProblem::ClientMismatch, None));
        }
        let left = settings.runtime.now().until(request.expires);
        if left.is_zero() {
            return Err(self.failed(SignInProblem::DeviceCodeExpired, None));
        }
        Ok(GrantRequest::device_code(
            request.device_code.clone(),
            request.interval,
            left,
        ))
    }

    fn device_error(&self, error: Error) -> Error {
        let problem = match &error {
            Error::OAuthProvider(rejection) => device_problem(rejection),
            _ => None,
        };
        problem.map_or(error, |problem| self.failed(problem, None))
    }
}

/// Returns what an error of the token endpoint says about the sign-in (RFC 8628 section 3.5).
fn device_problem(rejection: &OAuthProviderError) -> Option<SignInProblem> {
    match rejection.code()? {
        code @ "access_denied" => Some(SignInProblem::Rejected {
            code: code.to_owned(),
            description: rejection.error_description().map(str::to_owned),
        }),
        // The latter two are the last response before the codes have expired.
        "expired_token" | "authorization_pending" | "slow_down" => Some(SignInProblem::DeviceCodeExpired),
        _ => None,
    }
}
