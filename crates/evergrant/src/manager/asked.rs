//! Tokens that the application asks for itself, each on a task of its own and apart from the flights.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TokenManager;
use super::events::{self, Reason};
use super::lifecycle::{Lifecycle, Style};
use crate::error::Error;
use crate::token::Token;

impl TokenManager {
    /// Asks the authorization server for a token, for applications that manage tokens themselves: the result is returned
    /// and **not** installed, and the update callback is not called. Use it with [`with_token`](Self::with_token).
    ///
    /// The authorization code grant gives no token without a user. There, this is the token of the user who has signed in, as
    /// [`token`](Self::token) gives it: the current one while it is valid, and then the one that its refresh token brings.
    /// In manual style too, calls at the same time share one renewal, so that each refresh token is shown to the server once.
    ///
    /// # Errors
    /// As described at [`Error`]. While the server's `Retry-After` lasts, its error is returned again without a request.
    /// [`Error::NoRuntime`] outside of an async runtime. [`Error::SignInRequired`] when only a user can give a token.
    #[must_use = "the fetched token is returned, not installed"]
    pub fn fetch_token(&self) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        let manager = self.clone();
        async move {
            match manager.lifecycle.needs_user() {
                true => manager.users_token().await,
                false => manager.ask(None).await,
            }
        }
    }

    /// Asks the authorization server for a token in place of `last`, with its refresh token if it has one (RFC 6749 section
    /// 6), and as [`fetch_token`](Self::fetch_token) otherwise. The result is returned and **not** installed; it carries the
    /// refresh token that is good from now on. Store it before `last` is forgotten: many servers take each refresh token
    /// once. For the same reason, do not drop the future.
    ///
    /// This is for manual style: managers that renew by themselves need no such call, and would be left with a refresh token
    /// that is used up.
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::{AuthorizationCode, Token};
    ///
    /// # fn load() -> Option<Token> { None }
    /// # fn save(_: &Token) {}
    /// let manual = AuthorizationCode::public("client-id")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .manual()
    ///     .build(transport)?;
    /// let stored = load().ok_or("nobody has signed in")?;
    /// let token = manual.renew_token(&stored).await?;
    /// save(&token);
    /// let authorized = manual.with_token(token)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`fetch_token`](Self::fetch_token).
    #[must_use = "the renewed token is returned, not installed"]
    pub fn renew_token(&self, last: &Token) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        self.ask(Some(last.clone()))
    }

    /// Uses the `stored` token while it is valid, and renews it otherwise, for manual style: the counterpart of
    /// [`Exchange::use_or_renew`](crate::Exchange::use_or_renew). Without a stored token, this is
    /// [`fetch_token`](Self::fetch_token). The result is returned and **not** installed. Store it: its refresh token may be a
    /// new one.
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::{ClientCredentials, Token};
    ///
    /// # fn load() -> Option<Token> { None }
    /// # fn save(_: &Token) {}
    /// let manual = ClientCredentials::new("client-id", "not-a-real-secret")
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
    /// As [`fetch_token`](Self::fetch_token).
    pub fn use_or_renew(&self, stored: Option<Token>) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        let manager = self.clone();
        async move {
            match stored {
                Some(stored) if manager.lifecycle.source.exchange.is_usable(&stored) => Ok(stored),
                Some(stored) => manager.renew_token(&stored).await,
                None => manager.fetch_token().await,
            }
        }
    }

    async fn users_token(&self) -> Result<Token, Error> {
        let lifecycle = &self.lifecycle;
        if lifecycle.policy.style == Style::Automatic || lifecycle.current().is_some() {
            return self.token().await;
        }
        // Calls at the same time share one renewal.
        let _turn = lifecycle.turn.lock().await;
        let (handed_out, last) = lifecycle.handed_out();
        if let Some(token) = handed_out {
            return Ok(token);
        }
        let token = self.ask(last).await?;
        lifecycle.hand_out(&token);
        Ok(token)
    }

    fn ask(&self, last: Option<Token>) -> impl Future<Output = Result<Token, Error>> + Send + 'static {
        let lifecycle = Arc::clone(&self.lifecycle);
        async move {
            let started = lifecycle.runtime.now();
            events::fetch_started(&lifecycle.client, Reason::Asked);
            let outcome = lifecycle.ask(last).await;
            let took = lifecycle.runtime.now().elapsed_since(started);
            match &outcome {
                Ok(_) => events::fetched(&lifecycle.client, took),
                Err(error) => events::failed(&lifecycle.client, Reason::Asked, error, took, Duration::ZERO),
            }
            outcome
        }
    }
}

