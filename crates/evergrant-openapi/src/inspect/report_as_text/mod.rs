//! Writes the report as text.

mod operations;

use std::fmt::{self, Formatter};

use self::operations::group;
use super::assumptions::Assumption;
use super::report::{Contents, Environment, Remark, ReportedProblem, Scheme, Server, Variable};

/// The maximum length of a line from the description.
const MAX_LINE: usize = 160;

pub(super) fn write(contents: &Contents, f: &mut Formatter<'_>) -> fmt::Result {
    let package = &contents.package;
    write!(
        f,
        "{} {} (package {}",
        line(&package.title),
        package.version,
        package.name
    )?;
    match package.crate_name == package.name {
        true => writeln!(f, ")")?,
        false => writeln!(f, ", crate {})", package.crate_name)?,
    }
    servers(contents, f)?;
    heading(f, "Authentication")?;
    if contents.schemes.is_empty() {
        writeln!(f, "  None: the description has no security schemes.")?;
    }
    contents.schemes.iter().try_for_each(|scheme| self::scheme(scheme, f))?;
    heading(f, "Operations")?;
    if contents.groups.is_empty() {
        writeln!(f, "  None.")?;
    }
    contents.groups.iter().try_for_each(|group| self::group(group, f))?;
    if !contents.nullable_members.is_empty() {
        heading(f, "Members that can be left out or sent as null")?;
        writeln!(f, "  {}", contents.nullable_members.join(", "))?;
    }
    problems(f, &contents.problems)?;
    remarks(f, "Skipped", &contents.skipped)?;
    remarks(f, "Warnings", &contents.warnings)?;
    assumptions(f, &contents.assumptions)
}

fn servers(contents: &Contents, f: &mut Formatter<'_>) -> fmt::Result {
    heading(f, "Environments")?;
    for (index, environment) in contents.environments.iter().enumerate() {
        self::environment(index, environment, f)?;
    }
    contents
        .variables
        .iter()
        .try_for_each(|variable| self::variable(variable, f))?;
    for header in &contents.headers {
        writeln!(
            f,
            "  header {} on every call: `{}(..)`",
            line(&header.name),
            header.setter
        )?;
    }
    Ok(())
}

fn environment(index: usize, environment: &Environment, f: &mut Formatter<'_>) -> fmt::Result {
    let default = if index == 0 { ", default" } else { "" };
    writeln!(
        f,
        "  {} (`Environment::{}`{default})",
        line(&environment.name),
        environment.variant
    )?;
    let width = environment
        .servers
        .iter()
        .map(|server| line(&server.name).chars().count())
        .max()
        .unwrap_or(0);
    environment
        .servers
        .iter()
        .try_for_each(|server| self::server(server, width, f))
}

fn server(server: &Server, width: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let name = line(&server.name);
    let (url, remark) = match &server.url {
        Some(url) => (
            line(url),
            if server.plain_http {
                "  (not encrypted: `danger_allow_http_to(..)`)"
            } else {
                ""
            },
        ),
        None => (format!("not set: `{}(..)`", server.setter), ""),
    };
    writeln!(f, "    {name:width$}  {url}{remark}")
}

fn variable(variable: &Variable, f: &mut Formatter<'_>) -> fmt::Result {
    let default = match &variable.default {
        Some(default) => format!("default {}", line(default)),
        None => "required".to_owned(),
    };
    write!(
        f,
        "  variable {{{}}}: `{}(..)`, {default}",
        line(&variable.name),
        variable.setter
    )?;
    match &variable.type_name {
        Some(name) => {
            let values = variable
                .values
                .iter()
                .map(|value| format!("{} = {}", value.variant, line(&value.value)));
            writeln!(f, "; `{name}`: {}", values.collect::<Vec<_>>().join(", "))
        }
        None => writeln!(f),
    }
}

