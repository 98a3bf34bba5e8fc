//! Which credentials there are, and which of them operations ask for.

use std::collections::BTreeMap;

use crate::api::{Api, Operation, SchemeKind};
use crate::pages::auth;
use crate::pages::text::{bars, cell, code_cell};
use crate::rust::requirement;

pub(super) fn section(api: &Api) -> Option<String> {
    if api.schemes.is_empty() {
        return None;
    }
    let mut section = "## Authentication\n\n| Scheme | Kind | Credentials | Set with |\n|---|---|---|---|\n".to_owned();
    let paths = auth::paths(api);
    for (index, scheme) in api.schemes.iter().enumerate() {
        let name = code_cell(&scheme.name);
        match (&scheme.kind, paths.iter().find(|(known, _)| *known == index)) {
            (SchemeKind::Unsupported(why), _) => section += &format!("| {name} | not supported: {} | | |\n", cell(why)),
            (_, Some((_, path))) => {
                section += &format!(
                    "| [{name}]({path}) | {} | `{}` | `{}` |\n",
                    scheme.kind_shown(),
                    scheme.credentials,
                    scheme.setter
                );
            }
            (_, None) => {}
        }
    }
    section += "\nThe page of each scheme has its credentials, and what else there is to know: scopes, tokens to store, callbacks.\n";
    Some(section + &combinations(api))
}

fn combinations(api: &Api) -> String {
    let mut rows = String::new();
    let mut counts: BTreeMap<usize, (&Operation, usize)> = BTreeMap::new();
    for operation in api.operations() {
        counts.entry(operation.requirement).or_insert((operation, 0)).1 += 1;
    }
    for (first, count) in counts.into_values() {
        let needs = bars(requirement(api, first).trim_end_matches('.'));
        rows += &format!("| {needs} | {count} |\n");
    }
    format!(
        "\nWhat operations need, and how many do. An operation is called with the first of its alternatives that is set; one that has none of them is `Error::Authorization`, and nothing is sent. With `with_fallback()`, the next alternative is taken when a token cannot be had for a reason that may pass by itself.\n\n| Credentials | Operations |\n|---|---|\n{rows}"
    )
}
