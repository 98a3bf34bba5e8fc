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

impl<'a> Chosen<'a> {
    /// For a first look at the API.
    pub(super) fn first(api: &'a Api) -> Option<Self> {
        all(api)
            .min_by_key(|(chosen, position)| (chosen.effort(api), *position))
            .map(|(chosen, _)| chosen)
    }

    /// For a scheme: an operation that asks for it.
    pub(super) fn of_scheme(api: &'a Api, scheme: usize) -> Option<Self> {
        let asked = |(chosen, _): &(Self, usize)| chosen.needs.iter().any(|need| need.scheme == scheme);
        all(api)
            .filter(asked)
            .min_by_key(|(chosen, position)| (chosen.effort(api), *position))
            .map(|(chosen, _)| chosen)
    }

    /// For errors: one whose failures are described.
    pub(super) fn that_fails(api: &'a Api) -> Option<Self> {
        let described = |(chosen, _): &(Self, usize)| !chosen.operation.failure.list.is_empty();
        let found = all(api)
            .filter(described)
            .min_by_key(|(chosen, position)| (chosen.effort(api), *position));
        found.map(|(chosen, _)| chosen).or_else(|| Self::first(api))
    }

    pub(super) fn sample(&self, api: &Api) -> Sample {
        Sample::of(api, self.group, self.operation)
    }

    /// What must be known before it can be called; the least first.
    fn effort(&self, api: &Api) -> impl Ord + use<> {
        let cost: usize = self.needs.iter().map(|need| cost(&api.schemes[need.scheme])).sum();
        let sample = self.sample(api);
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

/// Every operation with each of its alternatives, in order.
fn all(api: &Api) -> impl Iterator<Item = (Chosen<'_>, usize)> {
    let operations = api
        .groups
        .iter()
        .flat_map(|group| group.operations.iter().map(move |operation| (group, operation)));
    let chosen = operations.flat_map(|(group, operation)| {
        let requirement = &api.requirements[operation.requirement];
        let none: &[Need] = &[];
        let alternatives = requirement.alternatives.iter().map(Vec::as_slice);
        let alternatives = alternatives.chain(requirement.alternatives.is_empty().then_some(none));
        alternatives.map(move |needs| Chosen {
            group,
            operation,
            needs,
        })
    });
    chosen.zip(0..)
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
