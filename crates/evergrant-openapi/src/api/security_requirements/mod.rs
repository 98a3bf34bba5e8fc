//! Security requirements: alternatives of schemes that are needed together. Equal requirements are stored once.

mod description_in_words;

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::rc::Rc;

use serde_json::{Value, json};

use super::security_schemes::is_scope;
use super::{KeyLocation, OAuth, Scheme, SchemeKind};
use crate::errors_and_warnings::{Problem, excerpt, truncate};
use crate::limits::{ALL_ALTERNATIVES, ALTERNATIVES, Budget};
use crate::overlay_action::Action;
use crate::parsed_description::{Node, NodeId};

pub(crate) use self::description_in_words::requirement_text;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Requirement {
    pub(crate) alternatives: Vec<Vec<Need>>,
    /// Whether a call works without credentials, too.
    pub(crate) optional: bool,
    pub(crate) allow_header_conflict: bool,
}

/// A scheme, and the scopes that its token must have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Need {
    pub(crate) scheme: usize,
    pub(crate) scopes: Vec<String>,
}

/// Reads and collects requirements.
#[derive(Debug)]
pub(crate) struct Requirements<'a> {
    schemes: &'a [Scheme],
    by_name: HashMap<&'a str, usize>,
    /// The locations that schemes write to, as messages show them.
    locations: Vec<String>,
    /// Indices into `locations`, by scheme. Indices are cheaper to compare than long names.
    written_locations: Vec<Vec<usize>>,
    global: Vec<Node<'a>>,
    list: Vec<Requirement>,
    known: HashMap<Requirement, usize>,
    /// The results by node (`None` for the global requirement) and by whether header conflicts are allowed.
    read: HashMap<(Option<NodeId>, bool), Result<ReadSecurity, Problem>>,
    /// Unsupported schemes that operations need.
    unsupported: HashSet<usize>,
    /// A problem of the global requirement.
    global_problem: Option<Problem>,
    spent: Budget,
}

/// The result of reading a `security` node.
#[derive(Debug, Clone)]
struct ReadSecurity {
    /// The index of the requirement; `None` if no alternative is supported.
    requirement: Option<usize>,
    /// Why alternatives are skipped; `None` if all are supported.
    unsupported: Option<Rc<str>>,
    /// Whether a scheme of a skipped alternative is invalid.
    invalid: bool,
    /// The number of alternatives, schemes and scopes.
    size: usize,
    /// The length in bytes, which every operation repeats.
    text: usize,
}

/// Why the requirement of an operation cannot be read.
pub(super) enum RequirementError {
    /// The description is invalid.
    Invalid(Problem),
    /// The security is not supported.
    Unsupported(Problem),
    /// The security is not supported, because of a scheme that is reported as invalid.
    InvalidScheme(Problem),
}

impl From<Problem> for RequirementError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem)
    }
}

