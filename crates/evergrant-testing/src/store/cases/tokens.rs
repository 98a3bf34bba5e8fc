//! Cases about tokens: a saved token is shared, the newest generation wins, and a late save never does.

use std::time::Duration;

use evergrant::runtime::{Runtime, TokioRuntime};
use evergrant::store::{LeaseOutcome, LeasedRecord, SaveOutcome, StoredToken};
use evergrant::{Scopes, Token};
use tokio::task::JoinSet;

use crate::store::case_result::{CaseError, CaseResult, ensure, fail};
use crate::store::clock_skew::SkewedClock;
use crate::store::fixture::{Fixture, LONG, SHORT, SLACK, acquire, assert_held, local_now, renew_token, save, token};

pub(super) async fn a_saved_token_is_visible_to_all_processes(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let json = r#"{"access_token":"not-a-real-token","instance_url":"https://api.example.com"}"#;
    let token = Token::from_json(json)
        .map_err(|error| CaseError::Failed(error.to_string()))?
        .with_expires_in(LONG)
        .with_refresh_token("not-a-real-refresh-token")
        .with_scopes(Scopes::parse("books.read orders.read"));
    let generation = renew_token(&fixture.process(0, &key), &token).await?;
    for number in 0..fixture.stores().len() {
        let found = load_stored(&fixture.process(number, &key)).await?;
        ensure!(
            found.generation == generation && !found.rejected,
            "the loaded generation differs from the saved one"
        );
        ensure!(
            found.token.access_token().expose() == "not-a-real-token"
                && found
                    .token
                    .refresh_token()
                    .is_some_and(|text| text.expose() == "not-a-real-refresh-token")
                && found.token.scopes().map(ToString::to_string) == token.scopes().map(ToString::to_string)
                && found
                    .token
                    .member("instance_url")
                    .is_some_and(|url| url.expose() == "https://api.example.com"),
            "the store lost a part of the token: {:?}",
            found.token
        );
    }
    let summary = fixture.process(1, &key).summary().await?;
    let listed = summary.and_then(|summary| summary.token);
    ensure!(
        listed.is_some_and(|listed| listed.generation == generation),
        "the summary does not contain the token"
    );
    Ok(())
}

pub(super) async fn a_save_releases_the_lease(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    renew_token(&fixture.process(0, &key), &token("not-a-real-token")).await?;
    acquire(&fixture.process(1, &key), LONG).await.map(|_| ())
}

pub(super) async fn a_late_save_is_superseded(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (late, new) = (fixture.process(0, &key), fixture.process(1, &key));
    let lease = acquire(&late, Duration::from_millis(1)).await?;
    let newer = acquire_expired(&new).await?;
    save(&new, &newer, &token("not-a-real-token-2")).await?;
    assert_superseded(&fixture, &late, &lease).await?;
    // Also while the next holder fetches.
    acquire(&new, LONG).await?;
    assert_superseded(&fixture, &late, &lease).await
}

pub(super) async fn a_late_save_is_superseded_before_the_new_holder_saves(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (late, new) = (fixture.process(0, &key), fixture.process(1, &key));
    let lease = acquire(&late, Duration::from_millis(1)).await?;
    let newer = acquire_expired(&new).await?;
    assert_superseded(&fixture, &late, &lease).await?;
    save(&new, &newer, &token("not-a-real-token-2")).await?;
    assert_superseded(&fixture, &late, &lease).await?;
    let lost = fixture.key("b");
    let (late, new) = (fixture.process(0, &lost), fixture.process(1, &lost));
    let lease = acquire(&late, LONG).await?;
    late.clear().await?;
    fixture.wait_for_tick(&lost).await?;
    acquire(&new, LONG).await?;
    assert_superseded(&fixture, &late, &lease).await
}

