//! An update callback: whenever the client has a new token, it is stored, in a file that its owner alone can read.
//!
//! `cargo run -p thingspace --example thingspace_update_callback` calls an emulation of the API, which it starts itself.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;

use emulations::Thingspace;
use thingspace::{Client, ThingspaceOAuth1Credentials, Token};

fn save_token(token: &Token, file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(token.expose_json().as_bytes())
}

async fn list_triggers(emulation: &Thingspace, file: &Path) -> Result<(), Box<dyn Error>> {
    let (outcomes, saved) = mpsc::channel();
    let target = file.to_owned();
    let credentials = ThingspaceOAuth1Credentials::new(Thingspace::OAUTH1_CLIENT_ID, Thingspace::OAUTH1_CLIENT_SECRET)
        .on_token_update(move |token| {
            let _ = outcomes.send(save_token(&token, &target));
        });
    let client = Client::builder()
        .thingspace_oauth1_credentials(credentials)
        .base_url(emulation.api_url())
        .oauth_server_url(emulation.oauth_server_url())
        .build()?;

    let list = client.anomaly_triggers().list_rate_plan_triggers(Thingspace::ECPD_ID);
    println!("{} triggers", list.send().await?.triggers.len());

    // Calls do not wait for the callback, so a program that is about to end does.
    saved.recv()??;
    let stored = Token::from_json(&fs::read_to_string(file)?)?;
    assert!(emulation.oauth1().accepts(stored.access_token().expose()));
    println!("the token is stored");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Thingspace::start();
    let folder = std::env::temp_dir().join(format!("thingspace-update-callback-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = list_triggers(&emulation, &folder.join("token.json")).await;
    fs::remove_dir_all(&folder)?;
    outcome
}
