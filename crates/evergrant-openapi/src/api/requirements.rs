//! What operations ask for: any of (all of ...), each requirement once.

use super::schemes::is_scope;
use super::{OAuth, Scheme, SchemeKind};
use crate::problem::Problem;
use crate::source::Node;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) alternatives: Vec<Vec<Need>>,
    /// Whether no credentials at all will do.
    pub(crate) optional: bool,
    pub(crate) allow_header_conflict: bool,
}

/// One scheme, and the scopes that its token must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) scheme: usize,
    pub(crate) scopes: Vec<String>,
}

/// Those met so far.
#[derive(Debug)]
pub(crate) struct Requirements<'a> {
    schemes: &'a [Scheme],
    global: Vec<Node<'a>>,
    list: Vec<Requirement>,
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
        if root.value().get("security").is_some_and(serde_json::Value::is_null) {
            return Err(root.problem("`security` is null; `[]` says that no credentials are needed"));
        }
        Ok(Self {
            schemes,
            global: root.list("security")?,
            list: Vec::new(),
        })
    }

    /// The operation's own, or else the whole description's.
    pub(super) fn of(&mut self, operation: &Node<'a>, warnings: &mut Vec<Problem>) -> Result<usize, Refused> {
        if operation
            .value()
            .get("security")
            .is_some_and(serde_json::Value::is_null)
        {
            return Err(Refused::Wrong(
                operation.problem("`security` is null; `[]` says that no credentials are needed"),
            ));
        }
        let own = operation.get("security");
        let listed: Vec<Node<'a>> = match &own {
            Some(own) => own.items()?.collect(),
            None => self.global.clone(),
        };
        let allow_header_conflict = operation.flag("x-evergrant-allow-header-conflict")?;
        let mut requirement = Requirement {
            alternatives: Vec::new(),
            optional: listed.is_empty(),
            allow_header_conflict,
        };
        let mut unsupported = Vec::new();
        for alternative in &listed {
            let needs = self.alternative(alternative, warnings)?;
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
        if !unsupported.is_empty() {
            let why = unsupported.join("; ");
            if requirement.alternatives.is_empty() {
                return Err(Refused::Unsupported(operation.problem(why)));
            }
            warnings.push(operation.problem(format!("one of its alternatives is left out: {why}")));
        }
        let known = self.list.iter().position(|known| *known == requirement);
        Ok(known.unwrap_or_else(|| {
            self.list.push(requirement);
            self.list.len() - 1
        }))
    }

    pub(super) fn into_list(self) -> Vec<Requirement> {
        self.list
    }

    fn alternative(&self, node: &Node<'_>, warnings: &mut Vec<Problem>) -> Result<Vec<Need>, Problem> {
        let mut needs = Vec::new();
        for (name, scopes) in node.entries()? {
            let scheme = self.schemes.iter().position(|scheme| scheme.name == name);
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
                return Some(format!("`{}` is not supported: {why}", scheme.name.escape_debug()));
            }
        }
        let (first, second, place) = self.conflict(needs).filter(|_| !allow_header_conflict)?;
        Some(format!(
            "`{first}` and `{second}` both write {place}, so that one would overwrite the other; with x-evergrant-allow-header-conflict: true on the operation, the last listed is sent"
        ))
    }

    /// Two schemes that write the same place.
    fn conflict(&self, needs: &[Need]) -> Option<(String, String, String)> {
        let mut written: Vec<(usize, (super::Place, String))> = Vec::new();
        for need in needs {
            for place in self.schemes[need.scheme].places() {
                if let Some((first, _)) = written.iter().find(|(_, known)| *known == place) {
                    let shown = |index: usize| self.schemes[index].name.escape_debug().to_string();
                    let at = format!(
                        "{} `{}`",
                        format!("{:?}", place.0).to_lowercase(),
                        place.1.escape_debug()
                    );
                    return Some((shown(*first), shown(need.scheme), format!("the {at}")));
                }
                written.push((need.scheme, place));
            }
        }
        None
    }
}

/// The scopes that are listed: none may be lost without a word, for a token would be asked for with less than is needed.
fn scopes_of(node: &Node<'_>, oauth: &OAuth, warnings: &mut Vec<Problem>) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = Vec::new();
    for scope in node.items()? {
        let text = scope.text()?;
        if oauth.left_out.iter().any(|name| name == text) {
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
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}