pub(super) async fn generations_only_increase(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let mut last = None;
    for round in 0..9 {
        let process = fixture.process(round, &key);
        let generation = renew_token(&process, &token("not-a-real-token")).await?;
        ensure!(
            Some(generation) > last,
            "after generation {}, a token was saved with generation {generation}",
            last.map(|last| last.to_string()).unwrap_or_default()
        );
        last = Some(generation);
        match round % 3 {
            1 => process.reject(generation).await?,
            2 => {
                ensure!(process.clear().await?, "no record was removed");
                ensure!(process.load().await?.is_none(), "a removed record is found");
                for _ in 0..3 {
                    fixture.wait_for_tick(&key).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) async fn a_rejection_marks_only_the_newest_generation(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (first, second) = (fixture.process(0, &key), fixture.process(1, &key));
    let older = renew_token(&first, &token("not-a-real-token-1")).await?;
    let newer = renew_token(&second, &token("not-a-real-token-2")).await?;
    let before = fixture.text(&key).await?;
    first.reject(older).await?;
    ensure!(
        fixture.text(&key).await? == before,
        "the rejection of an older generation changes the record"
    );
    ensure!(
        !load_stored(&second).await?.rejected,
        "the rejection of an older generation marks the newest"
    );
    second.reject(newer).await?;
    for number in 0..fixture.stores().len() {
        ensure!(
            load_stored(&fixture.process(number, &key)).await?.rejected,
            "another process does not see a rejection"
        );
    }
    renew_token(&first, &token("not-a-real-token-3")).await?;
    ensure!(
        !load_stored(&second).await?.rejected,
        "a new token is marked as rejected"
    );
    Ok(())
}

pub(super) async fn a_token_survives_leases_and_rejections(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let (first, second) = (fixture.process(0, &key), fixture.process(1, &key));
    let generation = renew_token(&first, &token("not-a-real-token")).await?;
    let lease = acquire(&second, LONG).await?;
    ensure!(
        load_stored(&first).await?.generation == generation,
        "a lease removes the stored token"
    );
    second.renew(&lease, LONG).await?;
    second.release(&lease).await?;
    first.reject(generation).await?;
    let found = load_stored(&second).await?;
    ensure!(
        found.generation == generation && found.rejected,
        "a lease or a rejection removes the stored token"
    );
    let brief = Token::new("not-a-real-token-2").with_expires_in(Duration::from_millis(1));
    renew_token(&first, &brief).await?;
    fixture.wait_for_tick(&key).await?;
    let found = load_stored(&second).await?.token;
    ensure!(
        found.access_token().expose() == "not-a-real-token-2",
        "an expired token is not found"
    );
    Ok(())
}

pub(super) async fn expiry_uses_the_engine_clock(fixture: Fixture) -> CaseResult {
    let lifetime = Duration::from_secs(600);
    let tokio = TokioRuntime::new();
    let runtimes = [SkewedClock::Ahead(tokio.clone()), SkewedClock::Behind(tokio)];
    let key = fixture.key("a");
    for (number, writer) in runtimes.iter().enumerate() {
        let start = local_now();
        renew_token(
            &fixture.process_on(number, &key, writer.clone()),
            &token("not-a-real-token"),
        )
        .await?;
        for (number, reader) in runtimes.iter().enumerate() {
            let found = load_stored(&fixture.process_on(number + 1, &key, reader.clone())).await?;
            let now = reader.now().wall();
            let Some(expires) = found.token.expires_at() else {
                fail!("the token has no expiry")
            };
            let left = expires.duration_since(now).unwrap_or_default();
            let passed = local_now().elapsed_since(start);
            ensure!(
                left <= lifetime && left + passed + SLACK >= lifetime,
                "a token of {lifetime:?} has {left:?} left {passed:?} after it was saved, on machines with wrong clocks"
            );
        }
    }
    Ok(())
}

/// Each process saves whenever it acquires the lease. All saves must have distinct, increasing generations.
pub(super) async fn concurrent_renewals_lose_no_token(fixture: Fixture) -> CaseResult {
    const EACH: usize = 5;
    let key = fixture.key("a");
    let mut tasks = JoinSet::new();
    for number in 0..4 {
        let process = fixture.process(number, &key);
        tasks.spawn(async move {
            let mut saved = Vec::new();
            while saved.len() < EACH {
                match process.acquire(LONG).await? {
                    LeaseOutcome::Acquired(lease) => {
                        let token = token(&format!("not-a-real-token-{number}"));
                        saved.push(save(&process, &lease, &token).await?);
                    }
                    LeaseOutcome::Held { .. } => tokio::time::sleep(Duration::from_millis(5)).await,
                    outcome => fail!("unknown outcome: {outcome:?}"),
                }
            }
            Ok::<_, CaseError>(saved)
        });
    }
    let mut generations = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        let saved = outcome.map_err(|error| CaseError::Failed(format!("a process panicked: {error}")))??;
        ensure!(saved.is_sorted(), "the saves of one process are out of order");
        generations.extend(saved);
    }
    generations.sort_unstable();
    let count = generations.len();
    generations.dedup();
    ensure!(generations.len() == count, "two saves have the same generation");
    let newest = load_stored(&fixture.process(0, &key)).await?.generation;
    ensure!(
        generations.last() == Some(&newest),
        "the loaded token is not the newest one"
    );
    Ok(())
}

async fn load_stored(process: &LeasedRecord) -> CaseResult<StoredToken> {
    match process.load().await? {
        Some(stored) => Ok(stored),
        None => fail!("a saved token is not found"),
    }
}

/// Acquires the lease of another process after it has expired.
async fn acquire_expired(process: &LeasedRecord) -> CaseResult<evergrant::store::Lease> {
    tokio::time::sleep(SHORT).await;
    acquire(process, LONG).await
}

async fn assert_superseded(fixture: &Fixture, late: &LeasedRecord, lease: &evergrant::store::Lease) -> CaseResult {
    let before = fixture.text(late.key()).await?;
    let outcome = late.save(lease, &token("not-a-real-token-1")).await?;
    ensure!(
        outcome == SaveOutcome::Superseded,
        "a token was saved although another process acquired the lease: {outcome:?}"
    );
    ensure!(
        fixture.text(late.key()).await? == before,
        "a late save changes the record"
    );
    if before.is_some_and(|text| text.contains("\"lease\"")) {
        assert_held(&fixture.process(2, late.key()), LONG).await?;
    }
    Ok(())
}
