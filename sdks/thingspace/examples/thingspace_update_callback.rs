//! An update callback: it stores each new token of the client in a file that only its owner can read.
//!
//! `cargo run -p thingspace --example thingspace_update_callback` starts an emulation of the API and calls it.

use std::error::Error;
use std::fs;
use std::sync::mpsc;

use emulations::Thingspace;
use thingspace::evergrant_sdk::TokenFile;
use thingspace::{Client, ThingspaceOAuth1Credentials};

async fn list_triggers(emulation: &Thingspace, file: &TokenFile) -> Result<(), Box<dyn Error>> {
    let (sender, results) = mpsc::channel();
    let token_file = file.clone();
    let credentials = ThingspaceOAuth1Credentials::new(Thingspace::OAUTH1_CLIENT_ID, Thingspace::OAUTH1_CLIENT_SECRET)
        .on_token_update(move |token| {
            let _ = sender.send(token_file.save(&token));
        });
    let client = Client::builder()
        .thingspace_oauth1_credentials(credentials)
        .base_url(emulation.api_url())
        .oauth_server_url(emulation.oauth_server_url())
        .build()?;

    let list = client.anomaly_triggers().list_rate_plan_triggers(Thingspace::ECPD_ID);
    println!("{} triggers", list.send().await?.triggers.len());

    // Calls do not wait for the callback, so this program waits for it before it ends.
    results.recv()??;
    let stored = file.load()?.ok_or("no token was stored")?;
    assert!(emulation.oauth1().accepts(stored.access_token().expose()));
    println!("the token is stored");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Thingspace::start();
    let directory = std::env::temp_dir().join(format!("thingspace-update-callback-{}", std::process::id()));
    fs::create_dir(&directory)?;
    let result = list_triggers(&emulation, &TokenFile::new(directory.join("token.json"))).await;
    fs::remove_dir_all(&directory)?;
    result
}
