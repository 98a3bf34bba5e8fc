//! What operations ask for: any of (all of ...), each requirement once.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::rc::Rc;

use serde_json::Value;

use super::schemes::is_scope;
use super::{OAuth, Place, Scheme, SchemeKind};
use crate::limits::{ALL_ALTERNATIVES, ALTERNATIVES, Spending};
use crate::problem::{Problem, cut, shown};
use crate::source::{Node, NodeId};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Requirement {
    pub(crate) alternatives: Vec<Vec<Need>>,
    /// Whether no credentials at all will do.
    pub(crate) optional: bool,
    pub(crate) allow_header_conflict: bool,
}

/// One scheme, and the scopes that its token must have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Need {
    pub(crate) scheme: usize,
    pub(crate) scopes: Vec<String>,
}

/// Those met so far.
#[derive(Debug)]
pub(crate) struct Requirements<'a> {
    schemes: &'a [Scheme],
    by_name: HashMap<&'a str, usize>,
    /// What the schemes write, each once, as messages show it.
    places: Vec<String>,
    /// Into the places, by scheme: a place's name may be long, and many operations may ask for it.
    written: Vec<Vec<usize>>,
    global: Vec<Node<'a>>,
    list: Vec<Requirement>,
    known: HashMap<Requirement, usize>,
    /// By what says it (`None` for the description's own) and whether header conflicts are allowed.
    read: HashMap<(Option<NodeId>, bool), Read>,
    spent: Spending,
}

/// What a `security` has been read as.
#[derive(Debug, Clone)]
struct Read {
    /// Into the list; `None` if nothing of it is supported.
    requirement: Option<usize>,
    /// Why alternatives are left out; `None` if none is.
    unsupported: Option<Rc<str>>,
    /// Alternatives, schemes and scopes.
    size: usize,
    /// In bytes, as every operation repeats it.
    text: usize,
}

/// Why an operation cannot be had.
pub(super) enum Refused {
    /// The description contradicts itself.
    Wrong(Problem),
    /// It asks for a security that is not supported.
    Unsupported(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Wrong(problem)
    }
}

impl<'a> Requirements<'a> {
    pub(super) fn new(schemes: &'a [Scheme], root: &Node<'a>, warnings: &mut Vec<Problem>) -> Result<Self, Problem> {
        for scheme in schemes {
            if let SchemeKind::Unsupported(why) = &scheme.kind {
                let place = root
                    .place()
                    .below("components")
                    .below("securitySchemes")
                    .below(&scheme.name);
                warnings.push(Problem::new(&place, format!("this scheme is not supported: {why}")));
            }
        }
        if root.value().get("security").is_some_and(Value::is_null) {
            return Err(root.problem("`security` is null; `[]` says that no credentials are needed"));
        }
        let mut by_name = HashMap::new();
        for (index, scheme) in schemes.iter().enumerate() {
            by_name.entry(scheme.name.as_str()).or_insert(index);
        }
        let mut places = Vec::new();
        let mut known = HashMap::new();
        let mut index = |place: (Place, String)| {
            *known.entry(place).or_insert_with_key(|(place, name)| {
                let place = format!("{place:?}").to_lowercase();
                places.push(format!("the {place} `{}`", shown(name)));
                places.len() - 1
            })
        };
        let written = schemes
            .iter()
            .map(|scheme| scheme.places().into_iter().map(&mut index).collect());
        let written = written.collect();
        if let Some(global) = root.get("security") {
            ALTERNATIVES.check_at(size(&global), &global)?;
        }
        Ok(Self {
            schemes,
            by_name,
            places,
            written,
            global: root.list("security")?,
            list: Vec::new(),
            known: HashMap::new(),
            read: HashMap::new(),
            spent: Spending::of(&ALL_ALTERNATIVES),
        })
    }

    /// The operation's own, or else the whole description's; and how much text it is.
    pub(super) fn of(&mut self, operation: &Node<'a>, warnings: &mut Vec<Problem>) -> Result<(usize, usize), Refused> {
        if operation.value().get("security").is_some_and(Value::is_null) {
            return Err(Refused::Wrong(
                operation.problem("`security` is null; `[]` says that no credentials are needed"),
            ));
        }
        let own = operation.get("security");
        let allow_header_conflict = operation.flag("x-evergrant-allow-header-conflict")?;
        let key = (own.as_ref().map(Node::id), allow_header_conflict);
        let read = match self.read.get(&key) {
            Some(read) => read.clone(),
            None => {
                let read = self.read(own.as_ref(), allow_header_conflict, warnings)?;
                self.read.insert(key, read.clone());
                read
            }
        };
        self.spent.spend_at(read.size, operation)?;
        if let Some(why) = &read.unsupported {
            if read.requirement.is_none() {
                return Err(Refused::Unsupported(operation.problem(&**why)));
            }
            warnings.push(operation.problem(format!("one of its alternatives is left out: {why}")));
        }
        // Without any that is left out, there is a requirement.
        Ok((read.requirement.unwrap_or_default(), read.text))
    }

