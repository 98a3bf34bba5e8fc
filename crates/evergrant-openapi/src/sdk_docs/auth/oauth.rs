//! Documents OAuth 2.0 schemes: endpoints, settings, scopes, callbacks, stored tokens.

use evergrant::GrantKind;
use evergrant::client_auth::ClientAuthMethod;

use super::settings_table::{Row, table};
use super::{assertions, callbacks, credentials_intro, manual_mode, read_back, section, token_storage};
use crate::api::{Api, OAuth, Scheme};
use crate::sdk_docs::client_code::{SampleCredentials, client_function, constructor, public_constructor};
use crate::sdk_docs::code_snippet::Snippet;
use crate::sdk_docs::escape_text::{cell, code_cell};

pub(super) fn sections(api: &Api, index: usize, oauth: &OAuth) -> Vec<String> {
    let scheme = &api.schemes[index];
    let mut sections = vec![
        about(oauth),
        endpoints(oauth),
        section("Credentials", &credentials(scheme, oauth), None),
    ];
    sections.push(initialization(api, index, oauth));
    sections.push(assertions::section(api, index, oauth));
    let has_sign_in = oauth
        .flows
        .iter()
        .any(|flow| flow.grant == GrantKind::AuthorizationCode);
    sections.extend(has_sign_in.then(|| manual_mode::sign_in(api, index)));
    sections.extend(manual_mode::fetching(api, index, oauth));
    sections.push(manual_mode::renewing(api));
    sections.extend(scopes(oauth));
    sections.push(clock_skew(api, index));
    sections.push(callbacks::update(api, index));
    sections.push(callbacks::provider(api, index));
    sections.push(token_storage::store(api, has_sign_in));
    sections.push(token_storage::from_stored(api, index));
    sections.extend((!needs_user(oauth)).then(token_storage::shared));
    sections
}

/// Whether every grant of the scheme needs a user to sign in.
fn needs_user(oauth: &OAuth) -> bool {
    oauth
        .flows
        .iter()
        .all(|flow| flow.grant == GrantKind::AuthorizationCode)
}

fn about(oauth: &OAuth) -> String {
    let grants = oauth.flows.iter().map(|flow| match flow.grant {
        GrantKind::ClientCredentials => "The application acts on its own behalf: it authenticates with its client id and client secret, and receives an access token (RFC 6749 section 4.4).",
        GrantKind::Password => "The application acts on behalf of a user whose name and password it sends to the authorization server in exchange for an access token (RFC 6749 section 4.3). Prefer a grant with a sign-in page if the API has one: the application then never sees the password (RFC 9700 section 2.4).",
        GrantKind::AuthorizationCode => "The application acts on behalf of a user who signs in to the authorization server in a browser. The browser returns with a code, which is exchanged for an access token (RFC 6749 section 4.1, with PKCE, RFC 7636).",
    });
    format!(
        "{}\n\nAll calls share one token, and concurrent calls share one token request. The client renews the token in the background before it expires, and replaces it when the API rejects it. Calls send it as `Authorization: Bearer ...`.\n",
        grants.collect::<Vec<_>>().join("\n\n")
    )
}

fn endpoints(oauth: &OAuth) -> String {
    let mut rows = String::new();
    if let Some(issuer) = &oauth.issuer {
        rows += &format!(
            "| Issuer | {} |\n| Endpoints | from the issuer's metadata (OpenID Connect Discovery 1.0), which is fetched before the first token request |\n",
            code_cell(issuer)
        );
    }
    let is_single = oauth.flows.len() == 1;
    for flow in &oauth.flows {
        let grant = match flow.grant {
            _ if is_single => "",
            GrantKind::ClientCredentials => ", client credentials",
            GrantKind::Password => ", password",
            GrantKind::AuthorizationCode => ", authorization code",
        };
        if let Some(url) = &flow.authorization_url {
            rows += &format!("| Authorization URL{grant} | {} |\n", code_cell(url));
        }
        if let Some(url) = &flow.token_url {
            rows += &format!("| Token URL{grant} | {} |\n", code_cell(url));
        }
    }
    rows += &format!(
        "| Client authentication | {} |\n",
        match oauth.client_auth {
            ClientAuthMethod::Basic => "HTTP Basic, with form-encoded client id and secret (RFC 6749 section 2.3.1)",
            ClientAuthMethod::BasicRaw => "HTTP Basic; client id and secret are not form-encoded",
            ClientAuthMethod::Post => "`client_id` and `client_secret` in the request body",
            _ => "`client_id` in the request body, without a secret",
        }
    );
    for (name, value) in &oauth.params {
        rows += &format!("| Parameter {} | {} |\n", code_cell(name), code_cell(value));
    }
    let has_server = oauth
        .flows
        .iter()
        .any(|flow| flow.token_url.as_deref().is_some_and(|url| url.starts_with('{')));
    let note = if has_server {
        "\nA name in braces stands for the URL of that server in the client's environment.\n"
    } else {
        ""
    };
    format!("| Authorization server | |\n|---|---|\n{rows}{note}")
}

