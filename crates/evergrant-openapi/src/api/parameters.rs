//! Parameters of operations: their location, style and type.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::bodies::is_text;
use super::media_types::{self, Media};
use crate::errors_and_warnings::Problem;
use crate::limits::OWN_PARAMETERS;
use crate::names::{Names, snake};
use crate::parsed_description::Node;
use crate::schema::{Schemas, Type};

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    /// The name on the wire.
    pub(crate) name: String,
    /// The name of the argument or setter.
    pub(crate) ident: String,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) ty: Type,
    pub(crate) style: Style,
    pub(crate) explode: bool,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    /// A value that is sent as JSON: `content: application/json`.
    Json,
}

impl Location {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

impl Style {
    /// Parses the name of a style.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "simple" => Self::Simple,
            "label" => Self::Label,
            "matrix" => Self::Matrix,
            "form" => Self::Form,
            "spaceDelimited" => Self::SpaceDelimited,
            "pipeDelimited" => Self::PipeDelimited,
            "deepObject" => Self::DeepObject,
            _ => return None,
        })
    }
}

/// Reads the parameters of an operation: path parameters first, and required parameters before optional ones.
/// Parameters of the operation override those of its path. The first layer of the path overrides the others.
pub(super) fn read<'a>(
    path_item: &[Node<'a>],
    operation: &Node<'a>,
    path: &str,
    hint: &str,
    context: (&mut Schemas<'a>, &mut Names, &mut Vec<Problem>),
) -> Result<Vec<Parameter>, Problem> {
    let (schemas, idents, warnings) = context;
    let mut effective: Vec<Option<ListedParameter<'a>>> = Vec::new();
    let mut positions: HashMap<(&str, Location), usize> = HashMap::new();
    let in_path = template_positions(path);
    OWN_PARAMETERS.check_at(in_path.len(), operation)?;
    let mut listed = Vec::new();
    for (layer, node) in path_item.iter().rev().chain([operation]).enumerate() {
        let count = node
            .value()
            .get("parameters")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        OWN_PARAMETERS.check_at(listed.len() + count, operation)?;
        listed.extend(node.list("parameters")?.into_iter().map(|parameter| (layer, parameter)));
    }
    schemas
        .copy_budgets
        .parameters
        .spend_at(listed.len() + in_path.len(), operation)?;
    for (layer, node) in listed {
        let node = node.resolved()?;
        let name = node.required("name")?;
        let location = match node.required("in")? {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            "cookie" => Location::Cookie,
            _ => return Err(node.problem("`in` must be path, query, header or cookie")),
        };
        let ignored = ["accept", "content-type", "authorization"];
        if location == Location::Header {
            if ignored.contains(&name.to_ascii_lowercase().as_str()) {
                warnings.push(node.problem(
                    "the client sets this header itself; the parameter is ignored (OpenAPI 3.1 section 4.8.12.1)",
                ));
                continue;
            }
            super::global_headers::check_name(&node, name)?;
        }
        if location == Location::Path && !in_path.contains_key(name) {
            warnings.push(node.problem(format!(
                "the path has no `{{{}}}`; the parameter is ignored",
                name.escape_debug()
            )));
            continue;
        }
        if location == Location::Cookie {
            super::global_headers::check_name(&node, name)?;
        }
        // A parameter of the operation replaces that of the path. Two in the same list are an error.
        if let Some(same) = positions.insert((name, location), effective.len())
            && let Some(replaced) = effective[same].take()
            && replaced.layer == layer
        {
            return Err(node.problem("this parameter is listed twice"));
        }
        effective.push(Some(ListedParameter {
            layer,
            name,
            location,
            node,
        }));
    }
    let mut parameters = Vec::new();
    for ListedParameter {
        name, location, node, ..
    } in effective.iter().flatten()
    {
        let description = node.string("description")?.map_or(0, str::len);
        schemas.copy_budgets.text.spend_at(name.len() + description, node)?;
        parameters.push(parameter(name, *location, node, hint, schemas, idents)?);
    }
    let mut described: HashSet<&str> = effective
        .iter()
        .flatten()
        .filter_map(ListedParameter::in_path)
        .collect();
    for name in template(path) {
        if described.insert(name) {
            warnings.push(operation.problem(format!(
                "`{{{}}}` of the path is not described as a parameter; it is treated as a string",
                name.escape_debug()
            )));
            parameters.push(undescribed_parameter(name, idents));
        }
    }
    // Path parameters come in the order of the path.
    parameters.sort_by_key(|parameter| {
        let at = match parameter.location {
            Location::Path => in_path.get(parameter.name.as_str()).copied(),
            _ => None,
        };
        (!parameter.required, parameter.location, at)
    });
    Ok(parameters)
}

/// A parameter in its list.
struct ListedParameter<'a> {
    /// A parameter of a later layer overrides that of an earlier one.
    layer: usize,
    name: &'a str,
    location: Location,
    node: Node<'a>,
}

