//! `evergrant login`: a user signs in with the browser, and the token is kept for `call` and `token`.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use evergrant::Token;
use url::Url;

use crate::cli::{LoginArgs, LogoutArgs, check_url};
use crate::failure::{self, Failure, local};
use crate::interrupt::Interrupts;
use crate::redirect::{Listener, StartPage};
use crate::settings::Settings;
use crate::state;

/// How long a user may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) async fn run(args: LoginArgs) -> Result<(), Failure> {
    let mut settings = Settings::resolve(args.client)?;
    settings.redirect_uri = args.redirect_uri.or(settings.redirect_uri);
    settings.add_authorization_params(&args.authorization_params)?;
    settings.allow_missing_state |= args.danger_allow_missing_state;
    let session = settings.session()?.ok_or_else(no_sign_in)?;
    if let Some(uri) = &settings.redirect_uri {
        check_url("the redirect URI", uri)?;
    }
    let listener = Listener::bind(settings.redirect_uri.as_deref(), settings.allow_missing_state).await?;
    let tokens = settings.into_sign_in(listener.uri())?;
    let sign_in = tokens.sign_in()?;
    let request = sign_in.begin()?;

    // A code is good once, and should not be spent on a token that cannot be kept.
    session.check().await?;
    let mut interrupts = Interrupts::new().map_err(|error| local("cannot wait for signals", error))?;
    tell(&format!("Sign in at:\n  {}", request.url()));
    let wait = args.wait.unwrap_or(PATIENCE);
    let keep = async |token: &Token| session.save(token).await;
    let signed_in = async {
        let _until_the_end = match args.no_browser {
            true => None,
            false => open(&state::folder("sign-in")?, session.name(), request.url()),
        };
        listener.finish(&sign_in, &request, wait, keep).await
    };
    let token = tokio::select! {
        token = signed_in => token?,
        interrupted = interrupts.next() => return Err(interrupted),
    };
    tell(match token.refresh_token() {
        Some(_) => "Signed in. `evergrant call` and `evergrant token` use and renew the token from here on.",
        None => {
            "Signed in, until the token expires: the server gave no refresh token. Many give one for the scope `offline_access`."
        }
    });
    Ok(())
}

/// Forgets the token. What the server knows of it is not changed.
pub(super) fn forget(args: LogoutArgs) -> Result<(), Failure> {
    let session = Settings::resolve(args.client)?.session()?.ok_or_else(no_sign_in)?;
    tell(match session.forget()? {
        true => "Signed out: the stored token is gone.",
        false => "Nobody was signed in with these settings.",
    });
    Ok(())
}

fn no_sign_in() -> Failure {
    Failure::usage(
        "there is no authorization URL, where users sign in; give --authorization-url, or `authorization_url` in a profile",
    )
}

/// Opens a browser at a page that leads to the URL, and gives that page. It is apart from tokens, as a browser reads it. Where there is none, the user has the URL.
fn open(folder: &Path, session: &str, url: &Url) -> Option<StartPage> {
    let page = match StartPage::write(folder, session, url) {
        Ok(page) => page,
        Err(error) => {
            failure::warn(&format!(
                "the page for the browser cannot be written ({error}); visit the URL above with one on this machine"
            ));
            return None;
        }
    };
    let url = page.url()?;
    // Off this thread, as a browser in the terminal ends only with its user's visit.
    tokio::task::spawn_blocking(move || match webbrowser::open(url.as_str()) {
        Ok(()) => {
            failure::note("should the browser not be able to read its page, as in a sandbox, visit the URL above")
        }
        Err(_) => failure::warn("no browser can be opened here; visit the URL above with one on this machine"),
    });
    Some(page)
}

/// On standard error; where that is closed, nobody wants to know.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
