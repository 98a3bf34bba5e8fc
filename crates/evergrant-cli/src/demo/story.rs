//! What was counted, held against what was promised.

use std::fmt::Write as _;

use serde_json::json;

use super::stage::Stage;

/// Counters at the end, each from whoever saw it happen: callers, transport, library, server.
pub(super) struct Story {
    api_calls: u64,
    failed_calls: u64,
    /// By the authorization server's own count.
    token_requests: u64,
    failed_token_requests: u64,
    renewals: u64,
    recovered_401: u64,
    replays: u64,
    waited: u64,
    slowest_authorization_us: u64,
    outage_calls_served: u64,
    /// By the transport's count.
    requests_granted: u64,
}

impl Story {
    pub(super) fn of(stage: &Stage) -> Self {
        let tally = stage.tally();
        let entries = stage.journal.entries();
        Self {
            api_calls: tally.calls(),
            failed_calls: tally.failed(),
            token_requests: stage.auth.tokens_granted(),
            failed_token_requests: tally.requests_failed(),
            renewals: entries.renewals,
            recovered_401: entries.recoveries,
            replays: entries.replays,
            waited: tally.waited(),
            slowest_authorization_us: tally.slowest_micros(),
            outage_calls_served: tally.outage_served(),
            requests_granted: tally.requests_sent() - tally.requests_failed(),
        }
    }

    /// What does not hold.
    pub(super) fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut hold = |holds: bool, line: String| {
            if !holds {
                broken.push(line);
            }
        };
        hold(self.failed_calls == 0, format!("{} calls failed", self.failed_calls));
        hold(
            self.token_requests == 1 + self.renewals + self.recovered_401,
            format!(
                "{} tokens were granted, for one cold start, {} renewals and {} recoveries",
                self.token_requests, self.renewals, self.recovered_401
            ),
        );
        hold(
            self.token_requests == self.requests_granted,
            format!(
                "the server granted {} tokens, and {} arrived",
                self.token_requests, self.requests_granted
            ),
        );
        hold(
            self.renewals >= 2,
            format!("there were {} renewals, and not two at least", self.renewals),
        );
        hold(
            self.waited == 0,
            format!("{} callers waited for a renewal", self.waited),
        );
        hold(
            self.recovered_401 > 0 && self.replays > 0,
            "no revoked token was recovered".to_owned(),
        );
        hold(
            self.failed_token_requests > 0,
            "no renewal failed during the outage".to_owned(),
        );
        hold(
            self.outage_calls_served > 0,
            "no call was served during the outage".to_owned(),
        );
        broken
    }

    pub(super) fn summary(&self) -> String {
        let mut text = String::from("Summary\n");
        for (what, count) in [
            ("API calls", self.api_calls),
            ("of them failed", self.failed_calls),
            ("token requests granted", self.token_requests),
            ("token requests failed, in the outage", self.failed_token_requests),
            ("renewals in the background", self.renewals),
            ("callers who waited for one", self.waited),
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
