//! OAuth 2.0: from the credentials' table to the token that is kept for the next time.

use super::table::{Row, table};
use super::{callbacks, fetching, read_back, section, storing};
use crate::api::{Api, ClientAuth, Grant, OAuth, Scheme};
use crate::pages::setup::{Given, client_function, constructor, public_constructor};
use crate::pages::snippet::Snippet;
use crate::pages::text::{cell, code_cell};

pub(super) fn sections(api: &Api, index: usize, oauth: &OAuth) -> Vec<String> {
    let scheme = &api.schemes[index];
    let mut sections = vec![
        about(oauth),
        endpoints(oauth),
        section("Credentials", &credentials(scheme, oauth), None),
    ];
    sections.push(initialization(api, index, oauth));
    let signs_in = oauth.flows.iter().any(|flow| flow.grant == Grant::AuthorizationCode);
    sections.extend(signs_in.then(|| fetching::sign_in(api, index)));
    sections.extend(fetching::by_hand(api, index, oauth));
    sections.push(fetching::renewing(api));
    sections.extend(scopes(oauth));
    sections.push(callbacks::update(api, index));
    sections.push(callbacks::provider(api, index));
    sections.push(storing::store(api));
    sections.push(storing::from_stored(api, index));
    let all_sign_in = oauth.flows.iter().all(|flow| flow.grant == Grant::AuthorizationCode);
    sections.extend((!all_sign_in).then(storing::shared));
    sections
}

fn about(oauth: &OAuth) -> String {
    let grants = oauth.flows.iter().map(|flow| match flow.grant {
        Grant::ClientCredentials => "The program acts for itself: it shows its own id and secret to the authorization server, and is given an access token (RFC 6749 section 4.4).",
        Grant::Password => "The program acts for a user who has entrusted name and password to it, and shows them to the authorization server for an access token (RFC 6749 section 4.3). Prefer a sign-in where there is one: the program then sees no password (RFC 9700 section 2.4).",
        Grant::AuthorizationCode => "The program acts for a user who signs in with the authorization server, in the browser, and comes back with a code that is exchanged for an access token (RFC 6749 section 4.1, with PKCE, RFC 7636).",
    });
    format!(
        "{}\n\nAll calls share one token, however many ask at once. It is renewed in the background before it expires, and replaced when the API refuses it. Calls carry it as `Authorization: Bearer ...`.\n",
        grants.collect::<Vec<_>>().join("\n\n")
    )
}

fn endpoints(oauth: &OAuth) -> String {
    let mut rows = String::new();
    let alone = oauth.flows.len() == 1;
    for flow in &oauth.flows {
        let of = match flow.grant {
            _ if alone => "",
            Grant::ClientCredentials => ", client credentials",
            Grant::Password => ", password",
            Grant::AuthorizationCode => ", authorization code",
        };
        if let Some(url) = &flow.authorization_url {
            rows += &format!("| Authorization URL{of} | {} |\n", code_cell(url));
        }
        rows += &format!("| Token URL{of} | {} |\n", code_cell(&flow.token_url));
    }
    rows += &format!(
        "| Client authentication | {} |\n",
        match oauth.client_auth {
            ClientAuth::Basic => "HTTP Basic, with id and secret form-encoded (RFC 6749 section 2.3.1)",
            ClientAuth::BasicRaw => "HTTP Basic, with id and secret as they are",
            ClientAuth::Post => "`client_id` and `client_secret` in the form",
        }
    );
    for (name, value) in &oauth.params {
        rows += &format!("| Parameter {} | {} |\n", code_cell(name), code_cell(value));
    }
    let below = oauth.flows.iter().any(|flow| flow.token_url.starts_with('{'));
    let note = if below {
        "\nA name in braces stands for the URL of that server, in the environment that the client is for.\n"
    } else {
        ""
    };
    format!("| Authorization server | |\n|---|---|\n{rows}{note}")
}

