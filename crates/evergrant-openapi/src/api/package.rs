//! The package: its name, its version, and what it is for.

use crate::names::kebab;
use crate::problem::Problem;
use crate::source::Node;

#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// As Cargo has it: `verizon-edge`.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
}

const LONGEST_NAME: usize = 64;

impl Package {
    /// `name` wins over what the description says.
    pub(crate) fn read(root: &Node<'_>, name: Option<&str>) -> Result<Self, Problem> {
        let info = root.get("info");
        let info = info.ok_or_else(|| root.problem("the member `info` is missing"))?;
        let title = info.required("title")?.trim();
        let described = root
            .get("x-evergrant-package")
            .map(|package| package.required("name"))
            .transpose()?;
        let named = match (name, described) {
            (None, None) => package_name(title)
                .ok_or_else(|| info.problem("no package name can be made of the title; give one with --name"))?,
            (Some(name), None) | (None, Some(name)) => checked(root, name)?,
            (Some(name), Some(described)) => {
                checked(root, described)?;
                checked(root, name)?
            }
        };
        let version = info.get("version").map(|version| match version.value() {
            serde_json::Value::Number(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        });
        Ok(Self {
            name: named,
            title: title.to_owned(),
            version: semantic(&version.unwrap_or_default()),
            description: info.string("description")?.map(str::to_owned),
        })
    }

    /// As Rust code has it: `verizon_edge`.
    pub(crate) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

fn checked(root: &Node<'_>, name: &str) -> Result<String, Problem> {
    package_name(name).filter(|made| made == name).ok_or_else(|| {
        let shown: String = name.chars().take(80).collect();
        root.problem(format!(
            "{shown:?} cannot be a package's name: it takes lower-case letters, digits and single dashes, begins with a letter, and is no keyword"
        ))
    })
}

fn package_name(name: &str) -> Option<String> {
    let name = kebab(name).filter(|name| name.len() <= LONGEST_NAME)?;
    let reserved = ["test", "core", "std", "alloc", "proc-macro"];
    let is_keyword = syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err();
    (!is_keyword && !reserved.contains(&name.as_str())).then_some(name)
}

/// The first three numbers of a version, as Cargo wants it: `v2` is 2.0.0, a date 2024-11-01 is 2024.11.1.
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
