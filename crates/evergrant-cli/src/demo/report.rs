//! Compares the counts with the expected ones.

use std::fmt::Write as _;

use serde_json::json;

use super::setup::Setup;

/// The counts at the end, from callers, transport, library and server.
pub(super) struct Report {
    api_calls: u64,
    failed_calls: u64,
    /// Counted by the authorization server.
    token_requests: u64,
    failed_token_requests: u64,
    renewals: u64,
    recovered_401: u64,
    replays: u64,
    waited: u64,
    slowest_authorization_us: u64,
    outage_calls_served: u64,
    /// Counted by the transport.
    requests_granted: u64,
}

impl Report {
    pub(super) fn collect(setup: &Setup) -> Self {
        let counters = setup.counters();
        let counts = setup.events.counts();
        Self {
            api_calls: counters.calls(),
            failed_calls: counters.failed(),
            token_requests: setup.auth.tokens_granted(),
            failed_token_requests: counters.requests_failed(),
            renewals: counts.renewals,
            recovered_401: counts.recoveries,
            replays: counts.replays,
            waited: counters.waited(),
            slowest_authorization_us: counters.slowest_micros(),
            outage_calls_served: counters.outage_served(),
            requests_granted: counters.requests_sent() - counters.requests_failed(),
        }
    }

    /// The results that differ from the expected ones.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut violations = Vec::new();
        let mut expect = |holds: bool, line: String| {
            if !holds {
                violations.push(line);
            }
        };
        expect(self.failed_calls == 0, format!("{} calls failed", self.failed_calls));
        expect(
            self.token_requests == 1 + self.renewals + self.recovered_401,
            format!(
                "{} tokens were granted for one cold start, {} renewals and {} recoveries",
                self.token_requests, self.renewals, self.recovered_401
            ),
        );
        expect(
            self.token_requests == self.requests_granted,
            format!(
                "the server granted {} tokens, but {} arrived",
                self.token_requests, self.requests_granted
            ),
        );
        expect(
            self.renewals >= 2,
            format!("there were {} renewals, expected at least 2", self.renewals),
        );
        expect(
            self.waited == 0,
            format!("{} callers waited for a renewal", self.waited),
        );
        expect(
            self.recovered_401 > 0 && self.replays > 0,
            "no revoked token was recovered".to_owned(),
        );
        expect(
            self.failed_token_requests > 0,
            "no renewal failed during the outage".to_owned(),
        );
        expect(
            self.outage_calls_served > 0,
            "no call was served during the outage".to_owned(),
        );
        violations
    }

    pub(super) fn summary(&self) -> String {
        let mut text = String::from("Summary\n");
        for (what, count) in [
            ("API calls", self.api_calls),
            ("failed API calls", self.failed_calls),
            ("token requests granted", self.token_requests),
            ("token requests failed in the outage", self.failed_token_requests),
            ("renewals in the background", self.renewals),
            ("callers that waited for a renewal", self.waited),
            ("tokens recovered after a 401", self.recovered_401),
            ("calls served during the outage", self.outage_calls_served),
            ("slowest authorization, µs", self.slowest_authorization_us),
        ] {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {what:<38} {count:>7}");
        }
        text.truncate(text.trim_end().len());
        text
    }

    pub(super) fn to_json(&self) -> String {
        json!({
            "api_calls": self.api_calls,
            "failed_calls": self.failed_calls,
            "token_requests": self.token_requests,
            "failed_token_requests": self.failed_token_requests,
            "renewals": self.renewals,
            "recovered_401": self.recovered_401,
            "slowest_authorization_us": self.slowest_authorization_us,
            "outage_calls_served": self.outage_calls_served,
        })
        .to_string()
    }
}
