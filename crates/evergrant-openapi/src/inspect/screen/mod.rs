//! The account as people read it.

mod operations;

use std::fmt::{self, Formatter};

use self::operations::group;
use super::account::{Account, Environment, Remark, Scheme, Server, Variable};
use super::unsaid::Unsaid;

/// Longer names are cut.
const LONGEST: usize = 160;

pub(super) fn write(account: &Account, f: &mut Formatter<'_>) -> fmt::Result {
    let package = &account.package;
    write!(
        f,
        "{} {} (package {}",
        line(&package.title),
        package.version,
        package.name
    )?;
    match package.crate_name == package.name {
        true => writeln!(f, ")")?,
        false => writeln!(f, ", in code {})", package.crate_name)?,
    }
    servers(account, f)?;
    heading(f, "Authentication")?;
    if account.schemes.is_empty() {
        writeln!(f, "  None: the description has no security schemes.")?;
    }
    account.schemes.iter().try_for_each(|scheme| self::scheme(scheme, f))?;
    heading(f, "Operations")?;
    if account.groups.is_empty() {
        writeln!(f, "  None.")?;
    }
    account.groups.iter().try_for_each(|group| self::group(group, f))?;
    remarks(f, "Left out", &account.skipped)?;
    remarks(f, "Generated otherwise than described", &account.warnings)?;
    unsaid(f, &account.unsaid)
}

fn servers(account: &Account, f: &mut Formatter<'_>) -> fmt::Result {
    heading(f, "Environments")?;
    for (index, environment) in account.environments.iter().enumerate() {
        self::environment(index, environment, f)?;
    }
    account
        .variables
        .iter()
        .try_for_each(|variable| self::variable(variable, f))?;
    for header in &account.headers {
        writeln!(
            f,
            "  header {} of every call: `{}(..)`",
            line(&header.name),
            header.setter
        )?;
    }
    Ok(())
}

fn environment(index: usize, environment: &Environment, f: &mut Formatter<'_>) -> fmt::Result {
    let default = if index == 0 { ", the default" } else { "" };
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
        None => (format!("not described: `{}(..)`", server.setter), ""),
    };
    writeln!(f, "    {name:width$}  {url}{remark}")
}

fn variable(variable: &Variable, f: &mut Formatter<'_>) -> fmt::Result {
    let default = line(&variable.default);
    write!(
        f,
        "  variable {{{}}}: `{}(..)`, {default} by default",
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
        writeln!(f, "    given with `{setter}({credentials}::..)`")?;
    }
    for key in &scheme.keys {
        writeln!(f, "    {} {}", key.place, line(&key.name))?;
    }
    if let Some(session) = &scheme.session {
        writeln!(
            f,
            "    header {}, had from `{}` as its `{}`",
            line(&session.header),
            line(&session.login),
            line(&session.token)
        )?;
    }
    let Some(oauth) = &scheme.oauth else { return Ok(()) };
    for flow in &oauth.flows {
        writeln!(f, "    {}", flow.grant.replace('_', " "))?;
        if let Some(url) = &flow.authorization_url {
            writeln!(f, "      authorization URL  {}", line(url))?;
        }
        writeln!(f, "      token URL          {}", line(&flow.token_url))?;
    }
    let assumed = if oauth.client_auth_assumed {
        ", which is assumed"
    } else {
        ""
    };
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
        .try_for_each(|remark| writeln!(f, "  {}\n    {}", remark.place, whole(&remark.message)))
}

fn unsaid(f: &mut Formatter<'_>, unsaid: &[Unsaid]) -> fmt::Result {
    heading(f, "What the description does not say")?;
    if unsaid.is_empty() {
        return writeln!(f, "  Nothing that the SDK would have to know.");
    }
    writeln!(
        f,
        "  Each with what is assumed, and the action of an overlay (--overlay) that would say it, with an example's values."
    )?;
    for unsaid in unsaid {
        writeln!(f, "\n  {}\n    {}", whole(&unsaid.what), unsaid.assumed)?;
        for place in unsaid.places.iter().take(3) {
            writeln!(f, "    at {place}")?;
        }
        if let Some(more) = unsaid.places.len().checked_sub(3).filter(|more| *more > 0) {
            writeln!(f, "    and {more} more")?;
        }
        let (target, update) = (
            serde_json::Value::from(unsaid.action.target.as_str()),
            &unsaid.action.update,
        );
        writeln!(f, "    - {{ target: {target}, update: {update} }}")?;
    }
    Ok(())
}

fn heading(f: &mut Formatter<'_>, title: &str) -> fmt::Result {
    writeln!(f, "\n{title}")
}

/// What the description says, on one line and without controls.
fn line(text: &str) -> String {
    let mut line = whole(text.trim());
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn whole(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => line.extend(character.escape_debug()),
            false => line.push(character),
        }
    }
    line
}
