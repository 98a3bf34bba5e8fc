//! Tokens that the application fetches itself. Each fetch runs on its own task, and callers do not share it.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TokenManager;
use super::lifecycle::{Lifecycle, Mode};
use crate::error::Error;
use crate::events;
use crate::metrics::Reason;
use crate::runtime::BoxFuture;
use crate::token::Token;

impl TokenManager {
    /// Fetches a token from the authorization server and returns it, for an application that manages tokens itself. The
    /// manager does **not** use the token for its own calls, and does not call the update callback. Pass the token to
    /// [`with_token`](Self::with_token) to use it.
    ///
    /// With the authorization code grant, no token can be fetched without the user. There, this method works like
    /// [`token`](Self::token): it returns the token of the user who has signed in while that token is valid, and renews
    /// it afterwards. Concurrent calls share one renewal, even in [manual mode](crate::TokenManagerBuilder::manual), so
    /// that each refresh token is sent only once.
    ///
    /// # Errors
    /// See [`Error`]. If the server has sent `Retry-After`, the server's last error is returned without a request until
    /// the requested time has passed. [`Error::NoRuntime`] outside an async runtime. [`Error::SignInRequired`] if a
    /// user has to sign in.
    #[must_use = "the fetched token is returned, not installed"]
    pub fn fetch_token(&self) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        let manager = self.clone();
        async move {
            match manager.lifecycle.needs_user() {
                true => manager.user_token().await,
                false => manager.fetch_manually(None).await,
            }
        }
    }

    /// Fetches and returns a token that replaces `last`. Uses the refresh token of `last` (RFC 6749 section 6) if there
    /// is one, and otherwise works like [`fetch_token`](Self::fetch_token). The manager does **not** use the new token
    /// for its own calls.
    ///
    /// The new token contains the refresh token for the next renewal. Store the new token before you discard `last`,
    /// and do not drop the future: many servers accept a refresh token only once.
    ///
    /// Use this method only in [manual mode](crate::TokenManagerBuilder::manual). A manager that renews its tokens
    /// itself might send the same refresh token again.
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::client_auth::PublicClient;
    /// use evergrant::{AuthorizationCode, Token};
    ///
    /// # fn load() -> Option<Token> { None }
    /// # fn save(_: &Token) {}
    /// let manual = AuthorizationCode::builder("client-id", PublicClient)
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .manual()
    ///     .build(transport)?;
    /// let stored = load().ok_or("no user has signed in")?;
    /// let token = manual.renew_token(&stored).await?;
    /// save(&token);
    /// let authorized = manual.with_token(token)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Same as [`fetch_token`](Self::fetch_token).
    #[must_use = "the renewed token is returned, not installed"]
    pub fn renew_token(&self, last: &Token) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        self.fetch_manually(Some(last.clone()))
    }

    /// Returns the `stored` token while it is valid, and otherwise renews it, for an application in [manual
    /// mode](crate::TokenManagerBuilder::manual). If `stored` is `None`, fetches a token. The manager does **not** use
    /// the returned token for its own calls. Store the returned token, because it may contain a new refresh token.
    ///
    /// In a token provider, use [`TokenEndpoint::use_or_renew`](crate::TokenEndpoint::use_or_renew).
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::{ClientCredentials, Token};
    ///
    /// # fn load() -> Option<Token> { None }
    /// # fn save(_: &Token) {}
    /// let manual = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .manual()
    ///     .build(transport)?;
    /// let token = manual.use_or_renew(load()).await?;
    /// save(&token);
    /// let authorized = manual.with_token(token)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Same as [`fetch_token`](Self::fetch_token).
    pub fn use_or_renew(&self, stored: Option<Token>) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        let manager = self.clone();
        async move {
            match stored {
                Some(stored) if manager.lifecycle.source.endpoint.is_usable(&stored) => Ok(stored),
                Some(stored) => manager.renew_token(&stored).await,
                None => manager.fetch_token().await,
            }
        }
    }

    async fn user_token(&self) -> Result<Token, Error> {
        let lifecycle = &self.lifecycle;
        if lifecycle.policy.mode == Mode::Automatic || lifecycle.current().is_some() {
            return self.token().await;
        }
        // Concurrent calls share one renewal.
        let _lock = lifecycle.user_change.lock().await;
        let (manual_token, last) = lifecycle.manual_token();
        if let Some(token) = manual_token {
            return Ok(token);
        }
        let token = self.fetch_manually(last).await?;
        lifecycle.set_manual_token(&token);
        Ok(token)
    }

    fn fetch_manually(&self, last: Option<Token>) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        let lifecycle = Arc::clone(&self.lifecycle);
        async move {
            let started = lifecycle.runtime.now();
            events::fetch_started(&lifecycle.client, Reason::Requested);
            let result = lifecycle.fetch_detached(last).await;
            let took = lifecycle.runtime.now().elapsed_since(started);
            match &result {
                Ok(_) => events::fetched(&lifecycle.client, took),
                Err(error) => events::fetch_failed(&lifecycle.client, Reason::Requested, error, took, Duration::ZERO),
            }
            result
        }
    }
}

