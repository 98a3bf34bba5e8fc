//! One test suite for all clients that send authorized calls. Each client implements [`TestClient`], and each case is a
//! generic function. [`conformance!`](crate::conformance) generates a test for every case.
#![expect(
    missing_docs,
    reason = "the name of a case states the requirement, and the crate is not published"
)]

mod cases;
mod fake_proof_of_possession;
mod fixture;
mod test_client;
mod upload_server;

pub use self::cases::*;
pub use self::fake_proof_of_possession::{ProofApi, ToyProof};
pub use self::fixture::Fixture;
pub use self::test_client::{Body, Call, CallResponse, Failure, Setup, TestClient, contains};

/// Generates a test of one client for each case.
#[macro_export]
macro_rules! conformance {
    ($client:ty: $($case:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::$case::<$client>().await;
            }
        )*
    };
    ($client:ty) => {
        $crate::conformance!($client:
            a_cached_token_sends_no_token_request,
            cold_callers_share_one_token_request,
            a_401_leads_to_one_renewal_and_one_replay,
            a_second_401_is_returned,
            a_403_does_not_renew,
            renew_when_treats_another_status_as_a_rejection,
            keep_token_when_returns_a_401,
            keep_token_when_body_sees_the_body_of_a_401,
            the_body_of_a_401_that_a_rule_has_seen_is_complete,
            a_response_has_the_generation_of_its_token,
            the_limit_of_a_call_covers_the_wait_for_its_token,
            no_replay_returns_a_401_and_the_next_call_renews,
            a_bearer_challenge_decides_whether_the_token_is_rejected,
            many_401s_for_one_token_lead_to_one_renewal,
            permanent_401s_cause_few_renewals,
            with_a_session_token_the_rejected_token_is_renewed,
            with_a_session_token_permanent_401s_cause_few_renewals,
            a_buffered_body_is_replayed,
            a_large_streaming_body_is_not_replayed,
            two_interrupted_uploads_renew_the_token,
            uploads_that_always_break_renew_one_token,
            a_response_between_two_interrupted_uploads_keeps_the_token,
            a_call_to_another_origin_fails_without_sending,
            path_tricks_do_not_reach_another_origin,
            an_allowed_origin_receives_credentials,
            a_redirect_to_another_origin_carries_no_credentials,
            an_unauthenticated_call_may_go_to_any_origin,
            requirement_none_adds_no_credentials,
            an_unmet_requirement_fails_without_sending,
            keys_and_passwords_are_combined,
            a_rejected_password_is_not_retried,
            a_caller_provided_authorization_header_is_an_error,
            a_provider_error_keeps_its_source,
            an_authorization_server_rejection_is_typed,
            manual_mode_renews_nothing,
            each_request_carries_a_new_proof_for_its_method_and_uri,
            a_new_nonce_requires_a_new_proof_but_no_new_token,
            nonce_challenges_have_a_retry_limit,
            a_rejected_token_is_renewed_with_a_new_proof,
            the_proof_covers_the_uri_with_the_query_key,
            a_large_streaming_body_is_not_repeated_for_a_proof,
            a_failed_proof_sends_nothing,
            bearer_tokens_carry_no_proof,
            a_dpop_proof_covers_the_method_the_uri_and_the_token,
            a_dpop_nonce_of_any_response_is_used_at_its_server,
            a_rejected_dpop_token_and_a_new_nonce_have_separate_limits,
            dpop_calls_at_the_same_time_have_different_proofs,
        );

        #[tokio::test(start_paused = true)]
        async fn a_call_under_a_paused_clock_gets_its_token_and_its_response() {
            $crate::a_call_under_a_paused_clock_gets_its_token_and_its_response::<$client>().await;
        }
    };
}
