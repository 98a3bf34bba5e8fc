//! Rejected requests: a typed error with status and code, and without the secret.

use std::error::Error as _;

use anyhow::{Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::client_auth::ClientAuthMethod;
use evergrant::{Error, OAuthProviderError, TokenManager};
use url::form_urlencoded::byte_serialize;

use super::server_under_test::transport;
use super::transports::WithoutGrantType;
use super::{Target, Verdict};
use crate::registered_clients::{PLAIN, SPECIAL};
use crate::server::UnknownScope;

/// A wrong secret with characters that have several encodings.
pub(super) const WRONG: &str = "wr+ng%2F/secret: f&g=h~\"!";

pub(super) async fn wrong_secret(target: &Target) -> Result<Verdict> {
    for (id, auth) in [(PLAIN.id, target.server.basic), (SPECIAL.id, ClientAuthMethod::Post)] {
        let tokens = target.manager_with(id, WRONG, auth).build(transport()?)?;
        let (error, rejection) = expect_rejected(&tokens).await?;
        expect_code(&rejection, "invalid_client")?;
        expect_secret_hidden(&error, id, WRONG)?;
    }
    Ok(Verdict::PASSED)
}

pub(super) async fn unknown_client(target: &Target) -> Result<Verdict> {
    let tokens = target
        .manager_with("nobody", WRONG, target.server.basic)
        .build(transport()?)?;
    let (error, rejection) = expect_rejected(&tokens).await?;
    expect_code(&rejection, "invalid_client")?;
    expect_secret_hidden(&error, "nobody", WRONG)?;
    Ok(Verdict::PASSED)
}

pub(super) async fn unknown_scope(target: &Target) -> Result<Verdict> {
    let manager = || target.manager(PLAIN).scopes(["books.read", "nothing.such"]);
    if target.server.unknown_scope == UnknownScope::Rejected {
        let (error, rejection) = expect_rejected(&manager().build(transport()?)?).await?;
        expect_code(&rejection, "invalid_scope")?;
        expect_secret_hidden(&error, PLAIN.id, PLAIN.secret)?;
        return Ok(Verdict::PASSED);
    }
    let token = manager().build(transport()?)?.token().await?;
    let granted = token.scopes().is_some_and(|granted| granted.contains("nothing.such"));
    ensure!(!granted, "a scope that does not exist was granted");
    match manager().strict_scopes().build(transport()?)?.token().await {
        Err(Error::TokenResponse(_)) => Ok(Verdict::Passed(Some(
            "drops the scope and grants the rest: an event, or an error with `strict_scopes`".to_owned(),
        ))),
        other => bail!("with strict_scopes, the narrowed scope led to {other:?}"),
    }
}

pub(super) async fn malformed_request(target: &Target) -> Result<Verdict> {
    let tokens = target.manager(PLAIN).build(WithoutGrantType(transport()?))?;
    let (error, rejection) = expect_rejected(&tokens).await?;
    expect_code(&rejection, target.server.malformed_request_code)?;
    ensure!(rejection.status() == 400, "the status is {}", rejection.status());
    expect_secret_hidden(&error, PLAIN.id, PLAIN.secret)?;
    Ok(Verdict::PASSED)
}

pub(super) async fn wrong_url(target: &Target) -> Result<Verdict> {
    let tokens = target
        .manager(PLAIN)
        .token_url(target.url("no/such/path"))
        .build(transport()?)?;
    let (error, rejection) = expect_rejected(&tokens).await?;
    ensure!(rejection.status() == 404, "the status is {}", rejection.status());
    ensure!(error.to_string().contains("check the token URL"), "no hint in: {error}");
    expect_secret_hidden(&error, PLAIN.id, PLAIN.secret)?;
    Ok(Verdict::PASSED)
}

pub(super) async fn expect_rejected(tokens: &TokenManager) -> Result<(Error, OAuthProviderError)> {
    match tokens.token().await {
        Err(error) => match &error {
            Error::OAuthProvider(rejection) => Ok((error.clone(), rejection.as_ref().clone())),
            _ => bail!("not a rejection: {error}"),
        },
        Ok(_) => bail!("got a token"),
    }
}

pub(super) fn expect_code(rejection: &OAuthProviderError, code: &str) -> Result<()> {
    ensure!(
        rejection.code() == Some(code),
        "the code is {:?} in: {rejection}",
        rejection.code()
    );
    let status = rejection.status();
    ensure!(status.is_client_error(), "the status is {status}");
    ensure!(
        rejection.to_string().contains(status.as_str()),
        "no status in: {rejection}"
    );
    Ok(())
}

/// Checks that no text of the error contains the secret in any encoding.
pub(super) fn expect_secret_hidden(error: &Error, id: &str, secret: &str) -> Result<()> {
    let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
    let mut source = error.source();
    while let Some(cause) = source {
        texts.extend([cause.to_string(), format!("{cause:?}")]);
        source = cause.source();
    }
    for form in encodings(id, secret) {
        ensure!(
            !texts.iter().any(|text| text.contains(&form)),
            "the error shows the secret"
        );
    }
    Ok(())
}

fn encodings(id: &str, secret: &str) -> Vec<String> {
    let encoded = |text: &str| {
        let form: String = byte_serialize(text.as_bytes()).collect();
        (form.replace('+', "%20"), form)
    };
    let ((id_percent, id_form), (percent, form)) = (encoded(id), encoded(secret));
    let pairs = [
        (id, secret),
        (id_percent.as_str(), percent.as_str()),
        (id_form.as_str(), form.as_str()),
    ];
    let mut forms: Vec<String> = pairs
        .map(|(id, secret)| STANDARD.encode(format!("{id}:{secret}")))
        .into();
    forms.extend([secret.to_owned(), secret.escape_debug().to_string(), percent, form]);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_for_the_secret_in_all_encodings() {
        let forms = encodings("me", "a b+c");
        for form in ["a b+c", "a%20b%2Bc", "a+b%2Bc", &STANDARD.encode("me:a%20b%2Bc")] {
            assert!(forms.iter().any(|known| known == form), "{form} in {forms:?}");
        }
    }
}
