//! Token rejections by an API, shared by all processes.

use evergrant::store::SharedStore;
use evergrant::{Rejection, ReplayOutcome, TokenManager};
use evergrant_testing::LogCapture;

use super::support::{Fixture, Mode, common_token, seconds, value};

fn generation(process: &TokenManager) -> evergrant::Generation {
    process.authorize_now(&mut http::HeaderMap::new()).unwrap()
}

#[tokio::test]
async fn a_rejection_seen_by_all_processes_costs_one_request() {
    let fixture = Fixture::new();
    let processes = fixture.processes(20);
    let first = common_token(&processes).await;
    for process in &processes {
        assert_eq!(process.reject(generation(process)), Rejection::Accepted);
    }
    assert_ne!(common_token(&processes).await, first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_rejection_reaches_other_processes() {
    let fixture = Fixture::new();
    let processes = fixture.processes(10);
    let first = common_token(&processes).await;
    processes[0].reject(generation(&processes[0]));
    let second = value(&processes[0].token().await.unwrap());
    assert_ne!(second, first);
    fixture
        .wait_until(|| {
            processes.iter().for_each(|process| {
                process.authorize_now(&mut http::HeaderMap::new());
            });
            processes[1..]
                .iter()
                .all(|process| process.status().tokens_adopted == 2)
        })
        .await;
    assert_eq!(common_token(&processes).await, second);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_late_rejection_of_an_old_token_costs_no_request() {
    let fixture = Fixture::new();
    let processes = fixture.processes(3);
    common_token(&processes).await;
    let old = generation(&processes[1]);
    processes[0].reject(generation(&processes[0]));
    processes[0].token().await.unwrap();
    processes[1].reject(old);
    processes[1].token().await.unwrap();
    for _ in 0..50 {
        assert_eq!(processes[1].reject(old), Rejection::Superseded);
        processes[1].token().await.unwrap();
    }
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn an_api_that_rejects_fresh_tokens_does_not_cause_repeated_renewals() {
    let fixture = Fixture::new();
    let processes = fixture.processes(20);
    common_token(&processes).await;
    // Ten seconds of calls to an endpoint that rejects every token.
    for _ in 0..100 {
        for process in &processes {
            process.token().await.unwrap();
            let rejected = generation(process);
            if process.reject(rejected) == Rejection::Accepted {
                process.token().await.unwrap();
                process.report_replay(generation(process), ReplayOutcome::Rejected);
                fixture.clock.settle().await;
            }
        }
        fixture.clock.advance(std::time::Duration::from_millis(100));
    }
    assert!(fixture.requests() <= 4, "{} requests", fixture.requests());
    // The pause is over.
    fixture.clock.advance(seconds(200));
    processes[0].reject(generation(&processes[0]));
    let before = fixture.requests();
    processes[0].token().await.unwrap();
    assert_eq!(fixture.requests(), before + 1);
}

#[tokio::test]
async fn a_rejected_token_with_an_unconfirmed_save_is_not_adopted_again() {
    let fixture = Fixture::new();
    let process = fixture.process();
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.store.set_mode(Mode::LosesResponses);
    hold.release();
    let first = value(&call.await.unwrap().unwrap());
    fixture.store.set_mode(Mode::Normal);
    fixture.clock.advance(seconds(10));
    process.reject(generation(&process));
    assert_ne!(value(&process.token().await.unwrap()), first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_pause_is_shortened_when_the_engine_clock_steps_back() {
    let fixture = Fixture::new();
    let processes = fixture.processes(2);
    common_token(&processes).await;
    processes[0].report_replay(generation(&processes[0]), ReplayOutcome::Rejected);
    fixture.clock.settle().await;
    let store = SharedStore::new(fixture.store.clone());
    let key = processes[0].store_key().unwrap();
    let record = || async { store.load(key).await.unwrap().record.unwrap().expose().to_owned() };
    let until = |record: &str| {
        let record: serde_json::Value = serde_json::from_str(record).unwrap();
        record["refusals"]["until"].as_u64().unwrap()
    };
    let before = until(&record().await);
    fixture.clock.step_wall_back(seconds(3600));
    processes[1].report_replay(generation(&processes[1]), ReplayOutcome::Rejected);
    fixture.clock.settle().await;
    assert!(until(&record().await) < before);
}

#[tokio::test]
async fn dropping_a_token_rejected_elsewhere_emits_an_event() {
    let fixture = Fixture::new();
    let processes = fixture.processes(2);
    common_token(&processes).await;
    let logs = LogCapture::new();
    let _guard = logs.install();
    let hold = fixture.auth.hold();
    processes[0].reject(generation(&processes[0]));
    let call = tokio::spawn({
        let process = processes[0].clone();
        async move { process.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    fixture
        .wait_until(|| processes[1].authorize_now(&mut http::HeaderMap::new()).is_none())
        .await;
    assert_eq!(logs.by_name("evergrant.rejected").len(), 2);
    hold.release();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn during_a_pause_a_rejected_token_is_served_and_replace_fetches_another() {
    let fixture = Fixture::new();
    let processes = fixture.processes(2);
    let first = common_token(&processes).await;
    processes[0].report_replay(generation(&processes[0]), ReplayOutcome::Rejected);
    fixture.clock.settle().await;
    // One process does not know of the pause, and one learns of it with the token.
    let rejected = generation(&processes[1]);
    assert_eq!(processes[1].reject(rejected), Rejection::Accepted);
    let same = processes[1].token().await.unwrap();
    assert_eq!((value(&same), same.generation()), (first.clone(), rejected));
    assert_eq!(processes[1].reject(rejected), Rejection::Suppressed);
    let late = fixture.process();
    assert_eq!(value(&late.token().await.unwrap()), first);
    assert_eq!(late.reject(generation(&late)), Rejection::Suppressed);
    assert_eq!(fixture.requests(), 1);

    let mut last = first;
    for count in 2..5 {
        let another = value(&late.replace(generation(&late)).await.unwrap());
        assert_ne!(another, last);
        assert_eq!(fixture.requests(), count);
        last = another;
    }
    assert_eq!(value(&fixture.process().token().await.unwrap()), last);
}