impl Lifecycle {
    /// Returns whether the first token needs a user.
    fn needs_user(&self) -> bool {
        self.source.endpoint.settings().grant.needs_user
    }

    /// Returns, for manual mode, the user's token that the application last received, if it is still valid, and the
    /// token to renew otherwise. A manager without its own token renews none: another manager does, and may have used
    /// the refresh token.
    fn manual_token(&self) -> (Option<Token>, Option<Token>) {
        let now = self.runtime.now();
        let state = self.lock();
        let is_valid = |token: &Token| token.remaining(now).is_none_or(|left| !left.is_zero());
        let renewable = state
            .last
            .as_ref()
            .map(|last| state.manual_token.as_ref().unwrap_or(last));
        (state.manual_token.clone().filter(is_valid), renewable.cloned())
    }

    fn set_manual_token(&self, token: &Token) {
        self.lock().manual_token = Some(token.clone());
    }

    /// Fetches a token for the application on a separate task, because the caller may not be on a runtime. Dropping the
    /// future ends the task.
    async fn fetch_detached(&self, last: Option<Token>) -> Result<Token, Error> {
        let endpoint = self.source.endpoint.clone();
        let (mut sender, receiver) = oneshot::channel();
        let task = async move {
            let mut fetch = pin!(endpoint.renew(last.as_ref()));
            let result = std::future::poll_fn(|context| match fetch.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending => sender.poll_closed(context).map(|()| None),
            });
            if let Some(result) = result.await {
                let _ = sender.send(result);
            }
        };
        self.run_detached(Box::pin(task), receiver).await
    }

    pub(super) async fn run_detached<T>(
        &self,
        task: BoxFuture<'static, ()>,
        result: oneshot::Receiver<Result<T, Error>>,
    ) -> Result<T, Error> {
        let client = || Arc::clone(&self.client);
        if self.runtime.spawn(task).is_err() {
            return Err(Error::NoRuntime(client()));
        }
        result.await.unwrap_or_else(|_| Err(Error::Aborted(client())))
    }
}

impl Lifecycle {
    /// Fetches the token of a user who has signed in. A code can be used once, so dropping the future does not stop the
    /// task; it only stops polling. With `adopt`, the token is installed.
    pub(super) async fn redeem(
        self: &Arc<Self>,
        request: crate::grant::GrantRequest,
        adopt: bool,
    ) -> Result<Token, Error> {
        let lifecycle = Arc::clone(self);
        let (sender, receiver) = oneshot::channel();
        let task = async move {
            let wanted = || !sender.is_closed();
            let mut result = lifecycle.source.endpoint.redeem(&request, wanted).await;
            match &result {
                Ok(token) if adopt => result = lifecycle.sign_in(token).await,
                Ok(token) => lifecycle.set_manual_token(token),
                Err(_) => {}
            }
            let _ = sender.send(result);
        };
        self.run_detached(Box::pin(task), receiver).await
    }
}
