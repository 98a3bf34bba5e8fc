//! The record is replaced by an older copy or lost: processes ignore records known to be old, and the fleet recovers.

use evergrant::{Rejection, TokenManager};
use evergrant_testing::LogCapture;
use http::HeaderMap;

use super::store_attacker::Writer;
use super::support::{Fixture, common_token, seconds, value};
use super::toy_encryption::{Keys, process_with_keys};

/// Runs a test with and without encryption, because copies of authentic records are authentic.
async fn with_and_without_encryption(test: impl AsyncFn(Fixture, Writer, Option<Keys>)) {
    for keys in [None, Some(Keys::new())] {
        let fixture = Fixture::new();
        let writer = Writer::new(&fixture);
        test(fixture, writer, keys).await;
    }
}

fn processes_with_keys(fixture: &Fixture, keys: Option<&Keys>, count: usize) -> Vec<TokenManager> {
    std::iter::repeat_with(|| process_with_keys(fixture, keys))
        .take(count)
        .collect()
}

/// Waits until all processes have this token.
async fn wait_for_common_token(fixture: &Fixture, processes: &[TokenManager], token: &str) {
    let has = |process: &TokenManager| {
        let mut headers = HeaderMap::new();
        process.authorize_now(&mut headers).is_some() && headers["authorization"] == format!("Bearer {token}")
    };
    fixture
        .wait_until(|| processes.iter().filter(|process| !has(process)).count() == 0)
        .await;
    assert_eq!(common_token(processes).await, token);
}

/// Rejects the current token of a process, ten seconds after it was fetched.
fn reject(fixture: &Fixture, process: &TokenManager) {
    fixture.clock.advance(seconds(10));
    let generation = process.authorize_now(&mut HeaderMap::new()).unwrap();
    assert_eq!(process.reject(generation), Rejection::Accepted);
}

