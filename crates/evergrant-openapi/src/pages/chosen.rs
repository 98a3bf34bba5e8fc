//! Which operation a page shows: one that says much and asks for little.

use super::sample::Sample;
use crate::api::{Api, Grant, Group, Need, Operation, Scheme, SchemeKind};

/// More than anything that can be had without a user.
const NEEDS_A_USER: usize = 100;

/// An operation, and the credentials that its call is shown with.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) group: &'a Group,
    pub(super) operation: &'a Operation,
    pub(super) needs: &'a [Need],
}

/// What must be known before an operation can be called; the least first.
type Effort = (usize, bool, bool, bool, bool, bool, usize, usize);

impl<'a> Chosen<'a> {
    /// For a first look at the API.
    pub(super) fn first(api: &'a Api) -> Option<Self> {
        easiest(api, |_| true, |_| true)
    }

    /// For a scheme: an operation that asks for it.
    pub(super) fn of_scheme(api: &'a Api, scheme: usize) -> Option<Self> {
        let asking = api.requirements_of(scheme);
        let asks = |needs: &[Need]| needs.iter().any(|need| need.scheme == scheme);
        easiest(api, |operation| asking[operation.requirement], asks)
    }

    /// For errors: one whose failures are described.
    pub(super) fn that_fails(api: &'a Api) -> Option<Self> {
        let fails = |operation: &Operation| !operation.failure.list.is_empty();
        easiest(api, fails, |_| true).or_else(|| Self::first(api))
    }

    pub(super) fn sample(&self, api: &Api) -> Sample {
        Sample::of(api, self.group, self.operation)
    }

    fn effort(&self, api: &Api, sample: &Sample) -> Effort {
        let cost: usize = self.needs.iter().map(|need| cost(&api.schemes[need.scheme])).sum();
        let required = self
            .operation
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
            .count();
        (
            sample.parameters.len(),
            cost >= NEEDS_A_USER,
            self.needs.is_empty(),
            self.operation.verb != "GET",
            self.operation.deprecated,
            sample.is_stream,
            cost,
            required,
        )
    }
}

/// The first of those that take the least effort, of all operations with each of their alternatives.
fn easiest<'a>(
    api: &'a Api,
    is_wanted: impl Fn(&Operation) -> bool,
    has_wanted: impl Fn(&[Need]) -> bool,
) -> Option<Chosen<'a>> {
    let mut easiest: Option<(Effort, Chosen<'a>)> = None;
    for group in &api.groups {
        for operation in group.operations.iter().filter(|operation| is_wanted(operation)) {
            let none: &[Need] = &[];
            let alternatives = &api.requirements[operation.requirement].alternatives;
            let all = alternatives.iter().map(Vec::as_slice);
            let all = all.chain(alternatives.is_empty().then_some(none));
            let mut sample = None;
            for needs in all.filter(|needs| has_wanted(needs)) {
                let chosen = Chosen {
                    group,
                    operation,
                    needs,
                };
                let sample = sample.get_or_insert_with(|| chosen.sample(api));
                let effort = chosen.effort(api, sample);
                if easiest.as_ref().is_none_or(|(least, _)| effort < *least) {
                    easiest = Some((effort, chosen));
                }
            }
        }
    }
    easiest.map(|(_, chosen)| chosen)
}

fn cost(scheme: &Scheme) -> usize {
    match &scheme.kind {
        SchemeKind::OAuth(oauth) => match oauth.flows.iter().map(|flow| flow.grant).collect::<Vec<_>>() {
            grants if grants.contains(&Grant::ClientCredentials) => 1,
            grants if grants.contains(&Grant::Password) => 4,
            _ => NEEDS_A_USER,
        },
        SchemeKind::Bearer | SchemeKind::Keys(_) | SchemeKind::Basic => 2,
        SchemeKind::Session(_) => 8,
        SchemeKind::Unsupported(_) => NEEDS_A_USER,
    }
}
