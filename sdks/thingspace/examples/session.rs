//! Sessions: the client logs in when a call first needs a session, sends the session's `VZ-M2M-Token` with each call,
//! and logs in again when the session has ended. The login itself uses the OAuth token.
//!
//! `cargo run -p thingspace --example session` starts an emulation of the API and calls it.

use std::error::Error;
use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::ManualClock;
use thingspace::models::LogIn;
use thingspace::{Client, ThingspaceOAuthCredentials, VzM2mTokenCredentials};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A session ends after 20 minutes without a call. The example advances the clock itself.
    let clock = ManualClock::new();
    let emulation = Thingspace::start_with_idle_limit(&clock, Duration::from_secs(20 * 60));

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
        println!("account of {}", account.organization_name);
    }
    assert_eq!(emulation.sessions_opened(), 1, "all calls share one login");

    clock.advance(Duration::from_secs(30 * 60));
    client.device_triggers().list_device_triggers().send().await?;
    println!(
        "sessions opened, after half an hour without a call: {}",
        emulation.sessions_opened()
    );
    assert_eq!(emulation.sessions_opened(), 2);
    assert_eq!(
        emulation.auth_requests().len(),
        1,
        "both logins use the same OAuth token"
    );

    client.session_management().end_session().send().await?;
    println!("logged out");
    Ok(())
}
