//! Selects the operation that a page shows as an example: the one that needs the fewest arguments and the simplest
//! credentials.

use evergrant::GrantKind;

use super::call_code::CallCode;
use crate::api::{Api, Group, Need, Operation, Scheme, SchemeKind};

/// The cost of schemes that need a user to sign in: more than that of all others.
const COST_OF_SIGN_IN: usize = 100;

/// An operation, and the credentials that the example sets for it.
#[derive(Clone, Copy)]
pub(super) struct ExampleCall<'a> {
    pub(super) group: &'a Group,
    pub(super) operation: &'a Operation,
    pub(super) needs: &'a [Need],
}

/// The effort of calling an operation, compared field by field.
type Effort = (usize, bool, bool, bool, bool, bool, usize, usize);

impl<'a> ExampleCall<'a> {
    /// The call for the quick start.
    pub(super) fn easiest(api: &'a Api) -> Option<Self> {
        easiest(api, |_| true, |_| true)
    }

    /// A call that uses the scheme.
    pub(super) fn for_scheme(api: &'a Api, scheme: usize) -> Option<Self> {
        let requirements = api.requirements_of(scheme);
        let has_scheme = |needs: &[Need]| needs.iter().any(|need| need.scheme == scheme);
        easiest(api, |operation| requirements[operation.requirement], has_scheme)
    }

    /// A call whose error responses are described, if there is one.
    pub(super) fn with_errors(api: &'a Api) -> Option<Self> {
        let fails = |operation: &Operation| !operation.failure.list.is_empty();
        easiest(api, fails, |_| true).or_else(|| Self::easiest(api))
    }

    pub(super) fn code(&self, api: &Api) -> CallCode {
        CallCode::of(api, self.group, self.operation)
    }

    fn effort(&self, api: &Api, code: &CallCode) -> Effort {
        let cost: usize = self.needs.iter().map(|need| cost(&api.schemes[need.scheme])).sum();
        let required = self
            .operation
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
            .count();
        (
            code.parameters.len(),
            cost >= COST_OF_SIGN_IN,
            self.needs.is_empty(),
            self.operation.verb != "GET",
            self.operation.deprecated,
            code.is_stream,
            cost,
            required,
        )
    }
}

/// The call with the least effort among all operations and their security alternatives.
fn easiest<'a>(
    api: &'a Api,
    accepts_operation: impl Fn(&Operation) -> bool,
    accepts_needs: impl Fn(&[Need]) -> bool,
) -> Option<ExampleCall<'a>> {
    let mut easiest: Option<(Effort, ExampleCall<'a>)> = None;
    for group in &api.groups {
        for operation in group.operations.iter().filter(|operation| accepts_operation(operation)) {
            let none: &[Need] = &[];
            let alternatives = &api.requirements[operation.requirement].alternatives;
            let all = alternatives.iter().map(Vec::as_slice);
            let all = all.chain(alternatives.is_empty().then_some(none));
            let mut code = None;
            for needs in all.filter(|needs| accepts_needs(needs)) {
                let example = ExampleCall {
                    group,
                    operation,
                    needs,
                };
                let code = code.get_or_insert_with(|| example.code(api));
                let effort = example.effort(api, code);
                if easiest.as_ref().is_none_or(|(least, _)| effort < *least) {
                    easiest = Some((effort, example));
                }
            }
        }
    }
    easiest.map(|(_, example)| example)
}

fn cost(scheme: &Scheme) -> usize {
    match &scheme.kind {
        SchemeKind::OAuth(oauth) => match oauth.flows.iter().map(|flow| flow.grant).collect::<Vec<_>>() {
            grants if grants.contains(&GrantKind::ClientCredentials) => 1,
            grants if grants.contains(&GrantKind::Password) => 4,
            _ => COST_OF_SIGN_IN,
        },
        SchemeKind::Bearer | SchemeKind::Keys(_) | SchemeKind::Basic => 2,
        SchemeKind::Session(_) => 8,
        SchemeKind::Unsupported(_) => COST_OF_SIGN_IN,
    }
}