fn scheme(scheme: &Scheme, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "  {}: {}", line(&scheme.name), scheme.title)?;
    if let Some(why) = &scheme.unsupported {
        return writeln!(f, ": {}", line(why));
    }
    let plural = if scheme.operations == 1 { "" } else { "s" };
    writeln!(f, ", for {} operation{plural}", scheme.operations)?;
    if let (Some(credentials), Some(setter)) = (&scheme.credentials, &scheme.setter) {
        writeln!(f, "    credentials: `{setter}({credentials}::..)`")?;
    }
    for key in &scheme.keys {
        writeln!(f, "    {} {}", key.location, line(&key.name))?;
    }
    if let Some(session) = &scheme.session {
        writeln!(
            f,
            "    header {}, from `{}` of the response to `{}`",
            line(&session.header),
            line(&session.token),
            line(&session.login)
        )?;
    }
    let Some(oauth) = &scheme.oauth else { return Ok(()) };
    if let Some(issuer) = &oauth.issuer {
        writeln!(f, "    issuer               {}", line(issuer))?;
    }
    for flow in &oauth.flows {
        writeln!(f, "    {}", flow.grant.replace('_', " "))?;
        if let Some(url) = &flow.authorization_url {
            writeln!(f, "      authorization URL  {}", line(url))?;
        }
        if let Some(url) = &flow.token_url {
            writeln!(f, "      token URL          {}", line(url))?;
        }
    }
    let assumed = if oauth.client_auth_assumed { " (assumed)" } else { "" };
    writeln!(f, "    client authentication: {}{assumed}", oauth.client_auth)?;
    for param in &oauth.params {
        writeln!(f, "    parameter {}: {}", line(&param.name), line(&param.value))?;
    }
    if let Some(name) = &oauth.scope_type {
        writeln!(f, "    scopes, as `{name}`")?;
    }
    let width = oauth
        .scopes
        .iter()
        .map(|scope| scope.variant.chars().count())
        .max()
        .unwrap_or(0);
    for scope in &oauth.scopes {
        writeln!(f, "      {:width$}  {}", scope.variant, line(&scope.name))?;
    }
    Ok(())
}

fn remarks(f: &mut Formatter<'_>, title: &str, remarks: &[Remark]) -> fmt::Result {
    if remarks.is_empty() {
        return Ok(());
    }
    heading(f, title)?;
    remarks
        .iter()
        .try_for_each(|remark| writeln!(f, "  {}\n    {}", remark.place, escape(&remark.message)))
}

fn problems(f: &mut Formatter<'_>, problems: &[ReportedProblem]) -> fmt::Result {
    if problems.is_empty() {
        return Ok(());
    }
    heading(f, "Problems")?;
    writeln!(
        f,
        "  `generate` fails with these problems, or leaves out what they concern with --allow-skip. Each has an overlay action (--overlay) that removes it, with example values."
    )?;
    for problem in problems {
        writeln!(f, "  {}\n    {}", problem.place, escape(&problem.message))?;
        if let Some(action) = &problem.action {
            writeln!(f, "    {}", escape(&action.to_string()))?;
        }
    }
    Ok(())
}

fn assumptions(f: &mut Formatter<'_>, assumptions: &[Assumption]) -> fmt::Result {
    heading(f, "Assumptions")?;
    if assumptions.is_empty() {
        return writeln!(f, "  None: the API description answers all questions.");
    }
    writeln!(
        f,
        "  Questions that the API description does not answer. Each has an overlay action (--overlay) that answers it, with example values."
    )?;
    for assumption in assumptions {
        writeln!(
            f,
            "\n  {}\n    Assumed: {}",
            escape(&assumption.question),
            assumption.assumed
        )?;
        for place in assumption.places.iter().take(3) {
            writeln!(f, "    at {place}")?;
        }
        if let Some(more) = assumption.places.len().checked_sub(3).filter(|more| *more > 0) {
            writeln!(f, "    and {more} more")?;
        }
        writeln!(f, "    {}", escape(&assumption.action.to_string()))?;
    }
    Ok(())
}

fn heading(f: &mut Formatter<'_>, title: &str) -> fmt::Result {
    writeln!(f, "\n{title}")
}

/// Text of the description on one line, without control characters.
fn line(text: &str) -> String {
    let mut line = escape(text.trim());
    if let Some((end, _)) = line.char_indices().nth(MAX_LINE) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn escape(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => line.extend(character.escape_debug()),
            false => line.push(character),
        }
    }
    line
}
