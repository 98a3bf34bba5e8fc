//! Messages about missing credentials.

use emulations::Multiauth;
use multiauth::BuildError;

use crate::common::{builder, client_with, nothing_sent};
use crate::schemes::{Operation, Scheme};

async fn message(multiauth: &Multiauth, configured: &[Scheme], operation: Operation) -> String {
    let client = client_with(multiauth, configured);
    let failure = operation.call(&client).await.unwrap_err();
    assert!(!failure.error.is_retryable());
    assert_eq!((failure.error.status(), failure.text), (None, None));
    failure.error.to_string()
}

#[tokio::test]
async fn the_message_lists_the_alternatives_and_what_is_missing() {
    let multiauth = Multiauth::start();
    let start = "nothing was sent because credentials are not configured: this call needs ";
    for (configured, operation, needs) in [
        (&[][..], Operation::OAuthBearerToken, "`OAuthBearerToken`"),
        (&[], Operation::CustomAuthentication, "`CustomAuth`"),
        (&[], Operation::CustomQueryOrHeaderParam, "`apiKey`, or `apiHeader`"),
        (
            &[],
            Operation::BasicAndApiKeyAndApiHeader,
            "`basicAuth` and `apiKey` and `apiHeader`",
        ),
        (
            &[Scheme::Query],
            Operation::BasicAndApiKeyAndApiHeader,
            "`basicAuth` and `apiKey` and `apiHeader` (missing: `basicAuth` and `apiHeader`)",
        ),
        (
            &[Scheme::Basic, Scheme::Header],
            Operation::MultipleAuthCombination,
            "`CustomAuth`, or `OAuthBearerToken`, or `basicAuth` and `apiKey` and `apiHeader` (missing: `apiKey`)",
        ),
        (&[], Operation::GetStatus, "`OAuthCCG`"),
        (&[], Operation::GetUser, "`OAuthACG` and `OAuthROPCG`"),
        (
            &[Scheme::Ropcg],
            Operation::GetUser,
            "`OAuthACG` and `OAuthROPCG` (missing: `OAuthACG`)",
        ),
        (&[], Operation::OAuthOrCombination, "`OAuthCCG`, or `OAuthBearerToken`"),
    ] {
        let message = message(&multiauth, configured, operation).await;
        let (call, problem) = message.split_once(": nothing").unwrap();
        assert!(
            call.starts_with("GET /") && call.contains(" at http://127.0.0.1:"),
            "{call}"
        );
        assert_eq!(format!("nothing{problem}"), format!("{start}{needs}"));
    }
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn schemes_without_credentials_have_no_token_manager() {
    let multiauth = Multiauth::start();
    let without_credentials = builder(&multiauth).build().unwrap();
    assert!(without_credentials.oauth_ccg_manager().is_none());
    assert!(without_credentials.oauth_acg_manager().is_none());
    assert!(without_credentials.oauth_ropcg_manager().is_none());
    let with_all = client_with(&multiauth, &Scheme::ALL);
    assert!(with_all.oauth_ccg_manager().is_some());
    assert!(with_all.oauth_acg_manager().is_some());
    assert!(with_all.oauth_ropcg_manager().is_some());
    assert!(nothing_sent(&multiauth));
}

#[test]
fn a_token_without_credentials_is_a_build_error() {
    let multiauth = Multiauth::start();
    let token = multiauth::Token::new("not-a-real-token");
    let error = builder(&multiauth).oauth_ccg_token(token).build().unwrap_err();
    assert!(
        matches!(&error, BuildError::InvalidScheme { scheme, .. } if scheme == "OAuthCCG"),
        "{error}"
    );
}
