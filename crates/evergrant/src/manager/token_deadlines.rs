//! The deadlines of a token, as pure functions of its lifetime: when it is due for renewal, and when it is no longer
//! served.

use std::time::Duration;

use crate::jitter;
use crate::runtime::Timestamp;
use crate::token::Token;

/// When a token is due for renewal, and when it is no longer served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// From this time on, a renewal is due and the token is still served.
    pub(crate) soft: Option<Timestamp>,
    /// From this time on, the token is not served.
    pub(crate) hard: Option<Timestamp>,
    /// The whole lifetime, if it is known.
    pub(crate) lifetime: Option<Duration>,
    /// The part of the lifetime during which the token is served.
    pub(crate) usable: Option<Duration>,
}

/// How deadlines follow from a lifetime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LifetimePolicy {
    pub(crate) skew: Skew,
    pub(crate) renewal: Renewal,
    /// The lifetime of tokens whose response has no `expires_in`.
    pub(crate) default_lifetime: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Skew {
    /// Ten seconds, or a tenth of the lifetime if that is less.
    Default,
    /// This duration, or half of the lifetime if that is less.
    Explicit(Duration),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Renewal {
    /// After this share of the lifetime.
    Early { share: f64 },
    /// Only once the token can no longer be used.
    WhenExpired,
}

/// How far the soft deadline of a token may differ from the configured share.
const SPREAD: f64 = 0.05;

/// The assumed lifetime if none is known.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);

impl Deadlines {
    /// Computes the deadlines of a token that the manager received at `received`. The lifetime of a token that this
    /// process requested starts at its request instead.
    pub(crate) fn of(
        token: &Token,
        received: Timestamp,
        policy: &LifetimePolicy,
        last_lifetime: Option<Duration>,
    ) -> Self {
        let start = token.issued().unwrap_or(received);
        let stated = token.expires_in();
        let ends = token.store_metadata().and_then(|stored| stored.expires);
        let expiry = ends.or_else(|| match (token.requested_at(), stated, token.expires_at()) {
            (Some(_), Some(lifetime), _) => Some(start.plus(lifetime)),
            (_, _, Some(expires_at)) => Some(start.at_wall(expires_at)),
            (None, Some(lifetime), None) => Some(start.plus(lifetime)),
            (_, None, None) => policy.default_lifetime.map(|lifetime| start.plus(lifetime)),
        });
        let spread = jitter::around_one(SPREAD);
        let Some(expiry) = expiry else {
            let soft = match policy.renewal {
                Renewal::Early { .. } => {
                    Some(start.plus(jitter::scaled(last_lifetime.unwrap_or(DEFAULT_LIFETIME), spread)))
                }
                Renewal::WhenExpired => None,
            };
            return Self {
                soft,
                hard: None,
                lifetime: None,
                usable: None,
            };
        };

        let lifetime = stated.unwrap_or_else(|| start.until(expiry));
        let skew = match policy.skew {
            Skew::Default => Duration::from_secs(10).min(lifetime / 10),
            Skew::Explicit(skew) => skew.min(lifetime / 2),
        };
        let usable = lifetime.saturating_sub(skew);
        let soft = match policy.renewal {
            Renewal::WhenExpired => None,
            Renewal::Early { share } => {
                // Keeps time between the two deadlines; otherwise callers would wait for each renewal.
                let age = jitter::scaled(lifetime, share * spread);
                let age = if age > jitter::scaled(usable, 0.95) {
                    jitter::scaled(usable, share * spread)
                } else {
                    age
                };
                Some(expiry.minus(lifetime.saturating_sub(age)))
            }
        };
        Self {
            soft,
            hard: Some(expiry.minus(skew)),
            lifetime: Some(lifetime),
            usable: Some(usable),
        }
    }

    /// Returns the time until the token expires, which is later than when it is no longer served.
    pub(crate) fn left(&self, now: Timestamp) -> Option<Duration> {
        let skew = self.lifetime?.saturating_sub(self.usable?);
        Some(now.until(self.hard?.plus(skew)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const POLICY: LifetimePolicy = LifetimePolicy {
        skew: Skew::Default,
        renewal: Renewal::Early { share: 0.75 },
        default_lifetime: None,
    };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn start() -> Timestamp {
        Timestamp::new(UNIX_EPOCH + seconds(1_800_000_000), seconds(1000))
    }

    fn ages(lifetime: Duration, policy: LifetimePolicy) -> (Duration, Duration) {
        let token = Token::new("t").with_expires_in(lifetime).with_requested_at(start());
        let deadlines = Deadlines::of(&token, start(), &policy, None);
        let age = |deadline: Option<Timestamp>| deadline.unwrap().elapsed_since(start());
        (age(deadlines.soft), age(deadlines.hard))
    }

    #[test]
    fn clock_skew_is_ten_seconds_and_never_more_than_a_tenth() {
        assert_eq!(ages(seconds(3600), POLICY).1, seconds(3590));
        assert_eq!(ages(seconds(20), POLICY).1, seconds(18));
    }

    #[test]
    fn clock_skew_above_the_lifetime_is_capped_to_half_of_it() {
        let policy = LifetimePolicy {
            skew: Skew::Explicit(seconds(600)),
            ..POLICY
        };
        assert_eq!(ages(seconds(3600), policy).1, seconds(3000));
        let (soft, hard) = ages(seconds(300), policy);
        assert_eq!(hard, seconds(150));
        assert!(soft < hard, "renewed before a caller waits: {soft:?}");
    }

    #[test]
    fn with_a_large_clock_skew_the_soft_deadline_is_at_three_quarters_of_the_usable_time() {
        let policy = LifetimePolicy {
            skew: Skew::Explicit(seconds(600)),
            ..POLICY
        };
        for _ in 0..2000 {
            let share = ages(seconds(300), policy).0.as_secs_f64() / 150.0;
            assert!((0.7125 - 1e-6..=0.7875 + 1e-6).contains(&share), "{share}");
        }
    }

    #[test]
    fn soft_deadline_is_at_three_quarters_with_its_own_jitter_per_token() {
        let drawn: Vec<_> = (0..200).map(|_| ages(seconds(1000), POLICY).0).collect();
        assert!(drawn.iter().all(|age| (712..=788).contains(&age.as_secs())));
        let mut distinct = drawn.clone();
        distinct.sort();
        distinct.dedup();
        assert!(distinct.len() > 100);
    }

    #[test]
    fn a_stored_expiry_applies_to_both_clocks() {
        let token = Token::new("t").with_expires_at(UNIX_EPOCH + seconds(1_800_000_100));
        let hard = Deadlines::of(&token, start(), &POLICY, None).hard.unwrap();
        assert_eq!(hard.since_boot(), seconds(1090));
        assert_eq!(hard.wall(), UNIX_EPOCH + seconds(1_800_000_090));
    }

    #[test]
    fn a_token_without_lifetime_is_renewed_after_the_last_known_lifetime_or_an_hour() {
        let token = Token::new("t").with_requested_at(start());
        for (last, expected) in [(None, 3600.0), (Some(seconds(300)), 300.0)] {
            let deadlines = Deadlines::of(&token, start(), &POLICY, last);
            assert_eq!(deadlines.hard, None);
            let age = deadlines.soft.unwrap().elapsed_since(start()).as_secs_f64();
            assert!((age / expected - 1.0).abs() <= SPREAD + 1e-6);
        }
    }
}
