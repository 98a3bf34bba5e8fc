//! Cases about loading and swapping records and about keys, without concurrency.

use evergrant::store::{StoreKey, Swap, SwapOutcome};

use crate::store::case_result::{CaseResult, ensure};
use crate::store::fixture::{Fixture, RETENTION};

pub(super) async fn a_missing_record_loads_as_none(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    for store in fixture.stores() {
        let loaded = store.load(&key).await?;
        ensure!(loaded.record.is_none(), "an unused key has a record");
    }
    ensure!(
        !fixture.process(0, &key).clear().await?,
        "a record of an unused key was removed"
    );
    Ok(())
}

pub(super) async fn a_swap_without_expected_record_inserts(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    assert_record(&fixture, &key, None).await?;
    swap_succeeds(&fixture, &key, None, Some("first")).await?;
    assert_record(&fixture, &key, Some("first")).await
}

pub(super) async fn an_insert_conflicts_with_an_existing_record(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    swap_succeeds(&fixture, &key, None, Some("first")).await?;
    swap_conflicts(&fixture, &key, None, Some("second")).await?;
    swap_conflicts(&fixture, &key, None, Some("first")).await?;
    swap_conflicts(&fixture, &key, None, None).await
}

pub(super) async fn a_swap_replaces_only_the_expected_record(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    swap_succeeds(&fixture, &key, None, Some("Caf\u{e9} 1")).await?;
    let others = [
        "caf\u{e9} 1",
        "Cafe\u{301} 1",
        "Caf\u{e9} 1 ",
        "Caf\u{e9} 1\n",
        "Caf\u{e9}",
        "Caf_ 1",
        "%",
        "",
    ];
    for other in others {
        swap_conflicts(&fixture, &key, Some(other), Some("second")).await?;
        swap_conflicts(&fixture, &key, Some(other), Some(other)).await?;
    }
    swap_succeeds(&fixture, &key, Some("Caf\u{e9} 1"), Some("second")).await?;
    assert_record(&fixture, &key, Some("second")).await?;
    swap_conflicts(&fixture, &key, Some("Caf\u{e9} 1"), Some("third")).await?;
    swap_succeeds(&fixture, &key, Some("second"), Some("second")).await?;
    assert_record(&fixture, &key, Some("second")).await
}

pub(super) async fn a_swap_of_a_missing_record_conflicts(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    swap_conflicts(&fixture, &key, Some("first"), Some("second")).await?;
    swap_conflicts(&fixture, &key, Some("first"), None).await?;
    swap_conflicts(&fixture, &key, Some(""), Some("second")).await?;
    swap_succeeds(&fixture, &key, None, None).await?;
    assert_record(&fixture, &key, None).await
}

pub(super) async fn a_swap_removes_only_the_expected_record(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    swap_succeeds(&fixture, &key, None, Some("first")).await?;
    swap_conflicts(&fixture, &key, Some("second"), None).await?;
    swap_succeeds(&fixture, &key, Some("first"), None).await?;
    assert_record(&fixture, &key, None).await?;
    swap_conflicts(&fixture, &key, Some("first"), None).await?;
    swap_conflicts(&fixture, &key, Some("first"), Some("second")).await?;
    swap_succeeds(&fixture, &key, None, Some("third")).await?;
    assert_record(&fixture, &key, Some("third")).await
}

pub(super) async fn any_text_is_returned_unchanged(fixture: Fixture) -> CaseResult {
    let large: String = ('!'..='~').cycle().take(64 * 1024).collect();
    let texts = [
        "",
        " leading and trailing ",
        "line\nline\r\nline\rtab\tend\n",
        r#"{"quotes":"\"'`","backslash":"\\","null":null}"#,
        "'; DROP TABLE evergrant_tokens; --",
        "$1 %s %00 ${x} {0} :name ?",
        "\u{feff}gr\u{fc}n \u{65e5}\u{672c}\u{8a9e} \u{1f511} \u{202e}e\u{301} \u{10ffff} \u{1}\u{7f}",
        &large,
    ];
    let key = fixture.key("a");
    let mut last = None;
    for text in texts {
        swap_succeeds(&fixture, &key, last, Some(text)).await?;
        assert_record(&fixture, &key, Some(text)).await?;
        last = Some(text);
    }
    swap_succeeds(&fixture, &key, last, None).await
}

