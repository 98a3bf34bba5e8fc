//! Cases about restored older records: a process that has seen a newer record ignores them, and the next token repairs
//! the record.

use evergrant::store::{LeasedRecord, StoreGeneration};

use crate::store::case_result::{CaseResult, ensure};
use crate::store::fixture::{Fixture, LONG, acquire, renew_token, save, token};

pub(super) async fn a_restored_older_record_is_ignored_and_overwritten(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let [first, second] = [0, 1].map(|number| fixture.process(number, &key));
    renew_token(&first, &token("not-a-real-token-1")).await?;
    let old = fixture.text(&key).await?.unwrap_or_default();
    let newer = renew_token(&first, &token("not-a-real-token-2")).await?;
    assert_generation(&second, Some(newer), "a saved token is not found").await?;
    fixture.put(&key, &old).await?;
    for process in [&first, &second] {
        assert_generation(
            process,
            None,
            "a process that has seen a newer record accepts an older one",
        )
        .await?;
    }
    let newest = renew_token(&second, &token("not-a-real-token-3")).await?;
    ensure!(
        newest > newer,
        "after generation {newer}, the token saved over an older record has generation {newest}"
    );
    for number in 0..fixture.stores().len() {
        let process = fixture.process(number, &key);
        assert_generation(
            &process,
            Some(newest),
            "the record that overwrote an older one is ignored",
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn a_rejection_survives_a_restored_older_record(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let [first, second] = [0, 1].map(|number| fixture.process(number, &key));
    let generation = renew_token(&first, &token("not-a-real-token")).await?;
    let old = fixture.text(&key).await?.unwrap_or_default();
    first.reject(generation).await?;
    assert_generation(&second, Some(generation), "a rejected token is not found").await?;
    fixture.put(&key, &old).await?;
    for process in [&first, &second] {
        assert_generation(
            process,
            None,
            "a process that knows of a rejection accepts a record from before it",
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn the_lease_of_a_restored_older_record_does_not_block(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let [first, second] = [0, 1].map(|number| fixture.process(number, &key));
    let lease = acquire(&first, LONG).await?;
    let old = fixture.text(&key).await?.unwrap_or_default();
    let saved = save(&first, &lease, &token("not-a-real-token")).await?;
    assert_generation(&second, Some(saved), "a saved token is not found").await?;
    fixture.put(&key, &old).await?;
    let lease = acquire(&second, LONG).await?;
    save(&second, &lease, &token("not-a-real-token-2")).await.map(|_| ())
}

/// Asserts which generation a process loads.
async fn assert_generation(process: &LeasedRecord, expected: Option<StoreGeneration>, problem: &str) -> CaseResult {
    let found = process.load().await?.map(|stored| stored.generation);
    ensure!(found == expected, "{problem}");
    Ok(())
}
