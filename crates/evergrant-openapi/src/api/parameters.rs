//! Parameters: where each goes, in which style, and what type it has.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::bodies::is_text;
use super::media::{self, Media};
use crate::limits::OWN_PARAMETERS;
use crate::names::{Names, snake};
use crate::problem::Problem;
use crate::schema::{Schemas, Type};
use crate::source::Node;

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    /// On the wire.
    pub(crate) name: String,
    /// The argument or setter.
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
    /// `content: application/json`.
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
    /// By its name in a description.
    pub(super) fn named(name: &str) -> Option<Self> {
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

/// Those of an operation, path parameters first and the required ones before the others. `own` overrides those of the path, of
/// which the first layer overrides the others.
pub(super) fn read<'a>(
    path_item: &[Node<'a>],
    own: &Node<'a>,
    path: &str,
    hint: &str,
    reading: (&mut Schemas<'a>, &mut Names, &mut Vec<Problem>),
) -> Result<Vec<Parameter>, Problem> {
    let (schemas, idents, warnings) = reading;
    let mut found: Vec<Option<Found<'a>>> = Vec::new();
    let mut places: HashMap<(&str, Location), usize> = HashMap::new();
    let in_path = template_places(path);
    OWN_PARAMETERS.check_at(in_path.len(), own)?;
    let mut listed = Vec::new();
    for (layer, node) in path_item.iter().rev().chain([own]).enumerate() {
        let count = node
            .value()
            .get("parameters")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        OWN_PARAMETERS.check_at(listed.len() + count, own)?;
        listed.extend(node.list("parameters")?.into_iter().map(|parameter| (layer, parameter)));
    }
    schemas.copied.parameters.spend_at(listed.len() + in_path.len(), own)?;
    for (layer, node) in listed {
        let node = node.resolved()?;
        let name = node.required("name")?;
        let location = match node.required("in")? {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            "cookie" => Location::Cookie,
            _ => return Err(node.problem("`in` is none of path, query, header and cookie")),
        };
        let ignored = ["accept", "content-type", "authorization"];
        if location == Location::Header {
            if ignored.contains(&name.to_ascii_lowercase().as_str()) {
                warnings.push(node.problem(
                    "this header is the client's own; the parameter is left out (OpenAPI 3.1 section 4.8.12.1)",
                ));
                continue;
            }
            super::headers::check_name(&node, name)?;
        }
        if location == Location::Path && !in_path.contains_key(name) {
            warnings.push(node.problem(format!(
                "the path has no `{{{}}}`; the parameter is left out",
                name.escape_debug()
            )));
            continue;
        }
        if location == Location::Cookie {
            super::headers::check_name(&node, name)?;
        }
        // The operation's own replaces the path's; two in one list contradict each other.
        if let Some(same) = places.insert((name, location), found.len())
            && let Some(replaced) = found[same].take()
            && replaced.layer == layer
        {
            return Err(node.problem("this parameter is listed twice"));
        }
        found.push(Some(Found {
            layer,
            name,
            location,
            node,
        }));
    }
    let mut parameters = Vec::new();
    for Found {
        name, location, node, ..
    } in found.iter().flatten()
    {
        let description = node.string("description")?.map_or(0, str::len);
        schemas.copied.text.spend_at(name.len() + description, node)?;
        parameters.push(parameter(name, *location, node, hint, schemas, idents)?);
    }
    let mut described: HashSet<&str> = found.iter().flatten().filter_map(Found::in_path).collect();
    for name in template(path) {
        if described.insert(name) {
            warnings.push(own.problem(format!(
                "the path's `{{{}}}` is no parameter; it is taken for text",
                name.escape_debug()
            )));
            parameters.push(undescribed(name, idents));
        }
    }
    // In the order of the path.
    parameters.sort_by_key(|parameter| {
        let at = match parameter.location {
            Location::Path => in_path.get(parameter.name.as_str()).copied(),
            _ => None,
        };
        (!parameter.required, parameter.location, at)
    });
    Ok(parameters)
}

/// A parameter where it stands.
struct Found<'a> {
    /// What is listed later overrides what is listed in a layer before it.
    layer: usize,
    name: &'a str,
    location: Location,
    node: Node<'a>,
}

impl<'a> Found<'a> {
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
    let own = node.string("x-evergrant-name")?.unwrap_or(name);
    let hint = format!("{hint} {own}");
    let content = media::contents(node, &mut schemas.copied)?.into_iter().next();
    let schema = match &content {
        Some(content) => content.node.get("schema"),
        None => node.get("schema"),
    };
    let described = node.string("style")?;
    let plain = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    let style = match (content.as_ref().map(|content| content.media), described) {
        (Some(Media::Json), _) => Style::Json,
        (Some(Media::Text), _) => plain,
        (Some(_), _) => return Err(node.problem("the `content` of a parameter is JSON or text; this is neither")),
        (None, Some(text)) => {
            Style::named(text).ok_or_else(|| node.problem("its `style` is none that OpenAPI knows"))?
        }
        (None, None) => plain,
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
        return Err(node.problem(format!("this style is none for a {} parameter", location.word())));
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
        ident: idents.take_or(snake(own), &format!("_{}", location.word())),
        location,
        required: location == Location::Path || node.flag("required")?,
        ty,
        style,
        explode,
        description: node.string("description")?.map(str::to_owned),
        deprecated: node.flag("deprecated")?,
    })
}

fn undescribed(name: &str, idents: &mut Names) -> Parameter {
    Parameter {
        name: name.to_owned(),
        ident: idents.take_or(snake(name), "_path"),
        location: Location::Path,
        required: true,
        ty: Type::String,
        style: Style::Simple,
        explode: false,
        description: None,
        deprecated: false,
    }
}

/// The names in a path template.
pub(super) fn template(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

/// The names in a path template, with the place where each is first.
fn template_places(path: &str) -> HashMap<&str, usize> {
    let mut places = HashMap::new();
    for (place, name) in template(path).enumerate() {
        places.entry(name).or_insert(place);
    }
    places
}