/// The type that stands for the grant of a scheme's credentials.
fn grant_type(oauth: &OAuth) -> &'static str {
    match oauth.flows.as_slice() {
        [flow] => match flow.grant {
            GrantKind::ClientCredentials => "ClientCredentials",
            GrantKind::Password => "Password",
            GrantKind::AuthorizationCode => "AuthorizationCode",
        },
        _ => "G",
    }
}

fn credentials(scheme: &Scheme, oauth: &OAuth) -> String {
    let flow_of = |grant: GrantKind| oauth.flows.iter().find(|flow| flow.grant == grant);
    let all: Vec<String> = oauth
        .flows
        .iter()
        .map(|flow| format!("`{}`", constructor(oauth, flow)))
        .collect();
    let public: Vec<String> = oauth
        .flows
        .iter()
        .map(|flow| format!("`{}`", public_constructor(oauth, flow)))
        .collect();
    let (all, public) = (all.join(", "), public.join(" or "));
    let (text, secret) = ("impl Into<String>", "impl Into<Secret>");
    let mut rows = vec![
        Row::new("Client id", text, "OAuth 2.0 client id", all.as_str()),
        Row::new(
            "Client secret",
            secret,
            format!("OAuth 2.0 client secret. For a client without a secret, use {public}"),
            all.as_str(),
        ),
    ];
    let with_client_auth: Vec<String> = oauth
        .flows
        .iter()
        .filter_map(|flow| Some(format!("`{}`", assertions::constructor(oauth, flow)?)))
        .collect();
    rows.push(Row::new(
        "Key or assertion",
        "impl Into<evergrant::client_auth::SharedClientAuth>",
        "The client authentication in place of a secret, such as a key or an assertion that the platform signs",
        with_client_auth.join(", "),
    ));
    if let Some(flow) = flow_of(GrantKind::Password) {
        let setter = format!("`{}`", constructor(oauth, flow));
        rows.push(Row::new("Username", text, "The user's name", setter.as_str()));
        rows.push(Row::new("Password", secret, "The user's password", setter));
    }
    if let Some(flow) = flow_of(GrantKind::AuthorizationCode) {
        let setter = format!("`{}`", constructor(oauth, flow));
        let about = "The URI that the browser is redirected to after the sign-in, exactly as registered";
        rows.push(Row::new("Redirect URI", text, about, setter));
    }
    let scopes = oauth.scope_type.as_deref().unwrap_or("impl Scope");
    rows.push(Row::new(
        "Scopes",
        format!("impl IntoIterator<Item = {scopes}>"),
        "The scopes to request. If none are set, the authorization server decides",
        "`scopes`",
    ));
    let token_setter = scheme.token_setter.as_ref();
    let on_builder = token_setter.map_or_else(String::new, |setter| format!(", or `{setter}` on the client builder"));
    rows.push(Row::new(
        "Token",
        "Token",
        "A stored token to start from",
        format!("`token`{on_builder}"),
    ));
    rows.push(Row::new(
        "Clock skew",
        "std::time::Duration",
        "How long before expiry the client stops using a token. Default: 10 s, and at most a tenth of the token's lifetime",
        "`clock_skew`",
    ));
    rows.push(Row::new(
        "Token provider",
        "impl Fn(Option<Token>, TokenEndpoint) -> impl Future<Output = Result<Token, evergrant::Error>>",
        "Supplies tokens in place of the client's own token request. Receives the last token. Types that implement `TokenProvider` work too",
        "`token_provider`",
    ));
    rows.push(Row::new(
        "Token update callback",
        "impl Fn(Token)",
        "Receives each new token",
        "`on_token_update`",
    ));
    rows.push(Row::new(
        "Manual mode",
        "",
        "The application fetches tokens itself. A call without a valid token fails before anything is sent",
        "`manual`",
    ));
    rows.push(Row::new(
        "Client authentication",
        "ClientAuthMethod",
        "The method of client authentication, in place of the one above",
        "`client_auth`",
    ));
    rows.push(Row::new(
        "Issuer",
        text,
        "The issuer of the authorization server, whose metadata has the endpoints, in place of those above",
        "`issuer`",
    ));
    rows.push(Row::new(
        "Token URL",
        text,
        "The token endpoint, in place of the one above",
        "`token_url`",
    ));
    if flow_of(GrantKind::AuthorizationCode).is_some() {
        rows.push(Row::new(
            "Authorization URL",
            text,
            "The authorization endpoint, in place of the one above",
            "`authorization_url`",
        ));
    }
    rows.push(Row::new(
        "Strict scopes",
        "",
        "Returns an error when the authorization server grants fewer scopes than requested",
        "`strict_scopes`",
    ));
    if !needs_user(oauth) {
        rows.push(Row::new(
            "Least privilege",
            "",
            "Fetches a separate token for each set of scopes that operations need, instead of one token for all",
            "`least_privilege`",
        ));
        rows.push(Row::new(
            "Token store",
            "impl Into<Sharing>",
            "Shares tokens with other processes",
            "`store`",
        ));
    }
    let grant = grant_type(oauth);
    rows.push(Row::new(
        "Other settings",
        format!("impl Fn(TokenManagerBuilder<{grant}>) -> TokenManagerBuilder<{grant}>"),
        "Time limits, retries, request parameters, and all other settings of the token manager",
        "`configure`",
    ));
    let mut getters = vec!["get_client_id"];
    getters.extend(flow_of(GrantKind::Password).map(|_| "get_username"));
    getters.extend(flow_of(GrantKind::AuthorizationCode).map(|_| "get_redirect_uri"));
    getters.extend(["get_scopes", "get_clock_skew", "is_manual"]);
    format!(
        "{} `Debug` output and error messages show no secrets and no tokens. Types that this crate does not export are in its module `evergrant_sdk`.\n\n{}\n{}",
        credentials_intro(scheme),
        table(&rows),
        read_back(scheme, &getters)
    )
}

