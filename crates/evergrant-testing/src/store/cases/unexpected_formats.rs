//! Cases about records in an unexpected format.

use evergrant::store::{LeasedRecord, StoreError, StoreErrorKind, StoreGeneration};
use serde_json::{Value, json};

use crate::store::case_result::{CaseResult, ensure};
use crate::store::fixture::{Fixture, LONG, acquire, is_sealed, renew_token, save, token};

pub(super) async fn a_record_of_another_key_is_a_miss(fixture: Fixture) -> CaseResult {
    let [key, other] = ["a", "b"].map(|name| fixture.key(name));
    renew_token(&fixture.process(0, &other), &token("not-a-real-token-of-another")).await?;
    let copy = fixture.text(&other).await?.unwrap_or_default();
    fixture.put(&key, &copy).await?;
    assert_unusable_then_replaced(&fixture, &fixture.process(0, &key)).await
}

pub(super) async fn a_damaged_record_is_a_miss_and_is_overwritten(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let process = fixture.process(0, &key);
    renew_token(&process, &token("not-a-real-token")).await?;
    let whole = fixture.text(&key).await?.unwrap_or_default();
    let mut damaged = vec![
        "".to_owned(),
        "{}".to_owned(),
        "[1]".to_owned(),
        "nonsense \u{1f511}".to_owned(),
    ];
    damaged.push(whole[..whole.len() / 2].to_owned());
    damaged.push(format!("{whole}{whole}"));
    damaged.push("[".repeat(10_000));
    for (name, value) in [
        ("token", json!("not an object")),
        ("token", json!({ "generation": 1, "issued": 1 })),
        ("fence", json!(-1)),
        ("lease", json!({ "until": "tomorrow" })),
        ("key", json!(null)),
        ("evergrant", json!("1")),
    ] {
        let mut record = fixture.json(&key).await?;
        record[name] = value;
        damaged.push(record.to_string());
    }
    for text in damaged {
        fixture.put(&key, &text).await?;
        assert_unusable_then_replaced(&fixture, &process).await?;
    }
    Ok(())
}

pub(super) async fn a_record_of_a_newer_version_is_not_changed(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let process = fixture.process(0, &key);
    let lease = acquire(&process, LONG).await?;
    let generation = save(&process, &lease, &token("not-a-real-token")).await?;
    let mut record = fixture.json(&key).await?;
    record["evergrant"] = json!(2);
    record["token"] = json!({ "of": "another form" });
    let text = record.to_string();
    fixture.put(&key, &text).await?;
    for number in 0..2 {
        let process = fixture.process(number, &key);
        assert_unusable("load", process.load().await)?;
        assert_unusable("summary", process.summary().await)?;
        assert_unusable("acquire", process.acquire(LONG).await)?;
        assert_unusable("renew", process.renew(&lease, LONG).await)?;
        assert_unusable("save", process.save(&lease, &token("not-a-real-token-2")).await)?;
        assert_unusable("release", process.release(&lease).await)?;
        assert_unusable("reject", process.reject(generation).await)?;
        ensure!(
            fixture.text(&key).await?.as_deref() == Some(&text),
            "a record of a newer version was changed"
        );
    }
    ensure!(process.clear().await?, "a record of a newer version cannot be removed");
    renew_token(&process, &token("not-a-real-token-3")).await.map(|_| ())
}

pub(super) async fn unknown_record_members_are_preserved(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let process = fixture.process(0, &key);
    let generation = renew_token(&process, &token("not-a-real-token-1")).await?;
    let mut record = fixture.json(&key).await?;
    let added = json!({ "since": "version 9", "list": [1, null, { "a": "\u{1f511}" }] });
    record["added"] = added.clone();
    fixture.put_json(&key, &record).await?;
    if is_sealed(&process).await? {
        // Only a newer version with the encryption keys could have added it.
        return assert_miss_then_replaced(&fixture, &process).await;
    }
    let assert_preserved = async |operation: &str| {
        let found: Value = fixture.json(&key).await?;
        ensure!(
            found["added"] == added,
            "`{operation}` removes a record member added by a newer version"
        );
        Ok(())
    };
    ensure!(
        process
            .load()
            .await?
            .is_some_and(|stored| stored.generation == generation),
        "a record with a member of a newer version is a miss"
    );
    let lease = acquire(&fixture.process(1, &key), LONG).await?;
    assert_preserved("acquire").await?;
    let process = fixture.process(2, &key);
    process.reject(generation).await?;
    assert_preserved("reject").await?;
    save(&process, &lease, &token("not-a-real-token-2")).await?;
    assert_preserved("save").await?;
    let lease = acquire(&process, LONG).await?;
    process.renew(&lease, 2 * LONG).await?;
    assert_preserved("renew").await?;
    process.release(&lease).await?;
    assert_preserved("release").await
}

/// Asserts that the record is unusable, and that the next token replaces it.
async fn assert_unusable_then_replaced(fixture: &Fixture, process: &LeasedRecord) -> CaseResult {
    assert_unusable("summary", process.summary().await)?;
    assert_miss_then_replaced(fixture, process).await
}

async fn assert_miss_then_replaced(fixture: &Fixture, process: &LeasedRecord) -> CaseResult {
    let before = fixture.text(process.key()).await?.unwrap_or_default();
    let before: String = before.chars().take(60).collect();
    ensure!(
        process.load().await?.is_none(),
        "a token was loaded from an unusable record: {before}.."
    );
    let generation: StoreGeneration = renew_token(process, &token("not-a-real-token-2")).await?;
    let found = fixture.process(1, process.key()).load().await?;
    ensure!(
        found.is_some_and(|found| found.generation == generation),
        "an unusable record was not overwritten: {before}.."
    );
    Ok(())
}

fn assert_unusable<T>(operation: &str, outcome: Result<T, StoreError>) -> CaseResult {
    let kind = outcome.err().map(|error| error.kind());
    ensure!(
        kind == Some(StoreErrorKind::Unusable),
        "`{operation}` of an unusable record ends with {kind:?}"
    );
    Ok(())
}
