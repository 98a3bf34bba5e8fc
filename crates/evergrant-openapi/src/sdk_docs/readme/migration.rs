//! The README section about migration: the names in SDKs for TypeScript and Python, and the names in this SDK.

use evergrant::GrantKind;

use crate::api::{Api, Key, OAuth, Scheme, SchemeKind};
use crate::sdk_docs::client_code::constructor;
use crate::sdk_docs::escape_text::{bars, code_cell};

/// One name, as Markdown: in TypeScript, in Python, and in this SDK. It is empty where a language has no such name.
struct Row(String, String, String);

/// Settings of all OAuth 2.0 schemes, of which each SDK has its own spelling: `oAuthToken`, `oauthToken`,
/// `o_auth_token`.
const OAUTH_SETTINGS: [(&str, &str, &str); 4] = [
    ("Token", "token", "`.token(token)` on the credentials, with a `Token`"),
    (
        "TokenProvider",
        "token_provider",
        "`.token_provider(async |last: Option<Token>, endpoint: TokenEndpoint| …)` on the credentials",
    ),
    (
        "OnTokenUpdate",
        "on_token_update",
        "`.on_token_update(|token: Token| …)` on the credentials",
    ),
    ("ClockSkew", "clock_skew", "`.clock_skew(Duration)` on the credentials"),
];

/// Names of classes, methods and parameters of OAuth 2.0 schemes.
const OAUTH_NAMES: [(&str, &str, &str); 8] = [
    ("`clockSkew`", "", "`.clock_skew(Duration)` on the credentials"),
    ("`OAuthToken`, `OauthToken`", "`OAuthToken`", "`Token`"),
    (
        "`fetchToken()`",
        "`fetch_token()`",
        "`fetch_token().await` of a `TokenManager` or a `TokenEndpoint`",
    ),
    (
        "`lastOAuthToken`",
        "`last_oauth_token`",
        "`last`, the first argument of the token provider: `Option<Token>`",
    ),
    (
        "`authManager`",
        "`auth_manager`",
        "`endpoint`, the second argument of the token provider: `TokenEndpoint`",
    ),
    (
        "`loadTokenFromDatabase() ?? authManager.fetchToken()`",
        "`load_token_from_database()`, else `auth_manager.fetch_token()`",
        "`endpoint.use_or_renew(load_token_from_database().await, last).await`",
    ),
    (
        "`saveTokenToDatabase`, `loadTokenFromDatabase`",
        "`save_token_to_database`, `load_token_from_database`",
        "functions of your application; `TokenFile` has `save` and `load`",
    ),
    (
        "`OAuthProviderError`",
        "",
        "`Error::OAuthProvider`, with an `OAuthProviderError`",
    ),
];

pub(super) fn section(api: &Api) -> String {
    let mut rows = client(api);
    for scheme in &api.schemes {
        rows.extend(self::scheme(api, scheme));
    }
    let oauth: Vec<(&Scheme, &OAuth)> = api
        .schemes
        .iter()
        .filter_map(|scheme| Some((scheme, scheme.oauth()?)))
        .collect();
    rows.extend(oauth_settings(&oauth));
    rows.push(Row(
        "`ApiError`".to_owned(),
        String::new(),
        "`Error::Api`, with an `ApiError`".to_owned(),
    ));
    let mut section = "## Coming from TypeScript or Python\n\nIf you know an SDK of this API in TypeScript or Python, this table maps its names. The spelling varies between SDKs.".to_owned();
    if !oauth.is_empty() {
        section += " `Token::from_json` reads tokens that those SDKs have stored.";
    }
    section += "\n\n| TypeScript | Python | This SDK |\n|---|---|---|\n";
    for Row(typescript, python, here) in rows {
        let row = format!("| {} | {} | {} |\n", bars(&typescript), bars(&python), bars(&here));
        section += &row.replace("|  |", "| |");
    }
    section
}

