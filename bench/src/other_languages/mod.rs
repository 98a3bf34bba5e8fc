//! Libraries in other languages: the programs in `bench/other_languages` use one library each and print their figures.
//!
//! The arguments of a program are a scenario (`T1`, `T5` or `hot`) and the URL of the token endpoint. It prints lines
//! of JSON: first its name and version, then figures or `{"unsupported": "the reason"}`. The endpoint counts token
//! requests.

mod install;
mod process;

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use supervisor::tail;
use url::Url;

use self::install::{Installer, Program};
use self::process::run_with_timeout;

/// The scenarios that external subjects support.
pub const SCENARIOS: [&str; 3] = ["T1", "T5", "hot"];

/// The names of the external subjects.
pub const NAMES: [&str; 3] = ["golang.org/x/oauth2", "Authlib", "@apimatic/oauth-adapters"];

/// A library in another language, or the reason why it could not be installed.
#[derive(Debug)]
pub struct ExternalSubject {
    pub name: &'static str,
    /// Empty if the subject is not available.
    pub version: String,
    program: Result<Program, String>,
}

/// Installs and builds the external programs in `.installed`. Returns all external subjects.
pub fn all() -> Result<Vec<ExternalSubject>> {
    let installer = Installer::new()?;
    Ok(vec![
        ExternalSubject::new(NAMES[0], installer.go()),
        ExternalSubject::new(NAMES[1], installer.python()),
        ExternalSubject::new(NAMES[2], installer.node()),
    ])
}

/// The first line of a program.
#[derive(Deserialize)]
struct ProgramInfo {
    subject: String,
    version: String,
}

impl ExternalSubject {
    fn new(name: &'static str, program: Result<Program>) -> Self {
        match program.and_then(|program| Ok((program_version(name, &program)?, program))) {
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

    /// Returns the reason why the subject is not available, with the command that installs what is missing if there is
    /// one.
    pub fn unavailable_reason(&self) -> Option<&str> {
        self.program.as_ref().err().map(String::as_str)
    }

    /// Runs a scenario in a separate process, which is killed after `timeout`. Returns the lines after the first.
    pub async fn run(&self, scenario: &str, token_url: &Url, timeout: Duration) -> Result<Vec<Value>> {
        let program = match &self.program {
            Ok(program) => program,
            Err(reason) => bail!("{} is not available: {reason}", self.name),
        };
        let mut command = program.command();
        command.args([scenario, token_url.as_str()]);
        let (status, output, errors) = run_with_timeout(command, timeout).await?;
        let Some(status) = status else {
            bail!("{} in {scenario} was killed after {timeout:?}: {errors}", self.name);
        };
        ensure!(
            status.success(),
            "{} in {scenario} failed ({status}): {errors}",
            self.name
        );
        let lines = lines(&output).with_context(|| format!("{} in {scenario}", self.name))?;
        ensure!(
            lines.len() > 1,
            "{} in {scenario} printed no figures: {errors}",
            self.name
        );
        Ok(lines.into_iter().skip(1).collect())
    }
}

/// Returns the version that a program prints when it is started without a scenario.
fn program_version(name: &str, program: &Program) -> Result<String> {
    let output = program.command().stdin(Stdio::null()).output()?;
    let errors = tail(&String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{name} cannot be started: {errors}");
    let line = lines(&String::from_utf8_lossy(&output.stdout))?
        .into_iter()
        .next()
        .ok_or_else(|| anyhow!("{name} printed no name and version"))?;
    let info: ProgramInfo = serde_json::from_value(line)?;
    ensure!(
        info.subject == name,
        "the program of {name} printed the name {}",
        info.subject
    );
    Ok(info.version)
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

    fn shell(script: &str) -> ExternalSubject {
        ExternalSubject {
            name: "a shell",
            version: String::new(),
            program: Ok(Program::new("sh").arg("-c").arg(script)),
        }
    }

    fn unreachable_url() -> Url {
        Url::parse("http://127.0.0.1:9/token").unwrap()
    }

    #[tokio::test]
    async fn a_run_returns_the_lines_after_the_first() {
        let subject = shell(r#"echo '{"subject":"s"}'; echo "{\"scenario\":\"$0\",\"url\":\"$1\"}""#);
        let lines = subject
            .run("T1", &unreachable_url(), Duration::from_secs(10))
            .await
            .unwrap();
        assert_eq!(
            lines,
            [serde_json::json!({"scenario": "T1", "url": unreachable_url().as_str()})]
        );
    }

    #[tokio::test]
    async fn an_error_contains_the_standard_error_output() {
        let failing = shell("echo reason >&2; exit 3");
        let error = failing.run("T1", &unreachable_url(), Duration::from_secs(10)).await;
        assert!(format!("{:#}", error.unwrap_err()).ends_with("reason"));

        let hanging = shell("echo stuck >&2; exec sleep 60");
        let error = hanging.run("T1", &unreachable_url(), Duration::from_millis(300)).await;
        let error = format!("{:#}", error.unwrap_err());
        assert!(
            error.contains("killed after 300ms") && error.ends_with("stuck"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_unavailable_subject_has_a_reason() {
        let missing = ExternalSubject::new("nothing", Err(anyhow!("install it")));
        assert_eq!(missing.unavailable_reason(), Some("install it"));
        let error = missing
            .run("T1", &unreachable_url(), Duration::from_secs(1))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "nothing is not available: install it");
    }
}
