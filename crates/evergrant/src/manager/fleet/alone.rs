//! Without the store: each process for itself, but not all at once, and as late as it can be.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::{Ask, Demand, Fleet, Obtained};
use crate::jitter;
use crate::manager::deadline::Deadlines;
use crate::manager::provider::Source;
use crate::runtime::Timestamp;
use crate::token::Token;

/// A renewal that the fleet cannot agree on is put off into this last part of the token's life, as the store may be back by
/// then.
const LAST_PART: f64 = 0.2;
/// Over how long the processes of a fleet spread that have no token at all.
const COLD_SPREAD: Duration = Duration::from_millis(500);
/// How long a token without an expiry is left alone.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A breaker that is about to close is no reason to come back at once.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

impl Fleet {
    /// Without the store, which may be asked again after so long.
    pub(super) async fn alone(&self, ask: Ask, source: &Source, again: Duration) -> Obtained {
        let now = self.runtime.now();
        match ask.demand {
            Demand::Nobody { deadlines } => {
                let due = self.own_time(&deadlines, ask.last.as_ref());
                let wait = due.map_or(LOOK_AGAIN, |due| now.until(due));
                if !wait.is_zero() {
                    return Obtained::Later(wait.min(again.max(SHORTEST_PAUSE)));
                }
            }
            Demand::Callers => self.runtime.sleep(jitter::scaled(COLD_SPREAD, jitter::unit())).await,
        }
        // Otherwise the exchange repeats what others have said, and sends nothing.
        if source.exchange.settings().closed.left(self.runtime.now()).is_zero() {
            self.deferral.turn();
        }
        if ask.rejected
            && let Some(generation) = ask.last_generation(None)
        {
            self.ledger.remember_rejected(generation);
        }
        // The others have the fleet's refresh token too, and of those who show it the server may believe the first alone.
        let last = ask.last.map(|last| match last.share() {
            Some(_) => last.without_refresh_token(),
            None => last,
        });
        match source.fetch(last, ask.started).await {
            Ok(token) => Obtained::Fetched(token),
            Err(error) => Obtained::Failed(error),
        }
    }

    /// When this process renews this token by itself: the same whenever it is asked, and another one in each process.
    fn own_time(&self, deadlines: &Deadlines, token: Option<&Token>) -> Option<Timestamp> {
        let (hard, lifetime) = deadlines.hard.zip(deadlines.lifetime)?;
        let mut hash = DefaultHasher::new();
        self.ledger.owner().hash(&mut hash);
        token.and_then(Token::expires_at).hash(&mut hash);
        #[expect(clippy::cast_precision_loss, reason = "a thousandth is fine enough")]
        let share = (hash.finish() % 1000) as f64 / 1000.0;
        let last_moment = self.flight_timeout.min(lifetime / 20);
        let early = last_moment.saturating_add(jitter::scaled(lifetime, LAST_PART * share));
        Some(hard.minus(early))
    }
}
