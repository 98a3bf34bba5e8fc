//! The primitives of a hot path, in the same run: a pointer read, a clock read, a clone of a header value.

use std::hint::black_box;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use rustix::time::{ClockId, clock_gettime};

use crate::hot_path::{HotPathFigure, best_ns};

/// The header value that is cloned and inserted.
const VALUE: &str = "Bearer not-a-real-token-0123456789012345678901234567890123456789012345678901234567890123456789";

/// Measures each primitive on one thread and on two.
pub fn all() -> Vec<HotPathFigure> {
    let mut figures = Vec::new();
    for threads in [1, 2] {
        let mut add =
            |name: &str, ns: f64| figures.push(HotPathFigure::new(format!("({name})"), threads, ns, Some(0.0)));
        let shared = ArcSwap::from_pointee(1_u64);
        add(
            "ArcSwap::load",
            best_ns(threads, || (), &|_: &mut HeaderMap| {
                black_box(**shared.load());
            }),
        );
        add(
            "coarse clock",
            best_ns(threads, || (), &|_: &mut HeaderMap| {
                black_box(clock_gettime(ClockId::MonotonicCoarse));
            }),
        );
        add(
            "exact clock",
            best_ns(threads, || (), &|_: &mut HeaderMap| {
                black_box(SystemTime::now());
            }),
        );
        let value = HeaderValue::try_from(String::from(VALUE)).expect("a valid header value");
        add(
            "HeaderValue clone",
            best_ns(threads, || (), &|_: &mut HeaderMap| {
                black_box(value.clone());
            }),
        );
        let owned = HeaderValue::from_maybe_shared(Bytes::from_owner(VALUE.to_owned())).expect("a valid header value");
        add(
            "HeaderValue clone, owned",
            best_ns(threads, || (), &|_: &mut HeaderMap| {
                black_box(owned.clone());
            }),
        );
        add(
            "HeaderMap insert",
            best_ns(threads, || (), &|headers: &mut HeaderMap| {
                headers.insert(header::AUTHORIZATION, HeaderValue::from_static(VALUE));
            }),
        );
    }
    figures
}

/// Returns the sum of `ArcSwap::load`, a coarse clock read and an uncontended `HeaderValue` clone on one thread, in
/// nanoseconds.
pub fn sum(figures: &[HotPathFigure]) -> f64 {
    ["(ArcSwap::load)", "(coarse clock)", "(HeaderValue clone)"]
        .iter()
        .filter_map(|name| {
            figures
                .iter()
                .find(|figure| figure.threads == 1 && figure.subject == *name)
        })
        .map(|figure| figure.ns)
        .sum()
}
