//! `evergrant token`: an access token on standard output.

use crate::cli::TokenArgs;
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::text;

pub(super) async fn run(args: TokenArgs) -> Result<(), Failure> {
    let settings = Settings::resolve(args.client)?;
    let of_a_user = settings.session()?.is_some();
    let tokens = settings.into_tokens()?;
    let token = match of_a_user {
        // The refresh token is the session's, and may be good once.
        true => tokens.token().await?.without_refresh_token(),
        false => tokens.fetch_token().await?,
    };
    if args.json {
        output::line(&text::escaped(&token.expose_json()))
    } else if args.header {
        output::line(&format!("Authorization: Bearer {}", token.access_token().expose()))
    } else {
        output::line(token.access_token().expose())
    }
}