fn initialization(api: &Api, index: usize, oauth: &OAuth) -> String {
    let mut snippet = Snippet::new(api);
    let mut text = match needs_user(oauth) {
        true => "Creating the client sends no request. After a user has signed in, the client renews the token itself.".to_owned(),
        false => "Creating the client sends no request. The first call that needs a token fetches one, and the client renews it from then on.".to_owned(),
    };
    if let [_, other, ..] = oauth.flows.as_slice() {
        text += &format!(
            " The other grants have their own constructors, such as `{}`.",
            constructor(oauth, other)
        );
    }
    let credentials = SampleCredentials::of(api, index).with_grant(oauth.flows[0].grant);
    let function = client_function(api, &[credentials], "", &mut snippet);
    snippet.item(function);
    section("Client initialization", &text, Some(snippet))
}

fn scopes(oauth: &OAuth) -> Option<String> {
    let name = oauth.scope_type.as_ref()?;
    let least_privilege = match needs_user(oauth) {
        true => "",
        false => " With `least_privilege()`, each operation uses a token that has only the scopes it needs.",
    };
    let mut text = format!(
        "Scopes limit what a token may be used for. Request the scopes that your application needs with `scopes`: they are the variants of `{name}`, and `{name}::ALL` lists all of them. The API rejects an operation with 403 if the token lacks a scope. The error names the missing scopes.{least_privilege}\n\n| Scope name | Value | Description |\n|---|---|---|\n"
    );
    for scope in &oauth.scopes {
        let description = scope.description.as_deref().map(cell).unwrap_or_default();
        text +=
            &format!("| `{}` | {} | {description} |\n", scope.variant, code_cell(&scope.name)).replace("|  |", "| |");
    }
    Some(section("Scopes", text.trim_end(), None))
}

fn clock_skew(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses_std("std::time::Duration");
    let credentials = SampleCredentials::of(api, index).with_settings(".clock_skew(Duration::from_secs(30))");
    let function = client_function(api, &[credentials], "", &mut snippet);
    snippet.item(function);
    let text = "The clock skew is how long before expiry the client stops using a token. It covers the time that a request takes and differences between clocks. The default is 10 seconds, and at most a tenth of the token's lifetime. A value that you set is limited to half of the token's lifetime.";
    section("Clock skew", text, Some(snippet))
}