fn client(api: &Api) -> Vec<Row> {
    let environment = &api.servers.environments[0].variant;
    let mut rows = vec![
        Row(
            "`new Client({ … })`".to_owned(),
            "`…Client(…)`".to_owned(),
            "`Client::builder()`, then `.build()?`".to_owned(),
        ),
        Row(
            format!("`environment: Environment.{environment}`"),
            format!("`environment=Environment.{}`", environment.to_uppercase()),
            format!("`.environment(Environment::{environment})` on the client builder"),
        ),
        Row(
            "`timeout`".to_owned(),
            "`timeout`".to_owned(),
            "`.timeout(Duration)` on the client builder; `Duration::ZERO` means no limit".to_owned(),
        ),
        Row(
            "`client.withConfiguration({ … })`".to_owned(),
            String::new(),
            "`client.with_configuration(|builder| …)?`; all other settings stay as they are".to_owned(),
        ),
    ];
    rows.extend(api.headers.iter().map(|header| {
        Row(
            code_cell(&camel(&header.name)),
            code_cell(&snake(&header.name)),
            format!("`.{}(…)` on the client builder", header.setter),
        )
    }));
    rows
}

/// The names of a scheme's credentials and of its token manager.
fn scheme(api: &Api, scheme: &Scheme) -> Vec<Row> {
    let (setter, credentials) = (&scheme.setter, &scheme.credentials);
    let builder_method = format!("`.{setter}(…)` on the client builder, with `{credentials}`");
    let (camel, snake) = (camel(&scheme.name), snake(&scheme.name));
    let mut rows = vec![Row(
        code_cell(&format!("{camel}Credentials")),
        format!(
            "{}, {}",
            code_cell(&format!("{snake}_credentials")),
            code_cell(&format!("{}Credentials", pascal(&scheme.name)))
        ),
        builder_method,
    )];
    let new = |arguments: &str| format!("`{credentials}::new({arguments})`");
    match &scheme.kind {
        SchemeKind::Basic => rows.push(Row(
            "`username`, `password`".to_owned(),
            "`username`, `password`".to_owned(),
            new("username, password"),
        )),
        SchemeKind::Bearer => rows.push(Row(
            "`accessToken`".to_owned(),
            "`access_token`".to_owned(),
            new("access_token"),
        )),
        SchemeKind::Keys(keys) => rows.push(self::keys(keys, new)),
        SchemeKind::OAuth(oauth) => rows.extend(oauth_scheme(api, scheme, oauth)),
        SchemeKind::Session(_) => {}
        SchemeKind::Unsupported(_) => return Vec::new(),
    }
    rows
}

/// API keys. Some SDKs set a single key on the client itself.
fn keys(keys: &[Key], new: impl Fn(&str) -> String) -> Row {
    let names = |spell: fn(&str) -> String| {
        let names = keys.iter().map(|key| code_cell(&spell(&key.name)));
        names.collect::<Vec<_>>().join(", ")
    };
    let arguments: Vec<&str> = keys.iter().map(|key| key.argument.as_str()).collect();
    let typescript = match keys {
        [_] => names(camel),
        _ => names(str::to_owned),
    };
    Row(typescript, names(snake), new(&arguments.join(", ")))
}

fn oauth_scheme(api: &Api, scheme: &Scheme, oauth: &OAuth) -> Vec<Row> {
    let mut rows = Vec::new();
    let camel = camel(&scheme.name);
    if let Some(getter) = &scheme.getter {
        rows.push(Row(
            code_cell(&format!("config.{camel}Credentials")),
            String::new(),
            format!("`client.{getter}()`"),
        ));
    }
    if let Some(manager) = &scheme.manager {
        rows.push(Row(
            code_cell(&format!("client.{camel}Manager")),
            String::new(),
            format!("`client.{manager}()`"),
        ));
        rows.push(Row(
            code_cell(&format!("{}Manager", pascal(&scheme.name))),
            "`OAuth2`".to_owned(),
            "`TokenManager`; in a token provider, `TokenEndpoint`".to_owned(),
        ));
    }
    if let Some(setter) = &scheme.token_setter {
        rows.push(Row(
            code_cell(&format!(
                "withConfiguration({{ {camel}Credentials: {{ oAuthToken }} }})"
            )),
            String::new(),
            format!("`client.with_configuration(|builder| builder.{setter}(token))?`"),
        ));
    }
    if let Some(scope_type) = &oauth.scope_type {
        let own_name = code_cell(&format!("OAuthScope{}Enum", pascal(&scheme.name)));
        let with_scopes = api.schemes.iter().filter_map(Scheme::oauth);
        let is_single = with_scopes.filter(|oauth| oauth.scope_type.is_some()).count() == 1;
        let typescript = match is_single {
            true => format!("{own_name}, `OauthScopeEnum`"),
            false => own_name.clone(),
        };
        rows.push(Row(typescript, own_name, format!("`{scope_type}`")));
    }
    rows
}

