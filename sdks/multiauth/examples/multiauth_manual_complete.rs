//! A whole program in manual style: every credential that the API can ask for, and a token that is kept between runs.
//!
//! `cargo run -p multiauth --example multiauth_manual_complete` calls an emulation of the API that it starts itself, in two runs,
//! of which the second finds the token of the first.

use std::time::Duration;

use emulations::Multiauth as Api;
use multiauth::credentials::*;
use multiauth::{BuildError, Client, Environment, Error, Token};
use tokio::sync::Mutex;

/// Stands for a database.
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
        .timeout(Duration::ZERO) // none
        .environment(Environment::Testing)
        .base_url(api.api_url()) // in place of the environment's
        .auth_server_url(api.auth_url())
        .build()
}

/// The token of an earlier run while it is valid, and a new one otherwise.
async fn token(client: &Client) -> Result<Token, Box<dyn std::error::Error>> {
    let tokens = client.oauth_ccg_manager().ok_or("no credentials are set")?;
    let token = match tokens
        .use_or_renew(load_token_from_database().await)
        .await
        .map_err(<Error>::from)
    {
        Ok(token) => token,
        Err(Error::OAuthProvider(refusal)) => return Err(format!("no token is given: {:?}", refusal.code()).into()),
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
            Ok(answer) => println!("{run} run: {}", answer.status),
            Err(Error::Api(error)) => return Err(format!("the API answered {}", error.status()).into()),
            Err(error) => return Err(error.into()),
        }
    }
    assert_eq!(api.auth().token_requests(), 1, "one token serves both runs");
    Ok(())
}
