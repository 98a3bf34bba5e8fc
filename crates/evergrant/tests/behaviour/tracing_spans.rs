//! The spans of fetches, and their links.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::join;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Instrument as _, Metadata, Subscriber, info_span};
use tracing_core::span::Current;

use crate::support::Fixture;

/// Records the names of spans, and which span follows from which.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    spans: Vec<&'static Metadata<'static>>,
    entered: Vec<Id>,
    links: Vec<(&'static str, &'static str)>,
}

impl Spans {
    fn with<T>(&self, access: impl FnOnce(&mut State) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn metadata(&self, id: &Id) -> &'static Metadata<'static> {
        self.spans[usize::try_from(id.into_u64()).unwrap() - 1]
    }
}

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.with(|state| {
            state.spans.push(attributes.metadata());
            Id::from_non_zero_u64(NonZeroU64::new(state.spans.len() as u64).unwrap())
        })
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.with(|state| {
            let link = (state.metadata(span).name(), state.metadata(follows).name());
            state.links.push(link);
        });
    }

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        self.with(|state| state.entered.push(span.clone()));
    }

    fn exit(&self, _: &Id) {
        self.with(|state| state.entered.pop());
    }

    fn current_span(&self) -> Current {
        self.with(|state| match state.entered.last() {
            Some(id) => Current::new(id.clone(), state.metadata(id)),
            None => Current::none(),
        })
    }
}

#[tokio::test]
async fn the_span_of_a_caller_that_waits_follows_from_the_fetch() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let first = tokens.token().instrument(info_span!("first"));
    let second = tokens.token().instrument(info_span!("second"));
    let (first, second) = join!(first, second);
    assert_eq!(first.unwrap().generation(), second.unwrap().generation());
    tokens.token().instrument(info_span!("third")).await.unwrap();
    let links = spans.with(|state| std::mem::take(&mut state.links));
    assert_eq!(links, [("first", "evergrant.fetch"), ("second", "evergrant.fetch")]);
}