impl<'a> Requirements<'a> {
    pub(super) fn new(schemes: &'a [Scheme], root: &Node<'a>, warnings: &mut Vec<Problem>) -> Result<Self, Problem> {
        for scheme in schemes {
            if let SchemeKind::Unsupported(why) = &scheme.kind
                && scheme.problem.is_none()
            {
                let place = root
                    .pointer()
                    .child("components")
                    .child("securitySchemes")
                    .child(&scheme.name);
                warnings.push(Problem::new(&place, format!("this scheme is not supported: {why}")));
            }
        }
        let global = match root.value().get("security") {
            Some(Value::Null) => Err(is_null(root, "$".to_owned(), schemes)),
            _ => root.list("security"),
        };
        let (global, global_problem) = match global {
            Ok(global) => (global, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let mut by_name = HashMap::new();
        for (index, scheme) in schemes.iter().enumerate() {
            by_name.entry(scheme.name.as_str()).or_insert(index);
        }
        let mut locations = Vec::new();
        let mut known = HashMap::new();
        let mut index = |location: (KeyLocation, String)| {
            *known.entry(location).or_insert_with_key(|(location, name)| {
                let location = format!("{location:?}").to_lowercase();
                locations.push(format!("the {location} `{}`", excerpt(name)));
                locations.len() - 1
            })
        };
        let written_locations = schemes
            .iter()
            .map(|scheme| scheme.locations().into_iter().map(&mut index).collect());
        let written_locations = written_locations.collect();
        if let Some(global) = root.get("security") {
            ALTERNATIVES.check_at(size(&global), &global)?;
        }
        Ok(Self {
            schemes,
            by_name,
            locations,
            written_locations,
            global,
            global_problem,
            unsupported: HashSet::new(),
            list: Vec::new(),
            known: HashMap::new(),
            read: HashMap::new(),
            spent: Budget::of(&ALL_ALTERNATIVES),
        })
    }

    /// Returns the index of the operation's requirement, or of the global one, and the length of its text.
    pub(super) fn of(
        &mut self,
        operation: &Node<'a>,
        warnings: &mut Vec<Problem>,
    ) -> Result<(usize, usize), RequirementError> {
        if operation.value().get("security").is_some_and(Value::is_null) {
            return Err(RequirementError::Invalid(is_null(
                operation,
                operation.json_path(),
                self.schemes,
            )));
        }
        let security = operation.get("security");
        let allow_header_conflict = operation.flag("x-evergrant-allow-header-conflict")?;
        let key = (security.as_ref().map(Node::id), allow_header_conflict);
        let read = match self.read.get(&key) {
            Some(read) => read.clone(),
            None => {
                let read = self.read(security.as_ref(), allow_header_conflict, warnings);
                self.read.insert(key, read.clone());
                read
            }
        }?;
        self.spent.spend_at(read.size, operation)?;
        if let Some(why) = &read.unsupported {
            if read.requirement.is_none() {
                let problem = operation.problem(&**why);
                return Err(match read.invalid {
                    true => RequirementError::InvalidScheme(problem),
                    false => RequirementError::Unsupported(problem),
                });
            }
            warnings.push(operation.problem(format!("one of its alternatives is skipped: {why}")));
        }
        // If nothing was skipped, there is a requirement.
        Ok((read.requirement.unwrap_or_default(), read.text))
    }

    fn read(
        &mut self,
        security: Option<&Node<'a>>,
        allow_header_conflict: bool,
        warnings: &mut Vec<Problem>,
    ) -> Result<ReadSecurity, Problem> {
        let listed: Vec<Node<'a>> = match security {
            Some(security) => {
                ALTERNATIVES.check_at(size(security), security)?;
                security.items()?.collect()
            }
            None => match &self.global_problem {
                Some(problem) => return Err(problem.clone()),
                None => self.global.clone(),
            },
        };
        let mut requirement = Requirement {
            alternatives: Vec::new(),
            optional: listed.is_empty(),
            allow_header_conflict,
        };
        let (mut unsupported, mut invalid) = (Vec::new(), false);
        let (mut size, mut text) = (0, 0);
        for alternative in &listed {
            let needs = self.alternative(alternative, warnings)?;
            size += needs.iter().map(|need| 1 + need.scopes.len()).sum::<usize>() + 1;
            ALTERNATIVES.check_at(size, alternative)?;
            text += needs.iter().map(|need| self.text(need)).sum::<usize>();
            if needs.is_empty() {
                requirement.optional = true;
            } else if let Some(why) = self.unsupported_reason(&needs, allow_header_conflict) {
                unsupported.push(why);
                invalid |= needs.iter().any(|need| self.schemes[need.scheme].problem.is_some());
            } else {
                if allow_header_conflict && let Some((first, second, location)) = self.conflict(&needs) {
                    warnings.push(alternative.problem(format!(
                        "`{first}` and `{second}` both write to {location}; the last one is sent (x-evergrant-allow-header-conflict)"
                    )));
                }
                requirement.alternatives.push(needs);
            }
        }
        let is_rejected = !unsupported.is_empty() && requirement.alternatives.is_empty();
        Ok(ReadSecurity {
            requirement: (!is_rejected).then(|| self.index(requirement)),
            unsupported: (!unsupported.is_empty()).then(|| truncate(unsupported.join("; ")).into()),
            invalid,
            size,
            text,
        })
    }

    /// Returns the index of the requirement, which is added to the list if it is new.
    fn index(&mut self, requirement: Requirement) -> usize {
        match self.known.entry(requirement) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.list.push(new.key().clone());
                *new.insert(self.list.len() - 1)
            }
        }
    }

    fn text(&self, need: &Need) -> usize {
        self.schemes[need.scheme].name.len() + need.scopes.iter().map(String::len).sum::<usize>()
    }

    /// Returns the requirements, and the unsupported schemes that operations need.
    pub(super) fn into_list(self) -> (Vec<Requirement>, HashSet<usize>) {
        (self.list, self.unsupported)
    }

    fn alternative(&self, node: &Node<'_>, warnings: &mut Vec<Problem>) -> Result<Vec<Need>, Problem> {
        let mut needs = Vec::new();
        for (name, scopes) in node.entries()? {
            let scheme = self.by_name.get(name).copied();
            let scheme = scheme.ok_or_else(|| {
                let problem = scopes.problem("there is no security scheme of this name");
                let example = json!({"type": "apiKey", "in": "header", "name": "X-Api-Key"});
                let added = json!({"components": {"securitySchemes": {name: example}}});
                problem.or_action(|| Some(Action::update("$", added)))
            })?;
            let names = match self.schemes[scheme].oauth() {
                Some(oauth) => scopes_of(&scopes, oauth, warnings)?,
                // Other schemes list roles here, which requests do not contain.
                None => Vec::new(),
            };
            needs.push(Need { scheme, scopes: names });
        }
        Ok(needs)
    }

    fn unsupported_reason(&mut self, needs: &[Need], allow_header_conflict: bool) -> Option<String> {
        for need in needs {
            let scheme = &self.schemes[need.scheme];
            if let SchemeKind::Unsupported(why) = &scheme.kind {
                self.unsupported.insert(need.scheme);
                return Some(format!("`{}` is not supported: {why}", excerpt(&scheme.name)));
            }
        }
        let (first, second, location) = self.conflict(needs).filter(|_| !allow_header_conflict)?;
        Some(format!(
            "`{first}` and `{second}` both write to {location}, and one would overwrite the other; set x-evergrant-allow-header-conflict: true on the operation to send the last one"
        ))
    }

    /// Finds two schemes that write to the same location.
    fn conflict(&self, needs: &[Need]) -> Option<(String, String, &str)> {
        let name = |scheme: usize| excerpt(&self.schemes[scheme].name);
        let mut writers = HashMap::new();
        for need in needs {
            for &location in &self.written_locations[need.scheme] {
                if let Some(&first) = writers.get(&location) {
                    return Some((name(first), name(need.scheme), &self.locations[location]));
                }
                writers.insert(location, need.scheme);
            }
        }
        None
    }
}