impl Lifecycle {
    /// Whether a token that replaces none can be had with a user's help alone.
    pub(super) fn needs_user(&self) -> bool {
        self.source.exchange.settings().grant.entitlement().is_none()
    }

    /// For manual style: the user's token that the application was given, while it is valid, and the one to renew after that.
    /// A manager without a token of its own renews none: another one does, and the refresh token may be used up.
    pub(super) fn handed_out(&self) -> (Option<Token>, Option<Token>) {
        let now = self.runtime.now();
        let state = self.lock();
        let is_valid = |token: &Token| token.left(now).is_none_or(|left| !left.is_zero());
        let renewable = state
            .last
            .as_ref()
            .map(|last| state.handed_out.as_ref().unwrap_or(last));
        (state.handed_out.clone().filter(is_valid), renewable.cloned())
    }

    pub(super) fn hand_out(&self, token: &Token) {
        self.lock().handed_out = Some(token.clone());
    }

    /// A token for the application itself, fetched on a task of its own: the caller may be on no runtime at all. Dropping the
    /// future ends the task.
    pub(super) async fn ask(&self, last: Option<Token>) -> Result<Token, Error> {
        let exchange = self.source.exchange.clone();
        let (mut sender, receiver) = oneshot::channel();
        let task = async move {
            let mut asking = pin!(exchange.renew(last.as_ref()));
            let outcome = std::future::poll_fn(|context| match asking.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending => sender.poll_closed(context).map(|()| None),
            });
            if let Some(outcome) = outcome.await {
                // Nobody may be waiting any more.
                let _ = sender.send(outcome);
            }
        };
        let client = || Arc::clone(&self.client);
        if self.runtime.spawn(Box::pin(task)).is_err() {
            return Err(Error::NoRuntime(client()));
        }
        receiver.await.unwrap_or_else(|_| Err(Error::Aborted(client())))
    }
}

#[cfg(feature = "sign-in")]
impl Lifecycle {
    /// The token of a user who has signed in. A code is good for one exchange, so the task goes on when nobody waits for it any
    /// more; if it is to `adopt` the token, that is then in use.
    pub(super) async fn redeem(
        self: &Arc<Self>,
        entitlement: crate::grant::Entitlement,
        adopt: bool,
    ) -> Result<Token, Error> {
        let lifecycle = Arc::clone(self);
        let (sender, receiver) = oneshot::channel();
        let task = async move {
            let mut outcome = lifecycle.source.exchange.redeem(&entitlement).await;
            match &outcome {
                Ok(token) if adopt => {
                    let adopted = lifecycle.adopt(token);
                    outcome = adopted.ok_or_else(|| Error::Aborted(Arc::clone(&lifecycle.client)));
                }
                Ok(token) => lifecycle.hand_out(token),
                Err(_) => {}
            }
            // Nobody may be waiting any more.
            let _ = sender.send(outcome);
        };
        let client = || Arc::clone(&self.client);
        if self.runtime.spawn(Box::pin(task)).is_err() {
            return Err(Error::NoRuntime(client()));
        }
        receiver.await.unwrap_or_else(|_| Err(Error::Aborted(client())))
    }
}
