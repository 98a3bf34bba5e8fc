//! Variables of servers' URLs.

use serde_json::Value;

use super::{LONGEST_URL, Servers};
use crate::api::ClientNames;
use crate::limits::{VARIABLE_VALUES, VARIABLES};
use crate::names::{Names, pascal, snake};
use crate::problem::Problem;
use crate::source::Node;

/// A part of a URL that the application chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) setter: String,
    /// The enumeration's name, if it is one.
    pub(crate) type_name: Option<String>,
    pub(crate) default: String,
    /// With their variants' names; empty for free text.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) description: Option<String>,
}

impl Servers {
    /// Defines a variable, or finds it where another server has defined the same.
    pub(super) fn variable(
        &mut self,
        name: &str,
        node: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Variable, Problem> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let count = node.value().get("enum").and_then(Value::as_array).map_or(0, Vec::len);
        VARIABLE_VALUES.check_at(count, node)?;
        let values: Vec<String> = node.list("enum")?.iter().map(|value| text(value.value())).collect();
        if node.get("enum").is_some() && values.is_empty() {
            return Err(node.problem("its `enum` has no values"));
        }
        let default = node.get("default").map(|default| text(default.value()));
        let mut default = match (default, values.first()) {
            (Some(default), _) => default,
            (None, Some(first)) => {
                warnings.push(node.problem("it has no `default`; the first of its values is taken"));
                first.clone()
            }
            (None, None) => return Err(node.problem("it has no `default`")),
        };
        if let Some(first) = values.first()
            && !values.contains(&default)
        {
            warnings.push(node.problem("its default is not one of its values; the first of them is taken"));
            default.clone_from(first);
        }
        if values.iter().chain([&default]).any(|value| value.len() > LONGEST_URL) {
            return Err(node.problem(format!("one of its values is longer than {LONGEST_URL} bytes")));
        }
        if let Some(odd) = values.iter().chain([&default]).find(|value| leaves_its_place(value)) {
            let shown: String = odd.chars().take(40).collect();
            return Err(node.problem(format!("the value {shown:?} would not stay at its place in the URL")));
        }
        let wire: Vec<&String> = values.iter().collect();
        let same = |known: &&Variable| {
            known.default == default && known.values.iter().map(|(value, _)| value).collect::<Vec<_>>() == wire
        };
        let known = self
            .variables
            .iter()
            .filter(|known| known.name == name || known.name.starts_with(&format!("{name}_")));
        if let Some(known) = known.clone().find(same) {
            return Ok(known.clone());
        }
        VARIABLES.check_at(self.variables.len() + 1, node)?;
        let named = node.list("x-evergrant-names")?;
        if named.len() > values.len() {
            return Err(node.problem("x-evergrant-names has more names than `enum` has values"));
        }
        let mut variants = Names::default();
        let values: Vec<(String, String)> = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let own = named.get(index).and_then(|name| name.value().as_str());
                (value.clone(), variants.take(pascal(own.unwrap_or(value))))
            })
            .collect();
        let variable = Variable {
            name: self.variable_names.take(name.to_owned()),
            setter: names.builder.take_or(snake(name), "_variable"),
            type_name: (!values.is_empty()).then(|| names.types.take(pascal(name))),
            default,
            values,
            description: node.string("description")?.map(str::to_owned),
        };
        self.variables.push(variable.clone());
        Ok(variable)
    }
}

/// Whether a value could end the part of the URL that it stands in. A path may be a value.
fn leaves_its_place(value: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '?' | '#' | '@' | '\\');
    value.contains(odd) || value.split('/').any(|segment| segment == "..")
}