    fn read(
        &mut self,
        own: Option<&Node<'a>>,
        allow_header_conflict: bool,
        warnings: &mut Vec<Problem>,
    ) -> Result<Read, Problem> {
        let listed: Vec<Node<'a>> = match own {
            Some(own) => {
                ALTERNATIVES.check_at(size(own), own)?;
                own.items()?.collect()
            }
            None => self.global.clone(),
        };
        let mut requirement = Requirement {
            alternatives: Vec::new(),
            optional: listed.is_empty(),
            allow_header_conflict,
        };
        let mut unsupported = Vec::new();
        let (mut size, mut text) = (0, 0);
        for alternative in &listed {
            let needs = self.alternative(alternative, warnings)?;
            size += needs.iter().map(|need| 1 + need.scopes.len()).sum::<usize>() + 1;
            ALTERNATIVES.check_at(size, alternative)?;
            text += needs.iter().map(|need| self.text(need)).sum::<usize>();
            if needs.is_empty() {
                requirement.optional = true;
            } else if let Some(why) = self.why_not(&needs, allow_header_conflict) {
                unsupported.push(why);
            } else {
                if allow_header_conflict && let Some((first, second, place)) = self.conflict(&needs) {
                    warnings.push(alternative.problem(format!(
                        "`{first}` and `{second}` both write {place}; the last listed is sent, as x-evergrant-allow-header-conflict says"
                    )));
                }
                requirement.alternatives.push(needs);
            }
        }
        let is_refused = !unsupported.is_empty() && requirement.alternatives.is_empty();
        Ok(Read {
            requirement: (!is_refused).then(|| self.index(requirement)),
            unsupported: (!unsupported.is_empty()).then(|| cut(unsupported.join("; ")).into()),
            size,
            text,
        })
    }

    /// The requirement's place in the list, where each is once.
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

    pub(super) fn into_list(self) -> Vec<Requirement> {
        self.list
    }

    fn alternative(&self, node: &Node<'_>, warnings: &mut Vec<Problem>) -> Result<Vec<Need>, Problem> {
        let mut needs = Vec::new();
        for (name, scopes) in node.entries()? {
            let scheme = self.by_name.get(name).copied();
            let scheme = scheme.ok_or_else(|| scopes.problem("no security scheme has this name"))?;
            let names = match self.schemes[scheme].oauth() {
                Some(oauth) => scopes_of(&scopes, oauth, warnings)?,
                // Roles of another scheme's: nothing is asked for with them.
                None => Vec::new(),
            };
            needs.push(Need { scheme, scopes: names });
        }
        Ok(needs)
    }

    fn why_not(&self, needs: &[Need], allow_header_conflict: bool) -> Option<String> {
        for need in needs {
            let scheme = &self.schemes[need.scheme];
            if let SchemeKind::Unsupported(why) = &scheme.kind {
                return Some(format!("`{}` is not supported: {why}", shown(&scheme.name)));
            }
        }
        let (first, second, place) = self.conflict(needs).filter(|_| !allow_header_conflict)?;
        Some(format!(
            "`{first}` and `{second}` both write {place}, so that one would overwrite the other; with x-evergrant-allow-header-conflict: true on the operation, the last listed is sent"
        ))
    }

    /// Two schemes that write the same place.
    fn conflict(&self, needs: &[Need]) -> Option<(String, String, &str)> {
        let name = |scheme: usize| shown(&self.schemes[scheme].name);
        let mut written = HashMap::new();
        for need in needs {
            for &place in &self.written[need.scheme] {
                if let Some(&first) = written.get(&place) {
                    return Some((name(first), name(need.scheme), &self.places[place]));
                }
                written.insert(place, need.scheme);
            }
        }
        None
    }
}

/// The scopes that are listed: none may be lost without a word, for a token would be asked for with less than is needed.
fn scopes_of(node: &Node<'_>, oauth: &OAuth, warnings: &mut Vec<Problem>) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for scope in node.items()? {
        let text = scope.text()?;
        if oauth.left_out.contains(text) {
            warnings.push(scope.problem("this can be no scope's name (RFC 6749 section 3.3), and is left out"));
            continue;
        }
        if text.contains(char::is_whitespace) {
            warnings.push(scope.problem("these are several scopes in one text; each counts"));
        }
        for name in text.split_whitespace() {
            if !is_scope(name) {
                return Err(scope.problem("this can be no scope's name (RFC 6749 section 3.3)"));
            }
            if known.insert(name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}

/// Alternatives, schemes and scopes, before any of them is looked at.
fn size(security: &Node<'_>) -> usize {
    let scopes = |scopes: &Value| 1 + scopes.as_array().map_or(0, Vec::len);
    let alternative = |needs: &Value| 1 + needs.as_object().map_or(0, |needs| needs.values().map(scopes).sum());
    security
        .value()
        .as_array()
        .map_or(0, |all| all.iter().map(alternative).sum())
}
