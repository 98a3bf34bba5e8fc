//! Microsoft Entra: workload identity federation without secrets, as on Azure Kubernetes Service.
//!
//! The request follows Microsoft's documentation, "OAuth 2.0 client credentials flow on the Microsoft identity
//! platform", section "Access token request with a federated credential". It has not been tried with Microsoft.

use crate::client_auth::ClientAssertion;
use crate::error::BuildError;
use crate::grant::ClientCredentials;
use crate::manager::TokenManagerBuilder;

/// The authority if `AZURE_AUTHORITY_HOST` is not set.
const PUBLIC_CLOUD: &str = "https://login.microsoftonline.com/";

/// Returns a builder for the tokens of a workload identity, from the environment variables that the webhook of Azure
/// Workload Identity sets: `AZURE_CLIENT_ID`, `AZURE_TENANT_ID`, `AZURE_FEDERATED_TOKEN_FILE` and, optionally,
/// `AZURE_AUTHORITY_HOST`. The token in the file is the client's assertion; it is read before each token request,
/// because the platform replaces it.
///
/// Add the scope of the API, which ends with `/.default`. In a GitHub Actions job, which has no file, build the manager
/// with [`ClientAssertion::new`] and
/// [`AssertionUrl::github_actions`](crate::assertion::AssertionUrl::github_actions) for the audience
/// `api://AzureADTokenExchange`.
///
/// ```no_run
/// use evergrant::presets::entra;
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = entra::workload_identity()?
///     .scopes(["https://graph.microsoft.com/.default"])
///     .build(transport)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`BuildError::InvalidSetting`] names the variable that is not set.
pub fn workload_identity() -> Result<TokenManagerBuilder<ClientCredentials>, BuildError> {
    let identity = Identity::read(|name| std::env::var(name).ok())?;
    let assertion = ClientAssertion::from_file(identity.file);
    Ok(ClientCredentials::builder(identity.client_id, assertion).token_url(identity.token_url))
}

struct Identity {
    client_id: String,
    file: String,
    token_url: String,
}

impl Identity {
    fn read(read: impl Fn(&str) -> Option<String>) -> Result<Self, BuildError> {
        let optional = |name: &str| read(name).filter(|value| !value.is_empty());
        let variable = |name: &str| {
            optional(name).ok_or_else(|| BuildError::InvalidSetting {
            setting: "entra::workload_identity",
            problem: format!(
                "{name} is not set; label the pod with azure.workload.identity/use: \"true\", and annotate its service account with the client id"
            ),
        })
        };
        let tenant = variable("AZURE_TENANT_ID")?;
        let authority = optional("AZURE_AUTHORITY_HOST").unwrap_or_else(|| PUBLIC_CLOUD.to_owned());
        Ok(Self {
            client_id: variable("AZURE_CLIENT_ID")?,
            file: variable("AZURE_FEDERATED_TOKEN_FILE")?,
            token_url: format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/')),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: [(&str, &str); 3] = [
        ("AZURE_CLIENT_ID", "00001111-aaaa-2222-bbbb-3333cccc4444"),
        ("AZURE_TENANT_ID", "contoso"),
        (
            "AZURE_FEDERATED_TOKEN_FILE",
            "/var/run/secrets/azure/tokens/azure-identity-token",
        ),
    ];

    fn token_url(variables: &[(&str, &str)]) -> Result<String, BuildError> {
        let read = |name: &str| {
            let variable = variables.iter().find(|(known, _)| *known == name);
            variable.map(|(_, value)| (*value).to_owned())
        };
        Identity::read(read).map(|identity| identity.token_url)
    }

    #[test]
    fn the_token_url_is_that_of_the_tenant() {
        let expected = |host: &str| format!("{host}/contoso/oauth2/v2.0/token");
        assert_eq!(
            token_url(&VARIABLES).unwrap(),
            expected("https://login.microsoftonline.com")
        );
        let mut variables = VARIABLES.to_vec();
        variables.push(("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"));
        assert_eq!(
            token_url(&variables).unwrap(),
            expected("https://login.microsoftonline.us")
        );
    }

    #[test]
    fn a_missing_variable_is_named() {
        for missing in VARIABLES {
            let variables: Vec<_> = VARIABLES.into_iter().filter(|known| *known != missing).collect();
            let error = token_url(&variables).unwrap_err().to_string();
            assert!(error.contains(missing.0), "{error}");
        }
    }
}
