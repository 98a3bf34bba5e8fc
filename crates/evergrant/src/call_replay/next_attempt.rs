//! Responses and broken connections: decides whether an attempt leads to another one.

use tracing::debug;

use super::{MAX_REPLAYS, NOT_RENEWED, NOTHING_TO_RENEW, PROOF_RETRIES_EXCEEDED, Reason, Replay, Step};
use crate::authorizer::{Authorization, ReplayDecision};
use crate::challenge::{BEARER, rejects_token_of};
use crate::proof::{PROOF_RETRIES, ProofTarget, ProofVerdict};
use crate::response_head::ResponseHead;
use crate::token_rejection::{Interruption, ReplayOutcome};

impl Replay<'_> {
    /// Decides whether the API's response leads to another attempt. [`Step::Return`] ends the call: return the response
    /// to the caller.
    ///
    /// On [`Step::Send`], call [`authorize`](Self::authorize) again with the original request. Do not drop the response
    /// before `authorize` has returned [`Step::Send`] too, because `authorize` may decide that the response is returned
    /// to the caller. If the request cannot be repeated, call [`abandon`](Self::abandon).
    ///
    /// If [`reads_body`](Self::reads_body) returns `true`, call [`receive_with_body`](Self::receive_with_body) instead.
    pub fn receive(&mut self, response: &ResponseHead<'_>) -> Step {
        self.decide(response, None)
    }

    /// Returns whether the start of the response's body is needed to decide about this response. This is so if the
    /// response rejects the token, and the [`keep_token_when_body`](Self::keep_token_when_body) rule is set. Then read
    /// at most [`BODY_LIMIT`](Self::BODY_LIMIT) bytes of the body for at most [`BODY_TIME`](Self::BODY_TIME), and pass
    /// them to [`receive_with_body`](Self::receive_with_body). The caller must still receive the whole body, with these
    /// bytes in front of the rest.
    #[must_use]
    pub fn reads_body(&self, response: &ResponseHead<'_>) -> bool {
        self.keep_token_when_body.is_some() && self.is_rejection(response)
    }

    /// Decides whether the API's response leads to another attempt, like [`receive`](Self::receive). `start` is the
    /// start of the response's body, for the rule [`keep_token_when_body`](Self::keep_token_when_body).
    pub fn receive_with_body(&mut self, response: &ResponseHead<'_>, start: &[u8]) -> Step {
        self.decide(response, Some(start))
    }

    fn decide(&mut self, response: &ResponseHead<'_>, body: Option<&[u8]>) -> Step {
        if let Some(step) = self.read_proof(response) {
            return step;
        }
        let keeps_token = |start| self.keep_token_when_body.is_some_and(|keep| keep(response, start));
        let is_rejection = self.is_rejection(response) && !body.is_some_and(keeps_token);
        if !is_rejection {
            self.authorizer.note_acceptance(&self.sent, self.has_body);
        }
        match self.rejected.take() {
            Some(rejected) => self.receive_again(&rejected, response, is_rejection),
            None if is_rejection => self.receive_rejection(),
            None => Step::Return,
        }
    }

    /// Returns whether the response rejects the token, by its head alone.
    fn is_rejection(&self, response: &ResponseHead<'_>) -> bool {
        let scheme = match self.target {
            Some(_) => self.authorizer.proof(&self.sent).map_or(BEARER, |proof| proof.scheme()),
            None => BEARER,
        };
        let is_rejection = rejects_token_of(scheme, response.status(), response.headers(), || {
            self.renew_when.is_some_and(|renew_when| renew_when(response))
        });
        is_rejection && !self.keep_token_when.is_some_and(|keep| keep(response))
    }

    /// Reports that the connection broke while the request's body was sent, before a response arrived. A server that
    /// rejects a token without reading the body closes the connection, and its 401 may be lost. Therefore the second
    /// such report in a row for one token discards the token, like a 401. The request is not repeated.
    ///
    /// If connections break for requests with the next token too, the token is not the cause. Then such reports discard
    /// no token until a request [with a body](Self::with_body) has received a response.
    pub fn interrupt(&mut self) -> Interruption {
        let interruption = self.authorizer.interrupt(&self.sent);
        debug!(name: "evergrant.interrupted", target: "evergrant", method = %self.call.method(), url = self.call.url(),
            persistent = interruption == Interruption::Persistent,
            "the connection broke while the body of the request was sent");
        interruption
    }

    /// Returns `None` if the API accepts the proof.
    fn read_proof(&mut self, response: &ResponseHead<'_>) -> Option<Step> {
        let (method, uri) = &**self.target.as_ref()?;
        let target = ProofTarget::new(method, uri);
        let verdict = self.authorizer.read_response(&self.sent, target, response);
        if verdict == ProofVerdict::Done || response.status().is_success() {
            return None;
        }
        if self.proofs_repeated == PROOF_RETRIES {
            self.not_replayed(PROOF_RETRIES_EXCEEDED);
            return Some(Step::Return);
        }
        self.proofs_repeated += 1;
        self.reason = Reason::Proof;
        Some(Step::Send)
    }

    #[cold]
    fn receive_rejection(&mut self) -> Step {
        match self.authorizer.reject(&self.sent) {
            ReplayDecision::Repeat => return self.replay(),
            ReplayDecision::NothingToRenew => self.not_replayed(NOTHING_TO_RENEW),
            ReplayDecision::NotRenewed => self.not_replayed(NOT_RENEWED),
        }
        Step::Return
    }

    #[cold]
    fn receive_again(&mut self, rejected: &Authorization, response: &ResponseHead<'_>, is_rejection: bool) -> Step {
        let outcome = if is_rejection {
            ReplayOutcome::Rejected
        } else {
            ReplayOutcome::Accepted
        };
        self.authorizer.report_replay(rejected, &self.sent, outcome);
        debug!(name: "evergrant.replayed", target: "evergrant", method = %self.call.method(), url = self.call.url(),
            status = response.status().as_u16(), "the request was repeated with a new token");
        let repeats = outcome == ReplayOutcome::Rejected
            && self.replays < MAX_REPLAYS
            && self.authorizer.reject_again(rejected, &self.sent) == ReplayDecision::Repeat;
        if repeats { self.replay() } else { Step::Return }
    }

    fn replay(&mut self) -> Step {
        self.replays += 1;
        self.rejected = Some(self.sent.clone());
        self.reason = Reason::Token;
        Step::Send
    }
}
