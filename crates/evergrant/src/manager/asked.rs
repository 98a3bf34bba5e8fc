//! Tokens that the application asks for itself, each on a task of its own and apart from the flights.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot;

use super::lifecycle::Lifecycle;
use crate::error::Error;
use crate::token::Token;

impl Lifecycle {
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
            if let (Ok(token), true) = (&outcome, adopt) {
                let adopted = lifecycle.adopt(token);
                outcome = adopted.ok_or_else(|| Error::Aborted(Arc::clone(&lifecycle.client)));
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