fn credentials(scheme: &Scheme, oauth: &OAuth) -> String {
    let of = |grant: Grant| oauth.flows.iter().find(|flow| flow.grant == grant);
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
    let (text, secret) = ("impl Into<String>", "impl Into<Secret>");
    let mut rows = vec![
        Row::new(
            "Client id",
            text,
            "Names the program to the authorization server",
            all.join(", "),
        ),
        Row::new(
            "Client secret",
            secret,
            &format!("Proves that it is the program; without one, {}", public.join(" or ")),
            all.join(", "),
        ),
    ];
    if let Some(flow) = of(Grant::Password) {
        let setter = format!("`{}`", constructor(oauth, flow));
        rows.push(Row::new(
            "User name",
            text,
            "The user that the program acts for",
            setter.clone(),
        ));
        rows.push(Row::new("Password", secret, "That user's password", setter));
    }
    if let Some(flow) = of(Grant::AuthorizationCode) {
        let setter = format!("`{}`", constructor(oauth, flow));
        rows.push(Row::new(
            "Redirect URI",
            text,
            "Where the browser is sent back to, to the letter as it is registered",
            setter,
        ));
    }
    let scopes = oauth.scope_type.as_ref().map_or_else(
        || "impl IntoIterator<Item = impl Scope>".to_owned(),
        |name| format!("[{name}]"),
    );
    rows.push(Row::new(
        "Scopes",
        &scopes,
        "What tokens are asked for; without any, the server decides",
        "`scopes`",
    ));
    let token = scheme
        .token_setter
        .as_ref()
        .map_or_else(String::new, |setter| format!(", or the builder's `{setter}`"));
    rows.push(Row::new(
        "Token",
        "Token",
        "A stored token to start from",
        format!("`token`{token}"),
    ));
    rows.push(Row::new(
        "Clock skew",
        "Duration",
        "How long before its expiry a token is no longer used; 10 s by default",
        "`clock_skew`",
    ));
    rows.push(Row::new(
        "Token provider",
        "impl TokenProvider",
        "Gives tokens in place of the client's own request, when the last one is missing, expired or refused",
        "`token_provider`",
    ));
    rows.push(Row::new(
        "Update callback",
        "impl Fn(Token)",
        "Is called with each new token",
        "`on_token_update`",
    ));
    rows.push(Row::new(
        "Manual style",
        "",
        "Leaves fetching to the application: a call without a valid token fails before anything is sent",
        "`manual`",
    ));
    rows.push(Row::new(
        "Client authentication",
        "ClientAuth",
        "Another method than the one above",
        "`client_auth`",
    ));
    rows.push(Row::new(
        "Token URL",
        text,
        "Another endpoint than the one above",
        "`token_url`",
    ));
    if of(Grant::AuthorizationCode).is_some() {
        rows.push(Row::new(
            "Authorization URL",
            text,
            "Another endpoint than the one above",
            "`authorization_url`",
        ));
    }
    rows.push(Row::new(
        "Strict scopes",
        "",
        "Makes it an error when fewer scopes are granted than asked for",
        "`strict_scopes`",
    ));
    if of(Grant::ClientCredentials).or(of(Grant::Password)).is_some() {
        rows.push(Row::new(
            "Least privilege",
            "",
            "A token for each set of scopes that operations need, in place of one for all",
            "`least_privilege`",
        ));
    }
    rows.push(Row::new(
        "All else",
        "impl Fn(TokenManagerBuilder) -> TokenManagerBuilder",
        "Time limits, retries, further parameters",
        "`configure`",
    ));
    let mut getters = vec!["get_client_id"];
    getters.extend(of(Grant::Password).map(|_| "get_username"));
    getters.extend(of(Grant::AuthorizationCode).map(|_| "get_redirect_uri"));
    getters.extend(["get_scopes", "get_clock_skew", "is_manual"]);
    format!(
        "`{}`, given to the client with `{}(..)`. None of it is shown by `Debug` or in messages.\n\n{}\n{}",
        scheme.credentials,
        scheme.setter,
        table(&rows).replace("| `` |", "| |"),
        read_back(scheme, &getters)
    )
}

fn initialization(api: &Api, index: usize, oauth: &OAuth) -> String {
    let mut snippet = Snippet::new(api);
    let mut text = match oauth.flows.iter().all(|flow| flow.grant == Grant::AuthorizationCode) {
        true => "Nothing is sent when the client is made. Once a user has signed in, it looks after the token by itself.".to_owned(),
        false => "Nothing is sent when the client is made. The first call that needs a token fetches one. From then on, the client renews it.".to_owned(),
    };
    if let [_, other, ..] = oauth.flows.as_slice() {
        text += &format!(
            " The other grants have constructors of their own, such as `{}`.",
            constructor(oauth, other)
        );
    }
    let function = client_function(api, &[Given::of(api, index).by(oauth.flows[0].grant)], "", &mut snippet);
    snippet.item(function);
    section("Client initialization", &text, Some(snippet))
}

fn scopes(oauth: &OAuth) -> Option<String> {
    let name = oauth.scope_type.as_ref()?;
    let alone = match oauth.flows.iter().all(|flow| flow.grant == Grant::AuthorizationCode) {
        true => "",
        false => " With `least_privilege()`, each operation is called with a token that has its scopes alone.",
    };
    let mut text = format!(
        "What a token allows. Ask for those that the program needs, with `scopes`: they are the variants of `{name}`, and `{name}::ALL` has all of them. An operation whose scopes were not asked for is answered 403, and the error says which are lacking.{alone}\n\n| Variant | Scope | Description |\n|---|---|---|\n"
    );
    for scope in &oauth.scopes {
        let description = scope.description.as_deref().map(cell).unwrap_or_default();
        text +=
            &format!("| `{}` | {} | {description} |\n", scope.variant, code_cell(&scope.name)).replace("|  |", "| |");
    }
    Some(section("Scopes", text.trim_end(), None))
}
