//! A complete program in manual mode: credentials for every scheme of the API, and a token that is stored between runs.
//!
//! `cargo run -p multiauth --example multiauth_manual_complete` starts an emulation of the API and calls it in two
//! runs. The second run uses the token that the first has stored.

use std::time::Duration;

use emulations::Multiauth as Api;
use multiauth::{
    ApiHeaderCredentials, ApiKeyCredentials, BasicAuthCredentials, BuildError, Client, CustomAuthCredentials,
    Environment, Error, OAuthAcgCredentials, OAuthBearerTokenCredentials, OAuthCcgCredentials, OAuthRopcgCredentials,
    OAuthScopeOAuthAcg, Token,
};
use tokio::sync::Mutex;

/// Represents a database.
static DATABASE: Mutex<Option<String>> = Mutex::const_new(None);

async fn save_token_to_database(token: &Token) {
    *DATABASE.lock().await = Some(token.expose_json());
}

async fn load_token_from_database() -> Option<Token> {
    Token::from_json(DATABASE.lock().await.as_deref()?).ok()
}

fn client(api: &Api) -> Result<Client, BuildError> {
    let acg = OAuthAcgCredentials::new(Api::ACG_CLIENT_ID, Api::ACG_CLIENT_SECRET, Api::ACG_REDIRECT_URI);
    let (id, secret) = (Api::ROPCG_CLIENT_ID, Api::ROPCG_CLIENT_SECRET);
    let ropcg = OAuthRopcgCredentials::new(id, secret, Api::ROPCG_USERNAME, Api::ROPCG_PASSWORD);
    Client::builder()
        .basic_auth_credentials(BasicAuthCredentials::new(Api::BASIC_USERNAME, Api::BASIC_PASSWORD))
        .api_key_credentials(ApiKeyCredentials::new(Api::QUERY_TOKEN, Api::QUERY_API_KEY))
        .api_header_credentials(ApiHeaderCredentials::new(Api::HEADER_TOKEN, Api::HEADER_API_KEY))
        .oauth_ccg_credentials(OAuthCcgCredentials::new(Api::CCG_CLIENT_ID, Api::CCG_CLIENT_SECRET).manual())
        .oauth_acg_credentials(acg.scopes([OAuthScopeOAuthAcg::ReadScope]))
        .oauth_ropcg_credentials(ropcg)
        .oauth_bearer_token_credentials(OAuthBearerTokenCredentials::new(Api::BEARER_TOKEN))
        .custom_auth_credentials(CustomAuthCredentials::new(Api::ACCESS_TOKEN))
        .timeout(Duration::ZERO) // no time limit
        .environment(Environment::Testing)
        .base_url(api.api_url()) // the emulation, instead of the environment's servers
        .auth_server_url(api.auth_url())
        .build()
}

/// Returns the token of an earlier run while it is valid, and a new one otherwise.
async fn token(client: &Client) -> Result<Token, Box<dyn std::error::Error>> {
    let tokens = client.oauth_ccg_manager().ok_or("the credentials are not set")?;
    let token = match tokens
        .use_or_renew(load_token_from_database().await)
        .await
        .map_err(<Error>::from)
    {
        Ok(token) => token,
        Err(Error::OAuthProvider(error)) => return Err(format!("the token request failed: {:?}", error.code()).into()),
        Err(error) => return Err(error.into()),
    };
    save_token_to_database(&token).await;
    Ok(token)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::start();
    for run in ["first", "second"] {
        let client = client(&api)?;
        let token = token(&client).await?;
        let client = client.with_configuration(|builder| builder.oauth_ccg_token(token))?;
        match client.oauth_authorization().get_status().send().await {
            Ok(response) => println!("{run} run: {}", response.status),
            Err(Error::Api(error)) => return Err(format!("the API returned {}", error.status()).into()),
            Err(error) => return Err(error.into()),
        }
    }
    assert_eq!(api.auth().token_requests(), 1, "both runs share one token");
    Ok(())
}
