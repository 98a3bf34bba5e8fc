//! The suite itself: a store that keeps the contract passes, and each way to break it is found by the case that is there for
//! it.

mod broken;
mod toy_seal;

use evergrant::store::{MemoryStore, SharedStore};

use self::broken::{Broken, Fault};
use self::toy_seal::{Flaw, ToySeal};
use super::{Conformance, Outcome, Report};

#[tokio::test]
async fn a_store_that_keeps_the_contract_passes() {
    let engine = MemoryStore::new();
    let report = Conformance::new(async || engine.clone()).run().await;
    report.assert();
    assert!(report.passed());
    let skipped: Vec<_> = report
        .cases()
        .iter()
        .filter(|case| case.outcome != Outcome::Passed)
        .collect();
    assert_eq!(skipped.len(), 5, "those for encryption are skipped: {skipped:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_store_passes_with_no_case_skipped() {
    let engine = MemoryStore::new();
    let make = async || SharedStore::new(engine.clone()).sealed(ToySeal::new(None));
    let report = Conformance::new(make).run().await;
    let all_passed = report.cases().iter().all(|case| case.outcome == Outcome::Passed);
    assert!(all_passed, "{report}");
}

#[tokio::test]
async fn the_sound_toy_engine_passes() {
    report(None, |_| true).await.assert();
}

#[tokio::test]
async fn each_fault_is_found_by_its_case() {
    for (fault, names) in [
        (
            Fault::FindsWhatNobodyPut,
            &["where_nothing_was_put_nothing_is_found"][..],
        ),
        (
            Fault::SwapsWithoutComparing,
            &[
                "a_swap_that_expects_nothing_leaves_a_record_alone",
                "a_swap_replaces_exactly_the_text_that_it_expects",
                "a_swap_removes_exactly_the_text_that_it_expects",
                "of_swaps_that_expect_nothing_one_wins",
            ],
        ),
        (
            Fault::ComparesLoosely,
            &["a_swap_replaces_exactly_the_text_that_it_expects"],
        ),
        (
            Fault::PutsWhereNothingIsLeft,
            &["a_swap_that_expects_a_record_conflicts_where_none_is"],
        ),
        (
            Fault::ComparesAndPutsApart,
            &[
                "of_swaps_that_expect_nothing_one_wins",
                "of_swaps_that_expect_the_same_record_one_wins",
                "no_increment_is_lost",
            ],
        ),
        (
            Fault::LoadsFromACache,
            &[
                "a_swap_that_expects_nothing_puts_a_record",
                "a_load_sees_every_swap_that_has_returned",
            ],
        ),
        (Fault::TrimsText, &["any_text_comes_back_as_it_was"]),
        (Fault::HasOneRecord, &["keys_do_not_touch_one_another"]),
        (Fault::ListsRemovedKeys, &["the_keys_are_those_of_the_records"]),
        (Fault::DropsEarly, &["a_record_is_kept_for_as_long_as_asked"]),
        (
            Fault::KeepsAsFirstAsked,
            &["a_record_is_kept_for_as_long_as_its_last_swap_asked"],
        ),
        (
            Fault::KeepsAsConflictsAsk,
            &["a_record_is_kept_for_as_long_as_its_last_swap_asked"],
        ),
        (Fault::AddsWithoutLimit, &["the_longest_time_to_keep_is_possible"]),
        (Fault::CountsSeconds, &["the_clock_counts_from_1970"]),
        (
            Fault::HasAClockForEachHandle,
            &["the_clock_is_the_same_through_all_handles"],
        ),
        (Fault::ClockStandsStill, &["the_clock_runs_as_fast_as_time"]),
        (
            Fault::TellsNobody,
            &[
                "an_announced_swap_is_heard_of_elsewhere",
                "an_announced_removal_is_heard_of_elsewhere",
            ],
        ),
        (
            Fault::TellsNobodyOfRemovals,
            &["an_announced_removal_is_heard_of_elsewhere"],
        ),
        (
            Fault::StaysBusyWhenDropped,
            &["an_operation_that_is_dropped_leaves_the_store_usable"],
        ),
        (
            Fault::WritesHalfWhenDropped,
            &["an_operation_that_is_dropped_leaves_the_store_usable"],
        ),
    ] {
        let report = report(Some(fault), |name| names.contains(&name)).await;
        assert_eq!(
            report.cases().len(),
            names.len(),
            "{fault:?} names a case that there is not"
        );
        for case in report.cases() {
            assert!(
                matches!(case.outcome, Outcome::Failed(_)),
                "{fault:?} is not found by: {case}"
            );
        }
    }
}

#[tokio::test]
async fn a_record_that_stays_for_ever_is_reported_and_fails_nothing() {
    let report = report(Some(Fault::DropsNothing), |name| {
        name == "a_record_is_dropped_in_the_end"
    })
    .await;
    assert!(report.passed());
    let case = &report.cases()[0];
    assert!(matches!(case.outcome, Outcome::Skipped(_)), "{case}");
}

#[tokio::test]
async fn each_flaw_of_an_encryption_is_found_by_its_case() {
    for (flaw, name) in [
        (Flaw::NoEncryption, "a_sealed_token_cannot_be_read_in_the_engine"),
        (Flaw::OneNonce, "a_sealed_token_cannot_be_read_in_the_engine"),
        (Flaw::NoIdentity, "a_sealed_token_opens_under_its_own_key_alone"),
        (Flaw::NoIdentity, "a_sealed_token_that_was_changed_is_a_miss"),
        (Flaw::NoTag, "a_sealed_token_that_was_changed_is_a_miss"),
        (Flaw::NoIdentity, "what_a_sealed_record_says_cannot_be_changed"),
        (Flaw::NoTag, "what_a_sealed_record_says_cannot_be_changed"),
    ] {
        let engine = MemoryStore::new();
        let make = async || SharedStore::new(engine.clone()).sealed(ToySeal::new(Some(flaw)));
        let report = Conformance::new(make).run_some(|other| other == name).await;
        assert!(!report.passed(), "{flaw:?} is not found by: {report}");
    }
}

#[tokio::test]
async fn a_report_names_what_is_broken_and_how() {
    let name = "a_swap_that_expects_nothing_leaves_a_record_alone";
    let report = report(Some(Fault::SwapsWithoutComparing), |other| other == name).await;
    let message = std::panic::catch_unwind(|| report.assert()).unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(
        message.starts_with("1 of 1 rules for token stores are broken:"),
        "{message}"
    );
    assert!(
        message.contains(
            "FAILED   a swap that expects nothing leaves a record alone: a swap that expects nothing is done"
        ),
        "{message}"
    );
}

async fn report(fault: Option<Fault>, wanted: impl Fn(&'static str) -> bool) -> Report {
    let engine = Broken::new(fault);
    Conformance::new(async || engine.handle())
        .drops_within(std::time::Duration::from_millis(300))
        .notifies_within(std::time::Duration::from_secs(1))
        .run_some(wanted)
        .await
}
