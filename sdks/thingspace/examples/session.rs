//! A session's life: the client logs in with its OAuth token when a call first needs the session, keeps the `VZ-M2M-Token` that
//! the login gives, and logs in again when the session has idled out.
//!
//! `cargo run -p thingspace --example session` calls an emulation of the API, which it starts itself.

use std::error::Error;
use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::ManualClock;
use thingspace::models::LogIn;
use thingspace::{Client, ThingspaceOAuthCredentials, VzM2mTokenCredentials};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A session that nobody uses for twenty minutes has idled out, by a clock that the example turns.
    let clock = ManualClock::new();
    let emulation = Thingspace::start_idling(&clock, Duration::from_secs(20 * 60));

    let oauth = ThingspaceOAuthCredentials::new(Thingspace::OAUTH_CLIENT_ID, Thingspace::OAUTH_CLIENT_SECRET);
    let session = VzM2mTokenCredentials::log_in(LogIn::new(Thingspace::USERNAME, Thingspace::PASSWORD));
    let client = Client::builder()
        .thingspace_oauth_credentials(oauth)
        .vz_m2m_token_credentials(session)
        .base_url(emulation.api_url())
        .oauth_server_url(emulation.oauth_server_url())
        .build()?;

    for _ in 0..3 {
        let account = client.accounts().get_account(Thingspace::ACCOUNT).send().await?;
        println!("the account of {}", account.organization_name);
    }
    assert_eq!(emulation.sessions_begun(), 1, "one login serves all calls");

    clock.advance(Duration::from_secs(30 * 60));
    client.device_triggers().list_device_triggers().send().await?;
    println!(
        "sessions after half an hour without a call: {}",
        emulation.sessions_begun()
    );
    assert_eq!(emulation.sessions_begun(), 2);
    assert_eq!(emulation.auth_requests().len(), 1, "the OAuth token is still the first");

    client.session_management().end_session().send().await?;
    println!("logged out");
    Ok(())
}
