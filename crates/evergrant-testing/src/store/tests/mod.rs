//! Tests of the suite: a conforming store passes, and the intended case detects each violation.

mod broken_store;
mod toy_encryption;

use evergrant::store::{MemoryStore, SharedStore};

use self::broken_store::{BrokenStore, Fault};
use self::toy_encryption::{Flaw, ToySeal};
use super::{Conformance, Outcome, Report};

#[tokio::test]
async fn a_conforming_store_passes() {
    let engine = MemoryStore::new();
    let report = Conformance::new(async || engine.clone()).run().await;
    report.assert();
    assert!(report.passed());
    let skipped: Vec<_> = report
        .cases()
        .iter()
        .filter(|case| case.outcome != Outcome::Passed)
        .collect();
    assert_eq!(skipped.len(), 5, "the cases for encryption are skipped: {skipped:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_store_passes_without_skipped_cases() {
    let engine = MemoryStore::new();
    let make = async || SharedStore::new(engine.clone()).with_seal(ToySeal::new(None));
    let report = Conformance::new(make).run().await;
    let all_passed = report.cases().iter().all(|case| case.outcome == Outcome::Passed);
    assert!(all_passed, "{report}");
}

#[tokio::test]
async fn the_toy_store_without_a_fault_passes() {
    report(None, |_| true).await.assert();
}

#[tokio::test]
async fn each_fault_is_detected() {
    for (fault, names) in [
        (Fault::InventsRecords, &["a_missing_record_loads_as_none"][..]),
        (
            Fault::SkipsComparison,
            &[
                "an_insert_conflicts_with_an_existing_record",
                "a_swap_replaces_only_the_expected_record",
                "a_swap_removes_only_the_expected_record",
                "one_of_concurrent_inserts_wins",
            ],
        ),
        (Fault::ComparesTrimmed, &["a_swap_replaces_only_the_expected_record"]),
        (Fault::SwapsMissingRecords, &["a_swap_of_a_missing_record_conflicts"]),
        (
            Fault::SwapIsNotAtomic,
            &[
                "one_of_concurrent_inserts_wins",
                "one_of_concurrent_swaps_wins",
                "concurrent_increments_are_not_lost",
            ],
        ),
        (
            Fault::CachesLoads,
            &[
                "a_swap_without_expected_record_inserts",
                "a_load_sees_every_completed_swap",
            ],
        ),
        (Fault::TrimsText, &["any_text_is_returned_unchanged"]),
        (Fault::IgnoresKeys, &["keys_are_independent"]),
        (Fault::ListsRemovedKeys, &["keys_lists_existing_records"]),
        (Fault::ExpiresEarly, &["a_record_is_kept_for_its_retention"]),
        (Fault::KeepsFirstExpiry, &["the_last_swap_sets_the_retention"]),
        (Fault::ConflictExtendsExpiry, &["the_last_swap_sets_the_retention"]),
        (Fault::ExpiryOverflows, &["the_maximum_retention_is_accepted"]),
        (Fault::ClockCountsSeconds, &["the_clock_shows_unix_time"]),
        (Fault::ClockPerHandle, &["all_handles_share_one_clock"]),
        (Fault::ClockIsFrozen, &["the_clock_runs_at_real_speed"]),
        (
            Fault::NeverNotifies,
            &[
                "an_announced_swap_notifies_other_handles",
                "an_announced_removal_notifies_other_handles",
            ],
        ),
        (
            Fault::SkipsRemovalNotifications,
            &["an_announced_removal_notifies_other_handles"],
        ),
        (
            Fault::StaysBusyWhenCancelled,
            &["a_cancelled_operation_leaves_the_store_usable"],
        ),
        (
            Fault::WritesHalfWhenCancelled,
            &["a_cancelled_operation_leaves_the_store_usable"],
        ),
    ] {
        let report = report(Some(fault), |name| names.contains(&name)).await;
        assert_eq!(report.cases().len(), names.len(), "{fault:?} lists an unknown case");
        for case in report.cases() {
            assert!(
                matches!(case.outcome, Outcome::Failed(_)),
                "{fault:?} is not detected by: {case}"
            );
        }
    }
}

#[tokio::test]
async fn a_record_that_never_expires_skips_its_case() {
    let report = report(Some(Fault::NeverExpires), |name| name == "an_expired_record_is_removed").await;
    assert!(report.passed());
    let case = &report.cases()[0];
    assert!(matches!(case.outcome, Outcome::Skipped(_)), "{case}");
}

#[tokio::test]
async fn each_encryption_flaw_is_detected() {
    for (flaw, name) in [
        (Flaw::NoEncryption, "a_sealed_token_is_unreadable_in_the_engine"),
        (Flaw::OneNonce, "a_sealed_token_is_unreadable_in_the_engine"),
        (Flaw::NoIdentity, "a_sealed_token_opens_only_under_its_own_key"),
        (Flaw::NoIdentity, "a_modified_sealed_token_is_a_miss"),
        (Flaw::NoTag, "a_modified_sealed_token_is_a_miss"),
        (Flaw::NoIdentity, "a_modified_sealed_record_is_a_miss"),
        (Flaw::NoTag, "a_modified_sealed_record_is_a_miss"),
    ] {
        let engine = MemoryStore::new();
        let make = async || SharedStore::new(engine.clone()).with_seal(ToySeal::new(Some(flaw)));
        let report = Conformance::new(make).run_filtered(|other| other == name).await;
        assert!(!report.passed(), "{flaw:?} is not detected by: {report}");
    }
}

#[tokio::test]
async fn a_report_describes_each_violation() {
    let name = "an_insert_conflicts_with_an_existing_record";
    let report = report(Some(Fault::SkipsComparison), |other| other == name).await;
    let message = std::panic::catch_unwind(|| report.assert()).unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(
        message.starts_with("1 of 1 rules for token stores are violated:"),
        "{message}"
    );
    assert!(
        message.contains("FAILED   an insert conflicts with an existing record: a swap that expects nothing succeeds"),
        "{message}"
    );
}

async fn report(fault: Option<Fault>, filter: impl Fn(&'static str) -> bool) -> Report {
    let engine = BrokenStore::new(fault);
    Conformance::new(async || engine.handle())
        .max_expiry_delay(std::time::Duration::from_millis(300))
        .max_notification_delay(std::time::Duration::from_secs(1))
        .run_filtered(filter)
        .await
}
