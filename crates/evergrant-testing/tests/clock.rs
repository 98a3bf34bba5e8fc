//! The manual clock: what moves, what wakes, and what does not.

use std::time::Duration;

use evergrant::runtime::Runtime;
use evergrant_testing::ManualClock;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn it_stands_still_until_it_is_moved() {
    let clock = ManualClock::new();
    let start = clock.now();
    assert_eq!(clock.now(), start);
    clock.advance(HOUR);
    assert_eq!(clock.now(), start.plus(HOUR));
}

#[test]
fn a_step_moves_the_wall_clock_alone() {
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
async fn timers_wake_when_they_are_due_and_sleep_through_a_suspension() {
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
async fn a_dropped_timer_is_forgotten_and_tasks_are_counted() {
    let clock = ManualClock::new();
    let sleep = Box::pin(clock.sleep(HOUR));
    tokio::select! { biased; () = sleep => unreachable!(), () = std::future::ready(()) => {} }
    assert_eq!(clock.sleepers(), 0);
    clock.spawn(Box::pin(async {})).unwrap();
    assert_eq!(clock.tasks_started(), 1);
}

#[test]
fn outside_a_runtime_nothing_can_be_spawned() {
    ManualClock::new().spawn(Box::pin(async {})).unwrap_err();
}
