//! The metadata of the package: name, version, description.

use crate::errors_and_warnings::Problem;
use crate::names::kebab;
use crate::overlay_action::Action;
use crate::parsed_description::Node;
use crate::problem_list::ProblemList;
use serde_json::json;

#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The package name: `verizon-edge`.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
}

const MAX_NAME_LENGTH: usize = 64;

impl Package {
    /// Reads the package. `name` takes precedence over the description.
    pub(crate) fn read(root: &Node<'_>, name: Option<&str>, problems: &mut ProblemList) -> Result<Self, Problem> {
        let info = root.get("info").ok_or_else(|| {
            let added = json!({"info": {"title": "API", "version": "1"}});
            let problem = root.problem("the member `info` is missing");
            problem.or_action(|| Some(Action::update("$", added)))
        });
        let info = problems.catch(info)?;
        let title = info.as_ref().map(|info| info.required("title")).transpose();
        let title = problems.catch(title)?.flatten().unwrap_or("API").trim();
        let info = info.as_ref().unwrap_or(root);
        let described = root
            .get("x-evergrant-package")
            .map(|package| package.required("name"))
            .transpose()?;
        let name = match (name, described) {
            (None, None) => package_name(title)
                .ok_or_else(|| info.problem("the title does not yield a package name; set one with --name"))?,
            (Some(name), None) | (None, Some(name)) => check_name(root, name)?,
            (Some(name), Some(described)) => {
                check_name(root, described)?;
                check_name(root, name)?
            }
        };
        let version = info
            .get("version")
            .filter(|_| !info.is_root())
            .map(|version| match version.value() {
                serde_json::Value::Number(number) => number.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            });
        Ok(Self {
            name,
            title: title.to_owned(),
            version: semantic(&version.unwrap_or_default()),
            description: problems.catch(info.string("description"))?.flatten().map(str::to_owned),
        })
    }

    /// The crate name in code: `verizon_edge`.
    pub(crate) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

fn check_name(root: &Node<'_>, name: &str) -> Result<String, Problem> {
    package_name(name).filter(|made| made == name).ok_or_else(|| {
        let excerpt: String = name.chars().take(80).collect();
        root.problem(format!(
            "{excerpt:?} is not a valid package name: use lower-case letters, digits and single dashes, start with a letter, and do not use a keyword"
        ))
    })
}

fn package_name(name: &str) -> Option<String> {
    let name = kebab(name).filter(|name| name.len() <= MAX_NAME_LENGTH)?;
    let reserved = ["test", "core", "std", "alloc", "proc-macro"];
    let is_keyword = syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err();
    (!is_keyword && !reserved.contains(&name.as_str())).then_some(name)
}

/// Converts a version to three numbers, as Cargo requires: `v2` is 2.0.0, and the date 2024-11-01 is 2024.11.1.
fn semantic(version: &str) -> String {
    let mut numbers: Vec<String> = version
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .take(3)
        .map(|number| number.trim_start_matches('0'))
        .map(|number| if number.is_empty() { "0" } else { number }.chars().take(9).collect())
        .collect();
    if numbers.is_empty() {
        numbers = vec!["0".into(), "1".into()];
    }
    numbers.resize(3, "0".to_owned());
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_become_semantic() {
        let of = |text| semantic(text);
        assert_eq!(of("1.2.3"), "1.2.3");
        assert_eq!(of("v2"), "2.0.0");
        assert_eq!(of("2024-11-01"), "2024.11.1");
        assert_eq!(of("1.0.0-beta.7"), "1.0.0");
        assert_eq!(of(""), "0.1.0");
        assert_eq!(of("latest"), "0.1.0");
    }
}