pub(super) async fn keys_are_independent(fixture: Fixture) -> CaseResult {
    let names: Vec<String> = (0..20).map(|number| format!("key {number}")).collect();
    for name in &names {
        swap_succeeds(&fixture, &fixture.key(name), None, Some(name)).await?;
    }
    swap_succeeds(&fixture, &fixture.key(&names[0]), Some(&names[0]), None).await?;
    swap_succeeds(&fixture, &fixture.key(&names[1]), Some(&names[1]), Some("another")).await?;
    swap_conflicts(&fixture, &fixture.key(&names[2]), Some(&names[3]), Some("another")).await?;
    for name in &names[2..] {
        assert_record(&fixture, &fixture.key(name), Some(name)).await?;
    }
    assert_record(&fixture, &fixture.key(&names[0]), None).await?;
    assert_record(&fixture, &fixture.key(&names[1]), Some("another")).await
}

pub(super) async fn keys_lists_existing_records(fixture: Fixture) -> CaseResult {
    let [unchanged, replaced, removed, unused] =
        ["unchanged", "replaced", "removed", "unused"].map(|name| fixture.key(name));
    for key in [&unchanged, &replaced, &removed] {
        swap_succeeds(&fixture, key, None, Some("first")).await?;
    }
    swap_succeeds(&fixture, &replaced, Some("first"), Some("second")).await?;
    swap_succeeds(&fixture, &removed, Some("first"), None).await?;
    for store in fixture.stores() {
        let keys = store.keys().await?;
        for key in [&unchanged, &replaced] {
            let count = keys.iter().filter(|other| *other == key).count();
            ensure!(count == 1, "a key with a record is listed {count} times");
        }
        for key in [&removed, &unused] {
            ensure!(!keys.contains(key), "a key without a record is listed");
        }
    }
    Ok(())
}

async fn swap(
    fixture: &Fixture,
    key: &StoreKey,
    expected: Option<&str>,
    record: Option<&str>,
) -> CaseResult<SwapOutcome> {
    let swap = Swap::new(expected.map(Into::into), record.map(Into::into), RETENTION);
    Ok(fixture.store(0).swap(key, swap).await?)
}

async fn swap_succeeds(fixture: &Fixture, key: &StoreKey, expected: Option<&str>, record: Option<&str>) -> CaseResult {
    let outcome = swap(fixture, key, expected, record).await?;
    ensure!(
        outcome == SwapOutcome::Done,
        "a swap conflicts although it expects the current record, {}",
        describe(expected)
    );
    Ok(())
}

/// Asserts that a swap conflicts and changes nothing through any handle.
async fn swap_conflicts(fixture: &Fixture, key: &StoreKey, expected: Option<&str>, record: Option<&str>) -> CaseResult {
    let before = fixture.text(key).await?;
    let outcome = swap(fixture, key, expected, record).await?;
    ensure!(
        outcome == SwapOutcome::Conflict,
        "a swap that expects {} succeeds although the record is {}",
        describe(expected),
        describe(before.as_deref())
    );
    assert_record(fixture, key, before.as_deref()).await
}

/// Asserts the content of the record through every handle.
async fn assert_record(fixture: &Fixture, key: &StoreKey, expected: Option<&str>) -> CaseResult {
    for (number, store) in fixture.stores().iter().enumerate() {
        let record = store.load(key).await?.record;
        let record = record.as_ref().map(|record| record.expose());
        ensure!(
            record == expected,
            "handle {number} loads {} instead of {}",
            describe(record),
            describe(expected)
        );
    }
    Ok(())
}

fn describe(text: Option<&str>) -> String {
    match text {
        None => "nothing".to_owned(),
        Some(text) if text.len() > 100 => format!("a text of {} bytes", text.len()),
        Some(text) => format!("{text:?}"),
    }
}
