//! The manual clock: time, timers and tasks.

use std::time::Duration;

use evergrant::runtime::Runtime;
use evergrant_testing::ManualClock;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_clock_moves_only_when_advanced() {
    let clock = ManualClock::new();
    let start = clock.now();
    assert_eq!(clock.now(), start);
    clock.advance(HOUR);
    assert_eq!(clock.now(), start.plus(HOUR));
}

#[test]
fn a_step_moves_only_the_wall_clock() {
    let clock = ManualClock::new();
    let start = clock.now();
    clock.step_wall_forward(HOUR);
    assert_eq!(
        (clock.now().wall(), clock.now().elapsed_since(start)),
        (start.wall() + HOUR, Duration::ZERO)
    );
    clock.step_wall_back(HOUR * 2);
    assert_eq!(clock.wall(), start.wall() - HOUR);
}

#[tokio::test]
async fn timers_stand_still_during_a_suspension() {
    let clock = ManualClock::new();
    let timer = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep(HOUR).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(clock.sleepers(), 1);
    clock.suspend(HOUR * 2);
    clock.advance(HOUR - Duration::from_nanos(1));
    tokio::task::yield_now().await;
    assert!(!timer.is_finished());
    clock.advance(Duration::from_nanos(1));
    timer.await.unwrap();
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn dropped_timers_are_removed_and_tasks_are_counted() {
    let clock = ManualClock::new();
    let sleep = Box::pin(clock.sleep(HOUR));
    tokio::select! { biased; () = sleep => unreachable!(), () = std::future::ready(()) => {} }
    assert_eq!(clock.sleepers(), 0);
    clock.spawn(Box::pin(async {})).unwrap();
    assert_eq!(clock.tasks_started(), 1);
}

#[test]
fn spawning_outside_a_runtime_fails() {
    ManualClock::new().spawn(Box::pin(async {})).unwrap_err();
}
