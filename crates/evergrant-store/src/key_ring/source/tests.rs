use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use super::*;

const A: &str = "a:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
const B: &str = "b:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(UNIX_EPOCH, Duration::from_secs(seconds))
}

fn keys() -> Keys {
    Keys::parse(A).unwrap()
}

/// Returns a source whose provider adds a key at the second call, and the number of its calls.
fn counting_source() -> (Arc<KeySource>, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let provider = move || -> BoxFuture<'static, Result<Secret, BoxError>> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(Secret::from([A.to_owned(), format!("{B} {A}")][before.min(1)].as_str()))
        })
    };
    let source = KeySource::new(Origin::Provider(Box::new(provider)), None);
    (Arc::new(source), calls)
}

/// Makes the cached keys so old that they are loaded again.
fn expire(source: &KeySource) {
    let mut cache = source.lock();
    cache.loaded = cache.loaded.map(|loaded| loaded.minus(MAX_AGE));
    cache.last_attempt = cache.last_attempt.map(|last| last.minus(MAX_AGE));
}

#[test]
fn keys_are_loaded_again_for_an_unknown_name_after_an_interval() {
    let mut cache = Cache::default();
    assert!(cache.lookup(Requirement::Any, at(100)).is_none());
    cache.update(Ok(keys()), at(100)).unwrap();
    assert!(cache.lookup(Requirement::Named("a"), at(10_000)).is_some());
    assert!(cache.lookup(Requirement::Named("b"), at(104)).is_some());
    assert!(cache.lookup(Requirement::Named("b"), at(105)).is_none());
    assert!(cache.lookup(Requirement::Fresh, at(399)).is_some());
    assert!(cache.lookup(Requirement::Fresh, at(400)).is_none());
}

#[test]
fn a_load_counts_as_running_for_twice_the_time_limit() {
    let (sender, done) = watch::channel(());
    let pending = PendingLoad { started: at(100), done };
    for (now, is_running) in [(100, true), (109, true), (110, false), (111, false)] {
        assert_eq!(pending.is_running(at(now)), is_running, "{now}");
    }
    drop(sender);
    assert!(!pending.is_running(at(100)));
}

#[test]
fn a_failed_load_is_cached_and_keeps_the_previous_keys() {
    let mut cache = Cache::default();
    let failure = || Err(SourceError("unavailable".into()));
    assert!(cache.update(failure(), at(100)).is_err());
    let cached = cache.lookup(Requirement::Any, at(104)).expect("the failure is cached");
    assert_eq!(cached.unwrap_err().to_string(), "unavailable");
    assert!(cache.lookup(Requirement::Any, at(105)).is_none());
    cache.update(Ok(keys()), at(105)).unwrap();
    assert!(cache.update(failure(), at(500)).is_ok());
    assert!(cache.lookup(Requirement::Fresh, at(504)).is_some());
    assert!(
        cache.lookup(Requirement::Fresh, at(505)).is_none(),
        "a failed load does not make the keys fresh"
    );
}

#[tokio::test]
async fn concurrent_callers_share_one_call_of_the_provider() {
    let (source, calls) = counting_source();
    let all = tokio::join!(
        source.keys(Requirement::Any),
        source.keys(Requirement::Named("a")),
        source.keys(Requirement::Named("b"))
    );
    assert!(all.0.is_ok() && all.1.is_ok());
    assert!(all.2.unwrap().get("b").is_none());
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_provider_is_called_again_for_an_unknown_name_after_an_interval() {
    let (source, calls) = counting_source();
    source.keys(Requirement::Any).await.unwrap();
    expire(&source);
    assert!(source.keys(Requirement::Named("a")).await.unwrap().get("b").is_none());
    assert!(source.keys(Requirement::Named("b")).await.unwrap().get("b").is_some());
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn old_keys_are_used_while_new_ones_are_loaded() {
    let (source, calls) = counting_source();
    source.keys(Requirement::Any).await.unwrap();
    source.refresh_if_old();
    expire(&source);
    source.refresh_if_old();
    assert_eq!(source.keys(Requirement::Any).await.unwrap().first().name, "a");
    while source.keys(Requirement::Any).await.unwrap().first().name == "a" {
        tokio::task::yield_now().await;
    }
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_error_of_a_provider_is_reported() {
    let provider = || -> BoxFuture<'static, Result<Secret, BoxError>> {
        Box::pin(async { Err(std::io::Error::other("connection refused").into()) })
    };
    let source = Arc::new(KeySource::new(Origin::Provider(Box::new(provider)), None));
    let problem = source.keys(Requirement::Any).await.unwrap_err().to_string();
    assert_eq!(problem, "key ring from its provider: connection refused");
}

#[tokio::test]
async fn a_provider_that_hangs_times_out() {
    let provider = || -> BoxFuture<'static, Result<Secret, BoxError>> { Box::pin(std::future::pending()) };
    let source = Arc::new(KeySource::new(Origin::Provider(Box::new(provider)), None));
    let problem = source.keys(Requirement::Any).await.unwrap_err().to_string();
    assert!(problem.contains("no response after 5s"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn a_load_completes_after_its_callers_gave_up() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let provider = move || -> BoxFuture<'static, Result<Secret, BoxError>> {
        count.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(Secret::from(A))
        })
    };
    let source = Arc::new(KeySource::new(Origin::Provider(Box::new(provider)), None));
    let mut timeouts = 0;
    let keys = || tokio::time::timeout(Duration::from_secs(1), source.keys(Requirement::Any));
    while keys().await.is_err() {
        timeouts += 1;
        assert!(timeouts < 10, "the load never completes");
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_load_whose_runtime_was_shut_down_is_started_again() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    };
    let calls = AtomicUsize::new(0);
    let provider = move || -> BoxFuture<'static, Result<Secret, BoxError>> {
        let first = calls.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(Secret::from(A))
        })
    };
    let source = Arc::new(KeySource::new(Origin::Provider(Box::new(provider)), None));
    runtime().block_on(async {
        source.refresh_if_old();
        tokio::task::yield_now().await;
    });
    assert!(runtime().block_on(source.keys(Requirement::Any)).is_ok());
}
