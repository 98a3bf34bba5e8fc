//! Fetching without the store: each process fetches its own token. The processes spread these fetches over time, and
//! fetch as late as possible.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::Coordinator;
use crate::jitter;
use crate::manager::fetch::{FetchOutcome, FetchRequest, Priority, Source};
use crate::manager::token_deadlines::Deadlines;
use crate::runtime::Timestamp;
use crate::token::Token;

/// The last share of a token's lifetime, during which uncoordinated renewals start: the store may recover before that.
const UNCOORDINATED_SHARE: f64 = 0.2;
/// Time over which processes without a token spread their requests.
const COLD_SPREAD: Duration = Duration::from_millis(500);
/// Interval between checks of a token without an expiry.
const RECHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Minimum deferral, even if the breaker is about to close.
const MIN_DEFERRAL: Duration = Duration::from_millis(50);

impl Coordinator {
    /// Fetches without the store, which may be used again after `store_pause`.
    pub(super) async fn fetch_uncoordinated(
        &self,
        request: FetchRequest,
        source: &Source,
        store_pause: Duration,
    ) -> FetchOutcome {
        let now = self.runtime.now();
        match request.priority {
            Priority::Background(deadlines) => {
                let due = self.uncoordinated_due(&deadlines, request.last.as_ref());
                let wait = due.map_or(RECHECK_INTERVAL, |due| now.until(due));
                if !wait.is_zero() {
                    return FetchOutcome::Deferred(wait.min(store_pause.max(MIN_DEFERRAL)));
                }
            }
            Priority::Callers => self.runtime.sleep(jitter::scaled(COLD_SPREAD, jitter::unit())).await,
        }
        // With a closed gate, the endpoint returns the shared error and sends nothing.
        if source
            .endpoint
            .settings()
            .retry_after_gate
            .left(self.runtime.now())
            .is_zero()
        {
            self.deferral.fetch_started();
        }
        if request.follows_rejection()
            && let Some(generation) = self.last_generation(&request, None)
        {
            self.leased_record.add_rejected(generation);
        }
        // The other processes have the same refresh token, and the server may accept it only once.
        let last = request.last.map(|last| match last.store_metadata() {
            Some(_) => last.without_refresh_token(),
            None => last,
        });
        source.fetch(last, request.started).await.into()
    }

    /// Returns when this process renews this token without coordination: a fixed time that differs between processes.
    fn uncoordinated_due(&self, deadlines: &Deadlines, token: Option<&Token>) -> Option<Timestamp> {
        let (hard, lifetime) = deadlines.hard.zip(deadlines.lifetime)?;
        let mut hash = DefaultHasher::new();
        self.leased_record.owner().hash(&mut hash);
        token.and_then(Token::expires_at).hash(&mut hash);
        #[expect(clippy::cast_precision_loss, reason = "a thousandth is fine enough")]
        let share = (hash.finish() % 1000) as f64 / 1000.0;
        let last_moment = self.fetch_timeout.min(lifetime / 20);
        let early = last_moment.saturating_add(jitter::scaled(lifetime, UNCOORDINATED_SHARE * share));
        Some(hard.minus(early))
    }
}
