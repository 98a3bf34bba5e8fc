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

/// A provider that knows one key more each time, and how often it was asked.
fn counted() -> (Arc<Source>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let provider = move || -> BoxFuture<'static, Result<Secret, BoxError>> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(Secret::from([A.to_owned(), format!("{B} {A}")][before.min(1)].as_str()))
        })
    };
    let source = Source::new(Origin::Provider(Box::new(provider)), None);
    (Arc::new(source), asked)
}

/// As if the last look was as long ago as it takes to look again.
fn let_time_pass(source: &Source) {
    let mut answer = source.lock();
    answer.since = answer.since.map(|since| since.minus(FRESH));
    answer.asked = answer.asked.map(|asked| asked.minus(FRESH));
}

#[test]
fn an_unknown_name_is_asked_about_once_in_a_while() {
    let mut answer = Answer::default();
    assert!(answer.settled(Need::Any, at(100)).is_none());
    answer.take(Ok(keys()), at(100)).unwrap();
    assert!(answer.settled(Need::Named("a"), at(10_000)).is_some());
    assert!(answer.settled(Need::Named("b"), at(104)).is_some());
    assert!(answer.settled(Need::Named("b"), at(105)).is_none());
    assert!(answer.settled(Need::Fresh, at(399)).is_some());
    assert!(answer.settled(Need::Fresh, at(400)).is_none());
}

#[test]
fn a_failure_is_remembered_for_as_long_and_takes_no_keys_away() {
    let mut answer = Answer::default();
    let failure = || Err(Problem("not today".into()));
    assert!(answer.take(failure(), at(100)).is_err());
    let remembered = answer.settled(Need::Any, at(104)).expect("it is too soon to ask");
    assert_eq!(remembered.unwrap_err().to_string(), "not today");
    assert!(answer.settled(Need::Any, at(105)).is_none());
    answer.take(Ok(keys()), at(105)).unwrap();
    assert!(answer.take(failure(), at(500)).is_ok());
    assert!(answer.settled(Need::Fresh, at(504)).is_some());
    assert!(
        answer.settled(Need::Fresh, at(505)).is_none(),
        "they are as old as they were"
    );
}

#[tokio::test]
async fn a_provider_is_asked_once_by_however_many_at_the_same_time() {
    let (source, asked) = counted();
    let all = tokio::join!(
        source.keys(Need::Any),
        source.keys(Need::Named("a")),
        source.keys(Need::Named("b"))
    );
    assert!(all.0.is_ok() && all.1.is_ok());
    assert!(all.2.unwrap().named("b").is_none());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_provider_is_asked_again_for_an_unknown_name_once_its_time_has_come() {
    let (source, asked) = counted();
    source.keys(Need::Any).await.unwrap();
    let_time_pass(&source);
    assert!(source.keys(Need::Named("a")).await.unwrap().named("b").is_none());
    assert!(source.keys(Need::Named("b")).await.unwrap().named("b").is_some());
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn old_keys_are_served_while_new_ones_are_asked_for() {
    let (source, asked) = counted();
    source.keys(Need::Any).await.unwrap();
    source.freshen();
    let_time_pass(&source);
    source.freshen();
    assert_eq!(source.keys(Need::Any).await.unwrap().first().name, "a");
    while source.keys(Need::Any).await.unwrap().first().name == "a" {
        tokio::task::yield_now().await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_provider_that_fails_is_named_with_its_reason() {
    let provider = || -> BoxFuture<'static, Result<Secret, BoxError>> {
        Box::pin(async { Err(std::io::Error::other("connection refused").into()) })
    };
    let source = Arc::new(Source::new(Origin::Provider(Box::new(provider)), None));
    let problem = source.keys(Need::Any).await.unwrap_err().to_string();
    assert_eq!(problem, "key ring from its provider: connection refused");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_is_not_waited_for() {
    let provider = || -> BoxFuture<'static, Result<Secret, BoxError>> { Box::pin(std::future::pending()) };
    let source = Arc::new(Source::new(Origin::Provider(Box::new(provider)), None));
    let problem = source.keys(Need::Any).await.unwrap_err().to_string();
    assert!(problem.contains("no answer after 5s"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_waited_for_is_there_for_the_next_one() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let provider = move || -> BoxFuture<'static, Result<Secret, BoxError>> {
        count.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(Secret::from(A))
        })
    };
    let source = Arc::new(Source::new(Origin::Provider(Box::new(provider)), None));
    let mut given_up = 0;
    let impatient = || tokio::time::timeout(Duration::from_secs(1), source.keys(Need::Any));
    while impatient().await.is_err() {
        given_up += 1;
        assert!(given_up < 10, "nobody ever gets them");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_question_goes_with_the_runtime_that_it_was_asked_on() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    };
    let asked = AtomicUsize::new(0);
    let provider = move || -> BoxFuture<'static, Result<Secret, BoxError>> {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(Secret::from(A))
        })
    };
    let source = Arc::new(Source::new(Origin::Provider(Box::new(provider)), None));
    runtime().block_on(async {
        source.freshen();
        tokio::task::yield_now().await;
    });
    assert!(runtime().block_on(source.keys(Need::Any)).is_ok());
}
