//! Being refused: a typed error with status and code, and nothing secret in any form of it.

use std::error::Error as _;

use anyhow::{Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::{Error, OAuthProviderError, TokenManager};
use url::form_urlencoded::byte_serialize;

use super::probe::WithoutGrantType;
use super::target::transport;
use super::{Target, Verdict};
use crate::client::{PLAIN, SPECIAL};
use crate::server::UnknownScope;

/// With characters that are encoded in more than one way.
pub(super) const WRONG: &str = "wr+ng%2F/secret: f&g=h~\"!";

pub(super) async fn wrong_secret(target: &Target) -> Result<Verdict> {
    for (id, auth) in [
        (PLAIN.id, target.server.basic),
        (SPECIAL.id, evergrant::ClientAuth::Post),
    ] {
        let tokens = target.manager_with(id, WRONG, auth).build(transport()?)?;
        let (error, refusal) = refused(&tokens).await?;
        expect_code(&refusal, "invalid_client")?;
        expect_silence(&error, id, WRONG)?;
    }
    Ok(Verdict::HELD)
}

pub(super) async fn unknown_client(target: &Target) -> Result<Verdict> {
    let tokens = target
        .manager_with("nobody", WRONG, target.server.basic)
        .build(transport()?)?;
    let (error, refusal) = refused(&tokens).await?;
    expect_code(&refusal, "invalid_client")?;
    expect_silence(&error, "nobody", WRONG)?;
    Ok(Verdict::HELD)
}

pub(super) async fn unknown_scope(target: &Target) -> Result<Verdict> {
    let manager = || target.manager(PLAIN).scopes(["books.read", "nothing.such"]);
    if target.server.unknown_scope == UnknownScope::Refused {
        let (error, refusal) = refused(&manager().build(transport()?)?).await?;
        expect_code(&refusal, "invalid_scope")?;
        expect_silence(&error, PLAIN.id, PLAIN.secret)?;
        return Ok(Verdict::HELD);
    }
    let token = manager().build(transport()?)?.token().await?;
    let granted = token.scopes().is_some_and(|granted| granted.contains("nothing.such"));
    ensure!(!granted, "a scope that does not exist was granted");
    match manager().strict_scopes().build(transport()?)?.token().await {
        Err(Error::TokenResponse(_)) => Ok(Verdict::Held(Some(
            "it drops the scope and grants the rest: an event, and with `strict_scopes` an error".to_owned(),
        ))),
        other => bail!("with strict_scopes, the narrower grant led to {other:?}"),
    }
}

pub(super) async fn malformed_request(target: &Target) -> Result<Verdict> {
    let tokens = target.manager(PLAIN).build(WithoutGrantType(transport()?))?;
    let (error, refusal) = refused(&tokens).await?;
    expect_code(&refusal, target.server.malformed)?;
    ensure!(refusal.status() == 400, "the status is {}", refusal.status());
    expect_silence(&error, PLAIN.id, PLAIN.secret)?;
    Ok(Verdict::HELD)
}

pub(super) async fn wrong_url(target: &Target) -> Result<Verdict> {
    let tokens = target
        .manager(PLAIN)
        .token_url(target.url("no/such/path"))
        .build(transport()?)?;
    let (error, refusal) = refused(&tokens).await?;
    ensure!(refusal.status() == 404, "the status is {}", refusal.status());
    ensure!(
        error.to_string().contains("check the token URL"),
        "no remedy in: {error}"
    );
    expect_silence(&error, PLAIN.id, PLAIN.secret)?;
    Ok(Verdict::HELD)
}

pub(super) async fn refused(tokens: &TokenManager) -> Result<(Error, OAuthProviderError)> {
    match tokens.token().await {
        Err(error) => match &error {
            Error::OAuthProvider(refusal) => Ok((error.clone(), refusal.as_ref().clone())),
            _ => bail!("not a refusal: {error}"),
        },
        Ok(_) => bail!("a token was given"),
    }
}

pub(super) fn expect_code(refusal: &OAuthProviderError, code: &str) -> Result<()> {
    ensure!(
        refusal.code() == Some(code),
        "the code is {:?} in: {refusal}",
        refusal.code()
    );
    let status = refusal.status();
    ensure!(status.is_client_error(), "the status is {status}");
    ensure!(refusal.to_string().contains(status.as_str()), "no status in: {refusal}");
    Ok(())
}

/// Looks for the secret, however it may be written, in every text that the error has.
pub(super) fn expect_silence(error: &Error, id: &str, secret: &str) -> Result<()> {
    let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
    let mut source = error.source();
    while let Some(cause) = source {
        texts.extend([cause.to_string(), format!("{cause:?}")]);
        source = cause.source();
    }
    for form in forms(id, secret) {
        ensure!(
            !texts.iter().any(|text| text.contains(&form)),
            "the error shows the secret"
        );
    }
    Ok(())
}

fn forms(id: &str, secret: &str) -> Vec<String> {
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
    fn a_secret_is_looked_for_in_every_form() {
        let forms = forms("me", "a b+c");
        for form in ["a b+c", "a%20b%2Bc", "a+b%2Bc", &STANDARD.encode("me:a%20b%2Bc")] {
            assert!(forms.iter().any(|known| known == form), "{form} in {forms:?}");
        }
    }
}
