//! One suite for all clients: what an authorized call does, whoever sends it. Each client is a [`Subject`]; each case is a
//! function over any of them; [`conformance!`](crate::conformance) makes a test of every case.
#![expect(
    missing_docs,
    reason = "a case's name says what it holds a client to; nobody else has a use for this crate"
)]

mod cases;
mod subject;
mod world;

pub use self::cases::*;
pub use self::subject::{Answer, Body, Call, Failure, Setup, Subject};
pub use self::world::World;

/// All cases, as tests of one subject.
#[macro_export]
macro_rules! conformance {
    ($subject:ty: $($case:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::$case::<$subject>().await;
            }
        )*
    };
    ($subject:ty) => {
        $crate::conformance!($subject:
            a_cached_token_costs_no_request,
            callers_at_a_cold_start_share_one_token_request,
            a_401_leads_to_one_renewal_and_one_replay,
            a_second_401_is_returned_as_it_is,
            a_403_never_renews,
            renew_when_says_what_else_means_a_refused_token,
            a_challenge_of_bearer_says_whether_the_token_is_dead_whatever_the_status,
            many_401s_for_one_token_lead_to_one_renewal,
            an_endpoint_that_refuses_every_token_churns_none,
            beside_a_session_whichever_token_was_refused_is_renewed,
            beside_a_session_too_an_endpoint_that_refuses_every_token_churns_none,
            a_body_in_one_piece_is_replayed_whole,
            a_body_that_streams_on_and_on_is_not_replayed,
            a_call_to_another_origin_is_an_error_and_nothing_is_sent,
            nothing_behind_the_origin_leads_to_another,
            an_allowed_origin_receives_credentials,
            a_redirect_to_another_origin_carries_no_credentials,
            a_call_without_credentials_carries_none_and_may_go_anywhere,
            the_requirement_none_adds_nothing,
            an_unmet_requirement_names_what_to_configure_and_nothing_is_sent,
            keys_and_passwords_are_written_together,
            a_refused_password_is_not_tried_again,
            an_authorization_header_of_the_callers_own_is_refused,
            a_providers_error_reaches_the_caller_with_its_source,
            a_refusal_by_the_authorization_server_is_typed,
            in_manual_style_nothing_is_renewed,
        );
    };
}