impl<'a> ListedParameter<'a> {
    fn in_path(&self) -> Option<&'a str> {
        (self.location == Location::Path).then_some(self.name)
    }
}

fn parameter<'a>(
    name: &str,
    location: Location,
    node: &Node<'a>,
    hint: &str,
    schemas: &mut Schemas<'a>,
    idents: &mut Names,
) -> Result<Parameter, Problem> {
    let preferred = node.string("x-evergrant-name")?.unwrap_or(name);
    let hint = format!("{hint} {preferred}");
    let content = media_types::contents(node, &mut schemas.copy_budgets)?
        .into_iter()
        .next();
    let schema = match &content {
        Some(content) => content.node.get("schema"),
        None => node.get("schema"),
    };
    let described = node.string("style")?;
    let default_style = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    let style = match (content.as_ref().map(|content| content.media), described) {
        (Some(Media::Json), _) => Style::Json,
        (Some(Media::Text), _) => default_style,
        (Some(_), _) => return Err(node.problem("the `content` of a parameter must be JSON or text")),
        (None, Some(text)) => Style::parse(text).ok_or_else(|| node.problem("unknown `style`"))?,
        (None, None) => default_style,
    };
    let fits = match location {
        Location::Path => matches!(style, Style::Simple | Style::Label | Style::Matrix | Style::Json),
        Location::Query => {
            matches!(
                style,
                Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject | Style::Json
            )
        }
        Location::Header => matches!(style, Style::Simple | Style::Json),
        Location::Cookie => matches!(style, Style::Form | Style::Json),
    };
    if !fits {
        return Err(node.problem(format!("a {} parameter cannot have this style", location.word())));
    }
    let explode = match node.get("explode") {
        Some(_) => node.flag("explode")?,
        None => matches!(style, Style::Form | Style::DeepObject),
    };
    let ty = match schema {
        Some(schema) => schemas.type_of(&schema, &hint)?,
        None => Type::String,
    };
    let ty = match &content {
        Some(content) if content.media == Media::Text && !is_text(&ty, schemas) => Type::String,
        _ => ty,
    };
    Ok(Parameter {
        name: name.to_owned(),
        ident: idents.take_or_suffixed(snake(preferred), &format!("_{}", location.word())),
        location,
        required: location == Location::Path || node.flag("required")?,
        ty,
        style,
        explode,
        description: node.string("description")?.map(str::to_owned),
        deprecated: node.flag("deprecated")?,
    })
}

fn undescribed_parameter(name: &str, idents: &mut Names) -> Parameter {
    Parameter {
        name: name.to_owned(),
        ident: idents.take_or_suffixed(snake(name), "_path"),
        location: Location::Path,
        required: true,
        ty: Type::String,
        style: Style::Simple,
        explode: false,
        description: None,
        deprecated: false,
    }
}

/// Returns the names in a path template.
pub(super) fn template(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

/// The first position of each name in a path template.
fn template_positions(path: &str) -> HashMap<&str, usize> {
    let mut positions = HashMap::new();
    for (position, name) in template(path).enumerate() {
        positions.entry(name).or_insert(position);
    }
    positions
}
