//! Responses by the hash of their token, in bounded memory, and the requests in progress.

use std::collections::HashMap;
use std::sync::Arc;

use super::IntrospectedToken;
use crate::error::Error;
use crate::least_recently_used::RecentlyUsed;
use crate::runtime::Timestamp;

/// The SHA-256 hash of a token.
pub(super) type TokenHash = [u8; 32];

/// The response for one token; `None` if it is not active.
type Response = Option<Arc<IntrospectedToken>>;

pub(super) struct ResponseCache {
    active: RecentlyUsed<TokenHash, Cached>,
    inactive: RecentlyUsed<TokenHash, Cached>,
    flights: HashMap<TokenHash, Arc<Flight>>,
}

struct Cached {
    response: Response,
    /// When the maximum age is reached.
    until: Timestamp,
    /// When the token expires.
    expiry: Option<Timestamp>,
}

/// A request in progress, for all calls with the same token.
pub(super) struct Flight {
    pub(super) hash: TokenHash,
    /// Held by the call that sends the request.
    pub(super) outcome: tokio::sync::Mutex<Option<Result<Response, Error>>>,
}

impl ResponseCache {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            active: RecentlyUsed::new(capacity),
            inactive: RecentlyUsed::new(capacity),
            flights: HashMap::new(),
        }
    }

    /// Returns the cached response, if it is still valid.
    pub(super) fn find(&mut self, hash: &TokenHash, now: Timestamp) -> Option<Response> {
        for cache in [&mut self.active, &mut self.inactive] {
            match cache.get(hash) {
                Some(cached) if cached.is_valid(now) => return Some(cached.response.clone()),
                Some(_) => drop(cache.remove(hash)),
                None => {}
            }
        }
        None
    }

    /// Caches a response, unless it is not valid any more.
    pub(super) fn insert(
        &mut self,
        hash: TokenHash,
        response: Response,
        until: Timestamp,
        expiry: Option<Timestamp>,
        now: Timestamp,
    ) {
        let cache = match response {
            Some(_) => &mut self.active,
            None => &mut self.inactive,
        };
        let cached = Cached {
            response,
            until,
            expiry,
        };
        if cached.is_valid(now) {
            cache.insert(hash, cached);
        }
    }

    /// Returns the request in progress for this token, or starts one.
    pub(super) fn join(&mut self, hash: TokenHash) -> Arc<Flight> {
        let flight = self.flights.entry(hash).or_insert_with(|| {
            Arc::new(Flight {
                hash,
                outcome: tokio::sync::Mutex::default(),
            })
        });
        Arc::clone(flight)
    }

    /// Removes a request that has completed, or that no other call waits for.
    pub(super) fn leave(&mut self, flight: &Arc<Flight>) {
        let is_current = self
            .flights
            .get(&flight.hash)
            .is_some_and(|current| Arc::ptr_eq(current, flight));
        // This map and the call that leaves.
        let is_last = Arc::strong_count(flight) <= 2;
        let is_complete = flight.outcome.try_lock().is_ok_and(|outcome| outcome.is_some());
        if is_current && (is_last || is_complete) {
            self.flights.remove(&flight.hash);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.active.len() + self.inactive.len()
    }
}

impl Cached {
    fn is_valid(&self, now: Timestamp) -> bool {
        !now.has_reached(self.until) && self.expiry.is_none_or(|expiry| !now.has_reached(expiry))
    }
}
