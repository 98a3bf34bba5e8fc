//! Creates a client with the credentials of `thingspace_oauth1`. The first call that needs a token fetches it.
//!
//! `cargo run -p thingspace --example thingspace_initialization` starts an emulation of the API and calls it.

use std::error::Error;

use emulations::Thingspace;
use thingspace::models::{NewAnomalyTrigger, NewAnomalyTriggerComparator};
use thingspace::{Client, ThingspaceOAuth1Credentials};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Thingspace::start();

    let credentials = ThingspaceOAuth1Credentials::new(Thingspace::OAUTH1_CLIENT_ID, Thingspace::OAUTH1_CLIENT_SECRET);
    let client = Client::builder()
        .thingspace_oauth1_credentials(credentials)
        .base_url(emulation.api_url())
        .oauth_server_url(emulation.oauth_server_url())
        .build()?;
    assert!(
        emulation.auth_requests().is_empty(),
        "building a client sends no request"
    );

    let new_trigger =
        NewAnomalyTrigger::new("ninety percent", NewAnomalyTriggerComparator::Ge, 90.0).ecpd_id(Thingspace::ECPD_ID);
    let trigger = client
        .anomaly_triggers()
        .create_anomaly_trigger(&new_trigger)
        .send()
        .await?;
    println!("created {}: {}", trigger.trigger_id, trigger.name);

    let listed = client
        .anomaly_triggers()
        .list_rate_plan_triggers(Thingspace::ECPD_ID)
        .send()
        .await?;
    assert_eq!(listed.triggers, [trigger.into_inner()]);
    assert_eq!(emulation.auth_requests().len(), 1, "both calls share one token");
    Ok(())
}
