//! The cases of the conformance suite, each of which checks one rule.

mod change_notifications;
mod engine_clock;
mod forged_records;
mod leases;
mod races;
mod record_lifetimes;
mod records;
mod rollback;
mod sealing;
mod tokens;
mod unexpected_formats;

use evergrant::runtime::BoxFuture;

use super::case_result::CaseResult;
use super::fixture::Fixture;

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) run: fn(Fixture) -> BoxFuture<'static, CaseResult>,
}

macro_rules! cases {
    ($($module:ident: $($case:ident),+;)+) => {
        &[$($(Case {
            name: stringify!($case),
            run: |fixture| Box::pin($module::$case(fixture)),
        }),+),+]
    };
}

pub(super) const CASES: &[Case] = cases! {
    records:
        a_missing_record_loads_as_none,
        a_swap_without_expected_record_inserts,
        an_insert_conflicts_with_an_existing_record,
        a_swap_replaces_only_the_expected_record,
        a_swap_of_a_missing_record_conflicts,
        a_swap_removes_only_the_expected_record,
        any_text_is_returned_unchanged,
        keys_are_independent,
        keys_lists_existing_records;
    record_lifetimes:
        a_record_is_kept_for_its_retention,
        the_last_swap_sets_the_retention,
        the_maximum_retention_is_accepted,
        an_expired_record_is_removed;
    engine_clock:
        the_clock_shows_unix_time,
        all_handles_share_one_clock,
        the_clock_runs_at_real_speed;
    races:
        one_of_concurrent_inserts_wins,
        one_of_concurrent_swaps_wins,
        a_load_sees_every_completed_swap,
        concurrent_increments_are_not_lost,
        a_cancelled_operation_leaves_the_store_usable;
    change_notifications:
        an_announced_swap_notifies_other_handles,
        an_announced_removal_notifies_other_handles;
    leases:
        a_lease_has_one_holder,
        one_of_concurrent_processes_acquires_the_lease,
        an_expired_lease_is_taken_over,
        a_renewal_extends_the_lease,
        a_lost_lease_cannot_be_extended,
        a_released_lease_is_available_immediately,
        releasing_a_lost_lease_has_no_effect,
        fencing_numbers_increase_after_record_loss,
        leases_use_the_engine_clock;
    tokens:
        a_saved_token_is_visible_to_all_processes,
        a_save_releases_the_lease,
        a_late_save_is_superseded,
        a_late_save_is_superseded_before_the_new_holder_saves,
        generations_only_increase,
        a_rejection_marks_only_the_newest_generation,
        a_token_survives_leases_and_rejections,
        expiry_uses_the_engine_clock,
        concurrent_renewals_lose_no_token;
    unexpected_formats:
        a_record_of_another_key_is_a_miss,
        a_damaged_record_is_a_miss_and_is_overwritten,
        a_record_of_a_newer_version_is_not_changed,
        unknown_record_members_are_preserved;
    forged_records:
        a_forged_lease_has_a_bounded_duration,
        a_forged_failure_lasts_at_most_one_hour,
        counters_continue_after_the_maximum;
    rollback:
        a_restored_older_record_is_ignored_and_overwritten,
        a_rejection_survives_a_restored_older_record,
        the_lease_of_a_restored_older_record_does_not_block;
    sealing:
        a_sealed_token_is_unreadable_in_the_engine,
        a_sealed_token_opens_only_under_its_own_key,
        a_modified_sealed_token_is_a_miss,
        a_modified_sealed_record_is_a_miss,
        a_plain_token_is_a_miss_in_a_sealed_store;
};