/// Reads the listed scopes. Every ignored scope has a warning, as requests would otherwise silently lack it.
fn scopes_of(node: &Node<'_>, oauth: &OAuth, warnings: &mut Vec<Problem>) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for scope in node.items()? {
        let text = scope.text()?;
        if oauth.invalid_scopes.contains(text) {
            warnings.push(scope.problem("this is not a valid scope name (RFC 6749 section 3.3), and is ignored"));
            continue;
        }
        if text.contains(char::is_whitespace) {
            warnings.push(scope.problem("this string contains several scopes; each is used"));
        }
        for name in text.split_whitespace() {
            if !is_scope(name) {
                return Err(scope.problem("this is not a valid scope name (RFC 6749 section 3.3)"));
            }
            if known.insert(name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The problem of a missing value, which must not weaken the security. The action uses the first scheme.
fn is_null(node: &Node<'_>, target: String, schemes: &[Scheme]) -> Problem {
    let problem = node.problem("`security` is null; use `[]` if no credentials are needed");
    let first = schemes
        .iter()
        .find(|scheme| !matches!(scheme.kind, SchemeKind::Unsupported(_)));
    let security = first.map_or(json!([]), |scheme| json!([{scheme.name.as_str(): []}]));
    problem.or_action(|| Some(Action::update(target, json!({"security": security}))))
}

/// The number of alternatives, schemes and scopes.
fn size(security: &Node<'_>) -> usize {
    let scopes = |scopes: &Value| 1 + scopes.as_array().map_or(0, Vec::len);
    let alternative = |needs: &Value| 1 + needs.as_object().map_or(0, |needs| needs.values().map(scopes).sum());
    security
        .value()
        .as_array()
        .map_or(0, |all| all.iter().map(alternative).sum())
}
