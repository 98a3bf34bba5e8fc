//! The rules, each a case.

mod changes;
mod clock;
mod formats;
mod leases;
mod lifetimes;
mod poison;
mod races;
mod records;
mod rollback;
mod sealing;
mod tokens;

use evergrant::runtime::BoxFuture;

use super::verdict::Verdict;
use super::world::World;

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) run: fn(World) -> BoxFuture<'static, Verdict>,
}

macro_rules! cases {
    ($($module:ident: $($case:ident),+;)+) => {
        &[$($(Case {
            name: stringify!($case),
            run: |world| Box::pin($module::$case(world)),
        }),+),+]
    };
}

pub(super) const CASES: &[Case] = cases! {
    records:
        where_nothing_was_put_nothing_is_found,
        a_swap_that_expects_nothing_puts_a_record,
        a_swap_that_expects_nothing_leaves_a_record_alone,
        a_swap_replaces_exactly_the_text_that_it_expects,
        a_swap_that_expects_a_record_conflicts_where_none_is,
        a_swap_removes_exactly_the_text_that_it_expects,
        any_text_comes_back_as_it_was,
        keys_do_not_touch_one_another,
        the_keys_are_those_of_the_records;
    lifetimes:
        a_record_is_kept_for_as_long_as_asked,
        a_record_is_kept_for_as_long_as_its_last_swap_asked,
        the_longest_time_to_keep_is_possible,
        a_record_is_dropped_in_the_end;
    clock:
        the_clock_counts_from_1970,
        the_clock_is_the_same_through_all_handles,
        the_clock_runs_as_fast_as_time;
    races:
        of_swaps_that_expect_nothing_one_wins,
        of_swaps_that_expect_the_same_record_one_wins,
        a_load_sees_every_swap_that_has_returned,
        no_increment_is_lost,
        an_operation_that_is_dropped_leaves_the_store_usable;
    changes:
        an_announced_swap_is_heard_of_elsewhere,
        an_announced_removal_is_heard_of_elsewhere;
    leases:
        a_lease_is_one_members,
        of_many_members_one_gets_the_lease,
        a_lease_that_has_run_out_is_taken_over,
        a_renewal_extends_the_lease,
        a_lease_that_was_taken_over_cannot_be_extended,
        a_released_lease_is_free_at_once,
        a_late_release_changes_nothing,
        numbers_go_on_after_a_loss_of_the_record,
        leases_go_by_the_engines_clock;
    tokens:
        a_saved_token_is_everybodys,
        a_save_ends_the_lease,
        a_late_writer_is_told_and_changes_nothing,
        a_late_writer_changes_nothing_before_the_new_owner_has_saved,
        generations_only_grow,
        a_rejection_marks_the_newest_generation_alone,
        a_token_outlives_its_lease_and_its_rejection,
        expiry_goes_by_the_engines_clock,
        many_members_renew_one_token_without_loss;
    formats:
        a_record_of_another_key_is_a_miss,
        a_damaged_record_is_a_miss_and_is_written_over,
        a_newer_versions_record_is_left_alone,
        what_newer_versions_have_added_survives;
    poison:
        no_lease_lasts_for_longer_than_a_few_of_the_members_own,
        no_failure_is_remembered_for_longer_than_an_hour,
        counting_goes_on_after_the_greatest_number;
    rollback:
        an_older_record_that_is_put_back_is_not_believed_and_written_over,
        a_rejected_token_stays_rejected_when_an_older_record_is_put_back,
        the_lease_of_an_older_record_holds_nobody_up;
    sealing:
        a_sealed_token_cannot_be_read_in_the_engine,
        a_sealed_token_opens_under_its_own_key_alone,
        a_sealed_token_that_was_changed_is_a_miss,
        what_a_sealed_record_says_cannot_be_changed,
        a_token_that_is_not_sealed_is_a_miss_in_a_sealed_store;
};
