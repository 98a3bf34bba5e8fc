//! Parameters of operations: their location, style and type.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::bodies::is_text;
use super::media_types::{self, Media};
use crate::errors_and_warnings::Problem;
use crate::limits::OWN_PARAMETERS;
use crate::names::{Names, snake};
use crate::parsed_description::Node;
use crate::problem_list::ProblemList;
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
    /// `deepObject` with empty brackets for the items of lists.
    DeepObjectBrackets,
    /// `deepObject` with repeated names for the items of lists.
    DeepObjectRepeat,
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
            // OpenAPI 3.2: like `form`, without percent-encoding.
            "cookie" => Self::Form,
            _ => return None,
        })
    }
}

/// The extension that selects how lists are written, in the words of `qs`.
const ARRAY_FORMAT: &str = "x-evergrant-array-format";

/// Returns the style of `deepObject` that the description selects for lists.
pub(super) fn array_format(node: &Node<'_>) -> Result<Option<Style>, Problem> {
    Ok(Some(match node.string(ARRAY_FORMAT)? {
        None => return Ok(None),
        Some("indices") => Style::DeepObject,
        Some("brackets") => Style::DeepObjectBrackets,
        Some("repeat") => Style::DeepObjectRepeat,
        Some(_) => return Err(node.problem(format!("{ARRAY_FORMAT} must be indices, brackets or repeat"))),
    }))
}

/// Reads the parameters of an operation: path parameters first, and required parameters before optional ones.
/// Parameters of the operation override those of its path. The first layer of the path overrides the others.
pub(super) fn read<'a>(
    path_item: &[Node<'a>],
    operation: &Node<'a>,
    path: &str,
    hint: &str,
    context: (&mut Schemas<'a>, &mut Names, &mut Vec<Problem>, &mut ProblemList),
) -> Result<Vec<Parameter>, Problem> {
    let (schemas, idents, warnings, problems) = context;
    let mut flaws = Vec::new();
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
        let parameter = match listed_parameter(layer, &node, &in_path, warnings) {
            Ok(Some(parameter)) => parameter,
            Ok(None) => continue,
            Err(problem) => {
                flaws.push(problem);
                continue;
            }
        };
        // A parameter of the operation replaces that of the path. Two in the same list are an error.
        if let Some(same) = positions.insert((parameter.name, parameter.location), effective.len())
            && let Some(replaced) = effective[same].take()
            && replaced.layer == layer
        {
            match replaced.node.value() == parameter.node.value() {
                true => warnings.push(parameter.node.problem("this parameter is listed twice")),
                false => flaws.push(parameter.node.problem("this parameter is listed twice, differently")),
            }
        }
        effective.push(Some(parameter));
    }
    let mut parameters = Vec::new();
    for ListedParameter {
        name, location, node, ..
    } in effective.iter().flatten()
    {
        let description = node.string("description")?.map_or(0, str::len);
        schemas.copy_budgets.text.spend_at(name.len() + description, node)?;
        match parameter(name, *location, node, hint, (schemas, warnings), idents) {
            Ok(parameter) => parameters.push(parameter),
            Err(problem) => flaws.push(problem),
        }
    }
    let mut flaws = flaws.into_iter();
    if let Some(first) = flaws.next() {
        let place = operation.pointer();
        flaws.try_for_each(|flaw| problems.add(flaw.of_operation(&place)))?;
        return Err(first);
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

/// Reads the name and location of a parameter; `None` if it is ignored.
fn listed_parameter<'a>(
    layer: usize,
    node: &Node<'a>,
    in_path: &HashMap<&str, usize>,
    warnings: &mut Vec<Problem>,
) -> Result<Option<ListedParameter<'a>>, Problem> {
    let node = node.resolved()?;
    let name = node.required("name")?;
    let location = match node.required("in")? {
        "path" => Location::Path,
        // OpenAPI 3.2: one parameter for the whole query, which is a form.
        "query" | "querystring" => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return Err(node.problem("`in` must be path, query, header or cookie")),
    };
    let ignored = ["accept", "content-type", "authorization"];
    if location == Location::Header && ignored.contains(&name.to_ascii_lowercase().as_str()) {
        warnings.push(
            node.problem("the client sets this header itself; the parameter is ignored (OpenAPI 3.1 section 4.8.12.1)"),
        );
        return Ok(None);
    }
    if matches!(location, Location::Header | Location::Cookie) {
        super::global_headers::check_name(&node, name)?;
    }
    if location == Location::Path && !in_path.contains_key(name) {
        warnings.push(node.problem(format!(
            "the path has no `{{{}}}`; the parameter is ignored",
            name.escape_debug()
        )));
        return Ok(None);
    }
    Ok(Some(ListedParameter {
        layer,
        name,
        location,
        node,
    }))
}

fn parameter<'a>(
    name: &str,
    location: Location,
    node: &Node<'a>,
    hint: &str,
    (schemas, warnings): (&mut Schemas<'a>, &mut Vec<Problem>),
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
        (Some(Media::Text | Media::Form), _) => default_style,
        (Some(_), _) => return Err(node.problem("the `content` of a parameter must be JSON or text")),
        (None, Some(text)) => Style::parse(text).ok_or_else(|| node.problem("unknown `style`"))?,
        (None, None) => default_style,
    };
    let style = match location {
        Location::Query => array_format(node)?.unwrap_or(style),
        _ => style,
    };
    let fits = match location {
        Location::Path => matches!(style, Style::Simple | Style::Label | Style::Matrix | Style::Json),
        Location::Query => {
            matches!(
                style,
                Style::Form
                    | Style::SpaceDelimited
                    | Style::PipeDelimited
                    | Style::DeepObject
                    | Style::DeepObjectBrackets
                    | Style::DeepObjectRepeat
                    | Style::Json
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
        None => matches!(
            style,
            Style::Form | Style::DeepObject | Style::DeepObjectBrackets | Style::DeepObjectRepeat
        ),
    };
    let ty = match schema {
        Some(schema) => schemas.type_of(&schema, &hint)?,
        None => Type::String,
    };
    let ty = match &content {
        Some(content) if content.media == Media::Text && !is_text(&ty, schemas) => Type::String,
        _ => ty,
    };
    let style = without_nesting(node, (location, style), &ty, (schemas, warnings))?;
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

/// Replaces a style that cannot write lists or objects within others.
fn without_nesting<'a>(
    node: &Node<'a>,
    (location, style): (Location, Style),
    ty: &Type,
    (schemas, warnings): (&mut Schemas<'a>, &mut Vec<Problem>),
) -> Result<Style, Problem> {
    let writes_nested = matches!(
        style,
        Style::DeepObject | Style::DeepObjectBrackets | Style::DeepObjectRepeat | Style::Json
    );
    if writes_nested || !schemas.is_nested(ty) {
        return Ok(style);
    }
    let (style, written) = match location {
        Location::Query => (style, "with brackets, as in `deepObject`"),
        _ => (Style::Json, "as JSON"),
    };
    warnings.push(node.problem(format!(
        "its style cannot write lists or objects within others; they are written {written} (set `style: deepObject`, {ARRAY_FORMAT}, or `content` with application/json)"
    )));
    Ok(style)
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
