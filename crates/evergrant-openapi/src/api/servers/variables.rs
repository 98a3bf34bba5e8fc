//! The variables of server URLs.

use serde_json::Value;

use super::Servers;
use super::urls::MAX_URL_LENGTH;
use crate::api::ClientNames;
use crate::errors_and_warnings::Problem;
use crate::limits::{VARIABLE_VALUES, VARIABLES};
use crate::names::{Names, pascal, snake};
use crate::parsed_description::Node;

/// A part of a URL that the application chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) setter: String,
    /// The name of the enum, if the values are fixed.
    pub(crate) type_name: Option<String>,
    /// An example if the application must set the value.
    pub(crate) default: String,
    /// Whether the description has no value.
    pub(crate) required: bool,
    /// The values with their variants; empty for free text.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) description: Option<String>,
}

impl Servers {
    /// Defines a variable, or returns the equal one of another server. One without a description must be set by the
    /// application.
    pub(super) fn variable(
        &mut self,
        name: &str,
        node: Option<&Node<'_>>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Variable, Problem> {
        let Some(node) = node else {
            return Ok(self.required_variable(name, None, names));
        };
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
                warnings.push(node.problem("it has no `default`; the first value is used"));
                first.clone()
            }
            (None, None) => {
                let description = node.string("description")?.map(str::to_owned);
                VARIABLES.check_at(self.variables.len() + 1, node)?;
                return Ok(self.required_variable(name, description, names));
            }
        };
        if let Some(first) = values.first()
            && !values.contains(&default)
        {
            warnings.push(node.problem("its default is not one of its values; the first value is used"));
            default.clone_from(first);
        }
        if values
            .iter()
            .chain([&default])
            .any(|value| value.len() > MAX_URL_LENGTH)
        {
            return Err(node.problem(format!("one of its values is longer than {MAX_URL_LENGTH} bytes")));
        }
        if let Some(odd) = values.iter().chain([&default]).find(|value| breaks_url(value)) {
            let excerpt: String = odd.chars().take(40).collect();
            return Err(node.problem(format!("the value {excerpt:?} would change other parts of the URL")));
        }
        let wire: Vec<&String> = values.iter().collect();
        let same = |known: &&Variable| {
            !known.required
                && known.default == default
                && known.values.iter().map(|(value, _)| value).collect::<Vec<_>>() == wire
        };
        let known = self
            .variables
            .iter()
            .filter(|known| known.name == name || known.name.starts_with(&format!("{name}_")));
        if let Some(known) = known.clone().find(same) {
            return Ok(known.clone());
        }
        VARIABLES.check_at(self.variables.len() + 1, node)?;
        let preferred = node.list("x-evergrant-names")?;
        if preferred.len() > values.len() {
            return Err(node.problem("x-evergrant-names has more names than `enum` has values"));
        }
        let mut variants = Names::default();
        let values: Vec<(String, String)> = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let name = preferred.get(index).and_then(|name| name.value().as_str());
                (value.clone(), variants.take(pascal(name.unwrap_or(value))))
            })
            .collect();
        let variable = Variable {
            name: self.variable_names.take(name.to_owned()),
            setter: names.builder.take_or_suffixed(snake(name), "_variable"),
            type_name: (!values.is_empty()).then(|| names.types.take(pascal(name))),
            default,
            required: false,
            values,
            description: node.string("description")?.map(str::to_owned),
        };
        self.variables.push(variable.clone());
        Ok(variable)
    }

    fn required_variable(&mut self, name: &str, description: Option<String>, names: &mut ClientNames) -> Variable {
        let is_same = |known: &&Variable| known.required && known.name == name;
        if let Some(known) = self.variables.iter().find(is_same) {
            return known.clone();
        }
        let variable = Variable {
            name: self.variable_names.take(name.to_owned()),
            setter: names.builder.take_or_suffixed(snake(name), "_variable"),
            type_name: None,
            default: "example".to_owned(),
            required: true,
            values: Vec::new(),
            description,
        };
        self.variables.push(variable.clone());
        variable
    }
}

/// Whether a value could change other parts of the URL. A path is allowed.
fn breaks_url(value: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '?' | '#' | '@' | '\\');
    value.contains(odd) || value.split('/').any(|segment| segment == "..")
}
