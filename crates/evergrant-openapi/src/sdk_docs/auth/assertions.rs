//! Documents clients that authenticate with an assertion in place of a secret.

use evergrant::GrantKind;

use crate::api::{Api, Flow, OAuth};
use crate::sdk_docs::client_code;
use crate::sdk_docs::code_snippet::Snippet;

/// The constructor of credentials with another client authentication method; `None` if the scheme has several grants,
/// and no constructor of its own for this one.
pub(super) fn constructor(oauth: &OAuth, flow: &Flow) -> Option<String> {
    match (client_code::constructor(oauth, flow), flow.grant) {
        ("new", _) => Some("with_client_auth".to_owned()),
        (_, GrantKind::Password) => None,
        (name, _) => Some(format!("{name}_with_client_auth")),
    }
}

/// Shows credentials with an assertion that the platform signs.
pub(super) fn section(api: &Api, index: usize, oauth: &OAuth) -> String {
    let scheme = &api.schemes[index];
    let credentials = &scheme.credentials;
    let mut snippet = Snippet::new(api);
    snippet.uses(credentials);
    snippet.uses_runtime("evergrant::client_auth::ClientAssertion");
    let flow = oauth
        .flows
        .iter()
        .find_map(|flow| Some((flow, constructor(oauth, flow)?)));
    if let Some((flow, constructor)) = flow {
        let (grant, more) = match flow.grant {
            GrantKind::ClientCredentials => ("ClientCredentials", ""),
            GrantKind::Password => {
                snippet.uses_runtime("Secret");
                ("Password", ", \"username\", password")
            }
            GrantKind::AuthorizationCode => ("AuthorizationCode", ", \"http://127.0.0.1:8080/callback\""),
        };
        let parameters = match flow.grant {
            GrantKind::Password => "password: Secret",
            _ => "",
        };
        let of_grant = match oauth.flows.len() {
            1 => String::new(),
            _ => {
                snippet.uses_runtime(grant);
                format!("<{grant}>")
            }
        };
        snippet.item(format!(
            "/// Credentials of a client whose platform writes an assertion to a file and renews it, such as Kubernetes.
             fn from_platform({parameters}) -> {credentials}{of_grant} {{
                 let assertion = ClientAssertion::from_file(\"/var/run/secrets/tokens/auth\");
                 {credentials}::{constructor}(\"client-id\", assertion{more})
             }}"
        ));
    }
    let text = "A client can authenticate with a signed assertion in place of a secret (RFC 7523). The platform signs it, as below, or the client's key does: `PrivateKeyJwt` of the crate `evergrant-jose` takes the place of `ClientAssertion`. Its assertions are for the issuer, which `issuer` sets. With `issuer` and without `token_url`, the issuer's metadata has the endpoints.";
    super::section("Clients with a key or an assertion", text, Some(snippet))
}