#[tokio::test]
async fn a_record_from_before_a_rejection_does_not_restore_the_token() {
    with_and_without_encryption(async |fixture, writer, keys| {
        let processes = processes_with_keys(&fixture, keys.as_ref(), 5);
        let first = common_token(&processes).await;
        let old = writer.text().await;
        reject(&fixture, &processes[0]);
        let second = value(&processes[0].token().await.unwrap());
        wait_for_common_token(&fixture, &processes, &second).await;
        writer.put(&old).await;
        for _ in 0..3 {
            assert_eq!(common_token(&processes).await, second, "cached tokens stay valid");
            fixture.settle(&processes).await;
        }
        reject(&fixture, &processes[1]);
        let third = value(&processes[1].token().await.unwrap());
        assert!(third != first && third != second);
        wait_for_common_token(&fixture, &processes, &third).await;
        assert_eq!(fixture.requests(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_rejection_survives_a_rollback_of_its_mark() {
    with_and_without_encryption(async |fixture, writer, keys| {
        let process = process_with_keys(&fixture, keys.as_ref());
        let first = value(&process.token().await.unwrap());
        let old = writer.text().await;
        let hold = fixture.auth.hold();
        reject(&fixture, &process);
        let call = tokio::spawn({
            let process = process.clone();
            async move { process.token().await }
        });
        fixture.auth.wait_for_token_requests(2).await;
        writer.put(&old).await;
        hold.release();
        assert_ne!(value(&call.await.unwrap().unwrap()), first);
        // The saved record is newer than the copy for every process.
        let others = processes_with_keys(&fixture, keys.as_ref(), 3);
        assert_ne!(common_token(&others).await, first);
        assert_eq!(fixture.requests(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_token_rejected_without_the_store_is_not_adopted_later() {
    use super::support::Mode;

    with_and_without_encryption(async |fixture, writer, keys| {
        let process = process_with_keys(&fixture, keys.as_ref());
        let first = value(&process.token().await.unwrap());
        fixture.store.set_mode(Mode::Failing);
        reject(&fixture, &process);
        writer.time_until_fetched(&process).await;
        assert_eq!(fixture.requests(), 2);
        fixture.store.set_mode(Mode::Normal);
        fixture.clock.advance(seconds(60));
        reject(&fixture, &process);
        writer.time_until_fetched(&process).await;
        let third = value(&process.token().await.unwrap());
        assert_ne!(third, first, "the rejected token is not adopted");
        assert_eq!(fixture.requests(), 3);
    })
    .await;
}

#[tokio::test]
async fn an_older_record_is_overwritten_at_the_next_renewal() {
    with_and_without_encryption(async |fixture, writer, keys| {
        let processes = processes_with_keys(&fixture, keys.as_ref(), 5);
        let first = common_token(&processes).await;
        let old = writer.text().await;
        fixture.clock.advance(seconds(1800));
        reject(&fixture, &processes[0]);
        let second = value(&processes[0].token().await.unwrap());
        wait_for_common_token(&fixture, &processes, &second).await;
        writer.put(&old).await;
        let logs = LogCapture::new();
        let installed = logs.install();
        assert_eq!(common_token(&processes).await, second);
        fixture.settle(&processes).await;
        drop(installed);
        let warnings = logs.by_name("evergrant.store_record_ignored");
        assert!(!warnings.is_empty());
        for warning in warnings {
            assert!(warning.fields["problem"].contains("older than a record"), "{warning:?}");
        }
        fixture.clock.advance(seconds(3600 * 79 / 100));
        for _ in 0..5 {
            for process in &processes {
                process.token().await.unwrap();
            }
            fixture.settle(&processes).await;
            fixture.clock.advance(seconds(1));
        }
        let third = common_token(&processes).await;
        assert!(third != first && third != second);
        // New processes adopt the shared token.
        assert_eq!(
            common_token(&processes_with_keys(&fixture, keys.as_ref(), 3)).await,
            third
        );
        assert_eq!(fixture.requests(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_lost_or_restored_record_costs_one_request_and_no_waiting() {
    with_and_without_encryption(async |fixture, writer, keys| {
        let processes = processes_with_keys(&fixture, keys.as_ref(), 10);
        let mut last = common_token(&processes).await;
        let backup = writer.text().await;
        for (round, restored) in [false, true, false, true].into_iter().enumerate() {
            match restored {
                true => writer.put(&backup).await,
                false => writer.remove().await,
            }
            assert_eq!(common_token(&processes).await, last, "cached tokens stay valid");
            fixture.settle(&processes).await;
            fixture.clock.advance(seconds(3600 * 79 / 100));
            for _ in 0..5 {
                for process in &processes {
                    process.authorize_now(&mut HeaderMap::new()).expect("no call waits");
                }
                fixture.settle(&processes).await;
                fixture.clock.advance(seconds(1));
            }
            let next = common_token(&processes).await;
            assert_ne!(next, last);
            last = next;
            assert_eq!(fixture.requests(), 2 + round);
        }
    })
    .await;
}

#[tokio::test]
async fn a_repeatedly_restored_copy_makes_each_process_fetch_on_its_own() {
    with_and_without_encryption(async |fixture, writer, keys| {
        let processes: Vec<_> = (0..3).map(|_| writer.process(keys.as_ref())).collect();
        let first = common_token(&processes).await;
        let old = writer.text().await;
        reject(&fixture, &processes[0]);
        let second = value(&processes[0].token().await.unwrap());
        wait_for_common_token(&fixture, &processes, &second).await;
        for process in &processes {
            reject(&fixture, process);
            let waited = writer.time_until_fetched_while(process, |_| old.clone()).await;
            assert!(waited <= seconds(5), "{waited:?}");
            assert_ne!(value(&process.token().await.unwrap()), first);
        }
        assert_eq!(writer.requests(), 2 + processes.len());
    })
    .await;
}

#[tokio::test]
async fn a_changed_flag_makes_an_encrypted_record_a_miss_for_a_new_process() {
    let fixture = Fixture::new();
    let (writer, keys) = (Writer::new(&fixture), Keys::new());
    let process = process_with_keys(&fixture, Some(&keys));
    let first = value(&process.token().await.unwrap());
    let hold = fixture.auth.hold();
    reject(&fixture, &process);
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    let marked = writer.text().await;
    assert!(marked.contains(r#""rejected":true,"#), "{marked}");
    hold.release();
    call.await.unwrap().unwrap();
    writer.put(&marked.replace(r#""rejected":true,"#, "")).await;
    let restarted = process_with_keys(&fixture, Some(&keys));
    assert_ne!(value(&restarted.token().await.unwrap()), first);
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn processes_with_different_keys_share_only_the_lease() {
    let fixture = Fixture::new();
    let (old, new) = (
        process_with_keys(&fixture, Some(&Keys::with_name("old"))),
        process_with_keys(&fixture, Some(&Keys::with_name("new"))),
    );
    let hold = fixture.auth.hold();
    let first_call = tokio::spawn({
        let new = new.clone();
        async move { new.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    let call = tokio::spawn({
        let old = old.clone();
        async move { old.token().await }
    });
    fixture.clock.advance(seconds(2));
    fixture.clock.settle().await;
    assert_eq!(fixture.requests(), 1, "another process holds the lease");
    hold.release();
    let first = value(&first_call.await.unwrap().unwrap());
    fixture
        .advance_until(std::time::Duration::from_millis(100), || call.is_finished())
        .await;
    assert_ne!(value(&call.await.unwrap().unwrap()), first);
    assert_eq!(fixture.requests(), 2);
}
