//! Subjects from outside Rust: programs of ours in `external`, each around one library, that print their figures.
//!
//! A program is called with a scenario (`T1`, `T5` or `hot`) and the token endpoint. It prints lines of JSON: first who it
//! is, then figures, or `{"cannot": "the reason"}`. Token requests are counted at the endpoint.

mod install;
mod process;

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use self::install::{Installer, Program};
use self::process::{finish, tail};

/// The scenarios that these subjects know.
pub const SCENARIOS: [&str; 3] = ["T1", "T5", "hot"];

/// Their names.
pub const NAMES: [&str; 3] = ["golang.org/x/oauth2", "Authlib", "@apimatic/oauth-adapters"];

/// One subject. What could not be installed is among them too, and says why.
#[derive(Debug)]
pub struct External {
    pub name: &'static str,
    /// Empty for one that is absent.
    pub version: String,
    program: Result<Program, String>,
}

/// Installs what is missing into `.installed`, builds what has to be built, and gives all subjects.
pub fn all() -> Result<Vec<External>> {
    let installer = Installer::new()?;
    Ok(vec![
        External::new(NAMES[0], installer.go()),
        External::new(NAMES[1], installer.python()),
        External::new(NAMES[2], installer.node()),
    ])
}

/// A program's first line.
#[derive(Deserialize)]
struct Introduction {
    subject: String,
    version: String,
}

impl External {
    fn new(name: &'static str, program: Result<Program>) -> Self {
        let introduced = program.and_then(|program| Ok((introduction(name, &program)?, program)));
        match introduced {
            Ok((version, program)) => Self {
                name,
                version,
                program: Ok(program),
            },
            Err(error) => Self {
                name,
                version: String::new(),
                program: Err(format!("{error:#}")),
            },
        }
    }

    /// Why it cannot be run, if so: with the line that installs what is missing, where there is one.
    pub fn absent(&self) -> Option<&str> {
        self.program.as_ref().err().map(String::as_str)
    }

    /// Runs a scenario in a process of its own, which is killed at the limit; gives the lines after the first.
    pub async fn run(&self, scenario: &str, token_url: &Url, limit: Duration) -> Result<Vec<Value>> {
        let program = match &self.program {
            Ok(program) => program,
            Err(reason) => bail!("{} is not here: {reason}", self.name),
        };
        let mut command = program.command();
        command.args([scenario, token_url.as_str()]);
        let (status, output, errors) = finish(command, limit).await?;
        let Some(status) = status else {
            bail!("{} in {scenario} was killed after {limit:?}: {errors}", self.name);
        };
        ensure!(
            status.success(),
            "{} in {scenario} failed ({status}): {errors}",
            self.name
        );
        let lines = lines(&output).with_context(|| format!("{} in {scenario}", self.name))?;
        ensure!(lines.len() > 1, "{} in {scenario} says nothing: {errors}", self.name);
        Ok(lines.into_iter().skip(1).collect())
    }
}

/// The version that a program gives, called for no scenario.
fn introduction(name: &str, program: &Program) -> Result<String> {
    let output = program.command().stdin(Stdio::null()).output()?;
    let errors = tail(&String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{name} cannot be started: {errors}");
    let line = lines(&String::from_utf8_lossy(&output.stdout))?
        .into_iter()
        .next()
        .ok_or_else(|| anyhow!("{name} does not say what it is"))?;
    let introduction: Introduction = serde_json::from_value(line)?;
    ensure!(
        introduction.subject == name,
        "{name} says that it is {}",
        introduction.subject
    );
    Ok(introduction.version)
}

fn lines(output: &str) -> Result<Vec<Value>> {
    output
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("not a line of JSON: {line}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> External {
        External {
            name: "a shell",
            version: String::new(),
            program: Ok(Program::new("sh").with("-c").with(script)),
        }
    }

    fn nowhere() -> Url {
        Url::parse("http://127.0.0.1:9/token").unwrap()
    }

    #[tokio::test]
    async fn gives_the_lines_after_the_first() {
        let subject = shell(r#"echo '{"subject":"s"}'; echo "{\"scenario\":\"$0\",\"url\":\"$1\"}""#);
        let lines = subject.run("T1", &nowhere(), Duration::from_secs(10)).await.unwrap();
        assert_eq!(
            lines,
            [serde_json::json!({"scenario": "T1", "url": nowhere().as_str()})]
        );
    }

    #[tokio::test]
    async fn an_error_has_what_was_said_before_it() {
        let failing = shell("echo reason >&2; exit 3");
        let error = failing.run("T1", &nowhere(), Duration::from_secs(10)).await;
        assert!(format!("{:#}", error.unwrap_err()).ends_with("reason"));

        let hanging = shell("echo stuck >&2; exec sleep 60");
        let error = hanging.run("T1", &nowhere(), Duration::from_millis(300)).await;
        let error = format!("{:#}", error.unwrap_err());
        assert!(
            error.contains("killed after 300ms") && error.ends_with("stuck"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn one_that_is_absent_says_why() {
        let absent = External::new("nothing", Err(anyhow!("install it")));
        assert_eq!(absent.absent(), Some("install it"));
        let error = absent.run("T1", &nowhere(), Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.to_string(), "nothing is not here: install it");
    }
}
