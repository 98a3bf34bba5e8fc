//! `evergrant login`: signs a user in with the browser or on another device, and stores the token for `call` and
//! `token`.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use evergrant::Token;
use url::Url;

use crate::arguments::{LoginArgs, LogoutArgs, check_url};
use crate::failure::{self, Failure, Kind, local};
use crate::interrupt_signals::Interrupts;
use crate::settings::Settings;
use crate::sign_in_redirect::{Listener, StartPage};
use crate::user_folders;
use crate::user_token_file::Session;

/// Default maximum time to wait for the sign-in.
const DEFAULT_WAIT: Duration = Duration::from_secs(300);

pub(super) async fn run(args: LoginArgs) -> Result<(), Failure> {
    let mut settings = Settings::resolve_sign_in(args.client)?;
    settings.add_authorization_params(&args.authorization_params)?;
    let profile = &mut settings.profile;
    profile.redirect_uri = args.redirect_uri.or(profile.redirect_uri.take());
    profile.allow_missing_state |= args.danger_allow_missing_state;
    profile.pushed_authorization_url = args
        .pushed_authorization_url
        .or(profile.pushed_authorization_url.take());
    if let Some(url) = &profile.pushed_authorization_url {
        check_url("the URL for pushed authorization requests", url)?;
    }
    let is_pushed = args.par || profile.pushed_authorization_url.is_some();
    let session = settings.session()?.ok_or_else(no_sign_in)?;
    let wait = args.wait.unwrap_or(DEFAULT_WAIT);
    if args.device {
        return sign_in_on_another_device(settings, &session, args.wait).await;
    }
    let profile = &settings.profile;
    if let Some(uri) = &profile.redirect_uri {
        check_url("the redirect URI", uri)?;
    }
    let listener = Listener::bind(profile.redirect_uri.as_deref(), profile.allow_missing_state).await?;
    let tokens = settings.into_sign_in_manager(listener.uri())?;
    let sign_in = tokens.sign_in()?;
    let metadata = tokens.server_metadata().await?;
    let is_required = metadata.is_some_and(|metadata| metadata.requires_pushed_authorization());
    let request = match is_pushed || is_required {
        true => sign_in.begin_pushed().await?,
        false => sign_in.begin()?,
    };

    // A code is valid once, and must not be spent on a token that cannot be stored.
    session.check().await?;
    let mut interrupts = Interrupts::new().map_err(|error| local("cannot wait for signals", error))?;
    print(&format!("Sign in at:\n  {}", request.url()));
    let save = async |token: &Token| session.save(token).await;
    let signed_in = async {
        let _start_page = match args.no_browser {
            true => None,
            false => open(&user_folders::state("sign-in")?, session.name(), request.url()),
        };
        listener.finish(&sign_in, &request, wait, save).await
    };
    let token = tokio::select! {
        token = signed_in => token?,
        interrupted = interrupts.next() => return Err(interrupted),
    };
    print_signed_in(&token);
    Ok(())
}

/// Prints a URL and a code for another device, and waits until the user has entered the code there.
async fn sign_in_on_another_device(
    settings: Settings,
    session: &Session,
    wait: Option<Duration>,
) -> Result<(), Failure> {
    let tokens = settings.into_device_manager()?;
    let sign_in = tokens.sign_in()?;
    // The codes must not be spent on a token that cannot be stored.
    session.check().await?;
    let mut interrupts = Interrupts::new().map_err(|error| local("cannot wait for signals", error))?;
    let request = sign_in.begin_device().await?;
    let (url, code) = (request.verification_uri(), request.user_code());
    print(&format!(
        "Sign in on any device at:\n  {url}\nand enter the code:\n  {code}"
    ));
    if let Some(url) = request.verification_uri_complete() {
        print(&format!("or visit the URL with the code, and compare it:\n  {url}"));
    }
    let wait = wait.unwrap_or(request.expires_in());
    let signed_in = tokio::time::timeout(wait, sign_in.finish_device(&request));
    let token = tokio::select! {
        token = signed_in => token.map_err(|_| Failure::new(
            Kind::Authorization,
            format!("nobody entered the code within {} s; run the command again, or raise --wait", wait.as_secs()),
        ))??,
        interrupted = interrupts.next() => return Err(interrupted),
    };
    session.save(&token).await?;
    print_signed_in(&token);
    Ok(())
}

fn print_signed_in(token: &Token) {
    print(match token.refresh_token() {
        Some(_) => "Signed in. `evergrant call` and `evergrant token` now use and renew the token.",
        None => {
            "Signed in until the token expires: the server sent no refresh token. Many servers send one for the scope `offline_access`."
        }
    });
}

/// Removes the stored token, and with `--revoke` revokes it at the server before.
pub(super) async fn logout(args: LogoutArgs) -> Result<(), Failure> {
    let mut settings = Settings::resolve_sign_in(args.client)?;
    let profile = &mut settings.profile;
    profile.revocation_url = args.revocation_url.or(profile.revocation_url.take());
    if let Some(url) = &profile.revocation_url {
        check_url("the revocation URL", url)?;
    }
    let session = settings.session()?.ok_or_else(no_sign_in)?;
    let was_signed_in = match args.revoke {
        true => revoke(settings, &session).await?,
        false => session.remove()?,
    };
    print(match (was_signed_in, args.revoke) {
        (true, true) => "Signed out: the token was revoked at the server and removed.",
        (true, false) => "Signed out: the stored token was removed.",
        (false, _) => "Nobody was signed in with these settings.",
    });
    Ok(())
}

/// Revokes and removes the stored token. Returns whether there was one.
async fn revoke(settings: Settings, session: &Session) -> Result<bool, Failure> {
    let tokens = settings.into_manager().await?;
    let revoke = async |token: &Token| Ok(tokens.revoke_token(token).await?);
    let outcome = session.revoke(revoke).await;
    if outcome.is_err() {
        failure::note("the token is still stored; run the command again, or without --revoke to only remove it");
    }
    outcome
}

fn no_sign_in() -> Failure {
    Failure::usage(
        "no authorization URL; pass --authorization-url (for --device, --device-authorization-url) or --issuer, or set `authorization_url`, `device_authorization_url` or `issuer` in a profile",
    )
}

/// Opens a browser with a page that redirects to the URL, and returns the page. The page is in its own folder, apart
/// from tokens, because a browser reads it. On failure, the user visits the printed URL.
fn open(folder: &Path, session: &str, url: &Url) -> Option<StartPage> {
    let page = match StartPage::write(folder, session, url) {
        Ok(page) => page,
        Err(error) => {
            failure::warn(&format!(
                "cannot write the page for the browser ({error}); visit the URL above in a browser on this machine"
            ));
            return None;
        }
    };
    let url = page.url()?;
    // On a blocking thread: a terminal browser runs until the user closes it.
    tokio::task::spawn_blocking(move || match webbrowser::open(url.as_str()) {
        Ok(()) => failure::note("if the browser cannot read its page, as in a sandbox, visit the URL above"),
        Err(_) => failure::warn("cannot open a browser; visit the URL above in a browser on this machine"),
    });
    Some(page)
}

/// Prints on standard error. Errors are ignored: there is no other place to report them.
fn print(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
