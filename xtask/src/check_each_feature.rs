//! Compiles each feature of each crate alone, and each crate without features.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::cargo;
use crate::step::Outcome;

/// The features of a package, each with what it enables.
type Features = BTreeMap<String, Vec<String>>;

pub(crate) fn check_each() -> Result<Outcome> {
    let metadata: Value = serde_json::from_str(&cargo(["metadata", "--no-deps", "--format-version", "1"]).stdout()?)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    let mut count = 0;
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let features = parse_features(&package["features"]).context("a package without features")?;
        if features.is_empty() {
            continue;
        }
        for selection in selections(&features) {
            count += 1;
            cargo(["check", "--package", name, "--no-default-features"])
                .arguments(["--features", selection])
                .run()?;
        }
    }
    Ok(Outcome::PassedWithNote(format!("{count} sets of features")))
}

fn parse_features(features: &Value) -> Option<Features> {
    let parse = |(name, enables): (&String, &Value)| {
        let enables = enables
            .as_array()?
            .iter()
            .map(|other| other.as_str().map(str::to_owned));
        Some((name.clone(), enables.collect::<Option<_>>()?))
    };
    features.as_object()?.iter().map(parse).collect()
}

/// Returns no feature, then each feature, without those that enable the same features as another one.
fn selections(features: &Features) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let mut selections = vec![""];
    for feature in features.keys() {
        if seen.insert(without_default(enabled_by(feature, features))) {
            selections.push(feature);
        }
    }
    selections
}

/// Returns a feature and the features that it enables in its own package.
fn enabled_by<'f>(feature: &'f str, features: &'f Features) -> BTreeSet<&'f str> {
    let mut enabled = BTreeSet::new();
    let mut pending = vec![feature];
    while let Some(feature) = pending.pop() {
        if let Some(others) = features.get(feature)
            && enabled.insert(feature)
        {
            pending.extend(others.iter().map(String::as_str));
        }
    }
    enabled
}

/// The feature `default` compiles no code by itself.
fn without_default(mut features: BTreeSet<&str>) -> BTreeSet<&str> {
    features.remove("default");
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_that_enable_the_same_are_compiled_once() {
        let features = |features: &[(&str, &[&str])]| -> Features {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            features
                .iter()
                .map(|(name, others)| ((*name).to_owned(), owned(others)))
                .collect()
        };
        let tls = features(&[
            ("blocking", &["dep:tokio"]),
            ("default", &["rustls"]),
            ("no-provider", &["dep:rustls"]),
            ("rustls", &["no-provider", "reqwest/rustls"]),
        ]);
        assert_eq!(selections(&tls), ["", "blocking", "default", "no-provider"]);
        let all_by_default = features(&[("a", &[]), ("b", &[]), ("default", &["a", "b"])]);
        assert_eq!(selections(&all_by_default), ["", "a", "b", "default"]);
    }
}
