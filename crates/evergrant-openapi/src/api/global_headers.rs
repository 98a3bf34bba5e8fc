//! Headers of all API calls, from `x-evergrant-headers`. They are never sent to token endpoints.

use super::ClientNames;
use crate::errors_and_warnings::Problem;
use crate::limits::HEADERS;
use crate::names::snake;
use crate::parsed_description::Node;

#[derive(Debug, Clone)]
pub(crate) struct GlobalHeader {
    pub(crate) name: String,
    pub(crate) setter: String,
    pub(crate) description: Option<String>,
}

pub(super) fn read(root: &Node<'_>, names: &mut ClientNames) -> Result<Vec<GlobalHeader>, Problem> {
    let headers = root.list("x-evergrant-headers")?;
    HEADERS.check_at(headers.len(), root)?;
    headers
        .into_iter()
        .map(|header| {
            let name = header.required("name")?;
            check_name(&header, name)?;
            let preferred = header.string("x-evergrant-name")?.unwrap_or(name);
            Ok(GlobalHeader {
                name: name.to_owned(),
                setter: names.builder.take_or_suffixed(snake(preferred), "_header"),
                description: header.string("description")?.map(str::to_owned),
            })
        })
        .collect()
}

/// Checks that the name is a valid header name (RFC 9110 section 5.6.2).
pub(super) fn check_name(node: &Node<'_>, name: &str) -> Result<(), Problem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match !name.is_empty() && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err(node.problem("its name is not a valid header name (RFC 9110 section 5.6.2)")),
    }
}
