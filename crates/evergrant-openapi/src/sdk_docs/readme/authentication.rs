//! The README section about authentication: the security schemes, and the combinations of them that operations accept.

use std::collections::BTreeMap;

use crate::api::{Api, Operation, SchemeKind, requirement_text};
use crate::sdk_docs::auth;
use crate::sdk_docs::escape_text::{bars, cell, code_cell};

pub(super) fn section(api: &Api) -> Option<String> {
    if api.schemes.is_empty() {
        return None;
    }
    let mut section =
        "## Authentication\n\n| Scheme | Type | Credentials | Client builder method |\n|---|---|---|---|\n".to_owned();
    let paths = auth::paths(api);
    for (index, scheme) in api.schemes.iter().enumerate() {
        let name = code_cell(&scheme.name);
        match (&scheme.kind, paths.iter().find(|(known, _)| *known == index)) {
            (SchemeKind::Unsupported(why), _) => section += &format!("| {name} | not supported: {} | | |\n", cell(why)),
            (_, Some((_, path))) => {
                section += &format!(
                    "| [{name}]({path}) | {} | `{}` | `{}` |\n",
                    scheme.title(),
                    scheme.credentials,
                    scheme.setter
                );
            }
            (_, None) => {}
        }
    }
    section += "\nThe page of each scheme describes its credentials and settings: scopes, callbacks, stored tokens.\n";
    Some(section + &combinations(api))
}

fn combinations(api: &Api) -> String {
    let mut rows = String::new();
    let mut counts: BTreeMap<usize, (&Operation, usize)> = BTreeMap::new();
    for operation in api.operations() {
        counts.entry(operation.requirement).or_insert((operation, 0)).1 += 1;
    }
    for (first, count) in counts.into_values() {
        let needs = bars(requirement_text(api, first).trim_end_matches('.'));
        rows += &format!("| {needs} | {count} |\n");
    }
    format!(
        "\nOperations accept these credentials. A call uses the first alternative whose credentials are all set. If there is none, the call fails with `Error::Authorization`, and nothing is sent. After `with_fallback()` on the client builder, a call tries the next alternative when no token can be fetched because of a transient failure.\n\n| Credentials | Number of operations |\n|---|---|\n{rows}"
    )
}