/// The settings that all OAuth 2.0 schemes have, and those of their grants.
fn oauth_settings(oauth: &[(&Scheme, &OAuth)]) -> Vec<Row> {
    let mut rows = Vec::new();
    let Some(&(first, _)) = oauth.first() else { return rows };
    let mut setting = |camel: &str, snake: &str, here: String| {
        rows.push(Row(
            format!("`oAuth{camel}`, `oauth{camel}`"),
            format!("`o_auth_{snake}`, `oauth_{snake}`"),
            here,
        ));
    };
    let constructor_of = |grant: Option<GrantKind>| {
        let flows = oauth
            .iter()
            .flat_map(|(scheme, oauth)| oauth.flows.iter().map(move |flow| (scheme, *oauth, flow)));
        let mut flows = flows.filter(|(.., flow)| grant.is_none_or(|grant| flow.grant == grant));
        let (scheme, oauth, flow) = flows.next()?;
        Some(format!("`{}::{}`", scheme.credentials, constructor(oauth, flow)))
    };
    let any = constructor_of(None).unwrap_or_else(|| format!("`{}`", first.credentials));
    setting(
        "ClientId",
        "client_id",
        format!("first argument of the constructor, such as {any}"),
    );
    setting(
        "ClientSecret",
        "client_secret",
        "second argument of the constructor".to_owned(),
    );
    if let Some(constructor) = constructor_of(Some(GrantKind::Password)) {
        setting("Username", "username", format!("third argument of {constructor}"));
        setting("Password", "password", format!("fourth argument of {constructor}"));
    }
    if let Some(constructor) = constructor_of(Some(GrantKind::AuthorizationCode)) {
        setting(
            "RedirectUri",
            "redirect_uri",
            format!("third argument of {constructor}"),
        );
    }
    setting("Scopes", "scopes", "`.scopes([…])` on the credentials".to_owned());
    for (camel, snake, here) in OAUTH_SETTINGS {
        setting(camel, snake, here.to_owned());
    }
    let names = OAUTH_NAMES.into_iter();
    rows.extend(names.map(|(typescript, python, here)| Row(typescript.to_owned(), python.to_owned(), here.to_owned())));
    rows
}

/// A name as those SDKs write it in TypeScript: `oAuthCCG`, `thingspaceOauth1`, `vZM2mToken`.
fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => pascal,
    }
}

/// A name as those SDKs write it for types: `OAuthCCG`, `ThingspaceOauth1`. In a name of several words, an acronym of
/// three or more letters is written as a word.
fn pascal(name: &str) -> String {
    let words: Vec<&str> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let capitalised = |word: &&str| {
        let is_acronym = !word.contains(char::is_lowercase);
        let is_kept = words.len() == 1 || !is_acronym || word.chars().count() <= 2;
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let rest: String = letters.collect();
        match is_kept {
            true => first + &rest,
            false => first + &rest.to_lowercase(),
        }
    };
    words.iter().map(capitalised).collect()
}

/// A name as those SDKs write it in Python: `o_auth_ccg`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 8);
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).map(|before| letters[before]);
        let is_before_lowercase = letters.get(index + 1).is_some_and(|after| after.is_lowercase());
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| before.is_lowercase() || before.is_uppercase() && is_before_lowercase);
        if starts_word && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_in_typescript_and_python() {
        let cases = [
            ("OAuthCCG", "oAuthCCG", "o_auth_ccg"),
            ("clientCredentials", "clientCredentials", "client_credentials"),
            ("thingspace_oauth1", "thingspaceOauth1", "thingspace_oauth1"),
            ("VZ-M2M-Token", "vZM2mToken", "vz_m2m_token"),
            ("basicAuth", "basicAuth", "basic_auth"),
            ("api-key", "apiKey", "api_key"),
            ("", "", ""),
        ];
        for (name, typescript, python) in cases {
            assert_eq!(
                (camel(name).as_str(), snake(name).as_str()),
                (typescript, python),
                "{name}"
            );
        }
    }
}
